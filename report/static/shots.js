"use strict";
// Shot maps on the pages of teams and players: <figure data-map="4cbdb8ff" data-line="22.146 21.656">. The text has a
// digit for colour and darkness, then two letters for column and row of each hexagon that looks so. The second one is
// the three-point line: its radius, and how far its straight part is from the middle. Lengths are in feet.

(() => {
  const [width, depth, basket, ring, key, freeThrow] = [50, 47, 5.25, 0.75, 6, 19];
  const [kinds, steps] = [["worse", "even", "better"], [0.3, 0.6, 1]];
  const hexagon = "l1 1v2l-1 1-1-1v-2z"; // a unit is half a hexagon across, and a third of a row down
  const unit = [2, 2 * 0.75 ** 0.5 * 2 / 3];

  function drawn(name, attributes, ...parts) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    made.append(...parts);
    return made;
  }

  function court(radius, side) {
    const [middle, bend] = [width / 2, basket + Math.sqrt(radius ** 2 - side ** 2)];
    const circle = (r, y) => `M${middle - r} ${y}a${r} ${r} 0 0 0 ${2 * r} 0`;
    const lines = [
      `M0 0h${width}v${depth}h-${width}z`,
      `M${middle - key} 0v${freeThrow}h${2 * key}v-${freeThrow}`,
      circle(key, freeThrow),
      `${circle(ring, basket)}a${ring} ${ring} 0 0 0 -${2 * ring} 0`,
      `M${middle - side} 0V${bend}A${radius} ${radius} 0 0 0 ${middle + side} ${bend}V0`,
    ];
    return drawn("path", { class: "court", d: lines.join("") });
  }

  function hexagons(text) {
    const places = text.match(/../g).map((pair) => [...pair].map((letter) => letter.charCodeAt(0) - 97));
    return places.map(([column, row]) => `M${2 * column + (row % 2)} ${3 * row - 2}${hexagon}`).join("");
  }

  const legend = "Green: more points per shot than all teams make from there, orange: fewer, blue: as many. Darker: more "
    + "of the shots.";

  addEventListener("DOMContentLoaded", () => {
    for (const figure of document.querySelectorAll("[data-map]")) {
      const bins = [...figure.dataset.map.matchAll(/(\d)([a-z]+)/g)].map(([, look, places]) => drawn("path", {
        class: kinds[Math.floor(look / steps.length)], "fill-opacity": steps[look % steps.length], d: hexagons(places),
      }));
      const caption = figure.querySelector("figcaption").textContent;
      const floor = drawn("g", { transform: `scale(${unit})` }, ...bins);
      const lines = court(...figure.dataset.line.split(" ").map(Number));
      figure.prepend(drawn("svg", { role: "img", "aria-label": caption, viewBox: `0 0 ${width} ${depth}` }, floor, lines));
    }
    const note = document.createElement("p");
    note.className = "note";
    note.append(legend);
    document.querySelector(".maps").after(note);
  });
})();
