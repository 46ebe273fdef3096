"""Networks that write for what they read: what is kept between steps, and what they can learn."""

import numpy as np
import pytest
import torch
from torch import nn

from caselab.architectures.seq2seq import Seq2SeqWriter
from caselab.learning.estimators import LightningWriter
from caselab.learning.layers.writing import TransformerWriter, surprise, taught
from caselab.learning.losses import IGNORED
from caselab.learning.objectives import Batch
from caselab.learning.training import Training
from caselab.learning.vocabulary import END, PADDING, START
from caselab.sequences.decoding import Strategy, pick, write

N_IDS = 14
RECURRENT = {
    "embedding_dim": 16,
    "hidden": 32,
    "layers": 1,
    "dropout": 0.0,
    "teacher_forcing": (1.0, 1.0),
    "label_smoothing": 0.0,
}
TRANSFORMER = {
    "embedding_dim": 32,
    "n_heads": 4,
    "hidden": 64,
    "layers": 1,
    "dropout": 0.0,
    "label_smoothing": 0.0,
    "positions": "sinusoidal",
    "norm_first": True,
    "longest": 20,
}
NETWORKS = {
    "lstm": (Seq2SeqWriter, RECURRENT | {"cell": "lstm", "attention": "none"}),
    "gru, additive": (Seq2SeqWriter, RECURRENT | {"cell": "gru", "attention": "additive"}),
    "lstm, dot": (Seq2SeqWriter, RECURRENT | {"cell": "lstm", "attention": "dot", "layers": 2}),
    "transformer": (TransformerWriter, TRANSFORMER),
    "transformer, learned": (
        TransformerWriter,
        TRANSFORMER | {"positions": "learned", "norm_first": False, "layers": 2},
    ),
}


@pytest.fixture(params=NETWORKS)
def network(request):
    torch.manual_seed(0)
    build, options = NETWORKS[request.param]
    return build((), N_IDS, nn.ReLU, n_ids=N_IDS, **options).eval()


def pairs(count, longest, order, seed=0, words=N_IDS - 4):
    """Return sequences of ids to their end, and the same in another order to write."""
    random = np.random.default_rng(seed)
    read = [random.integers(4, 4 + words, random.integers(1, longest + 1)) for _ in range(count)]
    return [np.append(each, END) for each in read], [
        np.array([START, *each[::order], END]) for each in read
    ]


def batch(count=5):
    read, asked = pairs(count, 6, 1)
    X = nn.utils.rnn.pad_sequence([*map(torch.tensor, read)], True, PADDING)
    return Batch(X, nn.utils.rnn.pad_sequence([*map(torch.tensor, asked)], True, IGNORED))


def logits(network, rows):
    """What the network says step by step after the true tokens, (batch, time, n_outputs)."""
    state, said = network.begin(rows.X), []
    for place in range(rows.y.shape[1] - 1):
        one, state = network.step(state, taught(rows.y)[:, place])
        said.append(one)
    return torch.stack(said, 1)


def test_what_is_kept_between_steps_says_what_reading_anew_says(network):
    """The loss reads all places at once, decoding one after the other."""
    rows = batch()
    whole, steps = network.objective(rows), surprise(logits(network, rows), rows.y)
    torch.testing.assert_close(whole.sum, steps.sum, rtol=1e-4, atol=1e-4)
    assert whole.weight == sum(len(each) - 1 for each in pairs(5, 6, 1)[1])


def test_a_beam_of_one_is_greedy_and_a_wide_one_no_less_likely(network):
    rows, strategies = (
        batch(),
        (Strategy(longest=8), Strategy("beam", 8, 1), Strategy("beam", 8, 4)),
    )
    start = torch.full((5, 1), START)
    greedy, one, four = (
        write(network.step, network.begin(rows.X), start, each) for each in strategies
    )
    assert [each.ids.tolist() for each in one] == [each.ids.tolist() for each in greedy]
    of_beam = strategies[2]
    assert all(a.score(of_beam) >= b.score(of_beam) for a, b in zip(four, greedy, strict=True))


def test_a_state_can_be_taken_row_by_row(network):
    """As a beam does, which keeps some rows twice and others not at all."""
    rows, chosen = batch(), torch.tensor([3, 3, 0])
    _, state = network.step(network.begin(rows.X), torch.full((5,), START))
    said, _ = network.step(state, torch.full((5,), 7))
    picked, _ = network.step(pick(state, chosen), torch.full((3,), 7))
    torch.testing.assert_close(picked, said[chosen], rtol=1e-4, atol=1e-5)


