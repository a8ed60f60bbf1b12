// Typing a paper list quickly: Enter goes on to the next box, the origin follows the row above.
"use strict";

(() => {
  const sheet = document.getElementById("paper");
  const boxes = () => [...sheet.querySelectorAll("input.form-control")];

  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input.form-control")) return;
    event.preventDefault();
    const all = boxes();
    (all[all.indexOf(event.target) + 1] || sheet.querySelector("button[type=submit]")).focus();
  });

  sheet.addEventListener("change", ({ target }) => {
    if (target.name !== "row_name" || !target.value) return;
    const row = target.closest("tr");
    const origin = row.querySelector("[name=row_origin]");
    const above = row.previousElementSibling?.querySelector("[name=row_origin]");
    if (!origin.value && above) origin.value = above.value;
  });
})();
