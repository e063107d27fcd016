"""Accuracy of forecasts and ratings on real seasons that are not in this repository. The first season is burn-in.

Run: python benchmarks/accuracy.py GAMES.parquet [--preseason FILE.csv] [--since YEAR]. The file has one row per game
with the columns that `tasks.gold.ratings` reads, and `home_spread` (closing line, negative: home is favoured). Judged
are games between two teams with ten or more games in the season.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tasks.gold.model.lines import sides_exchanged
from tasks.gold.model.preseason import QUANTITIES
from tasks.gold.ratings import daily, walk_forward

MEMBER_GAMES = 10
MARGIN = pl.col("home_points") - pl.col("away_points")
NAMES = {"home": "home_team_id", "away": "away_team_id", "neutral": "neutral_site"} | {
    "home_pts": "home_points",
    "away_pts": "away_points",
    "closing_home_spread": "home_spread",
}


def read(path: Path) -> pl.DataFrame:
    """Games under the names that the ratings read."""
    games = pl.read_parquet(path)
    games = games.rename({name: NAMES[name] for name in games.columns if name in NAMES})
    return games if "game_id" in games.columns else games.with_row_index("game_id")


def known_before(path: Path) -> pl.DataFrame:
    """Preseason quantities that the model knows, by season and team."""
    frame = pl.read_csv(path)
    return frame.select("season", "team_id", *(name for name in QUANTITIES if name in frame.columns))


def judge(games: pl.DataFrame, preseason: pl.DataFrame | None, since: int) -> pl.DataFrame:
    """Judged games with both forecasts: `pure` and `market` are expected home margins; `miss` is the closing line's."""
    lines = games.select("game_id", "home_spread")
    pure = walk_forward(games, preseason=preseason)
    market = walk_forward(games, preseason=preseason, lines=lines)
    both = games.with_columns(
        margin=MARGIN,
        pure=pure["predicted_home_margin"],
        market=market["predicted_home_margin"],
        total=pl.col("home_points") + pl.col("away_points"),
        pure_total=pure["predicted_total"],
        chance=pure["home_win_probability"],
        inside=MARGIN.is_between(pure["margin_low_80"], pure["margin_high_80"]),
        market_inside=MARGIN.is_between(market["margin_low_80"], market["margin_high_80"]),
        market_chance=market["home_win_probability"],
    ).filter(pl.col("season") >= since)
    sides = pl.concat([games.select("season", team=f"{side}_team_id") for side in ("home", "away")])
    members = sides.group_by("season", "team").len().filter(pl.col("len") >= MEMBER_GAMES)
    for side in ("home", "away"):
        both = both.join(members, left_on=["season", f"{side}_team_id"], right_on=["season", "team"], how="semi")
    return both


