"""x"""
import numpy as np
import polars as pl
from tasks.gold.model.games import read_games
from tasks.gold.model.walk import Walk
from tasks.gold.model.outcome import win_probability, QUANTILE_80
def walk_forward(games):
    read=read_games(games); out=Walk(read).run()
    sd=np.sqrt(out["margin_variance"])*out["spread"]
    f=pl.DataFrame({"row":read.rows,"flag":read.flag.astype(str),"predicted_home_margin":out["margin"],"predicted_total":out["total"],"home_win_probability":win_probability(out["margin"],sd),"margin_low_80":out["margin"]-QUANTILE_80*sd,"margin_high_80":out["margin"]+QUANTILE_80*sd,"sd":sd}).sort("row")
    return f.with_columns(games["game_id"]).drop("row")
