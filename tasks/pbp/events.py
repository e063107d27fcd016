"""Plays as typed events: the kind of each play, its team and its value. Only this module classifies plays."""

from __future__ import annotations

import polars as pl

from quality.contracts.plays import PLAYS_READ

SHOT, FREE_THROW = "shot", "free_throw"
OFFENSIVE_REBOUND, DEFENSIVE_REBOUND, DEAD_BALL_REBOUND = "offensive_rebound", "defensive_rebound", "dead_ball_rebound"
TURNOVER, CHARGE, STEAL, BLOCK, FOUL, TECHNICAL = "turnover", "charge", "steal", "block", "foul", "technical"
NOTHING = "nothing"
KIND = pl.Enum([
    SHOT, FREE_THROW, OFFENSIVE_REBOUND, DEFENSIVE_REBOUND, DEAD_BALL_REBOUND, TURNOVER, CHARGE, STEAL, BLOCK, FOUL,
    TECHNICAL, NOTHING,
])  # fmt: skip

KIND_OF_TYPE = {
    "Shot": SHOT, "JumpShot": SHOT, "LayUpShot": SHOT, "LayupShot": SHOT, "DunkShot": SHOT, "TipShot": SHOT,
    "RegularJumpShot": SHOT, "Three Pointer": SHOT, "Three Point Jump Shot": SHOT,
    "MadeFreeThrow": FREE_THROW, "Free Throw 1 of 1": FREE_THROW,
    "Offensive Rebound": OFFENSIVE_REBOUND, "Defensive Rebound": DEFENSIVE_REBOUND,
    "Dead Ball Rebound": DEAD_BALL_REBOUND,
    "Lost Ball Turnover": TURNOVER, "Foul Turnover": TURNOVER, "Offensive Charge": CHARGE,
    "Steal": STEAL, "Block Shot": BLOCK, "PersonalFoul": FOUL, "Technical Foul": TECHNICAL,
    "Jumpball": NOTHING, "End Period": NOTHING, "End Game": NOTHING, "Substitution": NOTHING,
    "RegularTimeOut": NOTHING, "ShortTimeOut": NOTHING, "OfficialTVTimeOut": NOTHING,
    "Coach's Challenge (Stands)": NOTHING, "Coach's Challenge (Overturned)": NOTHING,
}  # fmt: skip

THREES = [name for name in KIND_OF_TYPE if name.startswith("Three")]

# The API takes the range of a shot from its text, so a three without text is a "jumper". The value of the shot decides
# it, on misses too. The value alone is not enough where there is a text, because it is sometimes wrong.
JUMP_SHOTS = [name for name, kind in KIND_OF_TYPE.items() if kind == SHOT and "Jump" in name]
WORDLESS_THREE = (
    pl.col("play_text").is_null() & pl.col("play_type").is_in(JUMP_SHOTS) & (pl.col("score_value") == 3)
).fill_null(value=False)

# Patterns of the play text, for plays whose type does not give the kind ("Not Available", new types). First match wins.
KIND_OF_WORDS = (
    (r"free throw", FREE_THROW),
    (r"dead ?ball", DEAD_BALL_REBOUND),
    (r"offensive rebound", OFFENSIVE_REBOUND),
    (r"defensive rebound", DEFENSIVE_REBOUND),
    (r"turnover", TURNOVER),
    (r"\b(made|missed|makes|misses)\b", SHOT),
    (r"\bsteal", STEAL),
    (r"\bblock", BLOCK),
    (r"technical foul", TECHNICAL),
    (r"\bfoul", FOUL),
)

PLAY_COLUMNS = PLAYS_READ.columns
MOMENT, SCORES = ["game_id", "period", "seconds_remaining"], ["home_score", "away_score"]
OF_ANY_VALUE = ["Shot", *(name for name in JUMP_SHOTS if name not in THREES)]  # types that say nothing of the points


def events(plays: pl.DataFrame) -> pl.DataFrame:
    """Plays that count for possessions and box scores, typed. Others (time-outs, substitutions) are left out.

    Args:
        plays: `PLAY_COLUMNS` of silver.fct_plays, whole games, in any order.

    Returns one row per event: game_id, play_id, period, seconds (left in the period), total (points of both teams after
    the play), kind, side (0: the team of the two with the lower id, 1: the other), made, value (1-3, of shots and free
    throws), assisted, inferred (kind or value follow from the running score alone). Events that belong to neither of
    the game's two teams are left out.
    """
    known = pl.col("play_type").replace_strict(KIND_OF_TYPE, default=None, return_dtype=KIND).alias("kind")
    typed = plays.with_columns(known, _is_three(pl.col("play_type").is_in(THREES) | WORDLESS_THREE).alias("three"))
    shot_without_range = (pl.col("kind") == SHOT) & pl.col("shot_info_range").is_null()
    unclear = pl.col("kind").is_null() | shot_without_range.fill_null(value=False)
    if typed.select(unclear.any()).item():
        # The text is read only where nothing else gives the kind: reading it for a whole season would dominate the run.
        typed = pl.concat([typed.filter(~unclear), _from_words(typed.filter(unclear))])
    typed = _from_scores(typed)
    technical = (pl.col("kind") == FOUL) & pl.col("play_text").str.contains("Technical", literal=True)
    typed = typed.with_columns(kind=pl.when(technical).then(pl.lit(TECHNICAL, KIND)).otherwise("kind"))
    counted = typed.filter(pl.col("kind") != NOTHING).select(
        *("game_id", "play_id", "team_id", "opponent_id"),
        pl.col("period").cast(pl.Int16),
        pl.col("seconds_remaining").cast(pl.Int32).alias("seconds"),
        (pl.col("home_score") + pl.col("away_score")).cast(pl.Int32).alias("total"),
        "kind",
        pl.coalesce("scoring_play", "shot_info_made", pl.lit(value=False)).alias("made"),
        pl.when(pl.col("kind") == FREE_THROW).then(1).when("three").then(3).otherwise(2).cast(pl.Int8).alias("value"),
        (pl.col("shot_info_assisted").fill_null(value=False) & (pl.col("kind") == SHOT)).alias("assisted"),
        "inferred",
    )
    return _with_sides(counted).select(
        *("game_id", "play_id", "period", "seconds", "total", "kind", "side", "made", "value", "assisted", "inferred")
    )


