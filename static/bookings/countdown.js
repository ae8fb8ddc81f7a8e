// Counts down beside "kept until 19:42"; insistent only in the last two minutes, then the page is asked again.
(() => {
  const URGENT = 120;
  const told = new WeakSet();

  const tick = () => {
    for (const element of document.querySelectorAll("[data-until]")) {
      const seconds = Math.max(0, Math.round((Date.parse(element.dataset.until) - Date.now()) / 1000));
      const clock = element.querySelector("[data-countdown]");
      const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      clock.textContent = seconds ? element.dataset.sayLeft.replace("%s", text) : element.dataset.sayOver;
      clock.classList.toggle("countdown--urgent", seconds <= URGENT);
      if (seconds === URGENT) clock.setAttribute("aria-live", "polite");
      if (seconds === 0 && !told.has(element)) {
        told.add(element);
        setTimeout(() => location.assign("/basket/"), 1500);
      }
    }
  };
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  tick();
})();
