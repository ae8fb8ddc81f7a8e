// What someone has chosen so far, wherever in the hall, and the list of it beside the map.
import { announce, facts, form, one, say, warn } from "./page.js";
import { format, priceOf, textOf } from "./prices.js";
import { isMine, nameOf, standing, view } from "./view.js";

const chosen = new Map(); // Seat id -> { id, name, category, section }, in the order of choosing.
const KEPT = `choice ${facts.page}`;

const remember = () => {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify([...chosen.values()]));
  } catch {
    // Private windows may refuse storage; the choice then lasts for this page.
  }
};

export const forget = () => {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // As above.
  }
};

export const recall = () => {
  try {
    for (const seat of JSON.parse(sessionStorage.getItem(KEPT) ?? "[]")) chosen.set(seat.id, seat);
  } catch {
    forget();
  }
};

export const isChosen = (id) => chosen.has(id);
export const chosenIn = (section) => [...chosen.values()].filter((seat) => seat.section === section).length;

const chosenStanding = () => standing().filter((input) => Number(input.value) > 0);
const countChosen = () => chosen.size + chosenStanding().reduce((sum, input) => sum + Number(input.value), 0);
const sumChosen = () =>
  [...chosen.values()].reduce((sum, seat) => sum + priceOf(seat.category), 0) +
  chosenStanding().reduce((sum, input) => sum + Number(input.value) * priceOf(input.dataset.category), 0);

// The name as the server wrote it, without the price, which may be another by now.
const plainName = (seat) => nameOf(seat).replace(`, ${textOf(seat.dataset.category)}`, "");

const add = (seat) => {
  seat.checked = true;
  chosen.set(seat.value, {
    id: seat.value,
    name: seat.dataset.name ?? plainName(seat),
    category: seat.dataset.category,
    section: view.section,
  });
};

const drop = (id) => {
  chosen.delete(id);
  const seat = view.seats.get(id);
  if (seat && !isMine(seat)) seat.checked = false;
};

// --- the list ----------------------------------------------------------------------------------
const makeRow = (text, amount, onRemove) => {
  const row = document.createElement("li");
  row.className = "row-item";
  const label = document.createElement("span");
  label.className = "choice__name";
  label.textContent = text;
  const price = document.createElement("span");
  price.className = "price";
  price.textContent = format(amount);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet button--small";
  button.textContent = "×";
  button.setAttribute("aria-label", say(facts.sayRemove, text));
  button.addEventListener("click", onRemove);
  row.append(label, price, button);
  return row;
};

const focusAfterRemoval = (element) => {
  (element ?? one("[data-choice-list] button") ?? one("[data-choice-title]")).focus();
};

const seatRow = (seat) =>
  makeRow(seat.name, priceOf(seat.category), () => {
    drop(seat.id);
    showChoice();
    focusAfterRemoval(view.seats.get(seat.id));
  });

const standingRow = (input) =>
  makeRow(`${input.dataset.name} × ${input.value}`, Number(input.value) * priceOf(input.dataset.category), () => {
    input.value = 0;
    showChoice();
    focusAfterRemoval(input);
  });

// What is chosen in other sections travels with the form too.
const showElsewhere = () => {
  const inputs = [];
  for (const { id } of chosen.values()) {
    if (view.seats.has(id)) continue;
    const input = document.createElement("input");
    [input.type, input.name, input.value] = ["hidden", "seat", id];
    inputs.push(input);
  }
  one("[data-elsewhere]").replaceChildren(...inputs);
};

export const showChoice = () => {
  one("[data-choice-list]").replaceChildren(...[...chosen.values()].map(seatRow), ...chosenStanding().map(standingRow));
  showElsewhere();
  const count = countChosen();
  one("[data-choice-total]").textContent = count ? format(sumChosen()) : "";
  one("[data-choice-empty]").hidden = count > 0;
  one("[data-choice-count]").textContent = count ? (count === 1 ? facts.sayOne : say(facts.sayMany, count)) : "";
  one("[data-choice-submit]").disabled = count === 0;
  one("[data-choice]").classList.toggle("choice--empty", count === 0);
  remember();
  form.dispatchEvent(new CustomEvent("choice:changed"));
};

// --- changes -----------------------------------------------------------------------------------
const isOverLimit = () => countChosen() > Number(facts.limit);

export const onChange = (input) => {
  if (input.matches("input.seat")) {
    if (input.checked) add(input);
    else drop(input.value);
  }
  if (isOverLimit()) {
    if (input.matches("input.seat")) drop(input.value);
    else input.value = Math.max(0, Number(input.value) - (countChosen() - Number(facts.limit)));
    warn(facts.sayLimit);
  } else warn("");
  showChoice();
};

// Seats that someone else has now, in whatever section: they leave the choice, and it says so.
export const lose = (ids) => {
  const lost = ids.filter((id) => chosen.has(id)).map((id) => chosen.get(id).name);
  if (!lost.length) return;
  for (const id of ids) drop(id);
  warn(say(facts.sayLost, lost.join("; ")));
  showChoice();
};

// The seats offered instead of a choice that was refused.
export const takeInstead = (ids, names) => {
  const [before] = chosen.values();
  for (const id of [...chosen.keys()]) drop(id);
  ids.forEach((id, index) => {
    const seat = view.seats.get(id);
    if (seat) add(seat);
    else chosen.set(id, { ...before, id, name: names[index] });
  });
  warn("");
  showChoice();
  announce(say(facts.sayMany, chosen.size));
};

// Bring the choice and a drawing that has just come together.
export const adoptView = () => {
  const lost = [];
  if (view.kind === "plan") for (const id of [...chosen.keys()]) if (!view.seats.has(id)) chosen.delete(id);
  for (const [id, seat] of view.seats) {
    if (isMine(seat)) chosen.delete(id);
    else if (chosen.has(id) && seat.disabled) lost.push(id);
    else if (chosen.has(id)) seat.checked = true;
    else if (seat.checked) add(seat);
  }
  if (lost.length) lose(lost);
  else showChoice();
};