def errors(games: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Mean absolute errors of games with a line, by some columns."""
    line = -pl.col("home_spread")
    forecasts = {"pure": pl.col("pure"), "market_informed": pl.col("market"), "closing_line": line}
    missed = [(MARGIN - forecast).abs().mean().round(3).alias(name) for name, forecast in forecasts.items()]
    right = [
        ((forecast * MARGIN > 0).mean() * 100).round(1).alias(f"{name}_winners_%")
        for name, forecast in forecasts.items()
    ]
    lined = games.drop_nulls("home_spread").with_columns(all=pl.lit("all"))
    return lined.group_by(by or "all").agg(pl.len(), *missed, *right).sort(by or "all")


def calibration(games: pl.DataFrame, chance: str) -> pl.DataFrame:
    """Forecast and observed share of home wins by tenths of the forecast; the expected calibration error comes last."""
    tenth = (pl.col(chance) * 10).floor().clip(0, 9).cast(pl.Int64).alias("tenth")
    bins = (
        games.group_by(tenth).agg(pl.len(), forecast=pl.col(chance).mean(), observed=(MARGIN > 0).mean()).sort("tenth")
    )
    return bins.with_columns(
        error=((pl.col("forecast") - pl.col("observed")).abs() * pl.col("len")).sum() / bins["len"].sum()
    )


def intervals(games: pl.DataFrame, forecast: str, inside: str) -> pl.DataFrame:
    """Share of results within the 80 % intervals, by fifths of the expected margin."""
    size = pl.col(forecast).abs()
    fifth = (5 * size.rank("ordinal") / (pl.len() + 1)).floor().cast(pl.Int64) + 1
    bands = (
        games.with_columns(fifth=fifth)
        .group_by("fifth")
        .agg(pl.len(), size.mean().alias("favourite"), pl.col(inside).mean())
    )
    return bands.sort("fifth")


def favourites(games: pl.DataFrame) -> pl.DataFrame:
    """Mean result less forecast of favourites by the size of the forecast, from the favourite's side."""
    size, sign = pl.col("pure").abs(), pl.col("pure").sign()
    band = (size / 5).floor().clip(0, 6).cast(pl.Int64) * 5
    mean = ((MARGIN - pl.col("pure")) * sign).mean()
    return (
        games.group_by(band.alias("from_points"))
        .agg(pl.len(), mean.alias("better"), pl.col("inside").mean())
        .sort("from_points")
    )


def totals(games: pl.DataFrame) -> pl.DataFrame:
    """Error of the forecast total, and the slope of results on forecasts, by season."""
    total, ours = pl.col("total"), pl.col("pure_total")
    slope = pl.cov(ours, total) / ours.var()
    return games.group_by("season").agg(pl.len(), error=(total - ours).abs().mean(), slope=slope).sort("season")


def published(games: pl.DataFrame, preseason: pl.DataFrame | None, since: int) -> pl.DataFrame:
    """Error of net(home) - net(away) + home edge of each published rating, beside the forecast's, by season."""
    lines = games.select("game_id", "home_spread")
    rows = []
    for season in sorted(set(games["season"].to_list())):
        if season < since:
            continue
        known = games.filter(pl.col("season") <= season)
        judged = judge(known, preseason, season).drop_nulls("home_spread")
        found: dict[str, float | int] = {"season": season}
        for variant, forecast in (
            ("predictive", "pure"),
            ("market", "market"),
            ("static", None),
            ("descriptive", None),
        ):
            rated = daily(known, season, preseason=preseason, lines=lines, variant=variant)  # type: ignore[arg-type]
            net = rated.select("team_id", "net", "home_advantage", game_date="as_of_date")
            sides = judged.join(net, left_on=["home_team_id", "game_date"], right_on=["team_id", "game_date"])
            sides = sides.join(
                net, left_on=["away_team_id", "game_date"], right_on=["team_id", "game_date"], suffix="_away"
            )
            edge = pl.when(pl.col("neutral_site")).then(0.0).otherwise("home_advantage")
            expected = (pl.col("net") - pl.col("net_away") + edge) * 0.68
            slope = pl.cov(expected, MARGIN) / expected.var()
            error, fitted = sides.select((MARGIN - expected).abs().mean(), slope).row(0)
            found |= {f"{variant}_net": round(error, 3), f"{variant}_slope": round(fitted, 3)}
            if forecast:
                found[f"{variant}_forecast"] = round(sides.select((MARGIN - pl.col(forecast)).abs().mean()).item(), 3)
        rows.append(found)
    return pl.DataFrame(rows)


def exchanged(games: pl.DataFrame) -> pl.DataFrame:
    """Lines whose sides seem to be exchanged, and their error as they stand and turned."""
    found = games.drop_nulls("home_spread").filter(sides_exchanged(pl.col("pure"), -pl.col("home_spread")))
    return found.select(
        lines=pl.len(),
        neutral=pl.col("neutral_site").sum(),
        as_it_stands=(MARGIN + pl.col("home_spread")).abs().mean(),
        turned=(MARGIN - pl.col("home_spread")).abs().mean(),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("games", type=Path)
    parser.add_argument("--preseason", type=Path)
    parser.add_argument("--since", type=int, help="first season to judge (default: the second of the file)")
    chosen = parser.parse_args(arguments)
    games = read(chosen.games)
    preseason = None if chosen.preseason is None else known_before(chosen.preseason)
    since = chosen.since or int(games["season"].min()) + 1  # type: ignore[arg-type]
    judged = judge(games, preseason, since)
    month = judged.with_columns(month=pl.col("game_date").dt.strftime("%m"))
    tables = {
        "all": errors(judged),
        "by season": errors(judged, "season"),
        "by month": errors(month, "month"),
        "by season, November": errors(month.filter(month="11"), "season"),
        "calibration, pure": calibration(judged, "chance"),
        "calibration, pure, games with a line": calibration(judged.drop_nulls("home_spread"), "chance"),
        "calibration, market-informed, games with a line": calibration(
            judged.drop_nulls("home_spread"), "market_chance"
        ),
        "80 % intervals, pure": intervals(judged, "pure", "inside"),
        "80 % intervals, market-informed": intervals(judged, "market", "market_inside"),
        "favourites, pure": favourites(judged),
        "totals": totals(judged),
        "published ratings against their forecasts": published(games, preseason, since),
        "lines with exchanged sides": exchanged(judged),
    }
    with pl.Config(
        tbl_rows=40,
        tbl_cols=20,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_formatting="ASCII_MARKDOWN",
        float_precision=4,
    ):
        for title, table in tables.items():
            sys.stdout.write(f"\n{title}\n{table}\n")


if __name__ == "__main__":
    main()
