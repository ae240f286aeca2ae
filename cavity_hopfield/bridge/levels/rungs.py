"""The ladder as a table: whom to believe first, and what each level leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cavity_hopfield.model import MultimodeDicke


@dataclass(frozen=True)
class Rung:
    """One level of theory, for one kind of model.

    Attributes
    ----------
    place : int
        Whom to believe where two differ and neither warns: the smaller.
    kind : str
        How it is right.
    neglects : str
        What it leaves out, in words.
    """

    place: int
    kind: str
    neglects: str

    @property
    def exact(self) -> bool:
        """Whether nothing but numerical and statistical errors is between it and the model."""
        return self.kind.startswith("exact")


EXACT, SAMPLED = "exact", "exact on average"
RATES, COUPLING, MANY = "second order in the drive", "second order in the coupling", "many spins"
UNKNOWN = Rung(1000, "unknown", "nobody knows what")

OF_CAVITY: Mapping[str, Rung] = {
    "Lindblad": Rung(0, EXACT, "nothing but Fock states beyond those kept"),
    "PermutationSymmetric": Rung(1, EXACT, "nothing but Fock states beyond those kept"),
    "QuantumJumps": Rung(2, SAMPLED, "nothing but what more runs would tell"),
    "Heterodyne": Rung(3, SAMPLED, "nothing but what more runs and a shorter step would tell"),
    "MemoryEquation": Rung(10, RATES, "the drive in fourth order, and spins that flip together"),
    "SectorEquation": Rung(11, RATES, "the drive in fourth order, and what the light remembers"),
    "ClassicalMasterEquation": Rung(12, RATES, "the drive in fourth order, and what the light remembers"),
    "KineticMonteCarlo": Rung(13, RATES, "the drive in fourth order, and what the light remembers"),
    "AtomOnly": Rung(14, COUPLING, "the coupling in fourth order, and how the light was at the start"),
    "Cumulants": Rung(15, MANY, "correlations of more than {order} operators"),
    "TruncatedWigner": Rung(16, MANY, "quantum fluctuations beyond those of the start and of the noise"),
    "MeanField": Rung(20, MANY, "all correlations, and the noise of the light"),
    "TauLeaping": Rung(21, RATES, "the drive in fourth order, and how fields move within a leap"),
}
"""For spins and light. What is exact comes first. Of the others each stands for its regime; one that warns that it is
outside, or is expected to be, goes behind all that are not: undoubted rates go before expansions in the number of
spins."""
OF_NETWORK: Mapping[str, Rung] = {
    "Lindblad": Rung(0, EXACT, "nothing"),
    "ClassicalMasterEquation": Rung(1, EXACT, "nothing"),
    "PermutationSymmetric": Rung(2, EXACT, "nothing"),
    "QuantumJumps": Rung(3, SAMPLED, "nothing but what more runs would tell"),
    "KineticMonteCarlo": Rung(4, SAMPLED, "nothing but what more runs would tell"),
    "TauLeaping": Rung(10, MANY, "how fields move within a leap"),
    "MeanField": Rung(20, MANY, "all correlations"),
}
"""For a network with the rates it is given."""
LOW_ORDER = {1: 4, 2: 2}
"""By how much cumulants of so low an order stand behind those of higher ones: the second behind truncated Wigner, whose
error falls with the same power of the number of spins and is the smaller near a threshold, the first with mean
field."""
LARGE_NUMERICAL = 0.01
"""A rung that says of itself that its numbers are wrong by more is doubted."""
LARGE_EXPECTED = 0.1
"""A rung that is not exact and is expected to be wrong by more is doubted, whether it warns or not."""


def rung_of(model: Any, theory: Any) -> Rung:
    """The entry of a theory in the table for `model`; `UNKNOWN` for one that is none of ours."""
    table = OF_CAVITY if isinstance(model, MultimodeDicke) else OF_NETWORK
    found = table.get(type(theory).__name__, UNKNOWN)
    if type(theory).__name__ == "Cumulants" and found is not UNKNOWN:
        order = int(theory.order)
        return Rung(found.place + LOW_ORDER.get(order, 0), found.kind, found.neglects.format(order=order))
    return found
