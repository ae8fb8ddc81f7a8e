// A closed window gives its slot to the next; one that is only loaded again, or goes on to the basket, keeps it.
// So does one that goes on to another of our pages: signing in takes longer than the time to come back.
const inside = document.querySelector("[data-leave]");
const GOING_MS = 5000;
let wentAt = -GOING_MS;

document.addEventListener("click", ({ target }) => {
  const link = target.closest?.("a[href]");
  if (link && link.target !== "_blank" && link.origin === location.origin) wentAt = performance.now();
});
document.addEventListener("submit", () => {
  wentAt = performance.now();
});
addEventListener("pagehide", (hidden) => {
  const isGoing = performance.now() - wentAt < GOING_MS;
  if (!hidden.persisted && !isGoing) navigator.sendBeacon(inside.dataset.leave);
});
