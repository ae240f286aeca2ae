"""The configuration file of a design: which apparatus, what it should do, which knobs may turn and how far."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from cavity_hopfield.design.quantities import GOALS, QUANTITIES
from cavity_hopfield.study.configuration import Memory, MemoryDocument, Positive, Seed
from cavity_hopfield.study.documents import Table, read_document

TRADED = (*QUANTITIES, *GOALS)
"""What a front may trade."""
Number = float | str
"""A number in the SI unit that the key ends in, or a text with its unit, such as "2pi * 130 kHz"."""


class Apparatus(Table):
    """A preset, or a kind of platform; and values of its fields, which replace those of the preset."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    preset: str | None = None
    kind: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Apparatus":
        if (self.preset is None) == (self.kind is None):
            raise ValueError("needs exactly one of preset, kind")
        return self


class Wish(Table):
    """A target of `design` and its parameters."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    kind: Literal["glauber", "retrieval", "phase"]


class Bound(Table):
    """The limits of a quantity, one or both."""

    below: Positive | None = None
    above: Positive | None = None

    @model_validator(mode="after")
    def _some_limit(self) -> "Bound":
        if self.below is None and self.above is None:
            raise ValueError("needs below, above or both")
        return self


class Search(Table):
    """How long the search may be, and what is looked at afterwards."""

    seed: Seed = 1
    evaluations: Annotated[int, Field(ge=16)] = 400
    pareto: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    front_evaluations: Annotated[int, Field(ge=256)] = 1000
    points: Annotated[int, Field(ge=2)] = 9
    verify: bool = True

    @field_validator("pareto")
    @classmethod
    def _two_quantities(cls, names: list[str] | None) -> list[str] | None:
        if names is not None and (names[0] == names[1] or not set(names) <= set(TRADED)):
            raise ValueError(f"must name two of {', '.join(TRADED)}")
        return names


Bounds = dict[str, Annotated[list[Number], Field(min_length=2, max_length=2)]]
"""The smallest and largest value of every knob that may turn."""
BUILT_IN_BOUNDS: Bounds = {
    "coupling_rad_s": ["2pi * 10 kHz", "2pi * 300 kHz"],
    "drive_rad_s": ["2pi * 1 Hz", "2pi * 10 kHz"],
}


class DesignStudy(MemoryDocument):
    """The whole configuration of a design. Called without arguments it is the built-in example; `read_design` reads it
    from a file.

    Examples
    --------
    >>> DesignStudy().platform.kind, sorted(DesignStudy().vary)
    ('BareCavity', ['coupling_rad_s', 'drive_rad_s'])
    """

    title: str = "A thermal memory of three letters"
    memory: Memory = Memory(letters="EVX")
    platform: Apparatus = Apparatus.model_validate(
        {
            "kind": "BareCavity",
            "coupling_rad_s": "2pi * 100 kHz",
            "mode_detuning_rad_s": "2pi * 1 MHz",
            "photon_loss_rad_s": "2pi * 300 kHz",
            "drive_rad_s": "2pi * 250 Hz",
        }
    )
    target: Wish = Wish.model_validate({"kind": "glauber", "temperature": 0.3, "rate_per_s": 1.0})
    vary: Annotated[Bounds, Field(min_length=1)] = Field(default_factory=lambda: dict(BUILT_IN_BOUNDS))
    constraints: dict[str, Bound] = Field(default_factory=dict)
    objectives: dict[str, Positive] = Field(default_factory=dict)
    search: Search = Search()


def read_design(path: str | Path) -> DesignStudy:
    """The design that the TOML file at `path` asks for.

    Parameters
    ----------
    path : str or Path
        The file; `examples/design.toml` explains its keys.

    Returns
    -------
    DesignStudy
        What it says, with the values of the built-in example where it says nothing.

    Raises
    ------
    ConfigurationError
        As by `read_study`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = Path(folder, "wish.toml").write_text('target = {kind = "glauber", temperature = 0.4}')
    ...     read_design(Path(folder, "wish.toml")).target.kind
    'glauber'
    """
    return read_document(path, DesignStudy)
