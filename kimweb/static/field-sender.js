// Brings what lies in the store to the office, in the order in which it was written. An entry leaves
// the store only after the office has said that it stored it; sent twice, the office knows its key.
// Runs in the page and in the service worker.
"use strict";

self.fieldSender = (() => {
  const ASKING_MS = 15_000;
  const SENDING_MS = 180_000; // A photo over a thin line.
  const HEADERS = { "HX-Request": "true" }; // 401 and a sentence instead of a page to look at.

  async function ask(address, patience, options = {}) {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), patience);
    try {
      const headers = { ...HEADERS, ...options.headers };
      return await fetch(address, { ...options, headers, signal: control.signal, cache: "no-store" });
    } catch {
      return null; // No network, or the office does not answer.
    } finally {
      clearTimeout(timer);
    }
  }

  function packed(entry) {
    const body = new FormData();
    body.append("key", entry.key);
    body.append("kind", entry.kind);
    for (const [name, value] of entry.fields) body.append(name, value);
    for (const [name, value] of entry.was) body.append(`was.${name}`, value);
    if (entry.file) body.append("file", entry.file, entry.fileName);
    return body;
  }

  async function sentences(answer) {
    const text = await answer.text();
    const isPlain = (answer.headers.get("Content-Type") || "").startsWith("text/plain");
    try {
      return isPlain ? text : JSON.parse(text).said.join(" ");
    } catch {
      return "Tidak diterima oleh kantor. Salin isinya, lalu tulis sekali lagi.";
    }
  }

  // Returns what holds the others up: "" when nothing does.
  async function deliver(entry, token) {
    const answer = await ask(entry.address, SENDING_MS, {
      method: "POST",
      body: packed(entry),
      headers: { "X-CSRFToken": token },
    });
    if (!answer || answer.status >= 500) return "away";
    if (answer.status === 401) return "login";
    if (answer.status === 400) return "away"; // The token was renewed just now: the next turn has it.
    if (answer.ok) await self.fieldStore.drop(entry.key);
    else await self.fieldStore.put({ ...entry, state: "refused", said: await sentences(answer) });
    return "";
  }

  async function deliverAll(told) {
    const waiting = (await self.fieldStore.all()).filter((entry) => entry.state === "waiting");
    let left = "";
    for (const entry of waiting) {
      const here = await ask(entry.address, ASKING_MS);
      if (!here || here.status >= 500) return "away";
      if (here.status === 401) return "login";
      if (!here.ok) {
        await self.fieldStore.put({ ...entry, state: "refused", said: await sentences(here) });
        continue;
      }
      const { person, token } = await here.json();
      if (person !== entry.person) {
        left = "other"; // It waits for whoever wrote it; the others go on.
        continue;
      }
      const held = await deliver(entry, token);
      if (held) return held;
      told();
    }
    return left;
  }

  return {
    // One at a time, in whichever tab or worker; returns why something waits, "" when nothing does.
    flush: (told = () => {}) =>
      navigator.locks ? navigator.locks.request("kimweb-field", () => deliverAll(told)) : deliverAll(told),
  };
})();
