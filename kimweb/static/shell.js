// Small manners of every page. Nothing here is needed for the work: without scripts all forms work.
"use strict";

// A refusal that has no place on the page (403, 404, 500, no network) is said at the top.
function say(sentence) {
  const place = document.getElementById("flash");
  if (!place) return;
  const line = document.createElement("div");
  line.className = "note late toast-line";
  const body = document.createElement("div");
  body.className = "note-body";
  body.textContent = sentence;
  line.append(body);
  place.replaceChildren(line);
  place.scrollIntoView({ block: "nearest" });
}

const isQuiet = (event) => event.detail.requestConfig?.verb === "get" && !event.detail.elt.closest("form");

document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  if (answer.status === 401 || isQuiet(event)) return;
  const isPlain = (answer.getResponseHeader("Content-Type") || "").startsWith("text/plain");
  say(isPlain ? answer.responseText : "Tidak berhasil. Muat ulang halaman, lalu coba sekali lagi.");
});

document.addEventListener("htmx:sendError", (event) => {
  if (isQuiet(event)) return;
  say("Tidak tersambung ke kantor. Isian Anda masih ada; periksa jaringan, lalu kirim lagi.");
});

// What a phone keeps to be opened without a network goes with whoever leaves; unsent entries stay.
document.addEventListener("submit", ({ target }) => {
  if (target.action?.endsWith("/logout")) window.caches?.delete("kimweb-field");
});

// A part of the desk that did not come says so; its link still opens it.
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, ({ detail }) => {
    const link = detail.elt.matches?.(".loading") && detail.elt.querySelector("a");
    if (link) link.textContent = "Bagian ini belum dapat dimuat. Buka tersendiri.";
  });
}

// What somebody asked for and waits for longer than a moment is seen to be under way; of files,
// how much has left.
const PATIENCE_MS = 500;
const busy = document.createElement("div");
let slow = null;
busy.className = "page-busy";
busy.setAttribute("role", "status");

function underWay() {
  clearTimeout(slow);
  slow = setTimeout(() => {
    busy.innerHTML = "<span>Sedang diproses …</span><progress aria-label='Kemajuan'></progress>";
    document.body.append(busy);
  }, PATIENCE_MS);
}

function arrived() {
  clearTimeout(slow);
  busy.remove();
}

document.addEventListener("htmx:beforeRequest", (event) => isQuiet(event) || underWay());
document.addEventListener("htmx:afterRequest", (event) => isQuiet(event) || arrived());
document.addEventListener("htmx:xhr:progress", ({ detail }) => {
  const bar = busy.querySelector("progress");
  if (bar && detail.lengthComputable && detail.total) Object.assign(bar, { max: detail.total, value: detail.loaded });
});
document.addEventListener("submit", (event) => event.defaultPrevented || event.target.target || underWay());
addEventListener("pageshow", arrived);

// A file field speaks the browser's language; a button of ours and the file's name speak the office's.
const NO_FILE = "Belum ada berkas yang dipilih";

function dress() {
  for (const field of document.querySelectorAll(".field [type=file], .scan [type=file]")) {
    if (field.nextElementSibling?.htmlFor === field.id) continue;
    const button = document.createElement("label");
    const told = document.createElement("span");
    Object.assign(button, { htmlFor: field.id, className: "btn btn-quiet", textContent: "Pilih berkas" });
    told.className = "soft small";
    field.classList.add("dressed");
    field.after(button, told);
    const tell = () => (told.textContent = [...field.files].map((file) => file.name).join(", ") || NO_FILE);
    field.addEventListener("change", tell);
    tell();
  }
}

dress();
document.addEventListener("htmx:afterSettle", dress);

// What can be spared is folded away where there is little room.
if (matchMedia("(max-width: 39.99em)").matches) {
  for (const sheet of document.querySelectorAll("details.spare")) sheet.open = false;
}

// An open menu closes when the work goes on elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
