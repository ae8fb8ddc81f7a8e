// Choosing seats: a click, a row's name, a line drawn around them, the keyboard, or their names.

import { isInside } from "../selection.js";

const DRAG = 6; // Pixels; less is a click.

// "A1-A12, B3, C" -> keys, or the word that names no seat.
export const findByName = (text, seats) => {
  const labels = new Map();
  const rows = new Map();
  for (const seat of seats) {
    const row = seat.row.toUpperCase();
    const number = seat.number.toUpperCase();
    for (const label of [`${row}/${number}`, `${row} ${number}`, `${row}${number}`]) if (!labels.has(label)) labels.set(label, seat);
    rows.set(row, [...(rows.get(row) ?? []), seat]);
  }
  const found = new Set();
  for (const word of text.toUpperCase().split(",").map((each) => each.trim()).filter(Boolean)) {
    const some = oneOrMany(word, labels, rows);
    if (!some) return { unknown: word };
    some.forEach((seat) => found.add(seat.key));
  }
  return { keys: found };
};

const oneOrMany = (word, labels, rows) => {
  if (labels.has(word)) return [labels.get(word)];
  if (rows.has(word)) return rows.get(word);
  for (let at = word.indexOf("-"); at > 0; at = word.indexOf("-", at + 1)) {
    const first = labels.get(word.slice(0, at).trim());
    const ending = word.slice(at + 1).trim();
    const last = labels.get(ending) ?? (first && labels.get(`${first.row.toUpperCase()}/${ending}`));
    if (first && last && first.section === last.section && first.row === last.row) return between(first, last, rows);
  }
  return null;
};

const between = (first, last, rows) => {
  const row = rows.get(first.row.toUpperCase()).filter((seat) => seat.section === first.section);
  const [begin, end] = [row.indexOf(first), row.indexOf(last)].sort((one, other) => one - other);
  return row.slice(begin, end + 1);
};

export class Picker {
  // `change` is called after every change of `selected`, `open` with the section of an area.
  constructor(drawing, plan, { change, open }) {
    Object.assign(this, { drawing, plan, change, open });
    this.selected = new Set();
    this.active = null;
    this.drags = true;
    const { map } = drawing;
    map.addEventListener("pointerdown", (event) => this.begin(event));
    map.addEventListener("pointermove", (event) => this.move(event));
    map.addEventListener("pointerup", (event) => this.end(event));
    map.addEventListener("pointercancel", () => this.stop());
    map.addEventListener("keydown", (event) => this.key(event));
    drawing.layers.seats.addEventListener("focus", () => this.activate(this.active ?? drawing.nodes.keys().next().value));
  }

  set(keys, { add = false, remove = false } = {}) {
    const next = new Set(add || remove ? this.selected : []);
    for (const key of keys) if (remove) next.delete(key); else next.add(key);
    this.selected = next;
    this.drawing.select(next);
    this.change();
  }

  seats() {
    return [...this.selected].map((key) => this.plan.seats.get(key));
  }

  wholeRows() {
    const rows = new Set();
    for (const seat of this.seats()) for (const each of this.plan.rowOf(seat)) rows.add(each.key);
    return rows;
  }

  point(event) {
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.drawing.map.getScreenCTM().inverse());
    return [spot.x, spot.y];
  }

  begin(event) {
    if (event.button) return;
    this.start = { x: event.clientX, y: event.clientY, target: event.target };
    this.line = [this.point(event)];
    this.isLasso = false;
  }

  move(event) {
    if (!this.start || !this.drags) return;
    const far = Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y) > DRAG;
    if (!this.isLasso && far) {
      this.isLasso = true;
      this.drawing.map.setPointerCapture(event.pointerId);
    }
    if (!this.isLasso) return;
    this.line.push(this.point(event));
    this.drawing.map.querySelector("[data-lasso]").setAttribute("points", this.line.map((point) => point.join(",")).join(" "));
  }

  end(event) {
    const { start, line, isLasso } = this;
    this.stop();
    if (!start) return;
    const how = { add: event.shiftKey, remove: event.altKey };
    if (isLasso) {
      const shown = this.drawing.shown();
      this.set(shown.filter((seat) => isInside([seat.x, seat.y], line)).map((seat) => seat.key), how);
    } else {
      this.click(start.target, how);
    }
  }

  stop() {
    this.start = null;
    this.isLasso = false;
    this.drawing.map.querySelector("[data-lasso]").setAttribute("points", "");
  }

  click(target, how) {
    const area = target.closest("[data-area]");
    const row = target.closest("[data-first]");
    const seat = target.closest("[data-key]");
    if (area) return this.open(Number(area.dataset.area));
    if (row) {
      const seats = this.plan.rowOf(this.plan.seats.get(Number(row.dataset.first)));
      return this.set(seats.map((each) => each.key), how);
    }
    if (!seat) return how.add || how.remove || this.set([]);
    const key = Number(seat.dataset.key);
    this.activate(key);
    // A second click on the only selected seat lets go of it.
    const isOnly = this.selected.size === 1 && this.selected.has(key);
    this.set([key], { add: how.add && !this.selected.has(key), remove: how.remove || isOnly || (how.add && this.selected.has(key)) });
    this.drawing.layers.seats.focus({ preventScroll: true });
  }

  activate(key) {
    if (key === undefined || key === null) return;
    this.active = key;
    this.drawing.activate(key)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  key(event) {
    const area = event.target.closest("[data-area]");
    if (area && ["Enter", " "].includes(event.key)) {
      event.preventDefault();
      return this.open(Number(area.dataset.area));
    }
    if (event.target !== this.drawing.layers.seats || !this.plan.seats.has(this.active)) return;
    const seat = this.plan.seats.get(this.active);
    const actions = {
      ArrowLeft: () => this.step(seat, -1, 0, event.shiftKey),
      ArrowRight: () => this.step(seat, 1, 0, event.shiftKey),
      ArrowUp: () => this.step(seat, 0, -1, event.shiftKey),
      ArrowDown: () => this.step(seat, 0, 1, event.shiftKey),
      Escape: () => this.set([]),
      " ": () => {
        const keys = event.shiftKey ? this.plan.rowOf(seat).map((each) => each.key) : [seat.key];
        this.set(keys, this.selected.has(seat.key) ? { remove: true } : { add: true });
      },
    };
    if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) actions[event.key] = () => this.set(this.drawing.nodes.keys());
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  // To the nearest seat that way; far to the side counts more than far ahead.
  step(seat, across, down, isAdding) {
    let best = null;
    let least = Infinity;
    for (const other of this.drawing.shown()) {
      const ahead = (other.x - seat.x) * across + (other.y - seat.y) * down;
      const aside = Math.abs((other.x - seat.x) * down) + Math.abs((other.y - seat.y) * across);
      const cost = ahead + 3 * aside;
      if (ahead > this.plan.seatSize / 4 && cost < least) [best, least] = [other, cost];
    }
    if (!best) return;
    this.activate(best.key);
    if (isAdding) this.set([seat.key, best.key], { add: true });
  }
}
