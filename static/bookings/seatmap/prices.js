// What a place costs for the ticket type that is chosen above the map; the server has the last word.
import { all, facts, one } from "./page.js";

const offers = new Map(); // By category: amounts by ticket type, the usual amount, how the server writes it.
let money = null;

export const readPrices = () => {
  money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: facts.currency });
  for (const offer of all("[data-offer]")) {
    const { offer: category, amount, prices } = offer.dataset;
    const amounts = prices ? JSON.parse(prices) : null;
    const text = offer.querySelector(".price").textContent.trim();
    offers.set(category, { usual: Number(amount), amounts, text });
  }
};

const ticketType = () => one("[data-ticket-type]")?.value ?? "";

export const format = (amount) => money.format(amount);
export const textOf = (category) => offers.get(category)?.text ?? "";

export const isSold = (category) => {
  const amounts = offers.get(category)?.amounts;
  return !ticketType() || !amounts || ticketType() in amounts;
};

// Where the type is not sold the places cost what they usually do.
export const priceOf = (category) => {
  const offer = offers.get(category);
  if (!offer) return 0;
  return Number(offer.amounts?.[ticketType()] ?? offer.usual);
};

export const cheapest = (categories) => {
  const sold = categories.filter((category) => offers.has(category) && isSold(category));
  return sold.length ? Math.min(...sold.map(priceOf)) : null;
};
