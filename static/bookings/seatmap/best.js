// "Find the best places for me": open where there is room, and asking for the ticket that is chosen above the map.
import { form, one } from "./page.js";

export const startBest = () => {
  const panel = document.querySelector("[data-best]");
  if (!panel) return;
  if (matchMedia("(min-width: 60rem)").matches) panel.open = true;
  const type = panel.querySelector('[name="ticket_type"]');
  const together = panel.querySelector('[name="count"]');
  form.addEventListener("change", (event) => {
    if (type && event.target.matches("[data-ticket-type]")) type.value = event.target.value;
    if (event.target.matches("[data-together]") && Number(event.target.value) > 1) together.value = one("[data-together]").value;
  });
};
