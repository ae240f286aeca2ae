"""A design put through the full chain: the certified match, kinetic Monte Carlo, and the full equation where small."""

import warnings
from dataclasses import asdict, dataclass

import numpy as np

from cavity_hopfield._checks import whole_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.analysis import classify, retrieval
from cavity_hopfield.design.targets import GlauberTarget, PhaseTarget, RetrievalTarget, Target
from cavity_hopfield.design.trial import Trial
from cavity_hopfield.elimination import certify
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, RegimeWarning, SizeError
from cavity_hopfield.model import Glauber
from cavity_hopfield.network import HopfieldLimit, OpenHopfield
from cavity_hopfield.platforms import memory_scale
from cavity_hopfield.theory import KineticMonteCarlo

OVERLAP_TOLERANCE = 0.05
"""Largest difference of overlaps, beyond two standard errors, that counts as the same."""
EXACT_TOLERANCE = 0.1
"""Largest relative error of the slowest relaxation against the full equation."""
EXACT_SPINS = 3
RELAXATIONS, RECALLS = 20.0, 5.0
"""How long a network is left to itself, at least: in units of the inverse Glauber rate, and of the recall time."""
LONGER = (4.0, 40.0)
"""How much longer than wanted a recall is waited for when its speed is measured: if the first is too short, the second
tells whether runs arrive at all.
"""
MEASURED_RUNS = 400


@dataclass(frozen=True)
class Check:
    """One comparison.

    Attributes
    ----------
    name, by : str
        What is compared, and the level of theory that says it.
    wanted, found, error, tolerance : float
        Both numbers, the statistical error of the second, and the difference that counts as none.
    meets : bool or None
        Whether they agree; None where it could not be done.
    note : str
        What it rests on, or why it could not be done.
    """

    name: str
    by: str
    wanted: float
    found: float
    error: float
    tolerance: float
    meets: bool | None
    note: str = ""


@dataclass(frozen=True)
class Verification:
    """What the full chain says of a design."""

    checks: tuple[Check, ...]

    @property
    def meets(self) -> bool:
        """Whether all that could be checked agrees."""
        return all(check.meets is not False for check in self.checks)

    def to_dict(self) -> Json:
        """Plain values, for JSON; undefined numbers become None."""
        rows = [asdict(check) for check in self.checks]
        clean = [
            {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()} for row in rows
        ]
        return {"meets": self.meets, "checks": clean}

    def __str__(self) -> str:
        words = {True: "agrees", False: "DIFFERS", None: "not done"}
        return "\n".join(
            f"{one.name} by {one.by}: {one.found:.4g} +- {one.error:.2g} for {one.wanted:.4g}, {words[one.meets]}"
            f"{f' ({one.note})' if one.note else ''}"
            for one in self.checks
        )


def verified(target: Target, trial: Trial, *, runs: int = 400, seed: int = 1, threads: int = 1) -> Verification:
    """Put a platform through the full chain.

    Parameters
    ----------
    target : Target
        What it should be.
    trial : Trial
        The platform.
    runs, seed, threads : int
        Of kinetic Monte Carlo.

    Returns
    -------
    Verification
        The target by the certified operating point; overlaps that corrupted patterns reach beside the
        Glauber law that is wanted, or recalls, by kinetic Monte Carlo
        with single flips; the phase of the network of many spins for a `PhaseTarget`; the slowest relaxation by the
        full Lindblad equation for up to three spins.
    """
    whole_number("runs", runs, minimum=2)
    checks = [*_by_match(target, trial), _trusted(trial)]
    if isinstance(target, RetrievalTarget):
        checks += _recalls(target, trial, runs, seed, threads)
    if isinstance(target, (GlauberTarget, PhaseTarget)):
        checks.append(_reached(target, trial, runs, seed, threads))
    if isinstance(target, PhaseTarget):
        checks.append(_phase(target, trial))
    checks.append(_exact(trial))
    return Verification(tuple(checks))


