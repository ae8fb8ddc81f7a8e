// Makes the seat map pleasant; choosing and keeping places works without it.
import { adoptView, onChange, recall } from "./seatmap/choice.js";
import { startBest } from "./seatmap/best.js";
import { dressView, startFilters } from "./seatmap/filters.js";
import { startGestures } from "./seatmap/gestures.js";
import { readyKeyboard } from "./seatmap/keyboard.js";
import { adoptVersion, startPolling } from "./seatmap/live.js";
import { form, frame, one } from "./seatmap/page.js";
import { readPrices } from "./seatmap/prices.js";
import { startRefusals } from "./seatmap/refusals.js";
import { arrive, markChosenAreas, startSections } from "./seatmap/sections.js";
import { readView, view } from "./seatmap/view.js";
import { readyViewport, startViewport } from "./seatmap/viewport.js";

const ready = ({ isSame }) => {
  readView();
  one("[data-shows]").dataset.shows = view.kind;
  adoptVersion();
  readyKeyboard();
  readyViewport({ isSame });
  adoptView();
  dressView();
  markChosenAreas();
};

const startHall = () => {
  startViewport();
  startGestures();
  startSections();
  document.addEventListener("htmx:afterSettle", () => {
    const found = document.getElementById("hall-view");
    if (found === view.element) return;
    const isSame = found.dataset.section === view.element.dataset.section;
    ready({ isSame });
    if (!isSame) arrive();
  });
};

const start = () => {
  // First, because the drawing fits into the room that is left.
  form.dataset.started = "";
  if (frame) one("[data-zoom]").hidden = false;
  readPrices();
  recall();
  ready({ isSame: false });
  form.addEventListener("change", (event) => event.target.matches("input.seat, .standing__count") && onChange(event.target));
  // While typing too: a list that grows only when the field is left would move the button from under the click.
  form.addEventListener("input", (event) => event.target.matches(".standing__count") && onChange(event.target));
  startFilters();
  startBest();
  startRefusals();
  startPolling();
  if (frame) startHall();
  // For benchmarks: from here on the map is usable.
  form.dataset.ready = "";
};

if (form) start();
