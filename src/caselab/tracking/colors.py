"""Colours of runs on MLflow's page: one for each architecture, in every case the same."""

import colorsys

from caselab.params import Params

_GOLDEN = 0.381966
"""Of a turn of the colour wheel: no number of steps of this size comes near another."""

_LIGHTNESS = (0.42, 0.6, 0.3)


def of_architecture(params: Params, architecture: str) -> str:
    """Return a colour such as #1b6ca8; architectures count in the order of params.yaml.

    One that is added at the end changes no other's.
    """
    known = list(dict.fromkeys(block.architecture for block in params.pipelines.values()))
    place = known.index(architecture)
    hue, lightness = (0.57 + place * _GOLDEN) % 1, _LIGHTNESS[place % len(_LIGHTNESS)]
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.62)
    return "#" + "".join(f"{round(255 * part):02x}" for part in (red, green, blue))
