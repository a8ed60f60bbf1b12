// The page beside a letter that is being written. Typing goes on whatever happens to its picture.
"use strict";

const livePage = (event) => {
  const live = document.getElementById("page-live");
  return live?.contains(event.detail.elt) ? live : null;
};

// A page that lies folded on a small screen is not typeset: its picture would cost the phone data.
document.addEventListener("htmx:beforeRequest", (event) => {
  const live = livePage(event);
  if (live?.checkVisibility && !live.checkVisibility()) event.preventDefault();
});

// Said above the page, before shell.js says it at the top and scrolls away from what is typed.
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    if (!livePage(event)) return;
    event.stopPropagation();
    document.getElementById("page-note").textContent =
      "Halaman belum mengikuti ketikan: kantor tidak menjawab. Isian Anda masih ada; simpanlah seperti biasa.";
  }, true);
}
