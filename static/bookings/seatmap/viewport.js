// How much of the hall is seen. At rest the drawing has a real size inside a scrolling box, so it is
// sharp, and moving about is the browser's own scrolling; while it grows it is only transformed.
import { all, isStill } from "./page.js";
import { hallOf, planOf, view } from "./view.js";

const STEP = 1.6;
const MOVE_MS = 180;
const SETTLE_MS = 140;
const FINGERTIP = 26; // CSS pixels a seat needs to be hit with a finger.
const LARGEST_SEAT = 64;
const BIG_ENOUGH = 40; // A seat of a tiny hall need not fill the page.
const LARGEST_OVERVIEW = 6;
const ROOM = 416;
const LOWEST = 340;
const GAP = 16;

let scale = 1;
let fitted = { width: 1, height: 1 };
let pending = null; // { x, y, scale } of the running gesture, against the drawing at rest.
let settling = null;
let rested = { left: 0, top: 0 }; // Where the box is scrolled to: an element that left the page no longer knows.

const unitOf = (plan) => fitted.width / (plan.viewBox.baseVal.width || 1);
// The width of a seat in CSS pixels, now.
export const seatWidth = () => view.size * unitOf(planOf()) * scale;
const largest = () => {
  if (!view.seats.size) return LARGEST_OVERVIEW;
  return Math.max(2, LARGEST_SEAT / (view.size * unitOf(planOf())));
};

// On a desk the whole drawing is to be seen beside its choice without scrolling.
const highest = (hall) => {
  hall.style.maxHeight = "";
  const allowed = parseFloat(getComputedStyle(hall).maxHeight) || innerHeight;
  if (!matchMedia("(min-width: 60rem)").matches) return allowed;
  const below = innerHeight - (hall.getBoundingClientRect().top + scrollY) - GAP;
  return Math.max(LOWEST, below);
};

const measure = () => {
  const [hall, plan] = [hallOf(), planOf()];
  const { width, height } = plan.viewBox.baseVal;
  const most = highest(hall);
  const fit = Math.min(hall.clientWidth / width, (most - 2) / height, view.seats.size ? BIG_ENOUGH / view.size : Infinity);
  fitted = { width: width * fit, height: height * fit };
  // The box keeps its height while one zooms, and a flat drawing on a phone gets some room to move in.
  hall.style.padding = "0";
  const room = Math.min(most - 2, Math.max(fitted.height, Math.min(ROOM, hall.clientWidth * 1.1)));
  hall.style.maxHeight = "none";
  hall.style.height = `${room + 2}px`;
  // What is free about the whole drawing stays about a larger one: else a spot near an edge could not stay
  // under the pointer.
  hall.style.padding = `${(room - fitted.height) / 2}px ${(hall.clientWidth - fitted.width) / 2}px`;
};

const setSize = () => {
  const plan = planOf();
  plan.style.maxHeight = "none";
  plan.style.width = `${fitted.width * scale}px`;
  plan.style.height = `${fitted.height * scale}px`;
};

const showTools = () => {
  for (const button of all("[data-zoom-by]")) {
    const isOut = Number(button.dataset.zoomBy) < 0;
    button.disabled = isOut ? scale <= 1.001 : scale >= largest() - 0.001;
  }
  hallOf().classList.toggle("hall--zoomed", scale > 1.001);
};

// Give the drawing the size that the gesture showed, with the same spot under the pointer.
export const settle = () => {
  clearTimeout(settling);
  if (!pending) return;
  const [hall, plan] = [hallOf(), planOf()];
  const shown = plan.getBoundingClientRect();
  scale = Math.min(largest(), Math.max(1, scale * pending.scale));
  pending = null;
  plan.style.transition = "";
  plan.style.transform = "";
  plan.style.willChange = "";
  setSize();
  const now = plan.getBoundingClientRect();
  hall.scrollBy({ left: now.left - shown.left, top: now.top - shown.top, behavior: "instant" });
  showTools();
};

const clamp = (factor) => Math.min(largest() / scale, Math.max(1 / scale, factor));

// Grow the drawing by `factor` about a point of the window, and move it by (dx, dy).
export const transformBy = (factor, x, y, dx = 0, dy = 0) => {
  const plan = planOf();
  const before = pending ?? { x: 0, y: 0, scale: 1 };
  const box = plan.getBoundingClientRect();
  const allowed = clamp(before.scale * factor) / before.scale;
  pending = {
    scale: before.scale * allowed,
    x: before.x + (x - box.left) * (1 - allowed) + dx,
    y: before.y + (y - box.top) * (1 - allowed) + dy,
  };
  plan.style.willChange = "transform";
  plan.style.transform = `translate(${pending.x}px, ${pending.y}px) scale(${pending.scale})`;
  clearTimeout(settling);
};

export const settleSoon = () => {
  clearTimeout(settling);
  settling = setTimeout(settle, SETTLE_MS);
};

const middleOf = (hall) => {
  const box = hall.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
};

export const zoomTo = (wanted, point = middleOf(hallOf())) => {
  settle();
  if (!isStill()) planOf().style.transition = `transform ${MOVE_MS}ms ease-out`;
  transformBy(wanted / scale, ...point);
  if (isStill()) settle();
  else settling = setTimeout(settle, MOVE_MS);
};

export const zoomBy = (steps, point) => zoomTo(scale * STEP ** steps, point);
export const zoomOut = () => zoomTo(1);
// So that a finger can hit one seat, or one section, and not its neighbours.
export const isTooSmallToTouch = (target) => {
  if (scale >= largest() - 0.001) return false;
  if (view.seats.size) return seatWidth() < 16;
  const box = target.closest("a.area")?.getBoundingClientRect();
  return Boolean(box) && Math.min(box.width, box.height) < 18;
};
export const zoomToFingertip = (point) => (view.seats.size ? zoomTo((scale * FINGERTIP * 1.15) / seatWidth(), point) : zoomBy(2, point));

export const panBy = (dx, dy) => hallOf().scrollBy({ left: dx, top: dy, behavior: "instant" });

const start = (hall) => {
  const isTouched = matchMedia("(pointer: coarse)").matches;
  const isHandy = view.kind === "plan" && view.seats.size && isTouched && seatWidth() < FINGERTIP;
  scale = isHandy ? Math.min(largest(), FINGERTIP / seatWidth()) : 1;
  setSize();
  hall.scrollTo((hall.scrollWidth - hall.clientWidth) / 2, 0);
};

const fitAgain = () => {
  if (!planOf() || pending) return;
  const before = fitted.width;
  measure();
  if (Math.abs(before - fitted.width) < 1) return;
  setSize();
  showTools();
};

// Another part of the hall starts whole (a small hall on a phone where a seat is about a fingertip wide);
// the same one drawn anew stays as it was seen.
export const readyViewport = ({ isSame }) => {
  const hall = hallOf();
  clearTimeout(settling);
  pending = null;
  if (!hall || !planOf()) return;
  measure();
  if (isSame) {
    setSize();
    hall.scrollTo(rested);
  } else {
    scale = 1;
    start(hall);
  }
  hall.addEventListener("scroll", () => (rested = { left: hall.scrollLeft, top: hall.scrollTop }), { passive: true });
  showTools();
};

export const startViewport = () => {
  addEventListener("resize", fitAgain);
};
