"""Ask which films to recommend to a user.

Each user's last fifth is test. One cut in time for all would leave hardly anybody to learn about:
half of the users rate all their films within fifty minutes, and of the 301 users after a cut at
80 % of the ratings 192, with 85 % of the test rows, have no rating before it. The price is that
other users' later ratings are known when an earlier user's last films are asked for.

Relevant is what a user went on to rate 4 or 5: a recommendation that is watched and disliked is no
success. Published figures (recommenders README, nDCG@10: BPR .442, LightGCN .420, NCF .396, SAR .382)
are of a random quarter and count any rating, so none stands on this leaderboard: their like is
measured by benchmarks/movies.py.
"""

from caselab.cases import Case
from caselab.data import ratings

case = Case(
    name="movies_ranking",
    title="Film recommendations",
    question="Which films should be recommended to a user?",
    problem="ranking",
    metric="ndcg_at_10",
    id="id",
    target="rating",
    positive=4.0,  # stars from which a film is relevant
    group="user",
    time="time",
    hidden=("position", "zip_code", "split"),
    optional=(
        "item",
        "time",
        "position",
        "title",
        "year",
        "genres",
        "age",
        "gender",
        "occupation",
        "zip_code",
        "split",
    ),
    distinct=("user", "item"),
    views=("interactions",),
    contract=ratings.contract,
    clean=ratings.clean,
)
