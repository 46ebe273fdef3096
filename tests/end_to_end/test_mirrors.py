"""Every mirror of a source gives the same records; skipped where fewer than two are in reach."""

import pandas as pd
import pytest

from caselab import sources
from caselab.data import downloads


@pytest.mark.parametrize("name", sources.names())
def test_every_mirror_in_reach_gives_the_same(name):
    source = sources.load(f"src/caselab/sources/{name}.py")
    in_reach, reasons = [], []
    for mirror in source.mirrors:
        try:
            in_reach.append((mirror, [downloads.fetch(file) for file in mirror.files]))
        except downloads.UnavailableError as error:
            reasons.append(f"{mirror.files[0].place}: {error}")
    if len(in_reach) < 2:
        pytest.skip("; ".join(reasons) or "there is one mirror")
    (first, its_files), *others = in_reach
    records = first.read(*its_files)
    for mirror, paths in others:
        pd.testing.assert_frame_equal(mirror.read(*paths), records)
