"use strict";
// Tables from data on the pages of teams, games and players. The data is one file per team, data/<team_id>.js, which
// calls `team`, and data/headings.js, which calls `headings`. A page names what it shows:
// <div data-team="150" data-box="212"> the box score of a game, data-log="9" the games of a player,
// data-shots="offence", "defence" or a player, data-lineups="5" those of five players,
// data-together="all" minutes of each pair of players.
// A script, because a page that is opened from disk can run a file beside it but not read one.

let headings, team;

(() => {
  const here = document.currentScript.src;
  let labels;

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    made.append(text);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  const split = (values) => values.split(" ");
  const madeAndAttempted = (values) => split(values).map((value) => value.replace("-", "\u2013"));
  const linked = (text, path) => (path ? element("a", text, { href: path }) : text);

  // A table whose first columns are texts. The row is named by the cell at `named`.
  function table(caption, texts, numbers, rows, named) {
    const made = element("table", element("caption", caption));
    const head = made.createTHead().insertRow();
    for (const [label, about] of [...texts, ...numbers]) {
      head.append(element("th", label, { scope: "col", ...(about && { title: about }) }));
    }
    const body = made.createTBody();
    for (const cells of rows) {
      const row = body.insertRow();
      cells.forEach((cell, place) => row.append(element(place === named ? "th" : "td", cell, place === named ? { scope: "row" } : {})));
    }
    for (const cell of made.querySelectorAll(`tr > :nth-child(n + ${texts.length + 1})`)) cell.classList.add("number");
    return element("div", made, { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" });
  }

  function box({ boxes }, wanted) {
    const game = boxes.games.find(([id]) => String(id) === wanted);
    const rows = game[4].map(([place, starts, values]) => {
      const [name, id] = boxes.players[place];
      return [linked(name, id && `../players/${id}.html`), starts ? "starter" : "bench", ...madeAndAttempted(values)];
    });
    return table(`Box score of ${boxes.name}`, [["Player"], ["Role"]], labels.boxes, rows, 0);
  }

  function log({ boxes }, wanted) {
    const place = boxes.players.findIndex(([, id]) => String(id) === wanted);
    const rows = [];
    for (const [id, date, opponent, result, players] of boxes.games) {
      const own = players.find(([other]) => other === place);
      if (own) rows.push([date, linked(opponent, `../games/${id}.html`), result, ...madeAndAttempted(own[2])]);
    }
    return table(`Games for ${boxes.name}`, [["Date"], ["Opponent"], ["Result"]], labels.boxes, rows, 1);
  }

  function shots(data, wanted) {
    const caption = wanted === "defence"
      ? "Opponents' shots by range; expected: what range and shooters give"
      : "Shots by range; expected: what range and opponents give";
    const rows = data.shots[wanted].map(([range, values]) => [range, ...split(values)]);
    const [range, ...numbers] = labels.shots;
    return table(caption, [range], numbers, rows, 0);
  }

  function lineups(data, wanted) {
    const caption = `${wanted === "2" ? "Pairs" : "Line-ups"} with most minutes together, per 100 possessions`;
    const { names, [wanted]: found } = data.lineups;
    const rows = found.map(([places, values]) => [places.map((place) => names[place]).join(", "), ...split(values)]);
    const [players, ...numbers] = labels.lineups;
    return table(caption, [players], numbers, rows, 0);
  }

  // Minutes of each pair of players. A column has the number of the player in its row.
  function together(data) {
    const { names, together: { players, minutes } } = data.lineups;
    const numbers = players.map((place, row) => [String(row + 1), names[place]]);
    const rows = players.map((place, row) => [`${row + 1} ${names[place]}`, ...split(minutes[row])]);
    const region = table("Minutes together; on the diagonal those on the floor", [["Player"]], numbers, rows, 0);
    region.firstChild.classList.add("places");
    const cells = [...region.querySelectorAll("td")].map((cell) => [cell, Number(cell.textContent.replace(",", ""))]);
    const most = Math.max(1, ...cells.map(([, value]) => value));
    for (const [cell, value] of cells) cell.style.setProperty("--share", value / most);
    return region;
  }

  const kinds = { box, log, shots, lineups, together };
  const places = document.querySelectorAll("[data-team]");
  headings = (given) => { labels = given; };
  team = (data) => {
    for (const place of places) {
      if (place.dataset.team !== String(data.id)) continue;
      const kind = Object.keys(kinds).find((name) => name in place.dataset);
      place.append(kinds[kind](data, place.dataset[kind]));
    }
  };
  for (const name of new Set(["headings", ...[...places].map((place) => place.dataset.team)])) {
    const script = element("script", "", { src: new URL(`data/${name}.js`, here) });
    script.async = false; // the headings come before the teams
    document.head.append(script);
  }
})();
