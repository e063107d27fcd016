// What the theme leaves out for people who use a keyboard or a screen reader.
document.querySelectorAll(".md-search[role=dialog]").forEach(place => place.setAttribute("aria-label", "Search"));
document.querySelectorAll(".md-typeset th:empty").forEach(head => {
  const cell = document.createElement("td");
  head.replaceWith(cell);
});
const finish = () => {
  document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code").forEach(place => { place.tabIndex = 0; });
  document.querySelectorAll(".md-code__nav").forEach((nav, number) => nav.setAttribute("aria-label", `Code ${number + 1}`));
};
addEventListener("load", () => setTimeout(finish));
