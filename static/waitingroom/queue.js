// One shared document says how far the queue is; everything personal is worked out here.
import { placeOf } from "./draw.js";

const room = document.getElementById("queue");
const words = JSON.parse(document.getElementById("queue-words").textContent);
const numbers = new Intl.NumberFormat(document.documentElement.lang);
const SOONEST_SECONDS = 2;
// After an outage a crowd comes back little by little.
const AWAY_SECONDS = [3, 6, 12, 24, 48];
const RELOAD_EVERY = 60_000;
const PLAIN_SECONDS = 10;
const TELL_EVERY = 60_000;
// What was said to somebody whose number may be over by now, and is kept for them.
const KEPT_STATES = ["soon", "elsewhere", "sold_out"];
const title = document.title;

let number = room.dataset.number === "" ? null : Number(room.dataset.number);
let waiting = { ahead: 0, wait: null };
let drawn = null; // The place, once it is known, with the draw it came from.
let timer = 0;
let told = { at: 0, state: room.dataset.state };
let hasStopped = false;
let isLooking = false;
let failures = 0;

// A connection that a sleeping laptop forgot would keep the page waiting for ever.
const patience = () => ({ signal: AbortSignal.timeout(20_000) });

async function post(address) {
  const answer = await (await fetch(address, { method: "POST", credentials: "same-origin", ...patience() })).json();
  if (answer.what === "lost") throw new Error("lost");
  if (answer.what === "reload") reload();
  return answer;
}

// The cookies are others now, or none are kept; then it would not help to do it again at once.
function reload() {
  const key = `queue-${room.dataset.queue}-reload`;
  if (Date.now() - Number(sessionStorage.getItem(key)) < RELOAD_EVERY) throw new Error("reload");
  sessionStorage.setItem(key, Date.now());
  hasStopped = true;
  location.reload();
}

const fill = (slot, text) => {
  for (const element of room.querySelectorAll(`[data-slot="${slot}"]`)) element.textContent = text;
};

const say = (text) => {
  room.querySelector("[data-live]").textContent = text;
};

function show(state) {
  for (const part of room.querySelectorAll("[data-state-of]")) {
    part.hidden = !part.dataset.stateOf.split(" ").includes(state);
  }
  room.dataset.state = state;
}

function estimate(calls, rate) {
  if (rate <= 0) return null;
  const { least, most, steps, coarsest, least_said: leastSaid } = words.estimate;
  const [low, high] = [(calls / rate) * least, (calls / rate) * most];
  const step = (steps.find(([limit]) => high <= limit) ?? [0, coarsest])[1];
  return { least: Math.floor(low / step) * step, most: Math.max(leastSaid, Math.ceil(high / step) * step) };
}

function sayWait(wait) {
  if (wait === null) return words.unknown;
  const inHours = wait.most > words.hours_from;
  const text = inHours ? words.hours : wait.least ? words.minutes : words.soon;
  const [least, most] = inHours ? [Math.floor(wait.least / 60), Math.ceil(wait.most / 60)] : [wait.least, wait.most];
  return text.replace("{least}", least).replace("{most}", most);
}

