// The page: loads the plan, shows a part of it, keeps what was changed until it is saved or given up.

import { Drawing, say } from "./drawing.js";
import { Panels } from "./panels.js";
import { findByName, Picker } from "./pick.js";
import { Plan } from "./plan.js";

const root = document.getElementById("plan-editor");
const find = (selector) => root.querySelector(selector);
const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];

const load = async (url) => {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok || !response.headers.get("Content-Type").startsWith("application/json")) throw new Error(`${url}: ${response.status}`);
  return response.json();
};

class Editor {
  constructor(data) {
    this.words = data.words;
    this.plan = new Plan(data);
    this.zoom = 0;
    this.isSaving = false;
    this.form = find("[data-save]");
    this.drawing = new Drawing(find("[data-map]"), this.plan, this.words);
    this.picker = new Picker(this.drawing, this.plan, {
      change: () => this.panels.showSelected(),
      open: (section) => this.open(section),
    });
    this.panels = new Panels(root, this.plan, this.picker, {
      words: this.words,
      palette: data.palette,
      make: (...operations) => this.make(...operations),
      tell: (sentence) => this.tell(sentence),
    });
    this.plan.restore(this.form.elements.edits.value);
    this.listen();
  }

  listen() {
    root.addEventListener("click", (event) => this.press(event.target.closest("[data-do]")));
    find("[data-sections]").addEventListener("change", (event) => this.open(event.target.value ? Number(event.target.value) : null));
    find("[data-by-name]").addEventListener("submit", (event) => this.selectByName(event));
    find("[data-room]").addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    root.addEventListener("keydown", (event) => this.key(event));
    this.form.addEventListener("submit", () => {
      this.form.elements.edits.value = this.plan.write();
      this.isSaving = true;
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.plan.steps.length && !this.isSaving) event.preventDefault();
    });
  }

  // Text fields undo their own typing.
  key(event) {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.target.closest("input, select")) return;
    event.preventDefault();
    this.turn(event.shiftKey ? "redo" : "undo");
  }

  press(button) {
    if (!button) return;
    const actions = {
      undo: () => this.turn("undo"),
      redo: () => this.turn("redo"),
      row: () => this.picker.set(this.picker.wholeRows()),
      all: () => this.picker.set(this.drawing.nodes.keys()),
      none: () => this.picker.set([]),
      in: () => this.zoomTo(this.zoom + 1),
      out: () => this.zoomTo(this.zoom - 1),
      lasso: () => this.setLasso(!this.picker.drags, button),
    };
    actions[button.dataset.do]?.();
  }

  setLasso(isOn, button) {
    this.picker.drags = isOn;
    button.setAttribute("aria-pressed", String(isOn));
    find("[data-room]").classList.toggle("plan-editor__room--lasso", isOn);
  }

  zoomTo(step) {
    const room = find("[data-room]");
    const before = ZOOMS[this.zoom];
    this.zoom = Math.min(Math.max(step, 0), ZOOMS.length - 1);
    const factor = ZOOMS[this.zoom] / before;
    const middle = [room.scrollLeft + room.clientWidth / 2, room.scrollTop + room.clientHeight / 2];
    this.drawing.map.style.width = `${100 * ZOOMS[this.zoom]}%`;
    this.drawing.map.style.maxHeight = this.zoom ? "none" : "";
    room.scrollLeft = middle[0] * factor - room.clientWidth / 2;
    room.scrollTop = middle[1] * factor - room.clientHeight / 2;
  }

  wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.zoomTo(this.zoom + (event.deltaY < 0 ? 1 : -1));
  }

  async open(section) {
    this.tell("");
    const found = this.plan.sections.get(section);
    if (!this.plan.isWhole && found && !found.isStanding && !this.plan.loaded.has(section)) {
      try {
        const { rows } = await load(root.dataset.section.replace("/0/", `/${section}/`));
        this.plan.addRows(rows);
      } catch {
        return this.tell(this.words.lost);
      }
    }
    this.section = section;
    // A standing section of a large plan has nothing inside to look at.
    this.drawing.show(found?.isStanding && !this.plan.isWhole ? null : section);
    this.picker.active = null;
    this.picker.set([]);
    this.zoomTo(0);
    return this.refresh();
  }

  make(...operations) {
    this.tell("");
    this.plan.do(...operations);
    this.redraw();
  }

  turn(which) {
    this.plan[which]();
    this.redraw();
  }

  redraw() {
    this.drawing.drawAreas();
    this.drawing.drawLook();
    this.refresh();
  }

  refresh() {
    const { steps, undone, operations } = this.plan;
    this.panels.show(this.section ?? null);
    this.listSections();
    find("[data-do=undo]").disabled = steps.length === 0;
    find("[data-do=redo]").disabled = undone.length === 0;
    this.form.querySelector("[type=submit]").disabled = steps.length === 0;
    const count = { 0: this.words.no_changes, 1: this.words.one_change }[steps.length];
    find("[data-count]").textContent = count ?? say(this.words, "changes", steps.length);
    find("[data-changes]").replaceChildren(
      ...operations.map((operation) => Object.assign(document.createElement("li"), { textContent: this.describe(operation) })),
    );
  }

  listSections() {
    const select = find("[data-sections]");
    const named = [["", this.plan.isWhole ? this.words.whole : this.words.overview], ...[...this.plan.sections.values()].map((each) => [each.key, each.name])];
    select.replaceChildren(...named.map(([value, textContent]) => Object.assign(document.createElement("option"), { value, textContent })));
    select.value = this.section ?? "";
  }

  describe(operation) {
    const { words, plan } = this;
    const count = operation.seats?.length;
    const seats = count === 1 ? words.one_seat : say(words, "seats", count?.toLocaleString());
    if (operation.op === "number") return say(words, "numbered", seats, operation.first);
    if (operation.op === "section") return say(words, "section", Object.entries(operation.values).map(([key, value]) => (key === "category" ? plan.category(value).name : value)).join(", "));
    if (operation.op === "categories") return say(words, "categories", operation.items.map((each) => each.name).join(", "));
    if (operation.op === "plan") return say(words, "plan", operation.name);
    if (operation.field === "row") return say(words, "row_named", seats, operation.value);
    if (operation.field === "category") return say(words, "set", seats, plan.category(operation.value).name);
    return say(words, operation.value ? "set" : "unset", seats, words[operation.field]);
  }

  selectByName(event) {
    event.preventDefault();
    const here = this.section ?? null;
    const { keys, unknown } = findByName(event.target.elements.names.value, this.plan.isWhole ? this.plan.seatsOf(here) : this.drawing.shown());
    if (unknown) return this.tell(say(this.words, "unknown", unknown));
    this.tell("");
    return this.picker.set(keys);
  }

  tell(sentence) {
    find("[data-say]").textContent = sentence;
  }
}

load(root.dataset.plan)
  .then((data) => {
    const editor = new Editor(data);
    const only = data.sections.length === 1 ? data.sections[0].key : null;
    find("[data-room]").classList.add("plan-editor__room--lasso");
    root.dataset.ready = "";
    find("[data-problems]")?.focus();
    return editor.open(only);
  })
  .catch((fault) => {
    find("[data-say]").textContent = root.dataset.lost;
    throw fault;
  });
