// The field-work page on a phone: every entry is kept by the phone first and sent from there, so a
// lost network, a reload or an ended login loses nothing. Without this script the forms send by themselves.
"use strict";

(() => {
  const panel = document.getElementById("di-telepon");
  if (!panel || !window.indexedDB) return;
  const { entries: address, person, personName, worker } = panel.dataset;
  const store = window.fieldStore;
  const SKIPPED = ["csrf_token", "key", "edit", "purpose", "sheet"];
  const AGAIN_MS = 30_000;
  const LONGEST_SIDE = 2_000; // As large as the office keeps a photo.
  let registration = null;

  // --- what a form holds ---

  const inputs = (form) =>
    [...form.elements].filter((one) => one.name && !SKIPPED.includes(one.name) && !["submit", "file"].includes(one.type));

  function defaultOf(one) {
    if (!(one instanceof HTMLSelectElement)) return one.defaultValue;
    return ([...one.options].find((option) => option.defaultSelected) || one.options[0])?.value ?? "";
  }

  // From now on this is what the form began with.
  function settle(form) {
    for (const one of inputs(form)) {
      if (one instanceof HTMLSelectElement) {
        for (const option of one.options) option.defaultSelected = option.selected;
      } else one.defaultValue = one.value;
    }
  }

  function fill(form, fields) {
    const left = fields.map((pair) => [...pair]);
    for (const one of inputs(form)) {
      const at = left.findIndex(([name]) => name === one.name);
      if (at >= 0) one.value = left.splice(at, 1)[0][1];
    }
  }

  function readable(form, extra) {
    const lines = inputs(form).filter((one) => one.type !== "hidden" && one.value).map((one) => {
      const label = one.labels?.[0]?.textContent.replace("(boleh kosong)", "").trim() || one.getAttribute("aria-label") || "";
      return `${label}: ${one instanceof HTMLSelectElement ? one.selectedOptions[0].textContent : one.value}`;
    });
    return [...lines, ...extra].join("\n");
  }

  const formOf = (kind) => document.querySelector(`form[data-entry="${kind}"]`);

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(18));
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  }

  function entryOf(kind, given) {
    const own = { key: newKey(), kind, address, person: Number(person), personName, at: Date.now() };
    return { ...own, state: "waiting", said: "", was: [], fields: [], ...given };
  }

  // --- what is kept ---

  async function keep(entry) {
    try {
      await store.put(entry);
    } catch {
      say("Telepon ini penuh: isian belum tersimpan. Hapus foto atau berkas lain di telepon, lalu simpan lagi.");
      return false;
    }
    registration?.sync?.register("kimweb-field").catch(() => {});
    await show();
    void send();
    return true;
  }

  function say(sentence) {
    panel.querySelector("[data-said]").textContent = sentence;
    if (sentence) panel.scrollIntoView({ block: "nearest" });
  }

  async function submitted(event) {
    const form = event.target.closest("form[data-entry]");
    if (!form || form.dataset.entry === "photo") return;
    event.preventDefault();
    event.stopPropagation();
    const kind = form.dataset.entry;
    const pressed = event.submitter?.name ? [[event.submitter.name, event.submitter.value]] : [];
    const fields = [...inputs(form).map((one) => [one.name, one.value.trim()]), ...pressed];
    if (kind === "attendee") {
      const [name, sex] = ["name", "sex"].map((wanted) => fields.find((pair) => pair[0] === wanted)?.[1]);
      if (!name || !sex) return say("Isi nama orang yang hadir, lalu sentuh Laki-laki atau Perempuan.");
      const kept = await keep(entryOf(kind, { fields, label: `${name} (${sex})`, text: readable(form, [`L/P: ${sex}`]) }));
      if (kept) afterAttendee(form);
      return;
    }
    const was = inputs(form).map((one) => [one.name, defaultOf(one)]);
    if (!(await keep(entryOf(kind, { fields, was, label: form.dataset.label, text: readable(form, []) })))) return;
    settle(form);
    await store.dropDraft(address + kind);
  }

  function afterAttendee(form) {
    say("");
    for (const one of inputs(form)) if (one.name === "name" || one.name === "phone") one.value = "";
    const name = form.querySelector("[name=name]");
    if (form.dataset.once) form.closest("li").remove();
    else name.focus();
  }

  async function chosen(event) {
    const { target } = event;
    if (target.name === "keep_place") event.stopPropagation();
    if (target.type !== "file" || target.closest("form")?.dataset.entry !== "photo") return;
    event.stopPropagation();
    const files = [...target.files];
    // Drawn anew here, a photo would no longer know where it was taken.
    const withPlace = Boolean(target.form.querySelector("[name=keep_place]:checked"));
    const fields = withPlace ? [["keep_place", "1"]] : [];
    for (const file of files) {
      const smaller = withPlace ? file : await shrunk(file);
      await keep(entryOf("photo", { fields, file: smaller, fileName: file.name, label: `Foto ${file.name}`, text: "" }));
    }
    target.value = "";
  }

  // A phone's photo is five times as large as the office keeps it; the line is thin.
  async function shrunk(file) {
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.88));
      return made && made.size < file.size ? made : file;
    } catch {
      return file; // The office says what is wrong with it.
    }
  }

  // --- what is shown ---

  async function show() {
    const entries = await store.all();
    const here = entries.filter((entry) => entry.address === address);
    const list = panel.querySelector("ul");
    list.replaceChildren(...here.map(row));
    panel.hidden = !entries.length && !panel.querySelector("[data-said]").textContent;
    for (const counter of document.querySelectorAll("[data-waiting]")) counter.textContent = entries.length;
    for (const way of document.querySelectorAll("[data-waiting-link]")) way.hidden = !entries.length;
    panel.querySelector("[data-elsewhere]").hidden = here.length === entries.length;
  }

  function row(entry) {
    const made = document.getElementById("entry-row").content.firstElementChild.cloneNode(true);
    const part = (name) => made.querySelector(`[data-${name}]`);
    part("label").textContent = entry.label;
    part("state").textContent = entry.state === "refused" ? entry.said : "Menunggu dikirim";
    made.classList.toggle("refused", entry.state === "refused");
    part("text").textContent = entry.text;
    part("copy").hidden = part("more").hidden = !entry.text;
    part("copy").addEventListener("click", () => copy(part("text"), part("copy")));
    part("drop").addEventListener("click", async () => {
      await store.drop(entry.key);
      await show();
    });
    const caption = part("caption");
    caption.hidden = entry.kind !== "photo" || entry.state === "refused";
    caption.value = entry.fields.find(([name]) => name === "caption")?.[1] || "";
    const others = entry.fields.filter(([name]) => name !== "caption");
    caption.addEventListener("change", () => store.put({ ...entry, fields: [...others, ["caption", caption.value.trim()]] }));
    return made;
  }

  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      getSelection().selectAllChildren(text); // The rest is done by the phone's own menu.
    }
    button.textContent = "Tersalin";
  }

  // --- sending ---

  const REASONS = {
    away: "Belum tersambung ke kantor. Isian aman di telepon ini dan dikirim sendiri begitu ada jaringan.",
    login: "Waktu masuk Anda sudah habis. Masuk lagi untuk mengirim; isian tetap tersimpan di telepon ini.",
    other: "Isian di telepon ini ditulis oleh orang lain. Isian dikirim setelah orang itu masuk lagi.",
    "": "",
  };

  async function send() {
    if (!(await store.all()).some((entry) => entry.state === "waiting")) return show();
    let isSent = false;
    const why = await window.fieldSender.flush(() => (isSent = true));
    panel.querySelector("[data-login]").hidden = why !== "login";
    panel.querySelector("[data-said]").textContent = REASONS[why];
    await show();
    if (isSent) await renew();
    return undefined;
  }

  // The lists and texts as the office has them now; what is being typed stays (steady.js).
  async function renew() {
    await window.htmx.ajax("GET", location.pathname, { target: "#work-activity", select: "#work-activity", swap: "morph" });
  }

  // --- what was typed and not saved ---

  let pause = null;
  function typed(event) {
    const form = event.target.closest("form[data-entry]");
    if (!form || !["notes", "group"].includes(form.dataset.entry)) return;
    clearTimeout(pause);
    pause = setTimeout(() => {
      const fields = inputs(form).map((one) => [one.name, one.value]);
      store.keepDraft(address + form.dataset.entry, fields).catch(() => {});
    }, 400);
  }

  async function restore() {
    for (const entry of await store.all()) {
      const form = entry.address === address && entry.state === "waiting" && formOf(entry.kind);
      if (!form || !entry.was.length) continue;
      fill(form, entry.fields);
      settle(form);
    }
    for (const kind of ["notes", "group"]) {
      const draft = await store.draft(address + kind);
      if (draft && formOf(kind)) fill(formOf(kind), draft);
    }
  }

  // --- opening without a network ---

  async function prepare() {
    const sign = document.getElementById("field-ready");
    const told = (words) => (sign.textContent = sign.dataset[words]);
    if (!navigator.serviceWorker) return told("never");
    registration = await navigator.serviceWorker.register(worker, { scope: "/cases/" });
    await navigator.serviceWorker.ready.catch(() => {});
    const parts = performance.getEntriesByType("resource").map(({ name }) => name);
    const channel = new MessageChannel();
    channel.port1.onmessage = ({ data }) => told(data ? "yes" : navigator.onLine ? "no" : "yes");
    const active = registration.active || (await navigator.serviceWorker.ready).active;
    const own = [...new Set(parts.filter((part) => new URL(part).pathname.startsWith("/vendor/")))];
    active.postMessage({ page: location.pathname, parts: own }, [channel.port2]);
    return undefined;
  }

  document.addEventListener("submit", submitted, true);
  document.addEventListener("change", chosen, true);
  document.addEventListener("input", typed);
  panel.querySelector("[data-send]").addEventListener("click", send);
  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.hidden || send());
  if (window.BroadcastChannel) new BroadcastChannel("kimweb-field").onmessage = () => show().then(renew);
  setInterval(send, AGAIN_MS);
  restore().then(send);
  if (document.readyState === "complete") prepare();
  else addEventListener("load", prepare);
})();
