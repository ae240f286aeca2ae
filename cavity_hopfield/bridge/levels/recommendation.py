"""Which solver for my problem: answered before anything runs."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cavity_hopfield._checks import one_of, real_number, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, Json
from cavity_hopfield.bridge.levels.candidates import FEWEST_RUNS, MOST_RUNS, SAMPLED, Budget, Candidate, estimated
from cavity_hopfield.bridge.levels.doors import OF_A_NETWORK, require_model, require_start
from cavity_hopfield.bridge.levels.expected import HALF, smallness
from cavity_hopfield.bridge.levels.questions import QUESTIONS, Question, call_of
from cavity_hopfield.bridge.levels.rungs import MANY, RATES, rung_of
from cavity_hopfield.bridge.levels.workload import Workload
from cavity_hopfield.dynamics.results import theory_options
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.theory.truncated_wigner.trust import FEW_SPINS, effective_spins

ERROR = 0.05
"""What serves most questions: the relative error of an observable of order one."""
RECALLS, DECAYS, TURNS = 5.0, 10.0, 3.0
"""The usual duration: so many flips of a spin, decays of the light, turns by the drive."""
USUAL_TIMES = 101
SETTLED = 10.0
"""Usual durations until late times, for rungs that have to evolve there."""
QUICK, SAME_EFFORT = 2.0, 3.0
"""Seconds that nobody minds, and a factor in time that nobody minds beyond."""


@dataclass(frozen=True)
class Recommendation:
    """One rung, ready to run, and why.

    Made by `recommend`.

    Attributes
    ----------
    question : str
        What was asked.
    name : str
        The rung.
    theory
        Ready made, with the number of runs and the memory that were reckoned with.
    method : str
        Which of its methods answers the question.
    on : str
        What to give it: "the model", or the network that `OpenHopfield.from_dicke` makes of it and with which jumps.
    call : str
        How to ask it, with `theory`, `model`, and a `start` and `times` or one `time` where it takes them.
    seconds, memory_gib : float
        What it will cost: seconds to a factor of about three for what was measured (see `costs`), memory by the rung's
        own formula.
    error : float
        The relative error of an observable of order one to expect; a guide and no bound.
    serves : bool
        Whether that is no more than was asked for.
    reason : str
        Why this one, in words.
    ranking : tuple of Candidate
        All rungs that answer the question, in the order in which they would be taken, with the estimate of each and
        why it was refused.
    """

    question: str
    name: str
    theory: Any
    method: str
    on: str
    call: str
    seconds: float
    memory_gib: float
    error: float
    serves: bool
    reason: str
    ranking: tuple[Candidate, ...]

    def to_dict(self) -> Json:
        """Plain values, for JSON; what is unknown becomes None."""
        plain = {
            key: getattr(self, key)
            for key in (
                "question",
                "name",
                "method",
                "on",
                "call",
                "seconds",
                "memory_gib",
                "error",
                "serves",
                "reason",
            )
        }
        ranking = [
            {key: _plain(getattr(one, key)) for key in ("name", "seconds", "memory_gib", "error", "refused")}
            for one in self.ranking
        ]
        return plain | {"theory": theory_options(self.theory), "ranking": ranking}

    def __str__(self) -> str:
        rows = [f"{self.name}.{self.method} on {self.on}: {self.reason}", ""]
        rows.append(f"{'rung':25s} {'seconds':>9s} {'GiB':>9s} {'error':>9s}")
        for one in self.ranking:
            numbers = " ".join(f"{value:9.2g}" for value in (one.seconds, one.memory_gib, one.error))
            rows.append(f"{one.name:25s} {numbers}  {one.refused}".rstrip())
        return "\n".join(rows)


def recommend(
    model: MultimodeDicke | OpenHopfield,
    question: str = "recall",
    *,
    start: Any = None,
    times: ArrayLike | None = None,
    duration: float | None = None,
    error: float = ERROR,
    memory_gib: float = 4.0,
    time_s: float = 60.0,
    threads: int = 1,
    seed: int = 0,
) -> Recommendation:
    r"""The cheapest rung that fits and is expected to be right to `error`, where within a factor of three, or below two
    seconds, what is exact goes before what is not; if none is, the least wrong of those that fit.

    Parameters
    ----------
    model : MultimodeDicke or OpenHopfield
        The model.
    question : str
        "recall": how overlaps and spins move, on average. "light": photons and amplitudes in time, on average.
        "records": what a detector of the light of single runs shows. "retrieval statistics": single runs, which of them
        recall and when. "steady state". "spectrum": relaxation rates and frequencies.
    start : configuration (N,) or ProductState, optional
        Where it starts; if left out at the first pattern, or with all spins up.
    times : (T,) array, optional
        The times that will be asked for.
    duration : float, optional
        The last of them, in place of `times`; 101 are then reckoned with. If both are left out, where the rates of a
        cavity hold five flips of a spin, else ten decays of the light or three turns by the drive if that is more.
    error : float
        The relative error of an observable of order one that would do.
    memory_gib, time_s : float
        What there is; no rung is chosen that is estimated to need more.
    threads : int
        Runs at a time, of rungs that draw runs.
    seed : int
        Of rungs that draw runs.

    Returns
    -------
    Recommendation
        The rung, ready to run, with its estimate, the reason, and the same for all others.

    Raises
    ------
    ArgumentError
        If an argument does not fit, or no rung answers the question for this kind of model and can be trusted.
    SizeError
        If none that can be trusted fits into memory and time; the text says what each would need.

    Notes
    -----
    Nothing is run but the certificate of a cavity. Seconds are operations times constants that were measured on one
    core of an ordinary server in 2026, good to a factor of three where they were measured; a first call in a process
    may add some seconds of compilation. Memory is by the formulas by which the rungs refuse, with a guess of the Fock
    states. Errors are guides: the certificate's for rates, the coupling strength for spins alone, and for expansions in
    the number of spins the dephasing of one spin in the time and its share of a mode.

    Examples
    --------
    >>> from cavity_hopfield import Patterns
    >>> memory = Patterns(np.ones((1, 10_000), np.int8))
    >>> many = MultimodeDicke.from_patterns(memory, g=0.5, omega=1.0, loss=1.0, drive=0.25, scaling="intensive")
    >>> recommend(many, "recall").theory
    MeanField(atoms_per_spin=1.0, resolution='class', rtol=1e-08, atol=1e-10)
    >>> few = MultimodeDicke(g=[[0.4], [0.3]], omega=1.0, loss=1.0, drive=0.25)
    >>> recommend(few, "light").name
    'Lindblad'
    """
    require_model(model)
    if start is not None:
        require_start(model, start)
    asked = QUESTIONS[one_of("question", question, tuple(QUESTIONS))]
    wanted = real_number("error", error, above=0.0)
    work = _workload(model, start, times, duration, asked)
    budget = Budget(
        real_number("memory_gib", memory_gib, above=0.0), real_number("time_s", time_s, above=0.0), work.times,
        work.duration, whole_number("seed", seed, minimum=0), whole_number("threads", threads, minimum=1),
    )  # fmt: skip
    methods = asked.of_cavity if isinstance(model, MultimodeDicke) else asked.of_network
    if not methods:
        raise ArgumentError(
            f"Argument `question` must not be {question!r} for a network, which has no light. Ask it of the cavity."
        )
    found = [_estimate(_for_method(work, method), name, budget, wanted) for name, method in methods.items()]
    ranked = tuple(sorted(found, key=_order(work, wanted)))
    best = ranked[0]
    if best.refused:
        told = "; ".join(f"{one.name}: {one.refused}" for one in ranked)
        kind = SizeError if any(one.refused.startswith("too") for one in ranked) else ArgumentError
        remedy = " Of a few spins with light `exact_rates` and `slowest_relaxation` tell it."
        raise kind(
            f"No rung that can be trusted fits into memory_gib={memory_gib:g} and time_s={time_s:g}. {told}."
            + (remedy if question == "spectrum" else "")
        )
    serves = _serves(work, best, wanted)
    on = _given_to(work, best.name)
    call = call_of(work, best.name, methods[best.name], "model" if on == "the model" else on)
    return Recommendation(
        question, best.name, best.theory, methods[best.name], on, call, best.seconds, best.memory_gib, best.error,
        serves, _reason(work, ranked, wanted), ranked,
    )  # fmt: skip


def _workload(
    model: MultimodeDicke | OpenHopfield, start: Any, times: ArrayLike | None, duration: float | None, asked: Question
) -> Workload:
    """The model for the time that is meant."""
    if times is not None and duration is not None:
        raise ArgumentError("Arguments `times` and `duration` say the same: give one of them.")
    if not asked.lasts and (times is not None or duration is not None):
        raise ArgumentError("Arguments `times` and `duration` must be left out: this question is about no time.")
    if times is not None:
        grid = time_grid(times)
        return Workload(model, start, float(grid[-1]), grid.size)
    if duration is not None:
        return Workload(model, start, real_number("duration", duration, above=0.0), USUAL_TIMES)
    work = Workload(model, start, 1.0, USUAL_TIMES if asked.lasts else 1)
    return replace(work, duration=_usual_duration(work, lasts=asked.lasts), lasts=asked.lasts)


def _usual_duration(work: Workload, *, lasts: bool) -> float:
    """The time that most will happen in; of steady states that of as many products as they take, about."""
    model, certificate = work.model, work.certificate
    if isinstance(model, OpenHopfield):
        return RECALLS / max(work.flip_rate, 1e-300) + (DECAYS / model.drive if model.drive > 0 else 0.0)
    of_light = DECAYS / float(model.net_loss.min())
    if not lasts:
        return of_light
    if certificate is not None and work.rates_hold:
        return max(of_light, RECALLS / certificate.largest_flip_rate)
    return max(of_light, TURNS / model.drive if model.drive > 0 else 0.0)


def _for_method(work: Workload, method: str) -> Workload:
    """For one method; a rung that has to evolve to late times does so for long."""
    if work.lasts or method != "evolve":
        return replace(work, method=method)
    return replace(work, duration=SETTLED * _usual_duration(work, lasts=True))


def _estimate(work: Workload, name: str, budget: Budget, wanted: float) -> Candidate:
    """One rung, with no more runs than the error that is wanted, or its own, asks for; refused where it is not to be
    trusted at all.
    """
    found = estimated(work, name, budget, double=True)
    if name in SAMPLED and not found.refused:
        own = float(np.sqrt(max(found.error**2 - HALF**2 / found.theory.runs, 0.0)))
        left = np.sqrt(wanted**2 - own**2) if own < wanted else own
        asked = max(np.ceil((HALF / max(left, 1e-9)) ** 2), FEWEST_RUNS if own >= wanted else 2)
        enough = int(min(asked, MOST_RUNS))
        if enough < found.theory.runs:
            found = estimated(work, name, replace(budget, runs=enough), double=True)
    if found.error >= 1 and not found.refused:
        return replace(found, refused="outside its regime: its error is expected to be as large as the observable")
    return found


def _order(work: Workload, wanted: float) -> Any:
    """Those that fit and serve first: of about the same cost what is exact, then equations of means, then the cheaper;
    then those that fit, the least wrong first; then the others.
    """

    def key(one: Candidate) -> tuple[float, ...]:
        rung = rung_of(work.model, one.theory)
        if one.refused:
            return 2, rung.place
        if not _serves(work, one, wanted):
            return 1, one.error, one.seconds
        effort = max(0.0, np.ceil(np.log(one.seconds / QUICK) / np.log(SAME_EFFORT)))
        return 0, effort, not rung.exact, one.name in SAMPLED, one.seconds

    return key


def _serves(work: Workload, one: Candidate, wanted: float) -> bool:
    """Whether a rung that fits is expected to do; not one that would warn of too few spins."""
    few = one.name == "TruncatedWigner" and effective_spins(work.cavity) < FEW_SPINS
    return bool(one.error <= wanted) and not few


def _given_to(work: Workload, name: str) -> str:
    if isinstance(work.model, OpenHopfield) or name not in OF_A_NETWORK:
        return "the model"
    return f'OpenHopfield.from_dicke(model, jumps="{work.jumps}")'


def _reason(work: Workload, ranked: tuple[Candidate, ...], wanted: float) -> str:
    """Why the first of `ranked`."""
    best, rung = ranked[0], rung_of(work.model, ranked[0].theory)
    parts = [f"{rung.kind}; it neglects {rung.neglects}"]
    certificate = work.certificate
    if rung.kind == RATES and certificate is not None:
        parts.append(f"r = {certificate.collective_ratio:.2g}, so that rates are {certificate.verdict}")
    if rung.kind == MANY and isinstance(work.model, MultimodeDicke):
        parts.append(f"one spin dephases by {smallness(work):.2g} in the time, its share of a mode included")
    cost = f"about {best.seconds:.2g} s, {best.memory_gib:.2g} GiB and an error of {best.error:.2g}"
    if _serves(work, best, wanted):
        parts.append(f"quick, and expected to be right to {wanted:g}: {cost}")
    else:
        parts.append(f"nothing that fits is expected to be right to {wanted:g}; this is the least wrong: {cost}")
    missed = [one for one in ranked if one.refused.startswith("too")]
    if missed:
        parts.append(f"{missed[0].name} is {missed[0].refused}")
    return "; ".join(parts) + "."


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
