import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from caselab import architectures
from caselab.architectures import mlp
from caselab.learning.layers.activations import activations


def network(shape=(5,), hidden=(8, 4), dropout=0.0, batch_norm=False, activation="relu"):
    return mlp.MLP(
        shape, 3, activations[activation], hidden=hidden, dropout=dropout, batch_norm=batch_norm
    )


@pytest.mark.parametrize(
    ("hidden", "weights"),
    [((8, 4), [(8, 5), (4, 8), (3, 4)]), ((), [(3, 5)])],
)
def test_layers_have_the_sizes_asked_for(hidden, weights):
    layers = [layer for layer in network(hidden=hidden).modules() if isinstance(layer, nn.Linear)]
    assert [tuple(layer.weight.shape) for layer in layers] == weights
    assert network(hidden=hidden)(torch.zeros(7, 5)).shape == (7, 3)


def test_inputs_of_any_shape_are_laid_flat():
    assert network(shape=(2, 3, 4))(torch.zeros(7, 2, 3, 4)).shape == (7, 3)


def test_each_hidden_layer_is_linear_normalised_activated_dropped_out():
    layers = network(hidden=(8,), dropout=0.4, batch_norm=True, activation="tanh").hidden
    assert [type(layer) for layer in layers] == [nn.Linear, nn.BatchNorm1d, nn.Tanh, nn.Dropout]
    assert layers[-1].p == 0.4


def test_it_is_relu_between_linear_layers():
    model = network(hidden=(8,))
    x = torch.randn(7, 5)
    first, last = model.hidden[0], model.output
    expected = torch.relu(x @ first.weight.T + first.bias) @ last.weight.T + last.bias
    torch.testing.assert_close(model(x), expected)


def test_it_learns_churn_and_repeats_itself(churn, block):
    X, y = churn

    def answers():
        pipeline = architectures.build(
            block("mlp", training={"max_epochs": 15}), "table", "classification", 3, 1
        )
        return pipeline.fit(X[:1500], y[:1500]).predict_proba(X[1500:])[:, 1]

    found = answers()
    assert (found == answers()).all()
    assert roc_auc_score(y[1500:] == "Yes", found) > 0.82
