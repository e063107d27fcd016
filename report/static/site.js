"use strict";
// Pages are complete without this script, but for tables from data, charts of games and shot maps. It adds these, dark
// or light by choice, sorting and filters.

(() => {
  const root = document.documentElement;
  const here = document.currentScript.src;
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const store = (value) => { try { localStorage.setItem("theme", value); } catch { /* a page from disk may not store */ } };
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const theme = stored();
  if (theme === "dark" || theme === "light") root.dataset.theme = theme; // before the body is shown: no flash

  function addThemeButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "theme";
    button.textContent = "Dark";
    const show = () => button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      store(root.dataset.theme);
      show();
    });
    prefersDark.addEventListener("change", show);
    show();
    document.querySelector("header").append(button);
  }

  // A cell has a value of its own only where its text sorts in another order.
  const valueOf = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;

  // Numbers by size, everything else as text; rows without a value stay last in both directions.
  function compare(a, b, sign) {
    if (a === "" || b === "") return (a === "") - (b === "");
    const [x, y] = [Number(a), Number(b)];
    return sign * (Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, "en") : x - y);
  }

  function sortBy(table, heading) {
    const sign = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => compare(valueOf(a, heading.cellIndex), valueOf(b, heading.cellIndex), sign));
    table.tBodies[0].append(...rows);
  }

  function addSorting(table) {
    for (const heading of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sortBy(table, heading));
      heading.append(button);
    }
  }

  function addConferenceFilter(select) {
    const rows = document.querySelector(select.dataset.rows).tBodies[0].rows;
    const filter = () => {
      for (const row of rows) row.hidden = select.value !== "" && row.dataset.conference !== select.value;
    };
    select.addEventListener("change", filter);
    filter(); // a browser may restore a choice
  }

  function addSearch(input) {
    const items = document.querySelectorAll(input.dataset.filter);
    const filter = () => {
      const word = input.value.trim().toLowerCase();
      for (const item of items) item.hidden = !item.textContent.toLowerCase().includes(word);
    };
    input.addEventListener("input", filter);
    filter();
  }

  // Scripts for what only some pages have.
  function addScript(selector, name) {
    if (!document.querySelector(selector)) return;
    const script = document.createElement("script");
    script.src = new URL(name, here);
    document.head.append(script);
  }

  addEventListener("DOMContentLoaded", () => {
    addThemeButton();
    addScript("[data-team]", "data.js");
    addScript("[data-steps]", "charts.js");
    addScript("[data-map]", "shot_maps.js");
    document.querySelectorAll("table.sortable").forEach(addSorting);
    document.querySelectorAll("select[data-rows]").forEach(addConferenceFilter);
    document.querySelectorAll("input[data-filter]").forEach(addSearch);
  });
})();
