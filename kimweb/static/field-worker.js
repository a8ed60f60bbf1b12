// Opens the field-work page where there is no network, and sends what waits when it comes back.
// Every other page goes to the office as if this were not here.
"use strict";

const KEPT = "kimweb-field";
const FIELD_PAGE = /^\/cases\/\d+\/activity$/;
const PATIENCE_MS = 8_000; // A thin line is given so long; then the kept page is shown.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const [port] = event.ports;
  const kept = keep(event.data.page, event.data.parts);
  event.waitUntil(kept.then(() => port.postMessage(true), () => port.postMessage(false)));
});

self.addEventListener("sync", (event) => {
  const tell = () => new BroadcastChannel("kimweb-field").postMessage("sent");
  event.waitUntil(self.fieldSender.flush(tell).then((why) => {
    if (why === "away") throw new Error("the office is out of reach"); // The browser tries again.
  }));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate" && FIELD_PAGE.test(address.pathname)) {
    event.respondWith(pageOf(request, address.pathname));
  } else if (address.pathname.startsWith("/vendor/")) {
    event.respondWith(partOf(request));
  }
});

// Everything the page is made of; what an older edition of the program had goes.
async function keep(page, parts) {
  const cache = await caches.open(KEPT);
  await cache.addAll(parts);
  const wanted = new Set(parts.map((part) => new URL(part, location.href).href));
  for (const { url } of await cache.keys()) {
    if (new URL(url).pathname.startsWith("/vendor/") && !wanted.has(url)) await cache.delete(url);
  }
  const answer = await fetch(page, { credentials: "same-origin" });
  if (!isWhole(answer)) throw new Error("the page did not come");
  await cache.put(page, answer);
}

const isWhole = (answer) => answer.ok && answer.type === "basic" && !answer.redirected;

async function pageOf(request, path) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(path);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const asked = fetch(request).catch(() => null);
  const answer = await (kept ? Promise.race([asked, late]) : asked);
  if (answer && isWhole(answer)) await cache.put(path, answer.clone());
  if (answer && answer.status < 500) return answer;
  return kept || answer || Response.error();
}

async function partOf(request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(request)) || fetch(request);
}