function sayBack(wait) {
  if (wait === null || wait.least < words.back_from) return "";
  const moment = new Date(Date.now() + wait.least * 60_000);
  return words.back.replace("{clock}", moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
}

// Progress never goes back: a page that is loaded again goes on where it was.
function progress(place, ahead) {
  const key = `queue-${room.dataset.queue}-${place}`;
  const first = Math.max(ahead, Number(sessionStorage.getItem(key)) || 0);
  sessionStorage.setItem(key, first);
  const bar = room.querySelector("progress");
  bar.value = Math.max(bar.value, first ? 100 - Math.floor((ahead * 100) / first) : 100);
}

async function placeIn(news) {
  const draw = `${news.seed}/${news.drawn}`;
  if (drawn?.draw !== draw) drawn = { draw, place: await placeOf(news.seed, news.drawn, number) };
  return drawn.place;
}

function tell(state, ahead, wait) {
  const isNews = state !== told.state || (state === "waiting" && Date.now() - told.at > TELL_EVERY);
  if (!isNews) return;
  told = { at: Date.now(), state };
  if (state === "waiting") {
    const text = ahead ? words.told : words.told_next;
    say(text.replace("{ahead}", numbers.format(ahead)).replace("{wait}", sayWait(wait)));
  } else {
    const heads = [...room.querySelectorAll("h2")];
    say(heads.find((head) => !head.closest("[hidden]"))?.textContent ?? "");
  }
}

async function claim() {
  const { what } = await post(room.dataset.claim);
  if (what === "pass" || what === "free") {
    hasStopped = true;
    document.title = words.called;
    location.replace(room.dataset.seats);
  }
  return { soon: "soon", missed: "missed", used: "missed", taken: "missed", elsewhere: "elsewhere",
    sold_out: "sold_out" }[what] ?? "waiting";
}

async function join(again) {
  const answer = await post(`${room.dataset.join}${again ? "?again=1" : ""}`);
  if (answer.what !== "number") return;
  number = answer.number;
  drawn = null;
  fill("number", numbers.format(number + 1));
}

async function stateIn(news) {
  if (news.state === "free") return "free";
  if (news.state === "early") return "early";
  if (number === null && !news.draining) await join(false);
  if (number === null) return news.draining ? "closed" : "join";
  if (news.state === "lobby") return "lobby";
  const place = await placeIn(news);
  if (place < news.base) return KEPT_STATES.includes(room.dataset.state) ? claim() : "missed";
  if (place < news.serving && !news.sold_out) return claim();
  const ahead = Math.max(0, place - news.serving);
  const wait = estimate(ahead + 1, news.rate);
  fill("ahead", numbers.format(ahead));
  fill("wait", sayWait(wait));
  fill("back", sayBack(wait));
  progress(place, ahead);
  document.title = `${words.title.replace("{ahead}", numbers.format(ahead))} – ${title}`;
  waiting = { ahead, wait };
  return news.sold_out ? "sold_out" : news.state === "paused" ? "paused" : "waiting";
}

async function look() {
  // One look at a time, and one that is to come: a page that is shown again must not ask twice for ever.
  if (isLooking) return;
  isLooking = true;
  clearTimeout(timer);
  let pause;
  try {
    const answer = await fetch(room.dataset.status, { credentials: "omit", ...patience() });
    if (!answer.ok) throw new Error(String(answer.status));
    const news = await answer.json();
    const state = await stateIn(news);
    if (state === "free") location.replace(room.dataset.seats);
    show(state);
    tell(state, waiting.ahead, waiting.wait);
    room.querySelector("[data-away]").hidden = true;
    failures = 0;
    const isNear = ["called", "soon", "elsewhere"].includes(state) || room.querySelector("progress").value >= 95;
    pause = isNear ? SOONEST_SECONDS : news.poll_after;
  } catch {
    // Away, offline, asleep: the number is in the cookie, nothing is lost.
    room.querySelector("[data-away]").hidden = false;
    pause = AWAY_SECONDS[Math.min(failures, AWAY_SECONDS.length - 1)];
    failures += 1;
  }
  isLooking = false;
  // Not all at once.
  if (!hasStopped) timer = setTimeout(look, pause * 1000 * (0.8 + Math.random() * 0.4));
}

room.addEventListener("submit", (submitted) => {
  if (submitted.submitter?.value !== "again") return;
  submitted.preventDefault();
  // Perhaps another window took it already.
  const before = number;
  join(false).then(() => number === before && join(true)).then(look, look);
});
document.addEventListener("visibilitychange", () => document.hidden || look());
addEventListener("online", look);
addEventListener("pageshow", (shown) => shown.persisted && look());
// Without encryption browsers compute no hashes; the plain page works there too.
if (isSecureContext) look();
else setTimeout(() => location.reload(), PLAIN_SECONDS * 1000);
