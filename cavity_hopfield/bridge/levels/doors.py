"""How a theory is asked about a model: as it is, or about the network that a cavity becomes; and which observables it
then knows only as averages over like spins.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from cavity_hopfield._typing import BoolArray, FloatArray, IntArray, SpinArray
from cavity_hopfield.cavity import CollectiveSpins, cavity_start
from cavity_hopfield.elimination import Certificate
from cavity_hopfield.elimination.certificate.certification import certificate_of
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.network.classes import SpinClasses
from cavity_hopfield.network.quantum_states import bloch_vectors

OF_A_NETWORK = frozenset({"ClassicalMasterEquation", "KineticMonteCarlo", "TauLeaping"})
"""Theories that know spins and rates alone."""
TOGETHER_IN_LIGHT = frozenset({"Lindblad", "QuantumJumps", "Heterodyne"})
"""Theories of spins and light that take spins of equal couplings together unless told not to."""
ALIKE = 1e-9
"""How far apart Bloch vectors of spins that start alike may be."""


@dataclass(frozen=True)
class Door:
    """What a theory is given: the model itself, or the network that its cavity becomes, and that choice in words."""

    model: Any
    note: str = ""


def require_model(model: Any) -> None:
    """An error unless it is a cavity with its light or a network."""
    if not isinstance(model, MultimodeDicke | OpenHopfield):
        remedy = ""
        if hasattr(model, "rate_law"):
            remedy = " Limits of many spins are mean field: ask `MeanField` itself, or an `OpenHopfield`."
        raise ArgumentError(
            f"Argument `model` must be a `MultimodeDicke` or an `OpenHopfield`, but is a {type(model).__name__}."
            + remedy
        )


def require_start(model: MultimodeDicke | OpenHopfield, start: Any) -> None:
    """An error unless it is a state of `model`: for a network a ket or a density matrix as well."""
    try:
        if isinstance(model, MultimodeDicke):
            cavity_start(model, start)
        else:
            network_bloch(model, start)
    except ArgumentError as error:
        raise ArgumentError(re.sub("^Argument `[a-z]+`", "Argument `start`", str(error))) from error


def network_bloch(model: OpenHopfield, start: Any) -> FloatArray | None:
    """Bloch vectors (N, 3) of a start; None of a ket or a density matrix, which is left to the theory."""
    size = 2.0**model.n_spins
    quantum = hasattr(start, "full") or (np.ndim(start) > 0 and np.shape(start) in {(size,), (size, size), (size, 1)})
    return None if quantum else bloch_vectors(start, model.n_spins)


def jumps_of(certificate: Certificate) -> str:
    """Whether spins flip one by one or together, as the certificate finds them."""
    return "collective" if certificate.flips_together else "individual"


def door_of(model: Any, theory: Any) -> Door:
    """`model` itself; where `theory` knows rates alone, the network that a cavity becomes.

    Raises
    ------
    ArgumentError
        If there are no rates: without a drive, with channels of single atoms, or for spins without light.

    Warns
    -----
    RegimeWarning
        As `OpenHopfield.from_dicke`.
    """
    if not isinstance(model, MultimodeDicke) or type(theory).__name__ not in OF_A_NETWORK:
        return Door(model)
    certificate = certificate_of(model)
    jumps = jumps_of(certificate)
    why = "the light tells all spins apart" if certificate.flips_singly else "spins of equal forces flip together"
    if jumps == "individual" and not certificate.flips_singly:
        why = f"although {certificate.unresolved_spins} spins flip neither singly nor together"
    network = OpenHopfield.from_dicke(model, jumps=jumps)
    return Door(network, f"on the network of the cavity's rates with {jumps} jumps, for {why}")


@dataclass(frozen=True)
class Averages:
    """Spins that a theory takes together although they start unlike: what it tells of them is a mean over their order.

    Attributes
    ----------
    label : (N,) array of int
        The class of each spin.
    sign : (N,) array of +-1
        The turn that makes them alike.
    unlike : (N,) array of bool
        Whether its class starts unlike.
    """

    label: IntArray
    sign: SpinArray
    unlike: BoolArray

    def blanked(self, name: str, patterns: Patterns | None) -> BoolArray | bool:
        """Which elements of the observable `name` are no longer those of the start: one flag, or one for each spin or
        pattern.
        """
        if name == "spin_z":
            return self.unlike
        turned = not name.endswith("_x")
        weights = self.sign if turned else np.ones_like(self.sign)
        if name.startswith("magnetisation"):
            return bool(self._mixed(weights.astype(np.float64)))
        if name.startswith("overlap") and patterns is not None:
            return np.array([self._mixed(pattern * weights) for pattern in patterns.values.astype(np.float64)])
        return False

    def _mixed(self, weights: FloatArray) -> bool:
        """Whether some class that starts unlike has spins of different weights."""
        highest, lowest = np.full(self.label.max() + 1, -np.inf), np.full(self.label.max() + 1, np.inf)
        np.maximum.at(highest, self.label, weights)
        np.minimum.at(lowest, self.label, weights)
        return bool(((highest > lowest)[self.label] & self.unlike).any())


def averages_of(model: Any, door: Door, theory: Any, start: Any) -> Averages | None:
    """What `theory` averages of `start`; None if nothing."""
    classes = _together(door.model, theory)
    if classes is None:
        return None
    label, sign = classes
    bloch = _bloch(model, start)
    turned = bloch * np.stack([np.ones_like(sign), sign, sign], axis=1)
    first = np.unique(label, return_index=True)[1]
    apart = np.abs(turned - turned[first][label]).max(axis=1) > ALIKE
    unlike = np.bincount(label, apart) > 0
    return Averages(label, sign, unlike[label]) if unlike.any() else None


def _together(model: Any, theory: Any) -> tuple[IntArray, SpinArray] | None:
    """The class and turn of each spin as `theory` takes them."""
    name, resolution = type(theory).__name__, getattr(theory, "resolution", None)
    if isinstance(model, MultimodeDicke):
        by_class = name in TOGETHER_IN_LIGHT and resolution != "site" and model.channels is None
        if not by_class and name != "PermutationSymmetric":
            return None
        spins = CollectiveSpins.alike(model)
        return spins.label, spins.sign
    if not isinstance(model, OpenHopfield):
        return None
    if model.ensembles is not None:
        return model.ensembles.label, model.ensembles.sign
    if name == "PermutationSymmetric" or (name == "ClassicalMasterEquation" and resolution == "classes"):
        classes = SpinClasses.of(model)
        return classes.label, classes.sign
    return None


def _bloch(model: Any, start: Any) -> FloatArray:
    if isinstance(model, MultimodeDicke):
        return cavity_start(model, start).bloch
    found = network_bloch(model, start)
    # kets and density matrices belong to theories that take no spins together
    return np.zeros((model.n_spins, 3)) if found is None else found