def network_of(trial: Trial) -> OpenHopfield:
    """The network of a platform with single flips: where couplings are equal, some spread of them is assumed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)  # told in the note of each check
        return OpenHopfield.from_dicke(trial.dicke)


def measured_slow_down(target: RetrievalTarget, trial: Trial, seed: int) -> tuple[float, float]:
    """How much slower recalls are by kinetic Monte Carlo than the chain of one pattern says, infinite where too few
    ever arrive, and the share of runs that do; both of the worst pattern.
    """
    chain = float(target.times_s(trial).max()) / target.slow_down
    if chain == 0 or not np.isfinite(chain):
        return target.slow_down, 1.0
    for longer in LONGER:
        times = _recall_times(target, trial, MEASURED_RUNS, seed, 1, longer)
        needed = max(1, int(np.ceil(target.probability * times.shape[1])))
        slowest = float(np.sort(times, axis=1)[:, needed - 1].max())
        if np.isfinite(slowest):
            break
    return slowest / chain, float(np.isfinite(times).mean(axis=1).min())


def _recall_times(
    target: RetrievalTarget, trial: Trial, runs: int, seed: int, threads: int, longer: float
) -> FloatArray:
    """When every run has recalled its pattern in seconds, infinite where not, (P, R)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)  # a pattern may not hold the level: then it is not recalled
        found = retrieval(
            network_of(trial), initial_overlaps=[target.start_overlap], runs=runs, seed=seed, threads=threads,
            time=longer * target.within_s * trial.unit_rad_s, level=target.level,
        )  # fmt: skip
    times = found["retrieval_time"].values[:, 0] / trial.unit_rad_s
    return np.asarray(np.where(np.isnan(times), np.inf, times))


def _by_match(target: Target, trial: Trial) -> list[Check]:
    """Temperature and rate of the law that counts, from the rates of the operating point."""
    point = trial.point
    if isinstance(target, GlauberTarget) and target.of == "rates":
        found, how = (
            {"temperature": point.glauber_temperature, "flip rate": point.flip_rate_per_s},
            "the closest Glauber law",
        )
    else:
        found, how = _by_ratios(trial), "the ratios of rates"
    limits = {
        "temperature": getattr(target, "temperature_tolerance", np.nan),
        "flip rate": getattr(target, "rate_tolerance", np.nan),
    }
    return [
        Check(name, how, wanted, found[name], 0.0, limits[name] * wanted,
              bool(abs(np.log(found[name] / wanted)) <= limits[name]))
        for name, wanted, _, _ in target.rows(trial) if name in found
    ]  # fmt: skip


def _by_ratios(trial: Trial) -> dict[str, float]:
    r"""Temperature and rate of detailed balance, from $T_\mathrm{eff}(\epsilon)$ over the recall sample."""
    rates, sample = trial.point.rates, trial.point.rates.recall_sample()
    squares = sample.weight * sample.flip_energy**2
    local = rates.temperature(sample.flip_energy, sample.spin_class)
    temperature = float(squares.sum() / np.sum(squares / local))
    law = Glauber(temperature)(sample.flip_energy)
    logs = np.log(rates(sample.flip_energy, sample.spin_class) / law)
    rate = float(np.exp(np.sum(sample.weight * logs))) * trial.unit_rad_s
    return {"temperature": temperature / trial.point.energy_scale, "flip rate": rate}


def _trusted(trial: Trial) -> Check:
    certificate = trial.point.certificate
    note = f"{certificate.verdict}, {certificate.regime}"
    return Check("r", "the certificate", 0.03, trial.point.ratio, 0.0, 0.0, trial.point.ratio < 0.03, note)


