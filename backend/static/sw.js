// Without a network a page of ours appears instead of the browser's. Nothing personal is kept:
// only the offline page and the files that it needs.

const CACHE = "landa-offline-1";
const PAGE = "/offline";

self.addEventListener("install", (event) => {
  event.waitUntil(keepPage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = new URL(request.url).origin === location.origin;
  if (request.method !== "GET" || !isOurs) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  } else if (new URL(request.url).pathname.startsWith("/static/")) {
    event.respondWith(fetch(request).catch(() => caches.match(request).then(orFailure)));
  }
});

async function keepPage() {
  const cache = await caches.open(CACHE);
  const response = await fetch(PAGE);
  const html = await response.clone().text();
  await cache.put(PAGE, response);
  await cache.addAll([...new Set(html.match(/\/static\/[\w.-]+\?v=\w+/g))]);
}

async function forgetOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

function orFailure(response) {
  return response || Response.error();
}
