"use strict";
// Tables of box scores on the pages of games and players. Their data is one file per team, data/<team_id>.js, which
// calls `team`. A page names what it shows: <div data-team="150" data-game="212"> or <div data-team="150" data-player="9">.
// A script, because a page that is opened from disk can run a file beside it but not read one.

let team;

(() => {
  const here = document.currentScript.src;

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    made.append(text);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  const shown = (values) => values.split(" ").map((value) => value.replace("-", "\u2013") || "\u2013");
  const linked = (text, path) => (path ? element("a", text, { href: path }) : text);

  // A table whose first columns are texts; the row is named by the cell at `named`.
  function table(caption, texts, columns, rows, named) {
    const made = element("table", element("caption", caption));
    const head = made.createTHead().insertRow();
    for (const label of [...texts, ...columns]) head.append(element("th", label, { scope: "col" }));
    const body = made.createTBody();
    for (const cells of rows) {
      const row = body.insertRow();
      cells.forEach((cell, place) => row.append(element(place === named ? "th" : "td", cell, place === named ? { scope: "row" } : {})));
    }
    for (const cell of made.querySelectorAll(`tr > :nth-child(n + ${texts.length + 1})`)) cell.classList.add("number");
    const region = element("div", made, { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" });
    return region;
  }

  function ofGame(data, wanted) {
    const game = data.games.find(([id]) => String(id) === wanted);
    const rows = game[4].map(([place, starts, values]) => {
      const [name, id] = data.players[place];
      return [linked(name, id && `../players/${id}.html`), starts ? "starter" : "bench", ...shown(values)];
    });
    return table(`Box score of ${data.name}`, ["Player", "Role"], data.columns, rows, 0);
  }

  function ofPlayer(data, wanted) {
    const place = data.players.findIndex(([, id]) => String(id) === wanted);
    const rows = [];
    for (const [id, date, opponent, result, players] of data.games) {
      const own = players.find(([other]) => other === place);
      if (own) rows.push([date, linked(opponent, `../games/${id}.html`), result, ...shown(own[2])]);
    }
    return table(`Games for ${data.name}`, ["Date", "Opponent", "Result"], data.columns, rows, 1);
  }

  const places = document.querySelectorAll("[data-team]");
  team = (data) => {
    for (const place of places) {
      if (place.dataset.team !== String(data.id)) continue;
      place.append(place.dataset.game ? ofGame(data, place.dataset.game) : ofPlayer(data, place.dataset.player));
    }
  };
  for (const id of new Set([...places].map((place) => place.dataset.team))) {
    document.head.append(element("script", "", { src: new URL(`data/${id}.js`, here) }));
  }
})();
