"""Language models of texts, by n-grams and by a network."""

import numpy as np
import pandas as pd
import pytest
import torch

from caselab.errors import RowError
from caselab.learning.estimators import LightningWriter
from caselab.learning.layers.language import RecurrentLanguage
from caselab.learning.training import Training
from caselab.learning.vocabulary import START
from caselab.sequences.decoding import Strategy
from caselab.sequences.language import LanguageModel
from caselab.sequences.ngrams import KneserNey
from caselab.sequences.tokenizers import Tokenizer

WORDS = ["one", "two", "three", "four", "five", "six", "seven"]
TEXTS = pd.DataFrame(
    {"text": [" ".join(WORDS[i % 4 : i % 4 + 2 + i % 3]) + "." for i in range(80)]}
)


def counted(unit="words"):
    size = {"words": 30, "characters": 40, "byte_pairs": 300}[unit]
    return LanguageModel(KneserNey(8), Tokenizer(unit, size)).fit(TEXTS)


@pytest.fixture(scope="module")
def network():
    options = {"embedding_dim": 16, "hidden": 24, "layers": 1, "cell": "gru", "dropout": 0.0}
    training = Training(
        max_epochs=12, batch_size=8, learning_rate=0.02, accelerator="cpu", validation_fraction=0
    )
    writer = LightningWriter(RecurrentLanguage, options, training, 0)
    return LanguageModel(writer, Tokenizer("words", 30)).fit(TEXTS)


@pytest.mark.parametrize("unit", ["words", "characters", "byte_pairs"])
def test_a_text_goes_on_as_texts_did(unit):
    assert counted(unit).generate(["one two"])[0].startswith("three")


def test_a_network_learns_what_follows(network):
    assert network.generate(["one two", "one"], Strategy(longest=1)) == ["three", "two"]
    told, unlike = network.log_probabilities(["one two three.", "three one two."])
    assert told > unlike + 5


def test_a_text_s_probability_is_that_of_its_tokens(network):
    ids = network.tokenizer_.ids(["two three"], start=True, end=True)[0]

    def ask(net, x):
        said = net(x[:, :-1]).log_softmax(2)
        return [float(said[0].gather(1, x[0, 1:, None]).sum())]

    expected = network.model_.asked([ids], ask)[0]
    assert network.log_probabilities(["two three"])[0] == pytest.approx(expected, rel=1e-5)


def test_texts_of_any_lengths_are_judged_alone_as_together(network):
    texts = TEXTS.head(9)
    together = network.log_probabilities(texts)
    alone = [network.log_probabilities(texts.iloc[[row]])[0] for row in range(9)]
    np.testing.assert_allclose(together, alone, rtol=1e-5)


def test_prompts_of_any_lengths_are_gone_on_from_alone_as_together(network):
    prompts = ["one", "two three", "", "five", "three four"]
    for strategy in (Strategy(), Strategy("beam"), Strategy("sample")):
        alone = [network.generate([prompt], strategy)[0] for prompt in prompts]
        assert network.generate(prompts, strategy) == alone


def test_a_prompt_of_unknown_words_alone_is_told():
    with pytest.raises(RowError, match=r"row 2 of 3 has only words that were never seen") as told:
        counted().generate(["one", "zyzzyva quetzal", "one zyzzyva"])
    assert [*told.value.notes] == [1]
    assert counted().generate(["one zyzzyva"])
    assert counted("byte_pairs").generate(["zyzzyva quetzal"])


def test_unknown_words_cost_what_spelling_them_costs():
    known, unknown = counted().log_probabilities(["one two.", "one zyzzyva."])
    assert unknown < known - 10


def test_a_network_begins_as_if_nothing_was_read(network):
    def ask(net, x):
        first, _ = net.step(net.begin(x), x[:, 0])
        return [(first, net(x[:, :1])[:, 0])]

    ((one, other),) = network.model_.asked([np.array([START, 5])], ask)
    torch.testing.assert_close(one, other)
