// One shared document says how far the queue is; everything personal is worked out here.
import { placeOf } from "./draw.js";

const room = document.getElementById("queue");
const words = JSON.parse(document.getElementById("queue-words").textContent);
const numbers = new Intl.NumberFormat(document.documentElement.lang);
const SOONEST_SECONDS = 2;
const TELL_EVERY = 60_000;
const title = document.title;

let number = room.dataset.number === "" ? null : Number(room.dataset.number);
let drawn = null; // The place, once it is known, with the draw it came from.
let timer = 0;
let told = { at: 0, state: room.dataset.state };
let hasStopped = false;

const post = async (address) => (await fetch(address, { method: "POST", credentials: "same-origin" })).json();

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
    say(room.querySelector(`[data-state-of~="${state}"]:not([hidden]) h2`)?.textContent ?? "");
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
  if (answer.what === "reload") location.reload();
  if (answer.what !== "number") return;
  number = answer.number;
  drawn = null;
  fill("number", numbers.format(number + 1));
}

async function stateIn(news) {
  if (news.state === "free") return "free";
  if (news.state === "early") return "early";
  if (number === null) await join(false);
  if (number === null) return "closed";
  if (news.state === "lobby") return "lobby";
  const place = await placeIn(news);
  if (place < news.base) return room.dataset.state === "soon" || room.dataset.state === "elsewhere" ? claim() : "missed";
  if (place < news.serving && !news.sold_out) return claim();
  const ahead = Math.max(0, place - news.serving);
  const wait = estimate(ahead + 1, news.rate);
  fill("ahead", numbers.format(ahead));
  fill("wait", sayWait(wait));
  fill("back", sayBack(wait));
  progress(place, ahead);
  document.title = `${words.title.replace("{ahead}", numbers.format(ahead))} – ${title}`;
  const state = news.sold_out ? "sold_out" : news.state === "paused" ? "paused" : "waiting";
  tell(state, ahead, wait);
  return state;
}

async function look() {
  clearTimeout(timer);
  let pause = 3;
  try {
    const answer = await fetch(room.dataset.status, { credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    const news = await answer.json();
    const state = await stateIn(news);
    if (state === "free") location.replace(room.dataset.seats);
    show(state);
    tell(state);
    room.querySelector("[data-away]").hidden = true;
    const isNear = ["called", "soon", "elsewhere"].includes(state) || room.querySelector("progress").value >= 95;
    pause = isNear ? SOONEST_SECONDS : news.poll_after;
  } catch {
    // Away, offline, asleep: the number is in the cookie, nothing is lost.
    room.querySelector("[data-away]").hidden = false;
  }
  // Not all at once.
  if (!hasStopped) timer = setTimeout(look, pause * 1000 * (0.8 + Math.random() * 0.4));
}

room.addEventListener("submit", (submitted) => {
  if (submitted.submitter?.value !== "again") return;
  submitted.preventDefault();
  join(true).then(look, look);
});
document.addEventListener("visibilitychange", () => document.hidden || look());
addEventListener("online", look);
addEventListener("pageshow", (shown) => shown.persisted && look());
look();
