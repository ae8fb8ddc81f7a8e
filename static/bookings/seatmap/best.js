// "Find me the best places": open where there is room, and about the ticket that is chosen above the map.
import { form, one } from "./page.js";
import { format, isSold, priceOf } from "./prices.js";

const priceOptions = (panel) => {
  for (const option of panel.querySelectorAll("option[data-name]")) {
    option.disabled = !isSold(option.value);
    option.textContent = `${option.dataset.name}, ${format(priceOf(option.value))}`;
    if (option.disabled && option.selected) option.parentElement.value = "";
  }
};

export const startBest = () => {
  const panel = document.querySelector("[data-best]");
  if (!panel) return;
  if (matchMedia("(min-width: 60rem) and (min-height: 40rem)").matches) panel.open = true;
  const type = panel.querySelector('[name="ticket_type"]');
  form.addEventListener("change", (event) => {
    if (type && event.target.matches("[data-ticket-type]")) {
      type.value = event.target.value;
      priceOptions(panel);
    }
    const together = event.target.matches("[data-together]") ? Number(event.target.value) : 0;
    if (together > 1) panel.querySelector('[name="count"]').value = together;
  });
  // Whoever picks seats needs the room for the list of them.
  form.addEventListener("choice:changed", () => {
    if (!one(".choice--empty")) panel.open = false;
  });
};
