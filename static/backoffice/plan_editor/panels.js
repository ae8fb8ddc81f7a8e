// The forms beside the drawing: each makes operations of what was asked for.

import { MARKS } from "./plan.js";
import { formOf, element, say } from "./drawing.js";

const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });

const values = (seats, field) => new Set(seats.map((seat) => seat[field]));

export class Panels {
  // `make` does operations, `tell` says a sentence.
  constructor(root, plan, picker, { words, palette, make, tell }) {
    Object.assign(this, { root, plan, picker, words, palette, make, tell });
    this.find = (selector) => root.querySelector(selector);
    this.fresh = 0;
    this.listen();
  }

  listen() {
    this.find("[data-category]").addEventListener("change", (event) => event.target.value && this.mark("category", event.target.value));
    for (const box of this.root.querySelectorAll("[data-mark]")) box.addEventListener("change", () => this.mark(box.dataset.mark, box.checked));
    this.submit("[data-row-name]", (form) => this.renameRow(form.row.value.trim()));
    this.submit("[data-numbers]", (form) => this.number(Number(form.first.value), Number(form.step.value), form.from.value === "end"));
    this.submit("[data-section-form]", (form) => this.changeSection(form));
    this.submit("[data-plan-form]", (form) => this.make({ op: "plan", name: form.name.value.trim() }));
    this.find("[data-categories]").addEventListener("change", () => this.changeCategories());
    this.find("[data-categories]").addEventListener("click", (event) => this.clickCategory(event.target.closest("button")));
    this.find("[data-do=category]").addEventListener("click", () => this.addCategory());
  }

  submit(selector, act) {
    this.find(selector).addEventListener("submit", (event) => {
      event.preventDefault();
      act(event.target.elements);
    });
  }

  mark(field, value) {
    this.make({ op: "mark", seats: [...this.picker.selected].sort((one, other) => one - other), field, value });
  }

  renameRow(name) {
    const seats = this.picker.seats();
    const [first] = seats;
    if (values(seats, "row").size !== 1 || values(seats, "section").size !== 1) return this.tell(this.words.one_row);
    const others = this.plan.seatsOf(first.section).filter((seat) => seat.row !== first.row);
    if (others.some((seat) => seat.row.toUpperCase() === name.toUpperCase())) return this.tell(say(this.words, "same_row", name));
    return this.make({ op: "mark", seats: this.plan.rowOf(first).map((seat) => seat.key), field: "row", value: name });
  }

  // Each row by itself, so that several rows start with the same number.
  number(first, step, isFromEnd) {
    const rows = new Map();
    for (const key of this.picker.wholeRows()) {
      if (!this.picker.selected.has(key)) continue;
      const seat = this.plan.seats.get(key);
      const name = `${seat.section}|${seat.row}`;
      rows.set(name, [...(rows.get(name) ?? []), key]);
    }
    this.make(...[...rows.values()].map((seats) => ({ op: "number", seats: isFromEnd ? seats.reverse() : seats, first, step })));
  }

  changeSection(form) {
    const section = this.plan.sections.get(this.section);
    const wanted = { name: form.name.value.trim() };
    if (section.isStanding) Object.assign(wanted, { capacity: Number(form.capacity.value), category: form.category.value });
    this.make({ op: "section", section: this.section, values: wanted });
  }

  // The list as it stands in the panel.
  readCategories() {
    return [...this.find("[data-categories]").children].map((row) => ({
      key: row.dataset.key,
      name: row.querySelector("[name=name]").value.trim(),
      color: row.querySelector("[name=color]").value,
    }));
  }

  changeCategories() {
    const items = this.readCategories();
    const names = items.map((each) => each.name.toUpperCase());
    const twice = items.find((each, index) => names.indexOf(each.name.toUpperCase()) !== index || !each.name);
    if (twice) {
      this.tell(say(this.words, "same_category", twice.name));
      return this.showCategories();
    }
    return this.make({ op: "categories", items });
  }

  clickCategory(button) {
    if (!button) return;
    const { key } = button.closest("[data-key]").dataset;
    const items = [...this.plan.categories];
    const at = items.findIndex((each) => each.key === key);
    if ("remove" in button.dataset) {
      if (this.plan.isUsed(key)) return this.tell(say(this.words, "used", items[at].name));
      if (items.length > 1) items.splice(at, 1);
    } else {
      const to = Math.min(Math.max(at + Number(button.dataset.move), 0), items.length - 1);
      items.splice(to, 0, ...items.splice(at, 1));
    }
    this.make({ op: "categories", items });
    const again = this.find(`[data-categories] [data-key="${CSS.escape(key)}"] [data-move="${button.dataset.move}"]`);
    return (again ?? this.find("[data-do=category]")).focus();
  }

