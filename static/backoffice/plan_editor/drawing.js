// Seats, rows and sections as SVG. A category has a form as well as a colour, as on the customers' map.

import { MARKS } from "./plan.js";

const SVG = "http://www.w3.org/2000/svg";
const FORMS = 6;
const SYMBOLS = { is_wheelchair: "wheelchair", is_companion: "companion", has_restricted_view: "restricted", is_blocked: "blocked" };

export const element = (name, attributes = {}, text = "") => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
};

const corners = (half, ...radii) => {
  const [a, b, c, d] = radii.map((part) => part * half * 2);
  const h = half;
  return `M${-h + a} ${-h}H${h - b}Q${h} ${-h} ${h} ${-h + b}V${h - c}Q${h} ${h} ${h - c} ${h}H${-h + d}Q${-h} ${h} ${-h} ${h - d}V${-h + a}Q${-h} ${-h} ${-h + a} ${-h}Z`;
};

// The outline of a seat by the rank of its category, around its middle.
export const formOf = (rank, half) => {
  if (rank % FORMS === 1) return `M${-half} 0a${half} ${half} 0 1 0 ${2 * half} 0a${half} ${half} 0 1 0 ${-2 * half} 0Z`;
  const radii = { 0: [0.3, 0.3, 0.42, 0.42], 2: [0.08, 0.08, 0.08, 0.08], 3: [0.5, 0.5, 0.08, 0.08], 4: [0.08, 0.08, 0.5, 0.5], 5: [0.5, 0.08, 0.5, 0.08] };
  return corners(half, ...(radii[rank % FORMS] ?? radii[0]));
};

// Ink that can be read on the colour.
const inkOn = (color) => {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.2 ? "#1c1917" : "#ffffff";
};

export const say = (words, key, ...facts) => facts.reduce((text, fact) => text.replace("%s", () => fact), words[key] ?? key);

export class Drawing {
  constructor(map, plan, words) {
    this.map = map;
    this.plan = plan;
    this.words = words;
    this.layers = Object.fromEntries(["areas", "rows", "seats"].map((name) => [name, map.querySelector(`[data-${name}]`)]));
    // Room for the rows' names at the edge.
    this.whole = this.grown(map.dataset.whole.trim().split(/\s+/).map(Number), 1);
    this.nodes = new Map();
    map.style.setProperty("--seat", `${plan.seatSize}px`);
  }

  grown([x, y, width, height], seats) {
    const room = this.plan.seatSize * seats;
    return [x - room, y - room, width + 2 * room, height + 2 * room];
  }

  // `section` is null for the whole plan.
  show(section) {
    this.section = section;
    const open = section === null ? null : this.plan.sections.get(section);
    const box = open && !this.plan.isWhole ? this.grown(open.box, 2) : this.whole;
    this.map.setAttribute("viewBox", box.join(" "));
    this.drawAreas();
    this.drawSeats();
  }

  drawAreas() {
    const areas = [...this.plan.sections.values()].filter((section) => section.isStanding || (!this.plan.isWhole && section.key !== this.section));
    // One size for all names, so that a wide section does not shout; beside an open one they only whisper.
    const sizes = areas.map(({ name, box: [, , width, height] }) => Math.min(width / Math.max(name.length * 0.8, 2), height / 2)).sort((one, other) => one - other);
    const usual = sizes[Math.floor(sizes.length / 4)] ?? 0;
    const size = this.section === null ? Math.min(usual, this.whole[2] / 16) : this.plan.seatSize * 1.5;
    this.layers.areas.replaceChildren(...areas.map((section) => this.area(section, size)));
  }

  area(section, size) {
    const key = section.isStanding ? section.category : this.plan.countsOf(section)[0]?.[0];
    const count = section.isStanding ? section.capacity : Object.values(section.counts).reduce((sum, each) => sum + each, 0);
    const label = say(this.words, "area", section.name, say(this.words, section.isStanding ? "places" : "seats", count.toLocaleString()));
    const group = element("g", { class: "plan-area", role: "button", tabindex: this.section === null ? 0 : -1, "aria-label": label, "data-area": section.key });
    if (this.section !== null && !section.isStanding) group.setAttribute("aria-hidden", "true");
    const [x, y, width, height] = section.box;
    const points = section.outline.map((point) => point.join(",")).join(" ");
    group.append(
      element("polygon", { points, fill: this.plan.category(key).color }),
      element("text", { x: x + width / 2, y: y + height / 2, "font-size": size }, section.name),
    );
    return group;
  }

