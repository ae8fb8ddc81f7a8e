// Keeps the tickets that were opened on this device, so that they show where there is no network.
// It answers for ticket pages only; every other page goes its usual way.
const STORE = "wallet-1";
const TICKET = /^\/bookings\/[^/]+\/tickets\/[^/]+\/$/;
const ASSET = /\.(css|js|svg|woff2)$/;
const KEPT_UNTIL = "wallet-kept-until";
const PATIENCE = 4000; // A network that says nothing for longer is none, at a door.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim().then(forgetOld)));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (TICKET.test(url.pathname)) event.respondWith(showTicket(event.request, url));
  else if (isOfTicket(event.request, url)) event.respondWith(fetch(event.request).catch(() => findKept(event.request)));
});

self.addEventListener("message", (event) => {
  const { tickets = [], assets = [] } = event.data;
  const done = keepAll(tickets, assets).then(() => event.source && event.source.postMessage("kept"), () => {});
  event.waitUntil(done);
});

function isOfTicket(request, url) {
  return ASSET.test(url.pathname) && TICKET.test(new URL(request.referrer || self.location.href).pathname);
}

async function showTicket(request, url) {
  const store = await caches.open(STORE);
  const kept = await store.match(url.pathname);
  const late = kept && new Promise((resolve) => setTimeout(resolve, PATIENCE));
  try {
    const fresh = await Promise.race([fetch(request), late].filter(Boolean));
    if (!fresh || fresh.status >= 500) return kept || fresh;
    // Cancelled or handed on: an old code must not be held up at the door.
    if (fresh.ok) await keepTicket(store, url.pathname, fresh.clone());
    else await store.delete(url.pathname);
    return fresh;
  } catch (error) {
    return kept || Response.error();
  }
}

async function findKept(request) {
  return (await (await caches.open(STORE)).match(request)) || Response.error();
}

async function keepAll(tickets, assets) {
  const store = await caches.open(STORE);
  await forgetOld();
  await Promise.all(assets.map(async (path) => {
    const response = await fetch(path);
    if (response.ok) await store.put(path, response);
  }));
  await Promise.all(tickets.map(async (path) => {
    const response = await fetch(path, { credentials: "same-origin" });
    if (response.ok) await keepTicket(store, path, response);
    else if (response.status < 500) await store.delete(path);
  }));
}

async function keepTicket(store, path, response) {
  const headers = new Headers(response.headers);
  headers.set(KEPT_UNTIL, String(Date.now() + 1000 * Number(headers.get("wallet-keep") || 0)));
  await store.put(path, new Response(await response.blob(), { status: response.status, headers }));
}

async function forgetOld() {
  const store = await caches.open(STORE);
  for (const request of await store.keys()) {
    const until = (await store.match(request)).headers.get(KEPT_UNTIL);
    if (until && Number(until) < Date.now()) await store.delete(request);
  }
}
