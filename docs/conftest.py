"""Pages run in a folder of their own, and every figure that one draws must be the one that it shows.

A page saves its figures beside itself, `axes.figure.savefig("recall.png")`. They are compared with
`docs/figures/<page>/recall.png`; `pytest docs --draw` writes those anew.
"""  # noqa: INP001

import shutil
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

DOCS = Path(__file__).parent
BLOCK = 16
"""Squares of so many pixels become one grey, a tenth of an inch at the usual resolution: letters turn into a haze."""
TOLERANCE = 0.002
"""Largest mean difference of the greys, from 0 to 1. The same picture with letters hinted otherwise is .0011 off,
with a curve that falls 15 per cent too slowly .0024 (tests/unit/test_docs_figures.py).
"""
LOCAL_TOLERANCE = 0.25
"""Largest difference of one grey: a cell of a map, a word of a legend."""
SIZE_TOLERANCE = 0.05
"""Largest relative difference of the sides."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--draw` writes the figures of the documentation instead of comparing them."""
    parser.addoption("--draw", action="store_true", help="write docs/figures/<page>/ from the pages that run")


@pytest.fixture(autouse=True)
def page(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A scratch folder for a page, figures without a screen, and what it drew against what it shows."""
    source = request.node.path
    if source.suffix != ".md":
        yield
        return
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")
    failed = request.session.testsfailed
    with mpl.rc_context():
        yield
    plt.close("all")
    if request.session.testsfailed > failed:
        return
    committed = DOCS / "figures" / source.stem
    if request.config.getoption("--draw"):
        keep(tmp_path, committed)
    wrong = [*differences(tmp_path, committed), *not_shown(source, committed)]
    if wrong:
        pytest.fail(f"{'; '.join(wrong)}. `pytest docs --draw` writes figures anew.", pytrace=False)


def keep(drawn: Path, committed: Path) -> None:
    """Put the figures of a page in the place of the committed ones."""
    new, old = set(names(drawn)), set(names(committed))
    if new:
        committed.mkdir(parents=True, exist_ok=True)
    for name in new:
        shutil.copyfile(drawn / name, committed / name)
    for name in old - new:
        (committed / name).unlink()


def differences(drawn: Path, committed: Path) -> Iterator[str]:
    """What is wrong with the figures in the folder `drawn`, beside those in `committed`."""
    new, old = names(drawn), names(committed)
    yield from (f"{name} is drawn, but not in {committed}" for name in new if name not in old)
    yield from (f"{name} is in {committed}, but not drawn" for name in old if name not in new)
    for name in new:
        if name in old and (told := difference(drawn / name, committed / name)):
            yield f"{name} {told}"


def names(folder: Path) -> list[str]:
    """The figures in a folder, which need not exist."""
    return sorted(path.name for path in folder.glob("*.png"))


def difference(drawn: Path, committed: Path) -> str:
    """How one picture differs from another, or nothing."""
    with Image.open(drawn) as new, Image.open(committed) as old:
        sides = np.array(new.size) / np.array(old.size)
        if np.abs(sides - 1).max() > SIZE_TOLERANCE:
            return f"has {new.size} pixels in place of {old.size}"
        size = tuple(-(-side // BLOCK) for side in old.size)
        apart = np.abs(greys(new, size) - greys(old, size))
    if apart.mean() > TOLERANCE or apart.max() > LOCAL_TOLERANCE:
        return f"is another picture: greys differ by {apart.mean():.4f}, and up to {apart.max():.2f}"
    return ""


def greys(picture: Image.Image, size: tuple[int, ...]) -> np.ndarray:
    """The picture with `size` (columns, rows) in grey, from 0 to 1."""
    small = picture.convert("RGB").convert("L").resize((size[0], size[1]), Image.Resampling.BOX)
    return np.asarray(small, dtype=float) / 255


def not_shown(source: Path, committed: Path) -> Iterator[str]:
    """The committed figures of a page that it does not show."""
    text = source.read_text(encoding="utf-8")
    for name in names(committed):
        if f"figures/{committed.name}/{name})" not in text:
            yield f"{name} is drawn, but not shown"
