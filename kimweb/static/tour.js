// The cards of the first day: shown until they are put away, which this browser remembers.
"use strict";

(() => {
  const tour = document.querySelector("[data-tour]");
  if (!tour) return;
  const done = `tour-${tour.dataset.tour}-${document.body.dataset.person.split(".")[0]}`;
  tour.hidden = Boolean(localStorage.getItem(done));
  tour.querySelector("button").addEventListener("click", () => {
    localStorage.setItem(done, "1");
    tour.hidden = true;
    document.getElementById("isi").focus();
  });
})();
