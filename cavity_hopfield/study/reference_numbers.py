"""Numbers that an installation must reproduce, by every main route from light to memory.

Each was computed by code independent of this package, published, or follows from a theorem; none was produced by it.
"""

import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.analysis import critical_load, limit_cycle
from cavity_hopfield.bridge import bridge_distance
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.elimination import CavityRates, SectorEquation, certify, coherence, slowest_relaxation
from cavity_hopfield.exceptions import RegimeWarning
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.io import load, model_of, save
from cavity_hopfield.model import Glauber, MultimodeDicke
from cavity_hopfield.network import HopfieldLimit, OpenHopfield
from cavity_hopfield.sweep.sweep import sweep
from cavity_hopfield.theory import (
    ClassicalMasterEquation,
    KineticMonteCarlo,
    Lindblad,
    Linearised,
    MeanField,
    PermutationSymmetric,
    QuantumJumps,
)

TABLE = "docs/check_values.md: "


@dataclass(frozen=True)
class Reference:
    """A number that must come out.

    Attributes
    ----------
    name : str
        What it is, and by which route.
    value, tolerance : float
        What must come out, and by how much it may differ.
    source : str
        Where the value is from.
    measure : callable
        Computes it here.
    """

    name: str
    value: float
    tolerance: float
    source: str
    measure: Callable[[], float]


