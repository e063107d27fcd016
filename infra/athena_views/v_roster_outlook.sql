-- Which teams bring back the most for the next season, and which gain the most?
-- One row per season and team; the season is the one that ends before the summer. carried_contribution is what those
-- who return and those who arrive contributed to the net ratings of their teams: no forecast, because roles change.
-- Ranks are within the season, 1 is best, and null without the value.
with summed as (
    select
        season, team_id,
        returning_contribution + arriving_contribution as carried_contribution
    from {gold}.roster_outlook
    where returning_contribution is not null
),
carried as (
    select
        season, team_id, carried_contribution,
        rank() over (partition by season order by carried_contribution desc) as carried_contribution_rank
    from summed
),
returning_share as (
    select
        season, team_id,
        rank() over (partition by season order by outlook_returning_minutes_pct desc) as returning_minutes_rank
    from {gold}.roster_outlook
    where outlook_returning_minutes_pct is not null
)
select
    o.season,
    o.team_id,
    o.team,
    o.as_of_date,
    o.is_next_roster_known,
    o.returning_players,
    o.leaving_players,
    o.arriving_players,
    o.missing_players,
    o.outlook_returning_minutes_pct,
    s.returning_minutes_rank,
    o.outlook_returning_impact_pct,
    o.returning_contribution,
    o.leaving_contribution,
    o.arriving_contribution,
    c.carried_contribution,
    c.carried_contribution_rank,
    o.arriving_minutes,
    o.next_class_rating,
    o.players_without_impact,
    o.outlook_entries_without_athlete,
    o.flag
from {gold}.roster_outlook o
left join carried c on c.season = o.season and c.team_id = o.team_id
left join returning_share s on s.season = o.season and s.team_id = o.team_id
