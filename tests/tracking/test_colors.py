import colorsys
from itertools import combinations

from caselab.tracking import colors


def test_every_architecture_has_its_own_colour_and_keeps_it(params):
    known = list(dict.fromkeys(block.architecture for block in params.pipelines.values()))
    found = {name: colors.of_architecture(params, name) for name in known}
    apart = [_distance(one, other) for one, other in combinations(found.values(), 2)]
    assert min(apart) > 0.05
    first = dict(list(params.pipelines.items())[:3])
    fewer = params.model_copy(update={"pipelines": first})
    for block in first.values():  # whatever comes after them
        assert colors.of_architecture(fewer, block.architecture) == found[block.architecture]


def _distance(one, other):
    """Return how far two colours lie apart, 0 to about 1.7."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5


def _parts(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    assert 0.2 < colorsys.rgb_to_hls(*parts)[1] < 0.7  # on white and on black
    return parts
