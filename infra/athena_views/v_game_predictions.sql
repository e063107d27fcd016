-- What did we expect of a game, what did the market expect, and how did it end?
-- One row per game, games to come included; home side throughout. Errors are expected less actual home margin.
-- Market numbers are the median of the providers. Informed numbers are our forecast that also uses the closing lines of
-- earlier games; null before the first of them. An Athena view cannot hold a time zone: start_at_utc is in UTC.
select
    p.season,
    p.game_id,
    p.game_date,
    cast(g.start_at at time zone 'UTC' as timestamp) as start_at_utc,
    g.start_time_tbd,
    g.status,
    g.neutral_site,
    g.conference_game,
    p.home_team_id,
    g.home_team,
    p.away_team_id,
    g.away_team,
    p.as_of_date,
    p.predicted_home_margin,
    p.margin_low_80,
    p.margin_high_80,
    p.predicted_total,
    p.home_win_probability,
    q.predicted_home_margin as informed_home_margin,
    q.home_win_probability as informed_home_win_probability,
    -m.spread_close as market_home_margin,
    m.total_close,
    m.home_implied_probability,
    m.line_providers,
    m.is_line_fetched_early,
    p.predicted_home_margin + m.spread_close as edge_over_market,
    case when g.has_result then g.home_points end as home_points,
    case when g.has_result then g.away_points end as away_points,
    case when g.has_result then g.home_points - g.away_points end as home_margin,
    case when g.has_result then p.predicted_home_margin - cast(g.home_points - g.away_points as double) end
        as predicted_margin_error,
    case when g.has_result then -m.spread_close - cast(g.home_points - g.away_points as double) end
        as market_margin_error,
    m.home_spread_result,
    m.total_result,
    p.flag
from {gold}.game_predictions p
join {silver}.fct_games g on g.season = p.season and g.game_id = p.game_id
left join {gold}.game_predictions q on q.season = p.season and q.game_id = p.game_id and q.variant = 'market'
left join {gold}.market_lines_analysis m on m.season = p.season and m.game_id = p.game_id and m.is_consensus
where p.variant = 'predictive'
