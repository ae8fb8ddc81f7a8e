// Arrow keys from seat to seat and from section to section; one of them is reached by Tab.
import { hallOf, isFiltered, view } from "./view.js";

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const canHaveFocus = ({ element }) => !element.disabled && !isFiltered(element);
const spotOf = (element) => view.spots.find((spot) => spot.element === element);

// The nearest one that way; what lies off the line counts three times as far.
const neighbour = (from, [dx, dy]) => {
  let best = null;
  let least = Infinity;
  for (const spot of view.spots) {
    const ahead = (spot.x - from.x) * dx + (spot.y - from.y) * dy;
    if (ahead <= view.size / 4) continue;
    const aside = Math.abs((spot.x - from.x) * dy + (spot.y - from.y) * dx);
    const distance = ahead + 3 * aside;
    if (distance < least && canHaveFocus(spot)) [best, least] = [spot.element, distance];
  }
  return best;
};

const nearest = (from) => {
  let best = null;
  let least = Infinity;
  for (const spot of view.spots) {
    const distance = Math.hypot(spot.x - from.x, spot.y - from.y);
    if (distance < least && canHaveFocus(spot)) [best, least] = [spot.element, distance];
  }
  return best;
};

const endOfRow = (seat, key) => {
  const row = view.rows.find((seats) => seats.includes(seat)) ?? [];
  const free = row.filter((element) => canHaveFocus({ element }));
  return key === "Home" ? free.at(0) : free.at(-1);
};

const makeReachable = (element) => {
  for (const other of view.element.querySelectorAll('[tabindex="0"]:is(input.seat, a.area)')) other.setAttribute("tabindex", "-1");
  element.setAttribute("tabindex", "0");
};

const moveTo = (element) => {
  if (!element) return;
  makeReachable(element);
  element.focus();
};

// When the seat that Tab leads to is taken, the one beside it steps in.
export const focusNearest = (seat, withFocus) => {
  const next = nearest(spotOf(seat));
  if (!next) return;
  if (withFocus) moveTo(next);
  else makeReachable(next);
};

const onKey = (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const element = event.target;
  if (!element.matches("input.seat, a.area")) return;
  const direction = DIRECTIONS[event.key];
  const isRowEnd = element.matches("input.seat") && (event.key === "Home" || event.key === "End");
  if (!direction && !isRowEnd) return;
  event.preventDefault();
  moveTo(direction ? neighbour(spotOf(element), direction) : endOfRow(element, event.key));
};

export const readyKeyboard = () => {
  for (const { element } of view.spots) element.setAttribute("tabindex", "-1");
  const first = view.spots.find(canHaveFocus);
  if (first) first.element.setAttribute("tabindex", "0");
  hallOf()?.addEventListener("keydown", onKey);
  hallOf()?.addEventListener("focusin", (event) => {
    if (event.target.matches("input.seat, a.area")) makeReachable(event.target);
  });
};
