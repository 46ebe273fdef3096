"""Ask how a user would rate a film."""

from caselab.cases import Case, Published
from caselab.data import ratings

case = Case(
    name="movies_rating",
    title="Film ratings",
    question="How would a user rate a film?",
    problem="recommendation",
    metric="rmse",
    id="id",
    target="rating",
    positive=None,
    group="user",
    time="time",
    official="split",
    hidden=("position", "zip_code"),
    optional=(
        "time",
        "position",
        "title",
        "year",
        "genres",
        "age",
        "gender",
        "occupation",
        "zip_code",
    ),
    distinct=("user", "item"),
    views=("interactions",),
    contract=ratings.contract,
    clean=ratings.clean,
    published=(
        Published(
            figure="rmse",
            value=(0.905, 0.910),
            source="GC-MC with and without features (van den Berg et al. 2017), u1",
            note="figures of others near 0.889 choose the best epoch on the test rows; on 5 random folds, "
            "Surprise's README: SVD++ .919, kNN-baseline .931, SVD .934, baseline .944",
        ),
    ),
)
