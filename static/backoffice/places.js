// Choosing among a session's seats: by click, by row, by a line drawn around them, by the keyboard.
// Without this script every seat is a checkbox all the same.
import { isInside } from "./selection.js";

const DRAG = 6; // Pixels; less is a click.
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const form = document.querySelector("[data-choice]");
const map = form.querySelector("[data-map]");
const lasso = map.querySelector("[data-lasso]");
const say = form.querySelector("[data-say]");
const about = form.querySelector("[data-about]");
const kept = form.querySelector("[data-chosen]");

const spots = [...map.querySelectorAll(".place")].map((element) => {
  const box = element.closest("foreignObject");
  const [x, y, size] = ["x", "y", "width"].map((name) => Number(box.getAttribute(name)));
  return { element, x: x + size / 2, y: y + size / 2, size };
});
const spotOf = new Map(spots.map((spot) => [spot.element, spot]));
const seatsOf = (row) => [...row.closest("[data-row]").querySelectorAll("input.place")];
const chosen = () => spots.filter(({ element }) => element.checked);

const count = () => {
  if (!say) return;
  const number = chosen().length;
  const { none, one, many } = say.dataset;
  say.textContent = number === 0 ? none : number === 1 ? one : many.replace("%s", () => number.toLocaleString());
};

const set = (elements, checked) => {
  for (const element of elements) element.checked = checked;
  count();
};

const reach = (element) => {
  for (const other of spots) other.element.setAttribute("tabindex", other.element === element ? "0" : "-1");
};

// The nearest one that way; what lies off the line counts three times as far.
const neighbour = (from, [across, down]) => {
  let best = null;
  let least = Infinity;
  for (const spot of spots) {
    const ahead = (spot.x - from.x) * across + (spot.y - from.y) * down;
    const aside = Math.abs((spot.x - from.x) * down) + Math.abs((spot.y - from.y) * across);
    if (ahead > from.size / 4 && ahead + 3 * aside < least) [best, least] = [spot.element, ahead + 3 * aside];
  }
  return best;
};

map.addEventListener("keydown", (event) => {
  const from = spotOf.get(event.target);
  if (!from || event.ctrlKey || event.altKey || event.metaKey) return;
  if (STEPS[event.key]) {
    event.preventDefault();
    neighbour(from, STEPS[event.key])?.focus();
  } else if (event.key === " " && event.shiftKey) {
    event.preventDefault();
    const seats = seatsOf(event.target);
    set(seats, seats.some((seat) => !seat.checked));
  } else if (event.key === "Escape") {
    set(spots.map((spot) => spot.element), false);
  }
});

const tell = (event) => {
  const element = event.target.closest?.(".place");
  if (element) about.textContent = element.getAttribute("aria-label");
};
map.addEventListener("focusin", (event) => {
  if (spotOf.has(event.target)) reach(event.target);
  tell(event);
});
map.addEventListener("pointerover", tell);

map.addEventListener("change", (event) => {
  if (event.target.name !== "row") return count();
  // The row's own box only passes the choice on to its seats.
  const seats = seatsOf(event.target);
  event.target.checked = false;
  set(seats, seats.some((seat) => !seat.checked));
});

let line = null;
let start = null;
const pointOf = (event) => {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  return [point.x, point.y];
};
map.addEventListener("pointerdown", (event) => {
  // A finger scrolls; a line is drawn with a mouse or a pen.
  if (event.button || event.pointerType === "touch") return;
  start = { x: event.clientX, y: event.clientY, point: pointOf(event) };
});
map.addEventListener("pointermove", (event) => {
  if (!start) return;
  if (!line && Math.hypot(event.clientX - start.x, event.clientY - start.y) > DRAG) {
    line = [start.point];
    map.setPointerCapture(event.pointerId);
  }
  if (!line) return;
  line.push(pointOf(event));
  lasso.setAttribute("points", line.map((point) => point.join(",")).join(" "));
});
const stop = () => {
  start = null;
  line = null;
  lasso.setAttribute("points", "");
};
map.addEventListener("pointerup", (event) => {
  const drawn = line;
  stop();
  if (!drawn) return;
  const inside = spots.filter((spot) => isInside([spot.x, spot.y], drawn)).map((spot) => spot.element);
  set(inside, !event.altKey);
});
map.addEventListener("pointercancel", stop);
map.addEventListener("dragstart", (event) => event.preventDefault());

// All in one field: a section may have more seats than a form may have fields.
form.addEventListener("formdata", ({ formData }) => {
  formData.delete("seat");
  formData.set("seats", chosen().map(({ element }) => element.value).join(","));
});

const before = new Set(kept.value.split(","));
set(spots.map((spot) => spot.element).filter((element) => before.has(element.value)), true);
if (spots.length) reach(spots[0].element);
form.querySelector("[data-hint]")?.removeAttribute("hidden");
count();
