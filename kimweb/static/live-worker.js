// One stream for all tabs of this browser: browsers open only six connections to a host.
"use strict";

const address = new URL(self.location.href).searchParams.get("stream");
const PATIENCE = 90_000; // A tab says every 30 s that it is looked at; a tab that died says nothing.
const PAUSE = 60_000; // After a refusal (the office has streams enough) ask again later.

const tabs = new Map(); // port -> when it was last looked at
let source = null;
let retry = null;

function tell(message) {
  for (const port of tabs.keys()) port.postMessage(message);
}

function open() {
  clearTimeout(retry);
  source = new EventSource(address);
  source.addEventListener("bell", (event) => tell({ topics: JSON.parse(event.data) }));
  source.addEventListener("state", (event) => tell({ state: event.data }));
  source.onerror = () => {
    tell({ state: "off" });
    if (source?.readyState !== EventSource.CLOSED) return;
    source = null;
    retry = setTimeout(tidy, PAUSE);
  };
}

function close() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

// The stream is open exactly while some tab is looked at.
function tidy() {
  const limit = Date.now() - PATIENCE;
  const isSeen = [...tabs.values()].some((seen) => seen > limit);
  if (isSeen && !source) open();
  if (!isSeen && source) close();
}

self.onconnect = (event) => {
  const port = event.ports[0];
  tabs.set(port, Date.now());
  port.onmessage = ({ data }) => {
    if (data === "gone") tabs.delete(port);
    else tabs.set(port, data === "seen" ? Date.now() : 0);
    tidy();
  };
  tidy();
};

setInterval(tidy, 30_000);