@dataclass(frozen=True)
class Check:
    """A number beside its reference.

    Attributes
    ----------
    value : float or None
        What came out here; None if the computation failed.
    failure : str or None
        How it failed.
    seconds : float
        How long it took, with the compilation of kernels where they were not kept.
    """

    name: str
    value: float | None
    reference: float
    tolerance: float
    source: str
    seconds: float
    failure: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the number is the reference within its tolerance."""
        return self.value is not None and abs(self.value - self.reference) <= self.tolerance

    def to_dict(self) -> Json:
        """Plain values."""
        return asdict(self) | {"passed": self.passed}


def self_test(progress: Progress | None = None, references: Iterable[Reference] | None = None) -> tuple[Check, ...]:
    r"""$|x - x_\mathrm{ref}| \le$ tolerance for numbers from every main route; about a minute.

    Parameters
    ----------
    progress : callable, optional
        Told the fraction that is done.
    references : iterable of Reference, optional
        `REFERENCES` by default.

    Returns
    -------
    tuple of Check
        One for each reference, failures of the computation included.

    Examples
    --------
    >>> [check] = self_test(references=REFERENCES[:1])
    >>> check.passed
    True
    """
    wanted = REFERENCES if references is None else tuple(references)
    found = []
    for number, reference in enumerate(wanted, start=1):
        found.append(_checked(reference))
        if progress is not None:
            progress(number / len(wanted))
    return tuple(found)


def _checked(reference: Reference) -> Check:
    """One number; whatever goes wrong with it is told, because that is what is asked."""
    start, value, failure = time.perf_counter(), None, None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)  # some references lie where rates begin to fail
        try:
            value = float(reference.measure())
        except Exception as error:  # noqa: BLE001
            failure = f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - start
    return Check(reference.name, value, reference.value, reference.tolerance, reference.source, seconds, failure)


PAIR = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.05)
LETTER = Patterns(np.array([[1, -1, 1, 1, -1, 1]], np.int8))
START = (1, -1, 1, 1, 1, -1)


def _one_spin(drive: float = 0.05) -> MultimodeDicke:
    return MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=drive)


def _one_pattern(g: float, loss: float, drive: float) -> MultimodeDicke:
    return MultimodeDicke.from_patterns(
        Patterns(np.ones((1, 10), np.int8)), g=g, omega=1.0, loss=loss, drive=drive, scaling="intensive"
    )


def _kernel() -> float:
    """Im F(.5), with the bare splitting of .15 that the flip frees twice."""
    dicke = MultimodeDicke(g=[[0.4]], omega=1.0, loss=0.6, gain=0.1)
    return float((coherence(dicke, 0, [1], [0.5])[0] * np.exp(2j * 0.15 * 0.5)).imag)


def _rate(g: float, force: float, spin: int, loss: float, gain: float) -> float:
    dicke = MultimodeDicke(g=[[g]], omega=1.0, loss=loss, gain=gain, drive=0.1)
    return float(CavityRates(dicke)(4 * g * spin * force / (1 + (loss - gain) ** 2 / 4)))


def _certified() -> float:
    return float(certify(_one_spin()).exact_error or np.nan)


def _together() -> float:
    return float(SectorEquation().evolve(PAIR, [1, 1], [300.0])["probability"].values[0, 1])


def _counted() -> float:
    """The ladder of the pair, in the middle of which one of two configurations has its first spin up."""
    ladder = ClassicalMasterEquation().evolve(OpenHopfield.from_dicke(PAIR, jumps="collective"), [1, 1], [300.0])
    return float(ladder["probability"].values[-1, 1]) / 2


def _with_light() -> float:
    [state] = Lindblad(resolution="site").states(PAIR, [1, 1], [300.0])
    return float(state.ptrace([0, 1]).diag()[1])


def _gap(theory: Lindblad | PermutationSymmetric, n_spins: int) -> float:
    network = OpenHopfield(Patterns(np.ones((1, n_spins), np.int8)), Glauber(1 / 500), drive=2.0)
    found = theory.spectrum(network, 16)
    return -float(found["eigenvalue_real"].values[np.abs(found["eigenvalue_imag"]) > network.drive].max())


def _remembered() -> float:
    return float(MeanField().steady_state(_one_pattern(2 * 0.39528471, 1.0, 0.25), np.ones(10))["overlap"].item())


def _photons() -> float:
    return float(Linearised().steady_state(_one_pattern(0.9, 2.0, 1.0), np.ones(10))["photons"].item())


def _turns() -> float:
    return limit_cycle(HopfieldLimit(1, Glauber(0.15), 0.8)).angular_frequency


def _flips_apart() -> float:
    """Standard errors between 4000 runs and the master equation."""
    network = OpenHopfield(LETTER, Glauber(0.3))
    exact = ClassicalMasterEquation().evolve(network, START, [2.0])["overlap"].item()
    return _standard_errors(KineticMonteCarlo(runs=4000, seed=1).evolve(network, START, [2.0]), exact)


def _jumps_apart() -> float:
    """Standard errors between 400 quantum trajectories and the density matrix."""
    network = OpenHopfield(Patterns(np.array([[1, -1, 1]], np.int8)), Glauber(0.3), drive=0.4)
    exact = Lindblad().evolve(network, [1, -1, 1], [2.0])["overlap"].item()
    return _standard_errors(QuantumJumps(runs=400, seed=1).evolve(network, [1, -1, 1], [2.0]), exact)


def _standard_errors(result: xr.Dataset, exact: float) -> float:
    runs = result["overlap"].values.ravel()
    return float((runs.mean() - exact) / (runs.std(ddof=1) / runs.size**0.5))


def _bridge_power() -> float:
    """Of the drive, by which populations of rates and of the cavity differ at equal t drive^2."""
    apart = [
        bridge_distance(
            MultimodeDicke(g=[[0.4], [0.6]], omega=1.0, loss=1.0, drive=drive),
            [1, -1],
            [0.05 / drive**2],
            stationary=False,
        )["population_distance"].item()
        for drive in (0.01, 0.005)
    ]
    return float(np.log2(apart[0] / apart[1]))


def _kept(suffix: str) -> float:
    """The largest change of a result and of its model by a file."""
    model = _one_spin()
    before = MeanField().evolve(model, [1], [0.0, 1.0])
    with tempfile.TemporaryDirectory() as folder:
        after = load(save(before, Path(folder, f"result{suffix}"))).to_dataset()
    moved = max(float(np.abs(after[name] - before[name]).max()) for name in before.data_vars)
    return moved if model_of(after).to_json() == model.to_json() else np.inf


def _swept() -> float:
    """The second of two points, each in a process of its own."""
    found = sweep(_relaxation, {"drive": [0.02, 0.05]}, workers=2)
    return float(found["relaxation"].sel(drive=0.05))


def _relaxation(drive: float) -> dict[str, float]:
    return {"relaxation": slowest_relaxation(_one_spin(drive)).rate}


REFERENCES = (
    Reference("kernel of a flip, Im F(0.5)", -0.12452205, 1e-8, TABLE + "Flip rates", _kernel),
    Reference(
        "flip rate, closed form", 1.6748435756e-2, 2e-11, TABLE + "Flip rates", lambda: _rate(0.5, 0.8, -1, 0.6, 0.0)
    ),
    Reference(
        "flip rate with gain", 1.6890902652e-2, 2e-11, TABLE + "Flip rates", lambda: _rate(0.7, 1.0, -1, 4.0, 1.0)
    ),
    Reference(
        "relaxation of one spin with its light",
        0.01897843,
        5e-9,
        TABLE + "Where rates hold",
        lambda: slowest_relaxation(_one_spin()).rate,
    ),
    Reference(
        "error of the rates, certified", 0.01787128 / 0.01897843 - 1, 3e-6, TABLE + "Where rates hold", _certified
    ),
    Reference("two spins and their light", 0.02347, 5e-6, TABLE + "Where rates hold", _with_light),
    Reference("two spins, sector equation", 0.02191, 5e-6, TABLE + "Where rates hold", _together),
    Reference("two spins, collective flips", 0.02191, 5e-6, TABLE + "Where rates hold", _counted),
    Reference(
        "gap of three spins, Lindblad", 0.43937222, 1e-6, TABLE + "The open network", lambda: _gap(Lindblad(), 3)
    ),
    Reference(
        "gap of four spins, symmetric",
        0.48906879,
        1e-6,
        TABLE + "The open network",
        lambda: _gap(PermutationSymmetric(), 4),
    ),
    Reference("mean field above threshold", (1 - 2.0**-4) ** 0.5, 1e-7, TABLE + "Mean field", _remembered),
    Reference("photons below threshold", 1.0657895, 1e-6, TABLE + "Mean field", _photons),
    Reference("limit cycle, angular frequency", 1.397481, 5e-6, TABLE + "The open network", _turns),
    Reference("kinetic Monte Carlo, standard errors", 0.0, 4.5, "the master equation", _flips_apart),
    Reference("quantum jumps, standard errors", 0.0, 4.5, "the density matrix", _jumps_apart),
    Reference("patterns per spin at T = 0", 0.137905566, 1e-9, TABLE + "Many patterns", lambda: critical_load(0.0)),
    Reference("bridge distance, power of the drive", 2.0, 0.05, "perturbation theory", _bridge_power),
    Reference("NetCDF file, largest change", 0.0, 0.0, "none is allowed", lambda: _kept(".nc")),
    Reference("Zarr store, largest change", 0.0, 0.0, "none is allowed", lambda: _kept(".zarr")),
    Reference("sweep of two points, the second", 0.01897843, 5e-9, TABLE + "Where rates hold", _swept),
)
