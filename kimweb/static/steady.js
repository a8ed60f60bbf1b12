// What renews itself disturbs nobody: an open fold stays open, and what was typed stays typed.
"use strict";

(() => {
  // True while an answer that nobody asked for by hand is put into the page.
  let isRenewal = false;

  function isTyped(element) {
    if (element instanceof HTMLSelectElement) {
      const hasDefault = [...element.options].some((option) => option.defaultSelected);
      return hasDefault
        ? [...element.options].some((option) => option.selected !== option.defaultSelected)
        : element.selectedIndex > 0;
    }
    if (element instanceof HTMLTextAreaElement) return element.value !== element.defaultValue;
    if (!(element instanceof HTMLInputElement) || element.type === "hidden") return false;
    return element.type === "file"
      ? element.files.length > 0
      : element.checked !== element.defaultChecked || element.value !== element.defaultValue;
  }

  const { callbacks } = window.Idiomorph.defaults;
  callbacks.beforeNodeMorphed = (node) => !(isRenewal && node instanceof Element && isTyped(node));
  callbacks.beforeAttributeUpdated = (name, element) =>
    !(isRenewal && name === "open" && (element.tagName === "DETAILS" || element.tagName === "DIALOG"));

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const asked = detail.requestConfig?.triggeringEvent?.type;
    isRenewal = detail.requestConfig?.verb === "get" && !["click", "submit", "change", "keyup"].includes(asked);
  });
  document.addEventListener("htmx:afterSwap", () => (isRenewal = false));
})();
