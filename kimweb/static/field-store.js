// What was written in the village and has not reached the office, kept by this device until it has.
// Runs in the page and in the service worker.
"use strict";

self.fieldStore = (() => {
  const ENTRIES = "entries";
  const DRAFTS = "drafts";
  let door = null;

  const settled = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  function opened() {
    if (door) return door;
    const request = indexedDB.open("kimweb-field", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(ENTRIES, { keyPath: "key" });
      request.result.createObjectStore(DRAFTS);
    };
    door = settled(request);
    door.catch(() => (door = null));
    return door;
  }

  async function within(table, mode, act) {
    const deal = (await opened()).transaction(table, mode);
    const finished = new Promise((resolve, reject) => {
      deal.oncomplete = resolve;
      deal.onabort = () => reject(deal.error);
      deal.onerror = () => reject(deal.error);
    });
    const answer = await settled(act(deal.objectStore(table)));
    await finished; // Only now it lies on the device.
    return answer;
  }

  return {
    put: (entry) => within(ENTRIES, "readwrite", (table) => table.put(entry)),
    drop: (key) => within(ENTRIES, "readwrite", (table) => table.delete(key)),
    all: async () =>
      (await within(ENTRIES, "readonly", (table) => table.getAll())).sort((one, other) => one.at - other.at),
    draft: (name) => within(DRAFTS, "readonly", (table) => table.get(name)),
    keepDraft: (name, fields) => within(DRAFTS, "readwrite", (table) => table.put(fields, name)),
    dropDraft: (name) => within(DRAFTS, "readwrite", (table) => table.delete(name)),
  };
})();