def test_batch_mates_and_padding_change_nothing(network):
    rows = batch()
    together = logits(network, rows)
    for row in range(5):
        own = Batch(rows.X[[row]][:, : int((rows.X[row] != PADDING).sum())], rows.y[[row]])
        torch.testing.assert_close(logits(network, own)[0], together[row], rtol=1e-4, atol=1e-5)


def test_what_comes_later_moves_nothing_before(network):
    rows = batch()
    other = rows._replace(y=rows.y.clone())
    other.y[:, 3] = (other.y[:, 3].clamp(min=4) - 3) % (N_IDS - 4) + 4
    before, after = logits(network, rows), logits(network, other)
    torch.testing.assert_close(before[:, :3], after[:, :3])
    assert (before[:, 3:] - after[:, 3:]).abs().amax() > 1e-4


@pytest.mark.parametrize(
    ("name", "order"),
    [("gru, additive", -1), ("transformer", 1)],
)
def test_copies_and_reversals_are_learned(name, order):
    build, options = NETWORKS[name]
    options = {**options, **({"layers": 1} if "layers" in options else {})}
    training = Training(
        max_epochs=14,
        batch_size=32,
        learning_rate=0.008 if build is Seq2SeqWriter else 0.003,
        schedule="warmup_cosine",
        warmup_epochs=2,
        gradient_clip=1.0,
        weight_decay=0,
        accelerator="cpu",
        validation_fraction=0,
    )
    read, asked = pairs(1400, 4, order, words=5)
    model = LightningWriter(build, options, training, 0)
    model.fit(read[:1200], asked[:1200], n_ids=N_IDS, n_outputs=N_IDS)

    def ask(network, x):
        return write(network.step, network.begin(x), torch.full((len(x), 1), START), Strategy())

    found = model.asked(read[1200:], ask)
    right = [
        each.ids.tolist() == true[1:-1].tolist()
        for each, true in zip(found, asked[1200:], strict=True)
    ]
    assert np.mean(right) >= 0.99


def test_teacher_forcing_of_1_reads_the_truth_and_of_0_what_was_written():
    torch.manual_seed(0)
    options = RECURRENT | {"cell": "gru", "attention": "dot"}
    network = Seq2SeqWriter((), N_IDS, nn.ReLU, n_ids=N_IDS, **options).train()
    rows = batch()
    source, state = network._read(rows.X)
    before = taught(rows.y)
    whole, _, _ = network._said(before, source, state)
    torch.testing.assert_close(network._forced(before, source, state, 1.0), whole)
    own = network._forced(before, source, state, 0.0)
    ids = torch.cat([before[:, :1], own.argmax(2)[:, :-1]], 1)  # the start, then its own
    torch.testing.assert_close(own, network._said(ids, source, state)[0])
    assert not torch.equal(own, whole)
    mixed = network._forced(before, source, state, 0.5)
    assert not torch.equal(mixed, whole)
    assert not torch.equal(mixed, own)


def test_the_share_of_teacher_forcing_fades_over_the_training():
    torch.manual_seed(0)
    options = RECURRENT | {"cell": "gru", "attention": "dot", "teacher_forcing": (1.0, 0.0)}
    network = Seq2SeqWriter((), N_IDS, nn.ReLU, n_ids=N_IDS, **options).train()
    asked = []
    network._forced = lambda *given: asked.append(given[-1]) or torch.zeros(1)
    rows = batch()
    for epoch in (5, 9):
        with pytest.raises(Exception):  # noqa: B017  no logits
            network.objective(rows._replace(epoch=epoch, n_epochs=10))
    assert asked == pytest.approx([0.5, 0.1])
    network.objective(rows._replace(epoch=0, n_epochs=10))
    assert len(asked) == 2


def test_label_smoothing_gives_every_token_a_share():
    said = torch.randn(1, 2, 6)
    y = torch.tensor([[START, 5, IGNORED]])
    log = said[0, 0].log_softmax(0)
    expected = -(0.9 * log[5] + 0.1 * log.mean())
    assert float(surprise(said, y, 0.1).sum) == pytest.approx(float(expected), rel=1e-5)


def test_what_attention_looks_at_is_shares_of_what_was_read():
    options = RECURRENT | {"cell": "gru", "attention": "additive"}
    network = Seq2SeqWriter((), N_IDS, nn.ReLU, n_ids=N_IDS, **options).eval()
    rows = batch()
    weights = network.looks(rows.X, taught(rows.y))
    assert weights.shape == (5, rows.y.shape[1] - 1, rows.X.shape[1])
    torch.testing.assert_close(weights.sum(2), torch.ones(weights.shape[:2]))
    assert (weights.transpose(1, 2)[rows.X == PADDING] == 0).all()
