"""Every mirror of every source gives the same records; those out of reach here are skipped."""

import pandas as pd
import pytest

from caselab import sources
from caselab.data import downloads

MIRRORS = [
    (name, number)
    for name in sources.names()
    for number in range(1, len(sources.load(f"src/caselab/sources/{name}.py").mirrors))
]


@pytest.mark.parametrize(("name", "number"), MIRRORS)
def test_a_mirror_gives_what_the_first_one_gives(name, number):
    source = sources.load(f"src/caselab/sources/{name}.py")
    try:
        paths = [downloads.fetch(file) for file in source.mirrors[number].files]
    except downloads.UnavailableError as error:
        pytest.skip(str(error))
    pd.testing.assert_frame_equal(source.mirrors[number].read(*paths), sources.records(source))
