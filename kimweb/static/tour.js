// The cards of the first day: asked for until they are put away, which this browser remembers.
"use strict";

(() => {
  const tour = document.querySelector("[data-tour]");
  if (!tour) return;
  const done = `tour-${tour.dataset.tour}-${document.body.dataset.person.split(".")[0]}`;
  if (localStorage.getItem(done)) return;
  document.addEventListener("click", (event) => {
    const cards = event.target.closest("[data-tour] button")?.closest("[data-tour]");
    if (!cards) return;
    localStorage.setItem(done, "1");
    cards.remove();
    document.getElementById("isi").focus();
  });
  addEventListener("load", () => htmx.trigger(tour, "first-day"));
})();
