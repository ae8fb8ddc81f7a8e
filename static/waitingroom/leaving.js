// A closed window gives its slot to the next; one that is only loaded again, or goes on to the basket, keeps it.
const inside = document.querySelector("[data-leave]");
addEventListener("pagehide", (hidden) => {
  if (!hidden.persisted) navigator.sendBeacon(inside.dataset.leave);
});
