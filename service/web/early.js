// A classic script in the head, before anything is painted: another theme or view must not flash up first.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const name = (button) => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.title = `Use ${isDark() ? "light" : "dark"} colours`;
  };

  if (stored()) root.dataset.theme = stored();
  const fields = new URLSearchParams(location.hash.slice(1));
  root.dataset.view = fields.get("view") === "statements" ? "statements" : "ask"; // page.js goes on from here
  root.classList.toggle("asked", fields.has("q"));
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    name(button);
    dark.addEventListener("change", () => name(button));
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private windows may refuse */ }
      name(button);
    });
  });
})();
