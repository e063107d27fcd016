-- Which line-ups, pairs and triples of a team play together, and how does it do with them and without them?
-- One row per season, team and combination of players. Shrunk rates add the team's own rate to little time together.
-- The rank is by shrunk net among combinations of the same size and season whose flag is ok, 1 is best, and null for
-- the others.
with ranked as (
    select
        season, team_id, lineup_id,
        rank() over (partition by season, lineup_size order by shrunk_net_per100 desc) as shrunk_net_rank
    from {gold}.lineup_ratings
    where flag = 'ok'
)
select
    l.season,
    l.team_id,
    l.team,
    l.lineup_size,
    l.lineup_id,
    l.lineup_names,
    l.lineup_games,
    l.lineup_minutes,
    l.lineup_time_pct,
    l.lineup_offence_possessions,
    l.lineup_defence_possessions,
    l.lineup_offence_per100,
    l.lineup_defence_per100,
    l.lineup_net_per100,
    l.without_net_per100,
    l.lineup_net_per100 - l.without_net_per100 as with_less_without_per100,
    l.shrunk_offence_per100,
    l.shrunk_defence_per100,
    l.shrunk_net_per100,
    k.shrunk_net_rank,
    l.flag
from {gold}.lineup_ratings l
left join ranked k on k.season = l.season and k.team_id = l.team_id and k.lineup_id = l.lineup_id
