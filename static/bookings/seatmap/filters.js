// Prices, ticket type and "together": what does not fit recedes, in the drawing and in the overview.
import { all, facts, form, one, say } from "./page.js";
import { cheapest, format, isSold, priceOf, textOf } from "./prices.js";
import { isChosen, showChoice } from "./choice.js";
import { view } from "./view.js";

const together = () => Number(one("[data-together]")?.value ?? 1);
const hiddenPrices = () => new Set(all("[data-filter]:not(:checked)").map((box) => box.dataset.filter));

const fits = (category, hidden) => !hidden.has(category) && isSold(category);

// Seats of a row that stand in a line of at least `wanted` which are free or chosen.
const inLongRuns = (row, wanted, suits) => {
  const found = new Set();
  let run = [];
  const close = () => {
    if (run.length >= wanted) for (const seat of run) found.add(seat);
    run = [];
  };
  for (const seat of row) {
    const last = run.at(-1);
    if (!suits(seat)) close();
    else {
      if (last && Number(seat.dataset.position) - Number(last.dataset.position) !== 1) close();
      run.push(seat);
    }
  }
  close();
  return found;
};

const filterSeats = (hidden, wanted) => {
  const suits = (seat) => !seat.disabled && fits(seat.dataset.category, hidden);
  for (const row of view.rows) {
    const kept = wanted > 1 ? inLongRuns(row, wanted, suits) : null;
    for (const seat of row) {
      const isOut = !seat.disabled && !isChosen(seat.value) && !(kept ? kept.has(seat) : suits(seat));
      seat.parentElement.classList.toggle("filtered", isOut);
    }
  }
};

const filterAreas = (hidden, wanted) => {
  for (const area of view.areas.values()) {
    const categories = area.dataset.categories.split(" ");
    const isLong = wanted < 2 || Number(area.dataset.run) >= wanted;
    area.classList.toggle("filtered", !isLong || !categories.some((category) => fits(category, hidden)));
  }
};

// --- prices of the chosen ticket type ----------------------------------------------------------
const priceSeats = () => {
  for (const seat of view.seats.values()) {
    const { category } = seat.dataset;
    const usual = textOf(category);
    seat.dataset.label ??= seat.getAttribute("aria-label");
    seat.setAttribute("aria-label", seat.dataset.label.replace(usual, format(priceOf(category))));
  }
};

export const labelArea = (area) => {
  const left = Number(area.dataset.left);
  const from = cheapest(area.dataset.categories.split(" "));
  const parts = [
    area.dataset.name,
    // First what is written on it, for people who say what they see.
    left ? say(facts.sayLeft, left.toLocaleString(document.documentElement.lang)) : facts.sayGone,
    left && from !== null ? say(facts.sayFrom, format(from)) : "",
    area.dataset.chosen ? say(facts.sayChosen, area.dataset.chosen) : "",
  ];
  area.setAttribute("aria-label", parts.filter(Boolean).join(", "));
};

const priceLegend = () => {
  for (const offer of all("[data-offer]")) {
    const { offer: category } = offer.dataset;
    const sold = isSold(category);
    offer.classList.toggle("offer--unsold", !sold);
    offer.querySelector(".price").textContent = sold ? format(priceOf(category)) : facts.sayUnsold;
  }
};

const isTyped = () => one("[data-ticket-type]") !== null;

export const filter = () => {
  const hidden = hiddenPrices();
  filterSeats(hidden, together());
  filterAreas(hidden, together());
};

// The drawing comes with the prices of the usual ticket type.
export const dressView = () => {
  if (isTyped() && one("[data-ticket-type]").selectedIndex > 0) priceSeats();
  filter();
};

export const startFilters = () => {
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-ticket-type]")) {
      priceLegend();
      priceSeats();
      for (const area of view.areas.values()) labelArea(area);
      showChoice();
    }
    if (event.target.matches("[data-filter], [data-together], [data-ticket-type]")) filter();
  });
  if (isTyped()) priceLegend();
};
