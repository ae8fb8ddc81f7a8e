// The gate: camera, hand scanner and keyboard end in one form; htmx brings the answer.
import { Camera } from "./camera.js";
import { signal, unlockSound } from "./feedback.js";

const GRANTED_FOR = 2500;
const RETRY_AFTER = [500, 1500, 3000];

const page = document.querySelector("[data-gate]");
const form = page.querySelector("[data-gate-form]");
const field = form.elements.code;
const stage = page.querySelector("[data-gate-stage]");
const video = page.querySelector("[data-gate-video]");
const startButton = page.querySelector("[data-gate-start]");
const hint = page.querySelector("[data-gate-hint]");
const covered = [document.querySelector("[data-gate-bar]"), stage, form];
const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)").matches;

let retries = 0;
let retryTimer = 0;
let closeTimer = 0;
let answeredCode = "";

// One nonce for one presentation: repeating the request cannot let two people in, or none.
const renewNonce = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  form.elements.nonce.value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  retries = 0;
  clearTimeout(retryTimer);
};

const present = (code) => {
  field.value = code;
  renewNonce();
  form.requestSubmit();
};

const camera = new Camera(video, page.dataset.jsqr, present);

// On a phone the focus would open the keyboard over the picture.
const focusField = () => (hasKeyboard ? field.focus() : field.blur());

const fillScreen = (isAnswered) => {
  page.classList.toggle("gate--answered", isAnswered);
  for (const part of covered) part.inert = isAnswered;
};

const closeResult = () => {
  clearTimeout(closeTimer);
  fillScreen(false);
  camera.resume();
  focusField();
};

const showResult = (result) => {
  const next = document.querySelector("[data-gate-next]");
  fillScreen(true);
  signal(result);
  if (next) next.hidden = false;
  if (result === "granted") closeTimer = setTimeout(closeResult, GRANTED_FOR);
  else next?.focus();
};

const saySorry = (error) => {
  const words = { NotAllowedError: "sayBlocked", NotFoundError: "sayMissing", OverconstrainedError: "sayMissing" };
  hint.textContent = page.dataset[words[error.name] ?? "sayMissing"];
  startButton.hidden = false;
};

const startCamera = async () => {
  startButton.hidden = true;
  try {
    await camera.start();
    video.hidden = false;
    stage.classList.add("gate__stage--live");
    hint.textContent = page.dataset.sayReady;
    // The screen of a gate must not go dark; browsers without this simply dim.
    navigator.wakeLock?.request("screen").catch(() => {});
  } catch (error) {
    camera.stop();
    saySorry(error);
  }
};

const offerCamera = async () => {
  if (!navigator.mediaDevices?.getUserMedia) {
    page.classList.add("gate--blind");
    hint.textContent = page.dataset.sayInsecure;
    return;
  }
  startButton.hidden = false;
  const permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
  if (permission?.state === "granted" && !camera.isRunning) startCamera();
};

const tryAgain = () => {
  hint.textContent = page.dataset.sayRetry;
  retryTimer = setTimeout(() => form.requestSubmit(), RETRY_AFTER[Math.min(retries, RETRY_AFTER.length - 1)]);
  retries += 1;
};

startButton.addEventListener("click", () => {
  unlockSound();
  startCamera();
});
// Typing gives up a presentation that is still waiting for its answer.
field.addEventListener("input", () => {
  renewNonce();
  camera.resume();
});
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, unlockSound, { passive: true });

// A hand scanner types wherever the focus is, also over a result.
addEventListener("keydown", (event) => {
  const isAnswered = page.classList.contains("gate--answered");
  if (isAnswered && (event.key === "Escape" || event.key === "Enter")) {
    event.preventDefault();
    closeResult();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.target !== field) {
    if (event.key === " " && event.target.closest("button, a")) return;
    if (isAnswered) closeResult();
    field.focus();
  }
});
page.addEventListener("click", (event) => {
  if (event.target.closest("#gate-result") && page.classList.contains("gate--answered")) closeResult();
});

form.addEventListener("htmx:beforeRequest", () => {
  camera.pause();
  answeredCode = field.value;
});
form.addEventListener("htmx:sendError", tryAgain);
form.addEventListener("htmx:timeout", tryAgain);
form.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) tryAgain();
  else location.reload();
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "gate-result") return;
  hint.textContent = camera.isRunning ? page.dataset.sayReady : "";
  const { result } = document.getElementById("gate-result").dataset;
  if (field.value === answeredCode) field.value = "";
  renewNonce();
  if (result === "failed") {
    camera.resume();
    return;
  }
  showResult(result);
  htmx.trigger(document.body, "gate:answered");
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden && camera.isRunning) camera.stop();
  else if (!document.hidden && !video.hidden && !camera.isRunning) startCamera();
});

page.classList.add("gate--live");
if (!hasKeyboard) field.blur();
offerCamera();
if (document.getElementById("gate-result").dataset.result) showResult(document.getElementById("gate-result").dataset.result);
