"""Ways to choose the next token, on a made-up model whose best texts can be counted out."""

from itertools import product

import numpy as np
import pytest
import torch

from caselab.errors import UserError
from caselab.learning.vocabulary import END, START
from caselab.sequences.decoding import Strategy, pick, repeated, write

N_IDS, LONGEST = 8, 4


def step(state, ids):
    """Logits that depend on the last two ids, and on the row's own table."""
    table, before = state["table"], state["before"]
    logits = table[torch.arange(len(ids)), before, ids]
    return logits, {"table": table, "before": ids}


def asked(n_rows, seed=0, sharpness=2.0):
    """Return the state of rows with tables of their own, and their prompts."""
    tables = torch.randn(40, N_IDS, N_IDS, N_IDS, generator=torch.Generator().manual_seed(seed))
    state = {"table": sharpness * tables[:n_rows], "before": torch.zeros(n_rows, dtype=torch.int64)}
    return state, torch.full((n_rows, 1), START)


def written(n_rows=12, seed=0, sharpness=2.0, **settings):
    state, prompts = asked(n_rows, seed, sharpness)
    return write(step, state, prompts, Strategy(longest=LONGEST, **settings))


def texts(found):
    return [each.ids.tolist() for each in found]


def scores(found, strategy):
    return np.array([each.score(strategy) for each in found])


@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.0])
def test_a_beam_of_one_is_greedy(penalty):
    assert texts(written(width=1, method="beam", length_penalty=penalty)) == texts(written())


@pytest.mark.parametrize("penalty", [0.0, 1.0])
@pytest.mark.parametrize("width", [2, 3, 8])
def test_a_beam_is_never_worse_than_greedy_and_at_times_better(width, penalty):
    strategy = Strategy("beam", LONGEST, width, penalty)
    beam = scores(written(40, method="beam", width=width, length_penalty=penalty), strategy)
    greedy = scores(written(40), strategy)
    assert (beam >= greedy - 1e-12).all()
    assert (beam > greedy + 1e-3).any()


def test_a_beam_that_loses_nothing_finds_the_likeliest_text():
    found = written(3, method="beam", width=N_IDS**3, length_penalty=0.0)
    for row, each in enumerate(found):
        best = max(
            likelihood(row, text)
            for length in range(LONGEST + 1)
            for text in product(range(END + 1, N_IDS), repeat=length)
        )
        assert each.log_probability == pytest.approx(best)
        assert likelihood(row, each.ids.tolist()) == pytest.approx(best)


def likelihood(row, text):
    """The log-probability of a text of row, with its end where it is not cut."""
    state, prompts = asked(row + 1)
    state, last, total = pick(state, torch.tensor([row])), prompts[:1, 0], 0.0
    for token in [*text, END][:LONGEST]:
        logits, state = step(state, last)
        said = logits.double()
        said[:, [0, 1, START]] = -torch.inf
        total += float(said.log_softmax(1)[0, token])
        last = torch.tensor([token])
    return total


def test_the_log_probability_of_what_is_written_is_its_own():
    for settings in ({}, {"method": "beam"}, {"method": "sample"}):
        for row, each in enumerate(written(3, **settings)):
            assert each.log_probability == pytest.approx(likelihood(row, each.ids.tolist()))


def test_draws_near_temperature_0_are_greedy():
    assert texts(written(method="sample", temperature=1e-6)) == texts(written())
    assert texts(written(method="sample", top_k=1)) == texts(written())
    assert texts(written(method="sample", top_p=1e-9)) == texts(written())


def firsts(**settings):
    """The first token of draws that differ in their seed alone, of one row."""
    state, prompts = asked(1, sharpness=1.0)
    return [
        (write(step, state, prompts, Strategy("sample", 1, seed=seed, **settings))[0].ids.tolist())
        for seed in range(400)
    ]


def shares(temperature=1.0):
    state, prompts = asked(1, sharpness=1.0)
    logits = step(state, prompts[:, 0])[0][0].double() / temperature
    logits[[0, 1, START]] = -torch.inf
    return logits.softmax(0).numpy()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_come_as_often_as_their_probabilities_say(temperature):
    found = firsts(temperature=temperature)
    expected = shares(temperature)
    drawn = np.array([found.count([token] if token != END else []) for token in range(N_IDS)])
    np.testing.assert_allclose(drawn / 400, expected, atol=0.09)


def test_top_k_and_top_p_leave_out_the_unlikely():
    order = np.argsort(-shares())
    drawn = {tuple(each) for each in firsts(top_k=2)}
    assert drawn == {() if token == END else (int(token),) for token in order[:2]}
    p = shares()[order]
    drawn = {tuple(each) for each in firsts(top_p=float(p[:2].sum() - 1e-6))}
    assert drawn == {() if token == END else (int(token),) for token in order[:2]}


@pytest.mark.parametrize("method", ["greedy", "beam", "sample"])
def test_other_rows_change_nothing(method):
    together = texts(written(6, method=method))
    state, prompts = asked(6)
    strategy = Strategy(method, LONGEST)
    for row in range(6):
        own = pick(state, torch.tensor([row]))
        assert texts(write(step, own, prompts[:1], strategy)) == [together[row]]


def test_a_prompt_is_gone_on_from():
    state, _ = asked(1)
    whole = texts(write(step, state, torch.tensor([[START]]), Strategy(longest=3)))[0]
    assert len(whole) > 1
    prompt = torch.tensor([[START, whole[0]]])
    assert texts(write(step, state, prompt, Strategy(longest=2)))[0] == whole[1:]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"width": 0}, "width is 0"),
        ({"temperature": 0.0}, "temperature is 0"),
        ({"temperature": -1.0}, "temperature is -1"),
        ({"top_k": 0}, "top_k is 0"),
        ({"top_p": 0.0}, "top_p is 0"),
        ({"top_p": 1.5}, "top_p is 1.5"),
        ({"longest": 0}, "longest is 0"),
        ({"length_penalty": -1.0}, "length_penalty is -1"),
        ({"method": "magic"}, "choose greedy, beam or sample"),
    ],
)
def test_what_is_out_of_range_is_told(settings, said):
    with pytest.raises(UserError, match=said):
        Strategy(**settings)


def test_the_share_of_what_stood_there_before():
    assert repeated(["a", "b", "c", "d"], 2) == 0
    assert repeated(["a", "b", "a", "b", "a", "b"], 2) == pytest.approx(3 / 5)
    assert repeated([], 2) == 0
