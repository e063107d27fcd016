"use strict";
// Charts of games: lines by minute. As SVG in the pages they would be 8 MB of a season. A page names the data:
// <figure data-ends="20 40" data-steps="2 0 3;0 2 2"> minutes at which periods end, changes by minute of each line.
// A line begins at data-start, or 0. With the class `percent` the axis goes from 0 to 100.

(() => {
  const [left, top, width, height] = [44, 14, 380, 170]; // of the plot, CSS pixels
  const bottom = top + height;
  const numbers = (text) => text.split(" ").filter(Boolean).map(Number);

  function add(parent, tag, attributes, text = "") {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    parent.append(made);
    return made;
  }

  // Values from tip-off to the last minute; after the last change a line is level.
  function valuesOf(steps, start, minutes) {
    const values = [start];
    for (const step of numbers(steps)) values.push(values.at(-1) + step);
    while (values.length <= minutes) values.push(values.at(-1));
    return values;
  }

  for (const figure of document.querySelectorAll("[data-steps]")) {
    const isPercent = figure.classList.contains("percent");
    const ends = numbers(figure.dataset.ends);
    const minutes = ends.at(-1);
    const lines = figure.dataset.steps.split(";").map((steps) => valuesOf(steps, Number(figure.dataset.start ?? 0), minutes));
    const highest = isPercent ? 100 : Math.max(1, ...lines.flat());
    const x = (minute) => (left + (width * minute) / minutes).toFixed(1);
    const y = (value) => (bottom - (height * value) / highest).toFixed(1);
    const [unit, interval] = isPercent ? ["%", 50] : ["", 20];

    const about = lines.map((values) => `${values[0]}${unit} to ${values.at(-1)}${unit}`).join(" and ");
    const label = `${figure.textContent}: ${about}`;
    const svg = add(figure, "svg", { role: "img", "aria-label": label, viewBox: "0 0 440 210" });
    figure.prepend(svg);
    for (let level = 0; level <= highest; level += interval) {
      add(svg, "path", { d: `M${left} ${y(level)}H${x(minutes)}` });
      add(svg, "text", { class: "y", x: left - 6, y: Number(y(level)) + 4 }, `${level}${unit}`);
    }
    for (const end of ends) {
      add(svg, "path", { d: `M${x(end)} ${bottom}V${top}` });
      add(svg, "text", { x: x(end), y: bottom + 18 }, end);
    }
    lines.forEach((values, place) => {
      const points = values.map((value, minute) => `${x(minute)} ${y(value)}`);
      add(svg, "path", { class: `l${place + 1}`, d: `M${points.join("L")}` });
    });
  }
})();
