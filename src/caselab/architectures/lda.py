"""Latent Dirichlet allocation: a text draws each word from one of its topics."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveFloat, PositiveInt
from sklearn.decomposition import LatentDirichletAllocation

from caselab.grouping.topics import TopicModel
from caselab.params.search import OneOf


def topics(
    *,
    n_topics: PositiveInt | Literal["auto"] = "auto",
    candidates: tuple[PositiveInt, ...] = (10, 15, 20),
    document_prior: Annotated[PositiveFloat | None, OneOf(None, 0.01, 0.1, 1.0)] = None,
    word_prior: Annotated[PositiveFloat | None, OneOf(None, 0.01, 0.1)] = None,
    learning: Literal["batch", "online"] = "batch",
    learning_offset: PositiveFloat = 10.0,
    batch_size: PositiveInt = 256,
    max_iter: PositiveInt = 10,
    validation_fraction: Annotated[float, Interval(gt=0, lt=1)] = 0.2,
    random_state: int,
) -> TopicModel:
    """Return topics learned by variational Bayes, `max_iter` times over the texts.

    `batch` updates the topics once all texts are read; `online` does so after every `batch_size`
    texts, which pays only where there are hundreds of thousands: on the State of the Union three
    times over them left the words no better company than chance. `learning_offset` holds its first
    updates back. Takes counts. `auto` takes of `candidates` the number with the most coherent
    topics in held-out texts, a `validation_fraction` of all. `document_prior` is of the topics of a
    text and `word_prior` of the words of a topic: 1 / `n_topics` where they are not given.

    Source: Blei, Ng and Jordan (2003), Latent Dirichlet allocation, JMLR 3; Hoffman, Blei and Bach
    (2010), Online learning for latent Dirichlet allocation, NIPS.
    """
    model = LatentDirichletAllocation(
        doc_topic_prior=document_prior,
        topic_word_prior=word_prior,
        learning_method=learning,
        learning_offset=learning_offset,
        batch_size=batch_size,
        max_iter=max_iter,
        max_doc_update_iter=30,
        n_jobs=1,
    )
    return TopicModel(model, n_topics, candidates, validation_fraction, random_state)
