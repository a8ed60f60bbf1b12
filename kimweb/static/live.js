// Turns the office's bell into events on <body>: live:desk, live:case and live:case-41.
// Elements fetch themselves anew: hx-trigger="live:desk from:body, every 60s".
"use strict";

(() => {
  const { live: address, liveWorker, person } = document.body.dataset;
  if (!address) return;
  const sign = document.getElementById("live-sign");
  const SPREAD = 250; // Not every desk of the office at the same instant.
  const GRACE = 5_000; // A stream that comes back at once was not gone.
  let isBehind = false;
  let warning = null;

  // One line per browser, or per tab where there is no shared worker: a new page takes it over.
  function line(memory) {
    const known = memory.getItem("line") || Math.random().toString(36).slice(2);
    memory.setItem("line", known);
    return `${address}?line=${known}`;
  }

  const ring = (name, detail = {}) => document.body.dispatchEvent(new CustomEvent(name, { detail }));

  function hear(topics) {
    setTimeout(() => {
      const cases = topics.filter((topic) => topic.startsWith("case:")).map((topic) => topic.slice(5));
      if (cases.length < topics.length) ring("live:desk");
      for (const number of cases) {
        ring("live:case", { case: Number(number) });
        ring(`live:case-${number}`);
      }
    }, Math.random() * SPREAD);
  }

  function changed(state) {
    clearTimeout(warning);
    if (state === "on") {
      sign.hidden = true;
      if (isBehind) ring("live:desk");
      isBehind = false;
    } else {
      isBehind = true;
      warning = setTimeout(() => (sign.hidden = false), GRACE);
    }
  }

  // Without a network nothing has to be waited for: the sign says so at once.
  const terse = sign.lastChild.data;
  const OFFLINE = " Jaringan terputus. Isian di layar ini tetap ada; kirimlah setelah tersambung lagi.";
  function network() {
    sign.lastChild.data = navigator.onLine ? terse : OFFLINE;
    if (navigator.onLine) return ring("live:desk");
    clearTimeout(warning);
    isBehind = true;
    sign.hidden = false;
  }
  addEventListener("offline", network);
  addEventListener("online", () => {
    sign.hidden = true;
    network();
  });
  if (!navigator.onLine) network(); // It may have gone while this page was still on its way.

  function throughWorker() {
    const worker = new SharedWorker(`${liveWorker}?stream=${encodeURIComponent(line(localStorage))}`, `live ${person}`);
    const { port } = worker;
    const look = () => port.postMessage(document.hidden ? "hidden" : "seen");
    port.onmessage = ({ data }) => (data.topics ? hear(data.topics) : changed(data.state));
    port.start();
    look();
    setInterval(look, 30_000);
    document.addEventListener("visibilitychange", () => {
      look();
      if (!document.hidden) ring("live:desk");
    });
    addEventListener("pagehide", () => port.postMessage("gone"));
    addEventListener("pageshow", look);
  }

  function alone() {
    let source = null;
    const open = () => {
      source = new EventSource(line(sessionStorage));
      source.addEventListener("bell", (event) => hear(JSON.parse(event.data)));
      source.addEventListener("state", (event) => changed(event.data));
      source.onerror = () => changed("off");
    };
    const look = () => {
      if (document.hidden) {
        source?.close();
        source = null;
        isBehind = true;
      } else if (!source || source.readyState === EventSource.CLOSED) open();
    };
    document.addEventListener("visibilitychange", look);
    setInterval(look, 60_000);
    look();
  }

  if (window.SharedWorker) throughWorker();
  else alone();
})();
