"""Portal entries and recruits that have no athlete id, matched with the athletes of one team.

The portal sends teams but no athletes. Within one team and season a full name nearly always means one person, so it is
compared there and nowhere else, and only if it is unique on both sides: docs/decisions/0020.
"""

from __future__ import annotations

import polars as pl

SUFFIX = r" (jr|sr|ii|iii|iv|v)$"


def plain(name: pl.Expr) -> pl.Expr:
    """A name in lower case without accents, punctuation and suffixes such as Jr."""
    letters = name.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"[^a-z0-9 ]", "")
    return letters.str.replace_all(r"\s+", " ").str.strip_chars().str.replace(SUFFIX, "")


def matched(entries: pl.DataFrame, entry: str, people: pl.DataFrame) -> pl.DataFrame:
    """Pairs of an entry and the only athlete of its team with its name: `entry`, athlete_id.

    entries: the column `entry`, team_id and name. people: team_id, athlete_id and name, one row per athlete and team.
    """
    whose = ["team_id", "plain"]

    def unique(rows: pl.DataFrame, column: str) -> pl.DataFrame:
        named = rows.drop_nulls(["team_id", "name"]).select("team_id", column, plain=plain(pl.col("name")))
        return named.filter((pl.len().over(whose) == 1) & (pl.col("plain") != ""))

    return unique(entries, entry).join(unique(people, "athlete_id"), on=whose).select(entry, "athlete_id")
