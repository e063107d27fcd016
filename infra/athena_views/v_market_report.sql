-- How good are the providers' lines, and are we closer than they are?
-- One row per season and provider; is_consensus marks the median of all. Games with a result and a line. Shares leave
-- pushes out; they are counted beside. Spreads whose sign or sides are suspect count in suspect_spreads alone. Errors
-- are points. model_margin_error and model_brier are ours on the same games, where we have a forecast. Brier scores: 0
-- is perfect, 0.25 a coin.
with marked as (
    select *, coalesce(is_spread_sign_suspect, false) or coalesce(is_sides_suspect, false) as is_suspect
    from {gold}.market_lines_analysis
),
judged as (
    select
        m.season, m.provider, m.is_consensus, m.is_line_fetched_early, m.total_result, m.bookmaker_margin_pct,
        m.home_implied_probability, m.home_moneyline_result,
        m.is_suspect,
        case when not m.is_suspect then m.home_spread_result end as spread_result,
        case when not m.is_suspect then m.cover_margin end as cover_margin,
        case when not m.is_suspect then m.spread_close end as spread_close,
        case when not m.is_suspect then m.spread_move end as spread_move,
        p.predicted_home_margin, p.home_win_probability,
        case m.home_moneyline_result when 'won' then 1.0e0 when 'lost' then 0.0e0 end as won
    from marked m
    left join {gold}.game_predictions p on p.season = m.season and p.game_id = m.game_id
        and p.variant = 'predictive'
    where m.home_spread_result is not null or m.total_result is not null or m.home_moneyline_result is not null
),
priced as (
    select
        season, provider, is_consensus, is_line_fetched_early, is_suspect, spread_result, total_result, spread_move,
        cover_margin, bookmaker_margin_pct,
        case when spread_result = 'won' then spread_close < 0.0e0 when spread_result = 'lost' then spread_close > 0.0e0
            end as favourite_covered,
        spread_close,
        predicted_home_margin - (cover_margin - spread_close) as model_error,
        (home_implied_probability - won) * (home_implied_probability - won) as market_brier,
        case when home_implied_probability is not null
            then (home_win_probability - won) * (home_win_probability - won) end as model_brier
    from judged
)
select
    season,
    provider,
    is_consensus,
    count(*) as games,
    count(*) filter (where is_line_fetched_early) as early_lines,
    count(*) filter (where is_suspect) as suspect_spreads,
    count(spread_result) as spread_games,
    count(*) filter (where spread_result = 'push') as spread_pushes,
    cast(count(*) filter (where spread_result = 'won') as double)
        / nullif(cast(count(*) filter (where spread_result in ('won', 'lost')) as double), 0.0e0) as home_cover_pct,
    cast(count(*) filter (where favourite_covered and spread_close <> 0.0e0) as double)
        / nullif(cast(count(favourite_covered) filter (where spread_close <> 0.0e0) as double), 0.0e0)
        as favourite_cover_pct,
    count(total_result) as over_under_games,
    count(*) filter (where total_result = 'push') as over_under_pushes,
    cast(count(*) filter (where total_result = 'over') as double)
        / nullif(cast(count(*) filter (where total_result in ('over', 'under')) as double), 0.0e0) as over_pct,
    avg(abs(spread_move)) as spread_moved,
    avg(abs(cover_margin)) as spread_error,
    avg(case when cover_margin is not null then abs(model_error) end) as model_margin_error,
    avg(market_brier) as moneyline_brier,
    avg(model_brier) as model_brier,
    avg(bookmaker_margin_pct) as bookmaker_margin_pct
from priced
group by season, provider, is_consensus
