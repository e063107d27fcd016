"""The field of the NCAA tournament: as drawn, from the games with their seeds; otherwise a projection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from tasks.gold.model.bracket import Bracket, standard_order

NCAA = "NCAA"
REGION = r"(\w+) Region"
PLACES = {"region": pl.String(), "seed": pl.Int64(), "team_id": pl.Int64()}
PROJECTED_SIZE = 64  # teams of a projected field, if no earlier season has a field
REGIONS = 4
KNOWN_BEFORE = timedelta(days=1)  # the first game: announced on a Sunday, known on Monday


@dataclass(frozen=True)
class Field:
    """Teams of a tournament with region and seed, and the orders of the regions.

    Attributes:
        places: region, seed, team_id.
        orders: possible orders of the regions; neighbours meet in the semifinals. The source shows which regions meet
            only when they meet, so there are several before.
        is_drawn: not projected.
    """

    places: pl.DataFrame
    orders: tuple[tuple[str, ...], ...]
    is_drawn: bool

    def brackets(self, codes: Mapping[int, int], results: tuple[tuple[int, int], ...] = ()) -> list[Bracket]:
        """The lines of the draw in each order, with codes of teams. results: team ids of winner and loser."""
        return [self._bracket(order, codes, results) for order in self.orders]

    def _bracket(
        self, order: tuple[str, ...], codes: Mapping[int, int], results: tuple[tuple[int, int], ...]
    ) -> Bracket:
        found: dict[tuple[str, int], list[int]] = defaultdict(list)
        for region, seed, team in self.places.sort("region", "seed", "team_id").iter_rows():
            found[region, seed].append(codes[team])
        size = max(self.places["seed"].to_list())
        lines = [tuple(found[region, seed]) for region in order for seed in standard_order(size)]
        return Bracket(tuple(lines), tuple((codes[won], codes[lost]) for won, lost in results))


def tournament_games(games: pl.LazyFrame) -> pl.DataFrame:
    """Games of the NCAA tournament between two known teams, with the region of the game where its name has one."""
    chosen = (pl.col("tournament") == NCAA) & (pl.col("home_team_id") >= 0) & (pl.col("away_team_id") >= 0)
    rows = games.filter(chosen).with_columns(region=pl.col("game_notes").str.extract(REGION))
    return rows.sort("game_date", "game_id").collect()


def drawn(games: pl.DataFrame, day: date | None = None) -> Field | None:
    """The field of a season as drawn, or None if its games do not show a whole one.

    games: from `tournament_games`, of one season. day: morning; which regions meet is read from games before it.
    """
    sides = [games.select("region", seed=f"{side}_seed", team_id=f"{side}_team_id") for side in ("home", "away")]
    places = pl.concat(sides).drop_nulls().unique().cast(pl.Schema(PLACES))
    if places.is_empty() or places["team_id"].is_duplicated().any():
        return None
    regions = places["region"].unique().sort().to_list()
    size = max(places["seed"].to_list())
    whole = places.select("region", "seed").unique().height == len(regions) * size
    twice = max(places.group_by("region", "seed").len()["len"].to_list()) <= 2
    if not (whole and twice and _is_power_of_two(size) and _is_power_of_two(len(regions))):
        return None
    before = games if day is None else games.filter(pl.col("game_date") < day)
    return Field(places, _orders(_pairs(before, places), regions), is_drawn=True)


def known_from(games: pl.DataFrame) -> date | None:
    """The first morning on which a drawn field is known. games: from `tournament_games`."""
    first = games["game_date"].min()
    return first - KNOWN_BEFORE if isinstance(first, date) else None


def projected(teams: pl.DataFrame, size: int) -> Field | None:
    """A field by today's forecast: the favourite of each conference, then the best by expected wins above bubble.

    Seeds follow the strength of the teams, and regions alternate from the strongest to the weakest (a serpentine).

    teams: team_id, conference_id, title_probability, expected_wins_above_bubble, strength.
    """
    size = min(size, 2 ** (len(teams).bit_length() - 1) if len(teams) else 0)
    if size < 2 * REGIONS:
        return None
    order = ["title_probability", "strength", "team_id"]
    champions = teams.drop_nulls("conference_id").sort(order, descending=[True, True, False])
    champions = champions.unique("conference_id", keep="first", maintain_order=True)
    champions = champions.sort("expected_wins_above_bubble", "team_id", descending=[True, False]).head(size)
    others = teams.join(champions, on="team_id", how="anti")
    others = others.sort("expected_wins_above_bubble", "team_id", descending=[True, False])
    chosen = pl.concat([champions, others.head(size - len(champions))])
    ranked = chosen.sort("strength", "team_id", descending=[True, False])["team_id"].to_list()
    names = [f"projected {number}" for number in range(1, REGIONS + 1)]
    rows = []
    for place, team in enumerate(ranked):
        row, column = divmod(place, REGIONS)
        rows.append((names[column if row % 2 == 0 else REGIONS - 1 - column], row + 1, team))
    places = pl.DataFrame(rows, schema=PLACES, orient="row")
    return Field(places, ((names[0], names[3], names[1], names[2]),), is_drawn=False)


def _pairs(games: pl.DataFrame, places: pl.DataFrame) -> list[frozenset[str]]:
    """Pairs of regions that met before the final: the first meeting of each region."""
    region = dict(places.select("team_id", "region").iter_rows())
    pairs: list[frozenset[str]] = []
    for home, away in games.select("home_team_id", "away_team_id").iter_rows():
        pair = frozenset(name for name in (region.get(home), region.get(away)) if name is not None)
        if len(pair) == 2 and not any(pair & other for other in pairs):
            pairs.append(pair)
    return pairs


def _orders(known: list[frozenset[str]], regions: list[str]) -> tuple[tuple[str, ...], ...]:
    """Every order of four regions that agrees with the known pairs; other numbers of regions have one order."""
    if len(regions) != REGIONS:
        met = [name for pair in known for name in sorted(pair)]
        return ((*met, *(name for name in regions if name not in met)),)
    first, *others = regions
    orders = [(first, other, *(name for name in others if name != other)) for other in others]
    return tuple(order for order in orders if all(pair in map(frozenset, (order[:2], order[2:])) for pair in known))


def _is_power_of_two(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0
