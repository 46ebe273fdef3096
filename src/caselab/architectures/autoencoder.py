"""Autoencoders: networks that give back what they read, through a code that cannot hold all of it."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import NonNegativeFloat, PositiveInt

from caselab.errors import UserError
from caselab.grouping.detectors import Detector
from caselab.learning.estimators import LightningAutoencoder
from caselab.learning.layers.autoencoders import Autoencoder
from caselab.learning.training import Training
from caselab.params.search import Between, OneOf
from caselab.reconstruction.compressors import Compressor
from caselab.reconstruction.restorers import Restorer

DENSE = {"filters": ((),)}
"""Of convolutions, the layers are `filters`."""


def compression(
    *,
    n_codes: PositiveInt = 32,
    hidden: Annotated[
        tuple[PositiveInt, ...], OneOf((128,), (256,), (512,), (256, 128), where=DENSE)
    ] = (256,),
    filters: tuple[PositiveInt, ...] = (),
    overcomplete: bool = False,
    corruption: Literal["none", "gaussian", "masking", "dropout"] = "none",
    corruption_level: Annotated[float, Interval(gt=0, lt=1)] = 0.3,
    penalty: Literal["none", "l1", "kl", "contractive"] = "none",
    penalty_weight: NonNegativeFloat = 1e-3,
    sparsity: Annotated[float, Interval(gt=0, lt=1)] = 0.05,
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    output: Literal["linear", "sigmoid"] = "linear",
    sizes: tuple[PositiveInt, ...] = (),
    training: Training = Training(),
    random_state: int,
) -> Compressor:
    """Give a row by a code of `n_codes` numbers.

    `filters` are of convolutions, `hidden` units of dense layers, on the way to the code, and in
    reverse on the way back, with `dropout` after each dense one; with neither it is linear. A code
    is undercomplete, unless `overcomplete` allows it as many numbers as a row, or more, which a
    `corruption` of what is read, by its `corruption_level` (deviation, or share of the numbers), or
    a `penalty` of codes, with its `penalty_weight`, then keeps from copying: `l1` and `kl` make it
    sparse, the latter to a share `sparsity` of active units; `contractive` makes it change little
    where rows do. `output` `sigmoid` suits numbers from 0 to 1. `sizes` of other codes are tried on
    a sample of the rows, for the picture of rate and error.

    Source: Hinton and Salakhutdinov (2006), Reducing the dimensionality of data with neural
    networks; Vincent et al. (2010), Stacked denoising autoencoders; Ng (2011), Sparse autoencoder;
    Rifai et al. (2011), Contractive auto-encoders; Masci et al. (2011), Stacked convolutional
    auto-encoders.
    """
    options = {
        "n_codes": n_codes,
        "hidden": hidden,
        "filters": filters,
        "overcomplete": overcomplete,
        "corruption": corruption,
        "corruption_level": corruption_level,
        "penalty": penalty,
        "penalty_weight": penalty_weight,
        "sparsity": sparsity,
        "dropout": dropout,
        "output": output,
    }
    model = LightningAutoencoder(Autoencoder, options, training, random_state)
    return Compressor(model, sizes, "options__n_codes", random_state)


def restoration(
    *,
    n_codes: Annotated[PositiveInt | None, Between(64, 512, log=True)] = 256,
    hidden: Annotated[tuple[PositiveInt, ...], OneOf((256,), (512,), (1024,), where=DENSE)] = (
        512,
    ),
    filters: tuple[PositiveInt, ...] = (),
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    output: Literal["linear", "sigmoid"] = "sigmoid",
    training: Training = Training(),
    random_state: int,
) -> Restorer:
    """Learn to give clean pictures for noisy ones, through a code of `n_codes` numbers.

    Without `n_codes` the code is what the last convolution leaves, which keeps where things are.
    `filters` are of convolutions, `hidden` units of dense layers, on the way to the code, and in
    reverse on the way back, with `dropout` after each dense one. `output` `sigmoid` keeps pixels
    between black and white.

    Source: Vincent, Larochelle, Lajoie, Bengio and Manzagol (2010), Stacked denoising autoencoders.
    """
    if n_codes is None and not filters:
        raise UserError(
            "n_codes is left out, and there are no filters, so there would be no code; give either."
        )
    options = {
        "n_codes": n_codes,
        "hidden": hidden,
        "filters": filters,
        "overcomplete": True,  # noise keeps it from copying
        "dropout": dropout,
        "output": output,
    }
    return Restorer(LightningAutoencoder(Autoencoder, options, training, random_state))


def anomalies(
    *,
    n_codes: Annotated[PositiveInt, Between(1, 8)] = 2,
    hidden: Annotated[tuple[PositiveInt, ...], OneOf((16,), (32, 16), (64, 32))] = (32, 16),
    corruption: Literal["none", "gaussian", "masking", "dropout"] = "none",
    corruption_level: Annotated[float, Interval(gt=0, lt=1)] = 0.3,
    dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    training: Training = Training(),
    random_state: int,
) -> Detector:
    """Score rows by the squared error with which a code of `n_codes` numbers gives them back.

    `hidden` are units of the layers on the way to the code, and in reverse on the way back, with
    `dropout` after each; what is read is corrupted while it learns, by the `corruption_level`
    (deviation, or share of the numbers).

    Source: Hawkins, He, Williams and Baxter (2002), Outlier detection using replicator neural
    networks.
    """
    options = {
        "n_codes": n_codes,
        "hidden": hidden,
        "corruption": corruption,
        "corruption_level": corruption_level,
        "dropout": dropout,
    }
    model = LightningAutoencoder(Autoencoder, options, training, random_state)
    return Detector(model, random_state, reconstructs=True)
