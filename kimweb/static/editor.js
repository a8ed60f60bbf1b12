// Saving while somebody types. Without scripts the save button does the same.
"use strict";

let typed = 0; // Grows with every key, so that an answer knows whether it is about the last one.
let saved = 0;
let sent = 0; // What the form itself carries on its way.

const sign = () => document.getElementById("save-sign");
const isAutosave = (event) => event.detail.elt?.id === "autosave";

document.addEventListener("input", (event) => {
  if (event.target.closest("#editor")) typed += 1;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isAutosave(event)) return;
  // What the form carries is not sent beside it: by then the step may be another's.
  if (typed <= sent) event.preventDefault();
  event.detail.xhr.typedUpTo = typed;
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (isAutosave(event) && event.detail.successful) saved = event.detail.xhr.typedUpTo;
  else if (event.detail.elt?.id === "editor" && event.detail.successful) saved = typed;
});

// A blank in which somebody types is never replaced under their fingers: its old mark stays with
// it, so the next save shows both texts instead.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const field = event.target.closest(".field");
  if (field?.id === event.target.id && field.contains(document.activeElement)) event.detail.shouldSwap = false;
});

for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    if (!isAutosave(event)) return;
    event.stopPropagation();
    const answer = event.detail.xhr;
    const isPlain = (answer?.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    sign().textContent = isPlain
      ? `Belum tersimpan. ${answer.responseText}`
      : "Belum tersimpan: kantor tidak menjawab. Isian Anda masih ada di halaman ini.";
    sign().className = "missing";
  }, true);
}

document.addEventListener("submit", ({ target }) => {
  saved = typed;
  if (target.id !== "editor") return;
  sent = typed;
  if (!target.hasAttribute("hx-post")) window.htmx.trigger("#autosave", "htmx:abort");
});

window.addEventListener("beforeunload", (event) => {
  if (typed > saved) event.preventDefault();
});