  addCategory() {
    const names = new Set(this.plan.categories.map((each) => each.name));
    let name = this.words.new;
    for (let number = 2; names.has(name); number += 1) name = `${this.words.new} ${number}`;
    const used = new Set(this.plan.categories.map((each) => each.color.toLowerCase()));
    const color = this.palette.find((each) => !used.has(each)) ?? this.palette[0];
    // The time keeps it apart from those of an earlier look at this page, whose changes may still be here.
    const key = `new-${Date.now()}-${(this.fresh += 1)}`;
    this.make({ op: "categories", items: [...this.plan.categories, { key, name, color }] });
    this.find("[data-categories] li:last-child [name=name]").select();
  }

  // `section` is the key of the one that is open, or null.
  show(section) {
    this.section = section;
    this.showSelected();
    this.showCategories();
    this.showSection();
    if (document.activeElement?.name !== "name") this.find("[data-plan-form]").elements.name.value = this.plan.name;
  }

  // `blank` stands for no category that all of them have.
  fillCategories(select, chosen, blank = "") {
    const options = this.plan.categories.map((each) => option(each.key, each.name));
    select.replaceChildren(...(blank ? [option("", blank)] : []), ...options);
    select.value = blank ? "" : chosen;
  }

  showSelected() {
    const seats = this.picker.seats();
    const heading = { 0: this.words.none, 1: this.words.one }[seats.length] ?? say(this.words, "many", seats.length.toLocaleString());
    this.find("[data-selected]").textContent = heading;
    this.find("[data-for-selected]").disabled = seats.length === 0;
    const categories = values(seats, "category");
    const blank = { 0: "–", 1: "" }[categories.size] ?? this.words.mixed;
    this.fillCategories(this.find("[data-category]"), [...categories][0], blank);
    for (const mark of MARKS) {
      const box = this.find(`[data-mark=${mark}]`);
      const found = values(seats, mark);
      box.checked = found.size === 1 && found.has(true);
      box.indeterminate = found.size > 1;
    }
    const rows = values(seats, "row");
    this.find("[data-row-name]").elements.row.value = rows.size === 1 ? [...rows][0] : "";
  }

  showSection() {
    const section = this.plan.sections.get(this.section);
    const form = this.find("[data-section-form]");
    form.hidden = !section;
    this.find("[data-no-section]").hidden = Boolean(section);
    if (!section) return;
    form.elements.name.value = section.name;
    this.find("[data-standing]").hidden = !section.isStanding;
    form.elements.capacity.required = section.isStanding;
    form.elements.capacity.value = section.capacity || "";
    this.fillCategories(form.elements.category, section.category);
  }

  showCategories() {
    const model = this.find("[data-category-row]").content;
    const rows = this.plan.categories.map((category) => {
      const row = model.cloneNode(true).firstElementChild;
      row.dataset.key = category.key;
      const [color, name] = row.querySelectorAll("input");
      color.value = category.color;
      name.value = category.name;
      const label = (node, key) => node.setAttribute("aria-label", say(this.words, key, category.name));
      label(color, "color");
      label(name, "name");
      ["up", "down", "remove"].forEach((key, index) => label(row.querySelectorAll("button")[index], key));
      return row;
    });
    this.find("[data-categories]").replaceChildren(...rows);
    this.showLegend();
  }

  showLegend() {
    const items = this.plan.categories.map((category, rank) => {
      const picture = element("svg", { width: 18, height: 18, viewBox: "-9 -9 18 18", "aria-hidden": "true" });
      picture.append(element("path", { class: "plan-seat__form", d: formOf(rank, 8), fill: category.color }));
      return this.legendItem(picture, category.name);
    });
    const marks = { is_wheelchair: "wheelchair", is_companion: "companion", has_restricted_view: "restricted", is_blocked: "blocked" };
    for (const mark of MARKS) {
      const picture = element("svg", { width: 18, height: 18, "aria-hidden": "true" });
      picture.append(element("use", { href: `#mark-${marks[mark]}`, width: 18, height: 18 }));
      items.push(this.legendItem(picture, this.words[mark]));
    }
    this.find("[data-legend]").replaceChildren(...items);
  }

  legendItem(picture, text) {
    const item = document.createElement("li");
    item.append(picture, text);
    return item;
  }
}