def _is_three(otherwise: pl.Expr) -> pl.Expr:
    return (pl.col("shot_info_range") == "three_pointer").fill_null(value=False) | otherwise.fill_null(value=False)


def _from_words(plays: pl.DataFrame) -> pl.DataFrame:
    """Kind, value and result from the text, for plays whose type and shot data are incomplete."""
    words = pl.col("play_text")
    is_three = words.str.contains("(?i)three point") | (words.is_null() & (pl.col("score_value") == 3))
    rules = [pl.when(words.str.contains(f"(?i){pattern}")).then(pl.lit(kind, KIND)) for pattern, kind in KIND_OF_WORDS]
    made = pl.when(words.str.contains(r"(?i)\b(made|makes)\b")).then(True).when(words.is_not_null()).then(False)
    return plays.with_columns(
        pl.coalesce("kind", *rules, pl.lit(NOTHING, KIND)),
        three=pl.col("three") | _is_three(is_three),
        scoring_play=pl.coalesce("scoring_play", made),
        shot_info_assisted=pl.coalesce("shot_info_assisted", words.str.contains("(?i)assisted by|assists")),
    )


def _from_scores(plays: pl.DataFrame) -> pl.DataFrame:
    """Kind and value of baskets of which neither type nor text says what was made, from the running score.

    Such a basket is a free throw or a shot for the points by which the score of one team has risen, 1 to 3. It stays
    without a kind if another number of points was added: then rows of other baskets are missing. Adds `inferred`.
    """
    kind, made = pl.col("kind"), pl.coalesce("scoring_play", "shot_info_made", pl.lit(value=False))
    untyped = (kind == NOTHING) & ~pl.col("play_type").is_in(list(KIND_OF_TYPE)).fill_null(value=False)
    unvalued = pl.col("score_value").fill_null(0) == 0
    worth = pl.col("play_text").is_null() & unvalued & ~pl.col("three") & pl.col("play_type").is_in(OF_ANY_VALUE)
    unnamed = (made & (untyped | ((kind == SHOT) & worth))).fill_null(value=False)
    if not plays.select(unnamed.any()).item():
        return plays.with_columns(inferred=pl.lit(value=False))
    rows = plays.join(_risen(plays), on=[*MOMENT, *SCORES], how="left", nulls_equal=True, maintain_order="left")
    risen = pl.when(unnamed & (untyped | (pl.col("risen") > 1))).then("risen")
    found = risen.is_not_null()
    shot = pl.when(risen == 1).then(pl.lit(FREE_THROW, KIND)).otherwise(pl.lit(SHOT, KIND))
    return rows.with_columns(
        kind=pl.when(found).then(shot).otherwise("kind"),
        three=pl.when(found).then(risen == 3).otherwise("three"),
        inferred=found,
    ).drop("risen")


def _risen(plays: pl.DataFrame) -> pl.DataFrame:
    """Points that a score added to the one before it, by moment and score: 1 to 3 of one team, otherwise null."""
    total = pl.sum_horizontal(SCORES)
    states = plays.select(*MOMENT, *SCORES).unique().sort(*MOMENT, total, descending=[False, False, True, False])
    before = [pl.col(name).cum_max().shift(1, fill_value=0).over("game_id") for name in SCORES]
    home, away = (pl.col(name) - earlier for name, earlier in zip(SCORES, before, strict=True))
    alone = (pl.min_horizontal(home, away) <= 0) & pl.max_horizontal(home, away).is_between(1, 3)
    return states.select(*MOMENT, *SCORES, risen=pl.when(alone).then(pl.max_horizontal(home, away)))


def teams(plays: pl.DataFrame) -> pl.DataFrame:
    """The two teams of each game, from its plays: game_id, low and high id. If plays differ, the most frequent pair."""
    pair = [pl.min_horizontal("team_id", "opponent_id"), pl.max_horizontal("team_id", "opponent_id")]
    named = plays.select("game_id", "team_id", "opponent_id").drop_nulls()
    counted = named.group_by("game_id", pair[0].alias("low"), pair[1].alias("high")).len()
    best = counted.sort("game_id", "len", "low", "high", descending=[False, True, False, False])
    return best.unique("game_id", keep="first", maintain_order=True).drop("len")


def _with_sides(plays: pl.DataFrame) -> pl.DataFrame:
    team = pl.col("team_id")
    side = pl.when(team == pl.col("low")).then(0).when(team == pl.col("high")).then(1).cast(pl.Int8)
    return plays.join(teams(plays), on="game_id").with_columns(side.alias("side")).filter(pl.col("side").is_not_null())
