"use strict";
// Shot maps on the pages of teams and players: <figure data-map="4cbdb8ff" data-line="22.146 21.656">. The text has a
// digit for colour and darkness, then two letters for column and row of each hexagon that looks so. The second one is
// the three-point line: its radius, and how far its straight part is from the middle. Lengths are in feet.

(() => {
  const [width, depth, basket, ring, key, freeThrow] = [50, 47, 5.25, 0.75, 6, 19];
  const [kinds, steps] = [["worse", "even", "better"], [0.3, 0.6, 1]];
  const hexagon = "l1 1v2l-1 1-1-1v-2z"; // a unit is half a hexagon across, and a third of a row down
  const unit = [2, 2 * 0.75 ** 0.5 * 2 / 3];

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
    return `<path class="court" d="${lines.join("")}"/>`;
  }

  function hexagons(text) {
    const places = text.match(/../g).map((pair) => [...pair].map((letter) => letter.charCodeAt(0) - 97));
    return places.map(([column, row]) => `M${2 * column + (row % 2)} ${3 * row - 2}${hexagon}`).join("");
  }

  const legend = "Green: more points per shot than all teams make from there, orange: fewer, blue: as many. Darker: more "
    + "of the shots.";

  for (const figure of document.querySelectorAll("[data-map]")) {
    const bins = [...figure.dataset.map.matchAll(/(\d)([a-z]+)/g)].map(([, look, places]) => (
      `<path class="${kinds[Math.floor(look / steps.length)]}" fill-opacity="${steps[look % steps.length]}" `
      + `d="${hexagons(places)}"/>`));
    const lines = court(...figure.dataset.line.split(" ").map(Number));
    const floor = `<g transform="scale(${unit})">${bins.join("")}</g>`;
    figure.insertAdjacentHTML("afterbegin", `<svg role="img" viewBox="0 0 ${width} ${depth}">${floor}${lines}</svg>`);
    figure.firstChild.setAttribute("aria-label", figure.querySelector("figcaption").textContent);
  }
  const note = document.createElement("p");
  note.className = "note";
  note.append(legend);
  document.querySelector(".maps").after(note);
})();
