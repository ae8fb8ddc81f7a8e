// The drawing now on the page: the whole plan, the overview of a large hall, or one of its sections.
import { facts, form } from "./page.js";

export const view = {
  element: null,
  kind: "plan",
  section: "",
  name: "",
  seats: new Map(), // By id, as text.
  areas: new Map(), // By section id, as text.
  rows: [], // Seats of a row in their order, neighbours side by side.
  spots: [], // Where each seat or area is, in the drawing's own lengths: reading boxes of 3,500 is slow.
  size: 1, // The width of a seat, likewise.
};

const attribute = (element, name) => Number(element.getAttribute(name));

const readSeats = (element) => {
  const mine = new Set((facts.mine ?? "").split(" ").filter(Boolean));
  const rows = new Map();
  for (const seat of element.querySelectorAll("input.seat")) {
    const box = seat.parentElement;
    const width = attribute(box, "width");
    view.size = width;
    view.seats.set(seat.value, seat);
    view.spots.push({ element: seat, x: attribute(box, "x") + width / 2, y: attribute(box, "y") + width / 2 });
    const row = box.closest("[data-row]") ?? box.parentElement;
    if (!rows.has(row)) rows.set(row, []);
    rows.get(row).push(seat);
    // Drawings of large halls are the same for everyone: what is mine, the page knows.
    if (mine.has(seat.value)) {
      seat.dataset.mine = "";
      seat.checked = true;
      seat.disabled = true;
    }
  }
  view.rows = [...rows.values()];
};

const readAreas = (element) => {
  for (const area of element.querySelectorAll("a.area")) {
    const shape = area.querySelector(".area__shape") ?? area;
    const { x, y, width, height } = shape.getBBox();
    view.areas.set(area.dataset.section, area);
    view.spots.push({ element: area, x: x + width / 2, y: y + height / 2 });
    view.size = Math.min(width, height);
  }
};

export const readView = () => {
  const element = document.getElementById("hall-view");
  view.element = element;
  view.kind = element.dataset.view;
  view.section = element.dataset.section ?? "";
  view.name = element.dataset.name ?? "";
  view.seats = new Map();
  view.areas = new Map();
  view.rows = [];
  view.spots = [];
  view.size = 1;
  readSeats(element);
  readAreas(element);
};

export const planOf = () => view.element?.querySelector(".hall__plan") ?? null;
export const hallOf = () => view.element?.querySelector("[data-hall]") ?? null;
export const isMine = (seat) => "mine" in seat.dataset;
export const isFiltered = (element) => (element.closest("foreignObject") ?? element).classList.contains("filtered");
export const nameOf = (seat) => [view.name, seat.getAttribute("aria-label")].filter(Boolean).join(", ");

// Ask for the drawing again, without losing anything around it; a small plan comes inside its whole form.
export const reloadView = () =>
  window.htmx.ajax("GET", view.element.dataset.src || facts.map, {
    source: view.element,
    target: "#hall-view",
    select: "#hall-view",
    swap: "outerHTML",
  });

// Standing places are chosen by number, beside the drawing.
export const standing = () => [...form.querySelectorAll(".standing__count")];
