"""The configuration file of the main job, validated to the last key.

The default values are the built-in example; `examples/letters.toml` spells them out.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cavity_hopfield.study.documents import Document, Table, read_document

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0)]
PerMode = Positive | Annotated[list[Positive], Field(min_length=1)]
GainPerMode = NotNegative | Annotated[list[NotNegative], Field(min_length=1)]


class RandomMemory(Table):
    """Random patterns: how many, of how many spins, from which seed; with a mean overlap, or a bias."""

    patterns: Annotated[int, Field(ge=1)]
    spins: Annotated[int, Field(ge=1)]
    seed: Seed
    correlation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    bias: Annotated[float, Field(gt=-1, lt=1)] = 0.0

    @model_validator(mode="after")
    def _bias_or_correlation(self) -> "RandomMemory":
        if self.correlation > 0 and self.bias != 0:
            raise ValueError("has both correlation and bias; remove one")
        return self


class Memory(Table):
    """What is stored: letters, or image files, or a file of numbers, or random patterns."""

    letters: str | None = None
    images: list[str] | None = None
    image_size: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)] | None = None
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    ink: Literal["dark", "light"] = "dark"
    file: str | None = None
    names: list[str] | None = None
    shape: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)] | None = None
    random: RandomMemory | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Memory":
        sources = [name for name in ("letters", "images", "file", "random") if getattr(self, name) is not None]
        if len(sources) != 1:
            found = " and ".join(sources) if sources else "none of them"
            raise ValueError(f"needs exactly one of letters, images, file, random, but has {found}")
        for source, keys in (("images", {"image_size", "threshold", "ink"}), ("file", {"names", "shape"})):
            unused = keys & self.model_fields_set
            if unused and getattr(self, source) is None:
                raise ValueError(f"has {', '.join(sorted(unused))}, which only {source} use; remove it")
        return self


class Cavity(Table):
    """The platform, in units of one frequency: see `MultimodeDicke.from_patterns`."""

    g: PerMode = 0.12
    omega: PerMode = 1.0
    loss: PerMode = 0.3
    gain: GainPerMode = 0.01
    drive: Positive = 2.5e-4
    scaling: Literal["extensive", "intensive"] = "extensive"
    disorder: NotNegative = 0.05
    seed: Seed = 3


class Recall(Table):
    """A pattern (the first if none is named), corrupted, left to the platform's flips."""

    pattern: str | None = None
    flips: Fraction = 0.2
    seed: Seed = 1
    duration: Positive = 1e9
    points: Annotated[int, Field(ge=2, le=1_000_000)] = 201
    runs: Annotated[int, Field(ge=1, le=10_000_000)] = 200


class CoherentRecall(Table):
    """The same start at mean field, with a drive of its own and an ensemble of atoms for each spin."""

    duration: Positive = 4000.0
    points: Annotated[int, Field(ge=2, le=1_000_000)] = 201
    drive: Positive = 0.2
    atoms_per_spin: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1e4


class MemoryDocument(Document):
    """A configuration that says what is stored."""

    memory: Memory = Memory(letters="EVX")


class Study(MemoryDocument):
    """The whole configuration. Called without arguments it is the built-in example; `read_study` reads it from a file.

    Examples
    --------
    >>> study = Study.model_validate({"memory": {"letters": "AB"}, "recall": {"runs": 10}})
    >>> study.memory.letters, study.recall.runs, study.cavity.loss
    ('AB', 10, 0.3)
    """

    title: str = "Three letters in a cavity"
    cavity: Cavity = Cavity()
    recall: Recall = Recall()
    mean_field: CoherentRecall = CoherentRecall()


def read_study(path: str | Path) -> Study:
    """The study that the TOML file at `path` describes.

    Parameters
    ----------
    path : str or Path
        The file; `examples/letters.toml` names every key.

    Returns
    -------
    Study
        What it says, with the values of the built-in example where it says nothing.

    Raises
    ------
    ConfigurationError
        If the file is not there, is not TOML, or has an unknown key, a wrong type or a value out of range. The text
        is one line with the place in the file and the remedy.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = Path(folder, "study.toml").write_text('memory.letters = "ABC"')
    ...     read_study(Path(folder, "study.toml")).memory.letters
    'ABC'
    """
    return read_document(path, Study)