def _reached(target: GlauberTarget | PhaseTarget, trial: Trial, runs: int, seed: int, threads: int) -> Check:
    """The overlap that corrupted patterns reach under the platform's rates and under the Glauber law that is wanted."""
    network, rate = network_of(trial), trial.law.balance.rate * trial.dicke.drive**2
    wanted = Glauber(target.temperature * memory_scale(trial.dicke), rate)
    thermal = OpenHopfield(network.interactions, wanted, patterns=network.patterns)
    memory, which = trial.dicke.memory, np.arange(runs) % trial.dicke.memory.n_patterns
    stream, flips = np.random.default_rng(seed), (1 - target.start_overlap) / 2
    starts = np.array([memory.corrupted(int(k), flips, stream) for k in which])
    recall = trial.recall_time_s * trial.unit_rad_s
    end = max(RELAXATIONS / rate, RECALLS * recall if np.isfinite(recall) else 0.0)
    reached = [
        KineticMonteCarlo(runs=runs, seed=seed, threads=threads)
        .evolve(model, starts, [end])["overlap"].values[:, 0][np.arange(runs), which]
        for model in (thermal, network)
    ]  # fmt: skip
    means, errors = (np.array([value(one) for one in reached]) for value in (np.mean, np.std))
    error = float(np.hypot(*errors) / np.sqrt(runs))
    close = bool(abs(means[0] - means[1]) < OVERLAP_TOLERANCE + 2 * error)
    note = f"from overlap {target.start_overlap:g}, single flips; distance of the rates {trial.distance:.2g}"
    return Check("overlap reached", "kinetic Monte Carlo", float(means[0]), float(means[1]), error, OVERLAP_TOLERANCE,
                 close, note)  # fmt: skip


def _recalls(target: RetrievalTarget, trial: Trial, runs: int, seed: int, threads: int) -> list[Check]:
    """The share of recalls in time, of the pattern that is recalled worst."""
    share = float((_recall_times(target, trial, runs, seed, threads, 1.0) <= target.within_s).mean(axis=1).min())
    error = float(np.sqrt(max(share * (1 - share), 1 / runs) / runs))
    return [Check("share of recalls in time", "kinetic Monte Carlo", target.probability, share, error, 2 * error,
                  share + 2 * error >= target.probability, "single flips, worst pattern")]  # fmt: skip


def _phase(target: PhaseTarget, trial: Trial) -> Check:
    """The phase of many spins under the platform's rates and the assumed second field."""
    drive = target.second_drive_rad_s(trial) / trial.unit_rad_s
    how = "the network of many spins"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RegimeWarning)
            limit = HopfieldLimit.from_dicke(trial.dicke, drive)
            found = str(classify(limit).phase)
            law = Glauber(target.temperature * memory_scale(trial.dicke), trial.law.balance.rate * trial.dicke.drive**2)
            wanted = str(classify(HopfieldLimit(trial.dicke.memory, law, drive, limit.strengths)).phase)
    except (ArgumentError, ConvergenceError) as error:
        return Check("phase", how, np.nan, np.nan, np.nan, np.nan, None, str(error))
    same = found == wanted
    return Check("phase", how, 1.0, float(same), 0.0, 0.0, same, f"{found}; {wanted} with Glauber rates")


def _exact(trial: Trial) -> Check:
    """The slowest relaxation of second order in the drive against the full Lindblad equation."""
    how, name = "the full Lindblad equation", "slowest relaxation, relative error of the rates"
    undone = Check(name, how, 0.0, np.nan, np.nan, EXACT_TOLERANCE, None)
    if trial.dicke.n_spins > EXACT_SPINS:
        return Check(**asdict(undone) | {"note": f"{trial.dicke.n_spins} spins are too many"})
    try:
        error = certify(trial.dicke, compare=True).exact_error
    except (SizeError, ConvergenceError) as refusal:
        return Check(**asdict(undone) | {"note": str(refusal)})
    if error is None:
        return Check(**asdict(undone) | {"note": "the slowest mode oscillates"})
    return Check(name, how, 0.0, error, 0.0, EXACT_TOLERANCE, abs(error) < EXACT_TOLERANCE)
