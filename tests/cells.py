"""Made-up photographs of solar cells, in the form of the wheel that has the real ones.

Those may be passed on under their own licence only, which is not this project's: none lies here.
"""

import io
import zipfile

import numpy as np
from PIL import Image, ImageDraw

SURE = (0.0, 0.0, 1 / 3, 1.0, 0.0, 2 / 3)
"""How sure a defect is, one cell after the other."""


def write(path, n=96, side=48):
    """Write a wheel of grey cells with busbars, of which defective ones have dark cracks."""
    random = np.random.default_rng(0)
    lines = []
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(n):
            sure, module = SURE[number % 6], ("mono", "poly")[number // 6 % 2]
            pixels = random.normal(120 if module == "mono" else 100, 12, (side, side))
            pixels[side // 3 :: side // 3] += 60
            cell = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
            if sure > 0.5:
                ends = [tuple(end) for end in random.integers(0, side, (4, 2)).tolist()]
                ImageDraw.Draw(cell).line(ends, fill=10, width=3)
            file = io.BytesIO()
            cell.save(file, "PNG")
            name = f"images/cell{number + 1:04}.png"
            archive.writestr(f"elpv_dataset/data/{name}", file.getvalue())
            lines.append(f"{name}  {sure!r:18}  {module}")
        archive.writestr("elpv_dataset/data/labels.csv", "\n".join([*lines, ""]))
    return path
