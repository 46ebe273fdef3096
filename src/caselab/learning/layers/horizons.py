"""What networks that forecast end in: a number at each of the last places of a sequence."""

from torch import Tensor, nn


class Horizon(nn.Module):
    """A layer at each place of the horizon, and a straight line from what is known of it.

    The line is what a linear regression would say (an autoregression, as far as earlier values are
    among the inputs); the network adds what is not linear.

    Args:
        n_inputs: numbers that are known at each place.
        width: numbers that the network has made of a place.
        horizon: places that are asked for, the last ones.
        dropout: of what the network has made.

    Source: Lai, Chang, Yang and Liu (2018), Modeling long- and short-term temporal patterns with deep
    neural networks, 3.6.
    """

    def __init__(self, n_inputs: int, width: int, horizon: int, dropout: float = 0.0):
        super().__init__()
        self.horizon = horizon
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width, 1)
        self.line = nn.Linear(n_inputs, 1, bias=False)

    def forward(self, states: Tensor, x: Tensor) -> Tensor:
        """Return (batch, horizon) of states (batch, places, width) and inputs (batch, places, n_inputs)."""
        made = self.output(self.dropout(states[:, -self.horizon :]))
        answers: Tensor = (made + self.line(x[:, -self.horizon :])).squeeze(2)
        return answers
