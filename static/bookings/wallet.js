// A ticket on the whole screen: kept for places without a network, awake while it is held up, turned by arrow keys.
(() => {
  const ticket = document.querySelector("[data-wallet]");
  if (!ticket) return;

  const pathOf = (link) => new URL(link.href).pathname;
  const tickets = [location.pathname, ...[...document.querySelectorAll("[data-wallet-ticket]")].map(pathOf)];
  const assets = [...document.querySelectorAll("link[rel=stylesheet], script[src], link[rel=icon]")]
    .map((element) => new URL(element.href || element.src, location.href))
    .filter((url) => url.origin === location.origin)
    .map((url) => url.pathname + url.search);

  async function keep() {
    const { serviceWorker } = navigator;
    if (!serviceWorker) return;
    await serviceWorker.register(ticket.dataset.worker, { scope: ticket.dataset.scope });
    serviceWorker.addEventListener("message", (event) => {
      if (event.data === "kept") document.querySelector("[data-wallet-kept]").hidden = false;
    });
    const { active } = await serviceWorker.ready;
    active.postMessage({ tickets: [...new Set(tickets)], assets });
  }

  let lock = null;
  async function stayAwake() {
    if (!navigator.wakeLock || document.visibilityState !== "visible") return;
    try { lock = await navigator.wakeLock.request("screen"); } catch { lock = null; }
  }

  document.addEventListener("visibilitychange", stayAwake);
  document.addEventListener("keydown", (event) => {
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = rel && !event.altKey && !event.metaKey && !event.ctrlKey && document.querySelector(`a[rel=${rel}]`);
    if (link) link.click();
  });
  keep().catch(() => {}); // Without it the page is what any page is.
  stayAwake();
})();
