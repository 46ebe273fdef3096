"""Variational autoencoder: a code is a distribution, from which new rows can be drawn."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import NonNegativeFloat, PositiveInt

from caselab.learning.estimators import LightningAutoencoder
from caselab.learning.layers.autoencoders import VariationalAutoencoder
from caselab.learning.training import Training
from caselab.params.search import OneOf
from caselab.reconstruction.compressors import Compressor

DENSE = {"filters": ((),)}
"""Of convolutions, the layers are `filters`."""


def compression(
    *,
    n_codes: PositiveInt = 32,
    hidden: Annotated[
        tuple[PositiveInt, ...], OneOf((128,), (256,), (512,), (256, 128), where=DENSE)
    ] = (256,),
    filters: tuple[PositiveInt, ...] = (),
    beta: NonNegativeFloat = 1.0,
    warmup: Annotated[float, Interval(ge=0, le=1)] = 0.0,
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    output: Literal["linear", "sigmoid"] = "linear",
    sizes: tuple[PositiveInt, ...] = (),
    training: Training = Training(),
    random_state: int,
) -> Compressor:
    """Give a row by the mean of its code's distribution, `n_codes` numbers.

    `filters` are of convolutions, `hidden` units of dense layers, on the way to the code, and in
    reverse on the way back, with `dropout` after each dense one. The divergence of codes from the
    standard normal weighs `beta`, to which it rises over the first `warmup` share of the epochs.
    `output` `sigmoid` suits numbers from 0 to 1. `sizes` of other codes are tried on a sample of the
    rows, for the picture of rate and error.

    Source: Kingma and Welling (2014), Auto-encoding variational Bayes; Higgins et al. (2017),
    beta-VAE.
    """
    options = {
        "n_codes": n_codes,
        "hidden": hidden,
        "filters": filters,
        "beta": beta,
        "warmup": warmup,
        "dropout": dropout,
        "output": output,
    }
    model = LightningAutoencoder(VariationalAutoencoder, options, training, random_state)
    return Compressor(model, sizes, "options__n_codes", random_state)
