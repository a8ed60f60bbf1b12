// Keys for who works without a mouse: they move the focus and open, and never decide by themselves.
// Who does not want them switches them off in the dialog (WCAG 2.1.4).
"use strict";

(() => {
  const help = document.getElementById("keys-help");
  if (!help) return;
  const wanted = help.querySelector("#keys-wanted");
  const OFF = "keys-off";
  const ROWS = "main .lines a, main .row-title a, main .part-rows a, main .board li > a, main tbody th a";

  const isTyping = (target) =>
    target.isContentEditable || (target.closest("input, textarea, select") && !target.closest("[type=checkbox], [type=radio]"));
  const isSeen = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

  function go(element) {
    if (!element) return;
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const rows = [...document.querySelectorAll(ROWS)].filter(isSeen);
    const here = rows.indexOf(document.activeElement);
    go(rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + by, 0), rows.length - 1)]);
  }

  function search() {
    const field = [...document.querySelectorAll(".bar-find input, main #q")].find(isSeen);
    if (field) go(field);
    else location.assign(help.dataset.search);
  }

  function sendBack() {
    const fold = document.querySelector("details.return");
    if (!fold) return;
    fold.open = true;
    go(fold.querySelector("select, textarea, input:not([type=hidden])"));
  }

  const ACTS = {
    j: () => step(1),
    k: () => step(-1),
    o: () => document.activeElement.matches?.(ROWS) && document.activeElement.click(),
    a: () => go(document.querySelector("#reasons button[value=forward]")),
    r: sendBack,
    "/": search,
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (localStorage.getItem(OFF) || document.querySelector("dialog[open]") || isTyping(event.target)) return;
    const act = ACTS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-keys]")) help.showModal();
  });
  const show = () => (wanted.checked = !localStorage.getItem(OFF));
  show();
  addEventListener("storage", show); // Switched in another tab.
  wanted.addEventListener("change", () => (wanted.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));

  // Buttons that only help where scripts run.
  for (const bar of document.querySelectorAll(".only-scripted")) bar.hidden = false;
  document.addEventListener("click", ({ target }) => {
    const { tick, unfold } = target.closest?.("button")?.dataset ?? {};
    if (tick) for (const box of document.getElementsByName(tick)) box.checked ||= !box.disabled;
    if (unfold) for (const fold of document.querySelectorAll(unfold)) fold.open = true;
  });
})();
