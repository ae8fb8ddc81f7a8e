// The plan as it would be after the changes made so far. A change is kept as one operation, and taking
// one back makes all the others again: with a few hundred of them that is quicker than remembering.

export const MARKS = ["is_wheelchair", "is_companion", "has_restricted_view", "is_blocked"];

export const readRuns = (runs) =>
  runs.split(",").flatMap((run) => {
    const [first, last = first] = run.split("-").map(Number);
    const step = first <= last ? 1 : -1;
    return Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => first + index * step);
  });

// [3, 4, 5, 9, 8] -> "3-5,9-8"
export const writeRuns = (keys) => {
  const runs = [];
  let begin = 0;
  while (begin < keys.length) {
    let end = begin;
    const step = keys[begin + 1] - keys[begin];
    while ((step === 1 || step === -1) && keys[end + 1] - keys[end] === step) end += 1;
    runs.push(end === begin ? `${keys[begin]}` : `${keys[begin]}-${keys[end]}`);
    begin = end + 1;
  }
  return runs.join(",");
};

export class Plan {
  constructor(data) {
    this.seatSize = data.seatSize;
    this.isWhole = data.isWhole;
    this.base = { name: data.name, categories: data.categories, sections: new Map(data.sections.map((each) => [each.key, each])) };
    this.seats = new Map();
    this.rows = []; // As they were stored: {section, seats}, front to back.
    this.loaded = new Set();
    this.steps = []; // Operations made at once are taken back at once.
    this.undone = [];
    this.rebuild();
    if (data.isWhole) this.addRows(data.rows);
  }

  addRows(rows) {
    for (const row of rows) {
      const seats = row.seats.map(([key, number, x, y, category, bits], position) => {
        const stored = { row: row.name, number, category };
        MARKS.forEach((mark, place) => (stored[mark] = Boolean(bits & (1 << place))));
        const seat = { key, x, y, position, section: row.section, stored, ...stored };
        this.seats.set(key, seat);
        return seat;
      });
      this.rows.push({ section: row.section, seats });
      this.loaded.add(row.section);
    }
    this.rebuild();
  }

  // Seats of sections that are not loaded yet get their part of an operation when they come.
  rebuild() {
    this.name = this.base.name;
    this.categories = this.base.categories;
    this.sections = new Map([...this.base.sections].map(([key, section]) => [key, { ...section }]));
    for (const seat of this.seats.values()) Object.assign(seat, seat.stored);
    this.operations.forEach((operation) => this.apply(operation));
  }

  apply(operation) {
    if (operation.op === "mark") {
      for (const key of operation.seats) {
        const seat = this.seats.get(key);
        if (seat) seat[operation.field] = operation.value;
      }
    } else if (operation.op === "number") {
      operation.seats.forEach((key, index) => {
        const seat = this.seats.get(key);
        if (seat) seat.number = String(operation.first + index * operation.step);
      });
    } else if (operation.op === "section") {
      Object.assign(this.sections.get(operation.section) ?? {}, operation.values);
    } else if (operation.op === "categories") {
      this.categories = operation.items;
    } else if (operation.op === "plan") {
      this.name = operation.name;
    }
  }

  get operations() {
    return this.steps.flat();
  }

  do(...operations) {
    if (!operations.length) return;
    this.undone = [];
    this.steps.push(operations);
    operations.forEach((operation) => this.apply(operation));
  }

  undo() {
    if (this.steps.length) this.undone.push(this.steps.pop());
    this.rebuild();
  }

  redo() {
    if (this.undone.length) this.steps.push(this.undone.pop());
    this.rebuild();
  }

  // For the form: seats as runs of keys.
  write() {
    return JSON.stringify(
      this.operations.map((operation) => (operation.seats ? { ...operation, seats: writeRuns(operation.seats) } : operation)),
    );
  }

  // What a refused save brought back; anything else is left alone.
  restore(text) {
    try {
      const kept = JSON.parse(text || "[]");
      this.steps = kept.map((operation) => [operation.seats ? { ...operation, seats: readRuns(operation.seats) } : operation]);
    } catch {
      this.steps = [];
    }
    this.rebuild();
  }

  category(key) {
    const rank = this.categories.findIndex((each) => each.key === key);
    return { rank, ...(this.categories[rank] ?? { key, name: "?", color: "#6b7280" }) };
  }

  seatsOf(section) {
    return this.rows.flatMap((row) => (row.section === section || section === null ? row.seats : []));
  }

  // The seats that have the row's name now, along the row.
  rowOf(seat) {
    return this.seatsOf(seat.section).filter((each) => each.row === seat.row);
  }

  // Whether a seat or standing section still has the category, as far as is loaded or was counted.
  isUsed(key) {
    const isSeated = [...this.sections.values()].some((section) => {
      if (section.isStanding) return section.category === key;
      return this.loaded.has(section.key) ? this.seatsOf(section.key).some((seat) => seat.category === key) : section.counts[key];
    });
    return Boolean(isSeated);
  }

  // How many seats of the section have each category now, most first.
  countsOf(section) {
    if (!this.loaded.has(section.key)) return Object.entries(section.counts).sort((one, other) => other[1] - one[1]);
    const counts = {};
    for (const seat of this.seatsOf(section.key)) counts[seat.category] = (counts[seat.category] ?? 0) + 1;
    return Object.entries(counts).sort((one, other) => other[1] - one[1]);
  }
}
