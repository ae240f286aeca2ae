"""What may be asked, which rungs answer it, and by which of their methods."""

from collections.abc import Mapping
from dataclasses import dataclass

from cavity_hopfield.bridge.levels.workload import Workload
from cavity_hopfield.cavity import CollectiveSpins
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.lindblad.cavity_steady import require_unique


@dataclass(frozen=True)
class Question:
    """One kind of question.

    Attributes
    ----------
    text : str
        What is asked.
    of_cavity, of_network : mapping of str to str
        The rungs that answer it and their methods, for spins and light and for networks.
    lasts : bool
        Whether it is about a time, so that costs and errors grow with it.
    """

    text: str
    of_cavity: Mapping[str, str]
    of_network: Mapping[str, str]
    lasts: bool = True


def _evolve(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "evolve")


QUESTIONS: Mapping[str, Question] = {
    "recall": Question(
        "how overlaps and spins move from a start, on average",
        _evolve(
            "Lindblad", "PermutationSymmetric", "QuantumJumps", "MemoryEquation", "SectorEquation",
            "ClassicalMasterEquation", "KineticMonteCarlo", "AtomOnly", "Cumulants", "TruncatedWigner", "MeanField",
        ),
        _evolve(
            "Lindblad", "ClassicalMasterEquation", "PermutationSymmetric", "QuantumJumps", "KineticMonteCarlo",
            "TauLeaping", "MeanField",
        ),
    ),
    "light": Question(
        "photons, amplitudes and squeezing of the modes in time, on average",
        _evolve(
            "Lindblad", "PermutationSymmetric", "QuantumJumps", "AtomOnly", "Cumulants", "TruncatedWigner", "MeanField"
        ),
        {},
    ),
    "records": Question(
        "what a detector of the light of single runs shows",
        {"Heterodyne": "evolve", "QuantumJumps": "records", "TruncatedWigner": "heterodyne"},
        {},
    ),
    "retrieval statistics": Question(
        "single runs: which of them recall, when, and how they spread",
        _evolve("QuantumJumps", "KineticMonteCarlo", "TruncatedWigner"),
        _evolve("QuantumJumps", "KineticMonteCarlo", "TauLeaping"),
    ),
    "steady state": Question(
        "observables at late times, without the way there",
        dict.fromkeys(
            ("Lindblad", "PermutationSymmetric", "SectorEquation", "ClassicalMasterEquation", "AtomOnly", "Cumulants",
             "MeanField"), "steady_state",
        ) | _evolve("QuantumJumps", "KineticMonteCarlo", "TruncatedWigner"),
        dict.fromkeys(("Lindblad", "ClassicalMasterEquation", "PermutationSymmetric"), "steady_state")
        | _evolve("QuantumJumps", "KineticMonteCarlo", "MeanField"),
        lasts=False,
    ),
    "spectrum": Question(
        "relaxation rates and frequencies, the slowest first",
        {"ClassicalMasterEquation": "spectrum"},
        {"Lindblad": "spectrum", "PermutationSymmetric": "spectrum", "ClassicalMasterEquation": "spectrum"},
        lasts=False,
    ),
}  # fmt: skip
"""The questions that `recommend` knows. Rungs without a steady state of their own evolve for long. The spectrum of a
cavity is that of the network of its rates, where there is one; relaxation rates of a few spins with light are
`exact_rates` and `slowest_relaxation`.
"""
FROM_A_START = frozenset({"Cumulants", "MeanField", "AtomOnly", "SectorEquation"})
"""Rungs whose steady state depends on where they start, or may."""
USUAL_EIGENVALUES = 20
"""That a spectrum has if not told how many."""


def call_of(work: Workload, name: str, method: str, on: str) -> str:
    """How a rung is asked, in words of Python, with `on` for what it is given."""
    if method == "records":
        return f"theory.records({on}, start, time)"
    if method == "heterodyne":
        return f"theory.heterodyne({on}, start, times)"
    if method == "steady_state":
        return f"theory.steady_state({on}, start)" if name in FROM_A_START else f"theory.steady_state({on})"
    if method == "spectrum":
        sizes = {"ClassicalMasterEquation": work.level_count, "PermutationSymmetric": work.symmetric}
        size = sizes.get(name, work.configurations**2)
        return f"theory.spectrum({on}, k={int(size)})" if size < USUAL_EIGENVALUES else f"theory.spectrum({on})"
    return f"theory.evolve({on}, start, times)"


def no_steady_state(work: Workload, name: str) -> str:
    """Why the `steady_state` of a rung would be refused: there are several; empty if not, or if it is not asked for."""
    model = work.model
    if work.method != "steady_state" or not isinstance(model, MultimodeDicke):
        return ""
    if name == "PermutationSymmetric" and model.channels is None:
        return "outside its model class: without channels of single atoms every length of spins has a steady state"
    if name in {"Lindblad", "PermutationSymmetric"}:
        try:
            require_unique(model, CollectiveSpins.alike(model))
        except ArgumentError as error:
            return f"outside its model class: {error}".rstrip(".")
    return ""
