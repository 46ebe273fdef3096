"""Text CNN, recurrent networks, transformer: what all promise of texts of any length."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.pipeline import Pipeline
from torch import nn
from torch.nn import functional as F

from caselab import architectures
from caselab.architectures import recurrent, text_cnn, transformer
from caselab.features import text
from caselab.learning.training import Training
from caselab.params import PipelineBlock
from caselab.storage import models

SMALL = {"embedding_dim": 8, "dropout": 0.2}
OF_TRANSFORMER = {
    **{"embedding_dim": 16, "n_heads": 2, "layers": 2, "hidden": 32, "dropout": 0.0},
    "training": {"learning_rate": 0.01, "max_epochs": 25},
}
ARCHITECTURES = [
    pytest.param(text_cnn.classification, {"widths": (2, 3), "filters": 6}, id="text_cnn"),
    *(
        pytest.param(recurrent.classification, {"hidden": 8, "cell": cell}, id=cell)
        for cell in ("rnn", "gru", "lstm")
    ),
    pytest.param(
        recurrent.classification,
        {"hidden": 5, "layers": 2, "bidirectional": True},
        id="deep-both-ways",
    ),
    pytest.param(transformer.classification, OF_TRANSFORMER, id="transformer"),
    pytest.param(
        transformer.classification,
        {**OF_TRANSFORMER, "positions": "learned", "norm_first": False},
        id="learned-positions",
    ),
]
every_network = pytest.mark.parametrize(("architect", "settings"), ARCHITECTURES)


@pytest.fixture(scope="module")
def texts():
    """Return texts that say "not good" or "good not", in that order alone; and which."""
    random = np.random.default_rng(0)
    words = np.array(["it", "was", "a", "day", "so", "long"])
    label = random.integers(0, 2, 240)
    pairs = ["not good", "good not"]
    rows = [
        " ".join([*random.choice(words, random.integers(0, 6)), pairs[k], *random.choice(words, 2)])
        for k in label
    ]
    return np.array(rows, dtype=object), np.array(["bad", "odd"])[label]


def fitted(architect, settings, texts, epochs=None):
    X, y = texts
    words = {"learning_rate": 0.02, "batch_size": 16, "max_epochs": 12, "validation_fraction": 0}
    words |= {"accelerator": "cpu", **settings.get("training", {})}
    if epochs is not None:
        words["max_epochs"] = epochs
    model = architect(**{**SMALL, **settings, "training": Training(**words)}, random_state=3)
    return Pipeline([("features", text.transformer(represent="tokens")), ("model", model)]).fit(
        X, y
    )


@every_network
def test_the_order_of_words_is_learned(architect, settings, texts):
    X, y = texts
    pipeline = fitted(architect, settings, (X[:180], y[:180]))
    assert (pipeline.predict(X[180:]) == y[180:]).mean() > 0.95
    assert pipeline["model"].sizes_["n_ids"] == len(pipeline["features"].terms_.split()) + 2


@every_network
def test_padding_never_changes_an_answer(architect, settings, texts):
    pipeline = fitted(architect, settings, texts, epochs=1)
    network = pipeline["model"].network_on(torch.device("cpu"))
    ids = torch.tensor(pipeline["features"].transform([*texts[0][:7], "good", ""]))
    ids = torch.cat([ids, torch.zeros_like(ids[:1])])  # and a row of padding alone
    with torch.inference_mode():
        found = network(ids)
        assert torch.equal(network(F.pad(ids, (0, 50))), found)
        for row, alone in zip(ids, found, strict=True):
            length = max(1, int((row != 0).sum()))
            torch.testing.assert_close(network(row[:length].unsqueeze(0))[0], alone)
    assert torch.isfinite(found).all()


@every_network
def test_a_stored_network_answers_as_before_and_equal_fits_give_equal_bytes(
    architect, settings, texts, tmp_path
):
    first, second = (fitted(architect, settings, texts, epochs=2) for _ in range(2))
    models.save(first, tmp_path / "a")
    models.save(second, tmp_path / "b")
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    asked = [*texts[0][:20], "", "words never seen"]
    np.testing.assert_array_equal(
        models.load(tmp_path / "a").predict_proba(asked), first.predict_proba(asked)
    )


def test_filters_are_those_of_a_plain_convolution():
    torch.manual_seed(0)
    network = text_cnn.TextCNN(
        (9,), 3, nn.ReLU, n_ids=50, widths=(2, 3, 4), filters=5, **SMALL
    ).eval()
    ids = torch.zeros(3, 9, dtype=torch.long)
    for row, length in zip(ids, (9, 4, 1), strict=True):
        row[:length] = torch.randint(1, 50, (length,))
    x = network.embedding(ids).transpose(1, 2)
    best = []
    for width, filters in zip(network.widths, network.filters, strict=True):
        kernel = filters.weight.view(5, width, 8).transpose(1, 2)
        found = F.conv1d(F.pad(x, (0, width - 1)), kernel, filters.bias)
        best.append(found.masked_fill((ids == 0).unsqueeze(1), -torch.inf).amax(2))
    expected = network.output(torch.relu(torch.cat(best, 1)))
    torch.testing.assert_close(network(ids), expected)


def test_classes_that_are_undersampled_leave_no_word_without_a_vector():
    said = pd.Series([f"rare{i} word{i}" for i in range(60)] + ["offer"] * 20)
    asked = PipelineBlock(
        case="messages_spam",
        view="messages_spam-text",
        architecture="text_cnn",
        features={"represent": "tokens"},
        training={"max_epochs": 1, "accelerator": "cpu"},
        balance="undersample",
    )
    pipeline = architectures.build(asked, "text", "classification", 1, 1)
    pipeline.fit(said, np.repeat(["ham", "spam"], [60, 20]))
    assert np.isfinite(pipeline.predict_proba(said)).all()
