// What others do: a delta since a version, asked for every second, because a shared cache may be a second old.
import { all, facts, one, say } from "./page.js";
import { lose } from "./choice.js";
import { filter, labelArea } from "./filters.js";
import { focusNearest } from "./keyboard.js";
import { isMine, reloadView, view } from "./view.js";

const POLL_MS = 1000;
const SLOWEST_MS = 30_000;
// One lost answer is nothing to speak of.
const PATIENCE = 2;
let timer = null;
let failures = 0;
let version = 0;
let isAsking = false;

// A drawing may be older than what we know: changes since then come again, which does no harm. A newer
// one must not move us on, or a seat lost in another section would go unnoticed.
export const adoptVersion = () => {
  const drawn = Number(view.element.dataset.version);
  version = version ? Math.min(version, drawn) : drawn;
};

const applySeats = (news) => {
  let isChanged = false;
  lose(news.taken.map(String));
  for (const id of news.taken) {
    const seat = view.seats.get(String(id));
    if (!seat || seat.disabled) continue;
    isChanged = true;
    seat.checked = false;
    const hadFocus = document.activeElement === seat;
    seat.disabled = true;
    if (hadFocus || seat.tabIndex === 0) focusNearest(seat, hadFocus);
  }
  for (const id of news.free) {
    const seat = view.seats.get(String(id));
    if (!seat || isMine(seat) || !seat.disabled) continue;
    isChanged = true;
    seat.checked = false;
    seat.disabled = false;
  }
  return isChanged;
};

const applyLeft = (left) => {
  for (const [section, count] of Object.entries(left)) {
    for (const label of all(`[data-left-of="${section}"]`)) {
      label.textContent = say(label.dataset.say, count);
      document.getElementById(`standing-${section}`).disabled = count === 0;
    }
    const area = view.areas.get(section);
    if (!area || area.dataset.left === String(count)) continue;
    area.dataset.left = count;
    area.classList.toggle("area--gone", count === 0);
    area.querySelector(".area__left").textContent = count ? count.toLocaleString(document.documentElement.lang) : "";
    labelArea(area);
  }
};

const apply = (news) => {
  version = news.version;
  const isChanged = applySeats(news);
  applyLeft(news.left);
  if (isChanged) filter();
};

const showTrouble = () => {
  one("[data-stalled]").hidden = failures < PATIENCE;
};

const ask = async () => {
  const asked = view.element;
  // Checked by its ETag every time: what the browser kept must not make it older still.
  const answer = await fetch(`${facts.changes}?since=${version}`, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`availability: ${answer.status}`);
  const news = await answer.json();
  // The hall was drawn anew meanwhile: this answer is about another version.
  if (asked !== view.element) return;
  if (news.stale && version < news.version) {
    version = 0;
    await reloadView();
  } else apply(news);
};

export const poll = async () => {
  if (isAsking) return;
  clearTimeout(timer);
  isAsking = true;
  try {
    await ask();
    failures = 0;
  } catch {
    // Offline or overloaded: the map stays as it was, and the hold itself decides.
    failures += 1;
  }
  isAsking = false;
  showTrouble();
  schedule();
};

const schedule = () => {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(poll, Math.min(SLOWEST_MS, POLL_MS * 2 ** Math.max(0, failures - PATIENCE)));
};

export const startPolling = () => {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : poll()));
  addEventListener("online", poll);
  addEventListener("pageshow", (event) => event.persisted && reloadView());
  schedule();
};
