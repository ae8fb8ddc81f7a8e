// From the overview into a section, to its neighbours and back, with the browser's own Back and Forward.
import { announce, facts, form, frame, one, say } from "./page.js";
import { chosenIn } from "./choice.js";
import { labelArea } from "./filters.js";
import { hallOf, view } from "./view.js";

let last = null; // The request whose answer is wanted; an earlier one may come later.
let isTravelling = false; // By Back or Forward: the address is right already.
let cameFrom = "";

const urlOf = (section) => (section ? facts.sectionUrl.replace("/0/", `/${section}/`) : facts.overview);

const load = (section) =>
  window.htmx.ajax("GET", urlOf(section), { source: frame, target: "#hall-view", swap: "outerHTML" });

// --- history -----------------------------------------------------------------------------------
const addressOf = (section) => (section ? `${facts.page}?section=${section}` : facts.page);

const remember = () => {
  if (!isTravelling && (history.state?.section ?? "") !== view.section) {
    history.pushState({ isHall: true, section: view.section }, "", addressOf(view.section));
  }
  isTravelling = false;
};

const onPopState = (event) => {
  if (!event.state?.isHall || view.kind === "plan") return;
  isTravelling = true;
  load(event.state.section);
};

// --- what is drawn now -------------------------------------------------------------------------
export const markChosenAreas = () => {
  for (const [section, area] of view.areas) {
    const count = chosenIn(section);
    if (Number(area.dataset.chosen ?? 0) === count) continue;
    if (count) area.dataset.chosen = count;
    else delete area.dataset.chosen;
    area.classList.toggle("area--chosen", count > 0);
    labelArea(area);
  }
};

const focusWhereOneIs = () => {
  const heading = view.element.querySelector(".hall-nav__title");
  const area = view.areas.get(cameFrom);
  const target = area ?? heading ?? hallOf();
  if (!target) return;
  target.focus({ preventScroll: true });
  frame.scrollIntoView({ block: "nearest" });
};

export const arrive = () => {
  remember();
  announce(view.section ? say(facts.sayShown, view.name) : facts.sayOverview);
  focusWhereOneIs();
  cameFrom = view.section;
};

// --- loading and failing -----------------------------------------------------------------------
const isOurs = (event) => event.detail.target?.id === "hall-view";

const onStart = (event) => {
  if (!isOurs(event)) return;
  last = event.detail.xhr;
  frame.dataset.loading = "";
  one("[data-hall-failed]").hidden = true;
};

const onEnd = (event) => {
  if (isOurs(event) && event.detail.xhr === last) delete frame.dataset.loading;
};

const onFailure = (event) => {
  if (!isOurs(event) || event.detail.xhr !== last) return;
  const note = one("[data-hall-failed]");
  note.dataset.section = new URL(event.detail.xhr.responseURL || event.detail.pathInfo.requestPath, location).pathname;
  note.hidden = false;
  isTravelling = false;
};

const tryAgain = () => {
  window.htmx.ajax("GET", one("[data-hall-failed]").dataset.section, {
    source: frame, target: "#hall-view", swap: "outerHTML",
  });
};

const onKey = (event) => {
  if (event.key !== "Escape" || view.kind !== "section") return;
  event.preventDefault();
  load("");
};

// A standing section has no drawing of its own: its area leads to the number beside the hall.
const onAreaClick = (event) => {
  const area = event.target.closest("a.area--standing");
  if (area) document.getElementById(`standing-${area.dataset.section}`)?.focus();
};

export const startSections = () => {
  frame.addEventListener("click", onAreaClick);
  cameFrom = view.section;
  if (view.kind !== "plan") history.replaceState({ isHall: true, section: view.section }, "");
  addEventListener("popstate", onPopState);
  document.addEventListener("htmx:beforeRequest", onStart);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (isOurs(event) && event.detail.xhr !== last) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterRequest", onEnd);
  document.addEventListener("htmx:sendError", onFailure);
  document.addEventListener("htmx:responseError", onFailure);
  one("[data-hall-retry]").addEventListener("click", tryAgain);
  frame.addEventListener("keydown", onKey);
  form.addEventListener("choice:changed", markChosenAreas);
};
