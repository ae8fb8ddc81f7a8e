// When the places cannot be kept as chosen: the reason stays beside the choice, with the way on.
import { forget, lose, takeInstead } from "./choice.js";
import { form, warn } from "./page.js";
import { view } from "./view.js";

const numbers = (text) => (text ?? "").split(" ").filter(Boolean);

const read = (refusal) => {
  const facts = refusal.querySelector("[data-lost]");
  if (!facts) return;
  const lost = numbers(facts.dataset.lost);
  for (const id of lost) {
    const seat = view.seats.get(id);
    if (seat) seat.disabled = true;
  }
  lose(lost);
  // The refusal names them already.
  warn("");
};

const onTake = (event) => {
  const button = event.target.closest("[data-take]");
  if (!button) return;
  const names = [...button.parentElement.querySelectorAll("[data-suggested]")].map((each) => each.textContent);
  takeInstead(numbers(button.dataset.take), names);
  button.closest("#refusal").replaceChildren();
  form.querySelector("[data-choice-submit]").focus();
};

export const startRefusals = () => {
  form.addEventListener("click", onTake);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "refusal") read(document.getElementById("refusal"));
  });
  // Kept: what was chosen is in the basket now.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.elt === form && event.detail.xhr.getResponseHeader("HX-Redirect")) forget();
  });
};
