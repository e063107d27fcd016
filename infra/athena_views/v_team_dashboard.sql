-- Where does a team stand in a season: record, rank, resume, four factors, place in the conference?
-- One row per season and Division I team, as of the last results in the lake.
with power as (
    select
        season, team_id, power_rank, power_score, api_adjusted_rank, api_elo_rank, ap_rank, coaches_rank,
        row_number() over (partition by season, team_id order by as_of_date desc) as newest
    from {gold}.team_power_rankings
)
select
    s.season,
    s.team_id,
    s.team,
    s.conference,
    s.as_of_date,
    s.total_wins,
    s.total_losses,
    s.conference_wins,
    s.conference_losses,
    c.conference_rank,
    c.games_behind,
    s.home_wins,
    s.home_losses,
    s.away_wins,
    s.away_losses,
    s.neutral_wins,
    s.neutral_losses,
    s.close_wins,
    s.close_losses,
    s.average_margin,
    s.rank,
    s.net,
    s.adjusted_offence,
    s.adjusted_defence,
    s.tempo,
    s.strength_of_schedule,
    p.power_rank,
    p.power_score,
    p.api_adjusted_rank,
    p.api_elo_rank,
    p.ap_rank,
    p.coaches_rank,
    s.quadrant_1_wins,
    s.quadrant_1_losses,
    s.quadrant_2_wins,
    s.quadrant_2_losses,
    s.quadrant_3_wins + s.quadrant_4_wins as quadrant_3_4_wins,
    s.quadrant_3_losses + s.quadrant_4_losses as quadrant_3_4_losses,
    r.wins_above_bubble,
    r.wins_above_bubble_rank,
    r.strength_of_record,
    r.strength_of_record_rank,
    s.offence_effective_field_goal_pct,
    s.offence_turnover_pct,
    s.offence_offensive_rebound_pct,
    s.offence_free_throw_rate,
    s.defence_effective_field_goal_pct,
    s.defence_turnover_pct,
    s.defence_offensive_rebound_pct,
    s.defence_free_throw_rate,
    s.flag
from {gold}.team_season_summary s
left join power p on p.season = s.season and p.team_id = s.team_id and p.newest = 1
left join {gold}.team_resume r on r.season = s.season and r.team_id = s.team_id
left join {gold}.conference_standings c on c.season = s.season and c.team_id = s.team_id
