// Mouse, fingers and keys on the map. One finger and the plain wheel stay the browser's own, so the page
// scrolls on where the map ends.
import { frame, one } from "./page.js";
import {
  isTooSmallToTouch, panBy, settle, settleSoon, transformBy, zoomBy, zoomOut, zoomToFingertip,
} from "./viewport.js";
import { hallOf } from "./view.js";

const DRAG_FROM = 6; // Pixels; a shaky click is a click.
const DOUBLE_MS = 350;
const NEAR = 30;
const ZOOM_KEYS = { "+": 1, "=": 1, "-": -1, "_": -1 };

const isInHall = (target) => hallOf()?.contains(target) ?? false;

// --- the wheel ---------------------------------------------------------------------------------
let hint = null;

const showHint = () => {
  const note = one("[data-wheel-hint]");
  note.hidden = false;
  clearTimeout(hint);
  hint = setTimeout(() => (note.hidden = true), 1600);
};

const onWheel = (event) => {
  if (!isInHall(event.target)) return;
  if (!event.ctrlKey && !event.metaKey) {
    if (!hallOf().classList.contains("hall--zoomed")) showHint();
    return;
  }
  event.preventDefault();
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
  // A turn of a wheel is about 100, a pinch on a trackpad a few.
  const turn = Math.max(-60, Math.min(60, event.deltaY * lines));
  transformBy(Math.exp(-turn / 130), event.clientX, event.clientY);
  settleSoon();
};

// --- dragging with the mouse -------------------------------------------------------------------
let drag = null;
let isDragClick = false;

const onPointerDown = (event) => {
  isDragClick = false;
  if (event.pointerType !== "mouse" || event.button !== 0 || !isInHall(event.target)) return;
  drag = { x: event.clientX, y: event.clientY, isMoving: false };
};

const onPointerMove = (event) => {
  if (!drag) return;
  const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
  if (!drag.isMoving && Math.hypot(dx, dy) < DRAG_FROM) return;
  if (!drag.isMoving) hallOf().classList.add("hall--dragged");
  drag = { x: event.clientX, y: event.clientY, isMoving: true };
  panBy(-dx, -dy);
};

const onPointerUp = () => {
  if (drag?.isMoving) {
    isDragClick = true;
    hallOf()?.classList.remove("hall--dragged");
    // The click that ends the drag comes at once, or not at all.
    setTimeout(() => (isDragClick = false), 0);
  }
  drag = null;
};

// --- clicks and taps ---------------------------------------------------------------------------
let lastTap = { at: 0, x: 0, y: 0 };

const swallow = (event) => {
  event.preventDefault();
  event.stopPropagation();
};

const onClick = (event) => {
  if (!isInHall(event.target)) return;
  if (isDragClick) return swallow(event);
  const point = [event.clientX, event.clientY];
  if (event.pointerType === "touch" && isTooSmallToTouch(event.target)) {
    swallow(event);
    return zoomToFingertip(point);
  }
  if (event.target.closest("input, a")) return;
  const isDouble =
    event.timeStamp - lastTap.at < DOUBLE_MS && Math.hypot(point[0] - lastTap.x, point[1] - lastTap.y) < NEAR;
  lastTap = { at: isDouble ? 0 : event.timeStamp, x: point[0], y: point[1] };
  if (isDouble) zoomBy(event.shiftKey ? -1 : 1, point);
};

// --- two fingers -------------------------------------------------------------------------------
let pinch = null;

const readPinch = ([one, two]) => ({
  x: (one.clientX + two.clientX) / 2,
  y: (one.clientY + two.clientY) / 2,
  span: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY) || 1,
});

const onTouch = (event) => {
  if (event.touches.length !== 2 || !isInHall(event.target)) return;
  if (event.cancelable) event.preventDefault();
  const now = readPinch(event.touches);
  if (pinch) transformBy(now.span / pinch.span, now.x, now.y, now.x - pinch.x, now.y - pinch.y);
  pinch = now;
};

const onTouchEnd = (event) => {
  if (!pinch || event.touches.length >= 2) return;
  pinch = null;
  settle();
};

// --- keys --------------------------------------------------------------------------------------
const onKey = (event) => {
  if (!isInHall(event.target) || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key in ZOOM_KEYS) zoomBy(ZOOM_KEYS[event.key], middleOfFocus(event.target));
  else if (event.key === "0") zoomOut();
  else return;
  event.preventDefault();
};

// Around the seat that has the focus, so that it stays in sight.
const middleOfFocus = (target) => {
  if (target === hallOf()) return undefined;
  const box = target.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
};

export const startGestures = () => {
  frame.addEventListener("wheel", onWheel, { passive: false });
  frame.addEventListener("pointerdown", onPointerDown);
  addEventListener("pointermove", onPointerMove);
  addEventListener("pointerup", onPointerUp);
  addEventListener("pointercancel", onPointerUp);
  frame.addEventListener("click", onClick, { capture: true });
  frame.addEventListener("dragstart", (event) => isInHall(event.target) && event.preventDefault());
  frame.addEventListener("touchstart", onTouch, { passive: false });
  frame.addEventListener("touchmove", onTouch, { passive: false });
  frame.addEventListener("touchend", onTouchEnd);
  frame.addEventListener("touchcancel", onTouchEnd);
  frame.addEventListener("keydown", onKey);
  frame.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom-by]");
    if (button) zoomBy(Number(button.dataset.zoomBy));
  });
};