  // The seats that are shown, front to back.
  shown() {
    if (this.section === null) return this.plan.isWhole ? this.plan.seatsOf(null) : [];
    return this.plan.seatsOf(this.plan.isWhole ? null : this.section);
  }

  drawSeats() {
    this.nodes = new Map(this.shown().map((seat) => [seat.key, element("g", { role: "option", id: `seat-${seat.key}`, class: "plan-seat", "data-key": seat.key, transform: `translate(${seat.x} ${seat.y})` })]));
    this.layers.seats.replaceChildren(...this.nodes.values());
    this.drawLook();
  }

  // What seats look like may change with every operation; where they are never does.
  drawLook() {
    for (const [key, node] of this.nodes) this.drawSeat(this.plan.seats.get(key), node);
    this.drawRows();
  }

  drawSeat(seat, node) {
    const category = this.plan.category(seat.category);
    const marks = MARKS.filter((mark) => seat[mark]);
    const look = [category.color, category.rank, category.name, seat.row, seat.number, this.plan.sections.get(seat.section).name, ...marks].join("|");
    if (node.dataset.look === look) return;
    node.dataset.look = look;
    const half = this.plan.seatSize * 0.42;
    const ink = inkOn(category.color);
    const label = say(this.words, "seat", this.plan.sections.get(seat.section).name, seat.row, seat.number, category.name);
    node.setAttribute("aria-label", [label, ...marks.map((mark) => this.words[mark])].join(", "));
    node.setAttribute("aria-selected", node.getAttribute("aria-selected") ?? "false");
    node.classList.toggle("plan-seat--blocked", seat.is_blocked);
    node.style.color = ink;
    // A mark takes the number's place where it says all there is to know, and half of it otherwise.
    const isAlone = marks.length === 1 && (seat.is_wheelchair || seat.is_blocked);
    const size = ((half * 1.5) / Math.max(seat.number.length, 2)) * (marks.length ? 0.8 : 1);
    const number = { class: "plan-seat__number", "font-size": size, y: marks.length ? -half * 0.4 : 0 };
    node.replaceChildren(
      element("path", { class: "plan-seat__form", d: formOf(category.rank, half), fill: category.color }),
      ...(isAlone ? [] : [element("text", number, seat.number)]),
      ...marks.map((mark, index) => this.symbol(mark, half, isAlone ? 0 : marks.length, index)),
    );
  }

  // In the middle of the seat, or in a line of `count` below its number.
  symbol(mark, half, count, index) {
    const size = count ? Math.min(half * 0.95, (half * 1.7) / count) : half * 1.4;
    const x = count ? (index - count / 2) * size : -size / 2;
    return element("use", { href: `#mark-${SYMBOLS[mark]}`, x, y: count ? half * 0.8 - size : -size / 2, width: size, height: size });
  }

  // Row names stand before the first seat; a click on one takes the row.
  drawRows() {
    const size = this.plan.seatSize * 0.55;
    const labels = new Map();
    for (const key of this.nodes.keys()) {
      const seat = this.plan.seats.get(key);
      const name = `${seat.section}|${seat.row}`;
      if (!labels.has(name)) labels.set(name, []);
      labels.get(name).push(seat);
    }
    const texts = [...labels.values()].map((seats) => {
      const [first, second = first] = seats;
      const away = Math.hypot(first.x - second.x, first.y - second.y) || 1;
      const reach = this.plan.seatSize * 1.15;
      const [across, down] = first === second ? [-1, 0] : [(first.x - second.x) / away, (first.y - second.y) / away];
      return element("text", { class: "plan-row", x: first.x + across * reach, y: first.y + down * reach, "font-size": size, "data-first": first.key }, first.row);
    });
    this.layers.rows.replaceChildren(...texts);
  }

  select(selected) {
    for (const [key, node] of this.nodes) node.setAttribute("aria-selected", String(selected.has(key)));
  }

  activate(key) {
    this.layers.seats.querySelector(".plan-seat--active")?.classList.remove("plan-seat--active");
    const node = this.nodes.get(key);
    if (!node) return this.layers.seats.removeAttribute("aria-activedescendant");
    node.classList.add("plan-seat--active");
    this.layers.seats.setAttribute("aria-activedescendant", node.id);
    return node;
  }
}
