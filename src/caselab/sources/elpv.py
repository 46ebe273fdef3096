"""Solar cells under current, photographed by the light they give off, with how sure a defect is."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import wheel
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "elpv_dataset/data"


def read(path: Path) -> pd.DataFrame:
    """Return one row per cell: its picture, how sure a defect is (0 to 1), its module's kind."""
    import pandas as pd

    rows = []
    with zipfile.ZipFile(path) as archive:
        for line in archive.read(f"{FOLDER}/labels.csv").decode().splitlines():
            name, probability, module = line.split()
            picture = archive.read(f"{FOLDER}/{name}")
            rows.append((Path(name).stem, picture, float(probability), module))
    return pd.DataFrame(rows, columns=["id", "picture", "probability", "module"])


source = Source(
    title="ELPV: solar cells in electroluminescence",
    licence="CC-BY-NC-SA-4.0",
    citation="Buerhop-Lutz, Deitsch, Maier, Gallwitz, Berger, Doll, Hauch, Camus & Brabec (2018): A "
    "Benchmark for Visual Identification of Defective Solar Cells in Electroluminescence Imagery, "
    "EU PVSEC; Deitsch et al. (2019), Solar Energy 185; Deitsch et al. (2021), Machine Vision and "
    "Applications 32",
    url="https://github.com/zae-bayern/elpv-dataset",
    mirrors=(
        Mirror(
            files=(
                wheel(
                    "elpv-dataset==1.0.0.post1",
                    sha256="85e31c1126ee9b48e62d3a0232c58f58b2d189b0814a45c13642fa0415af4a4c",
                ),
            ),
            read=read,
        ),
    ),
)
