"""The rate at which a network at work heats its surroundings: exactly for small chains, along runs for large ones."""

import warnings
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from cavity_hopfield._checks import real_number, spin_array, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray
from cavity_hopfield.analysis.nonequilibrium.transitions import Network, Transitions, rates_of, require_flips
from cavity_hopfield.dynamics.labels import RATE, analysis_result, labelled
from cavity_hopfield.exceptions import RegimeWarning
from cavity_hopfield.network import CountedHopfield, OpenHopfield, SpinClasses
from cavity_hopfield.theory.kinetic.representations import representation_of
from cavity_hopfield.theory.kinetic.walks import Representation

TABLE_ACCURACY = 1e-9
UNLIKELY = 1e-4
"""A drift of the energy that chance makes less often than this is told."""


def entropy_production(model: Network) -> xr.Dataset:
    r"""$\dot S = \frac12 \sum_{k, k'} (p_k w_{kk'} - p_{k'} w_{k'k}) \ln \frac{p_k w_{kk'}}{p_{k'} w_{k'k}} \ge 0$ in
    the stationary state, exactly.

    Zero in detailed balance and nowhere else. Spins that are alike are counted, which changes nothing: all
    configurations with the same counts are equally likely.

    Parameters
    ----------
    model : OpenHopfield or CountedHopfield
        The network.

    Returns
    -------
    xarray.Dataset
        `entropy_production`, k_B = 1; `entropy_flow` $\sum p_k w_{kk'} \ln (w_{kk'} / w_{k'k})$, which equals it in the
        stationary state and is the sum that runs can sample; `activity`, flips per time; `entropy_per_flip`; `of_spin`
        (spin) or `of_class` (spin_class), the part of each spin or class, which add up to the whole; `one_way`, the
        number of transitions with no way back: with any of them the production is infinite, and said so.

    Warns
    -----
    RegimeWarning
        If it is infinite because some reverse rate vanishes.

    Raises
    ------
    SizeError
        If there are more than 131 072 states; `entropy_production_of_runs` serves any size.

    Notes
    -----
    Source: J. Schnakenberg, Rev. Mod. Phys. 48, 571 (1976).

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1, 1], [1, -1, -1, 1]]), Glauber(temperature=0.5))
    >>> bool(entropy_production(network)["entropy_production"] < 1e-25)
    True
    """
    chain = Transitions.of(model)
    flows, log_ratio = chain.flows, _log_ratio(chain.rates)
    terms = _divergences(flows)
    one_way = int(((flows == 0).sum(axis=1) == 1).sum())
    if one_way:
        warnings.warn(
            f"the entropy production is infinite: {one_way} transitions have a rate whose reverse vanishes",
            RegimeWarning,
            stacklevel=2,
        )
    with np.errstate(invalid="ignore"):
        # ways there and back are those of one pair of configurations
        moved = np.where(flows.any(axis=1), (flows[:, 0] - flows[:, 1]) * log_ratio, 0.0)
    by_class = np.asarray(np.bincount(chain.flipped, terms, chain.ladders.sizes.size), dtype=np.float64)
    total, activity = float(terms.sum()), float(flows.sum())
    variables = {
        "entropy_production": labelled((), total, "entropy production in the stationary state", RATE),
        "entropy_flow": labelled((), moved.sum(), "entropy flow into the surroundings", RATE),
        "activity": labelled((), activity, "flips per time", RATE),
        "entropy_per_flip": labelled((), total / activity, "entropy produced per flip"),
        "one_way": labelled((), one_way, "transitions without a way back"),
        "error": labelled((), chain.stationary.error, "estimated relative error of the probabilities"),
        **_by_spin(model, chain, by_class),
    }
    return analysis_result("entropy_production", variables, {}, {}, model=model)


def entropy_production_of_runs(
    model: Network,
    initial: ArrayLike,
    *,
    burn_in: float,
    time: float,
    runs: int = 16,
    snapshots: int = 200,
    seed: int = 0,
) -> xr.Dataset:
    r"""$\dot S = \langle \sum_i W_i(\epsilon_i) \{\ln [W_i(\epsilon_i) / W_i(-\epsilon_i)] + \beta \epsilon_i\}
    \rangle$ over runs, with its standard error, at any number of spins.

    The entropy flow into the surroundings, which in a stationary state equals the entropy production. The second term
    is $\beta$ times the drift of the energy, whose mean vanishes there: at any $\beta$ the mean is the same, at the
    best one, by least squares over all records, the noise is least. Under Glauber flips it then is zero at every
    moment. In a state that lasts long but not forever, such as a memory retrieved by many spins, this is the production
    there.

    Parameters
    ----------
    model : OpenHopfield or CountedHopfield
        The network.
    initial : (N,) array of +-1, or (C,) array of int for a `CountedHopfield`
        Where every run starts.
    burn_in, time : float
        How long nothing is recorded, and for how long then; in the unit of the inverse rates.
    runs : int
        Number of independent runs, at least 4: the standard errors are those of their means.
    snapshots : int
        Configurations recorded in each run, at equal distances.
    seed : int
        Seed of the runs.

    Returns
    -------
    xarray.Dataset
        `entropy_production` and `standard_error`; `of_run` (run), the mean over each run; `entropy_flow` and
        `entropy_flow_error`, without the second term; `inverse_temperature`, the $\beta$ taken; `activity`, flips per
        time; `entropy_per_flip`; `drift`, the mean drift of the energy in its standard errors.

    Warns
    -----
    RegimeWarning
        If the energy still drifts, by more than chance does once in ten thousand times: `burn_in` is too short; or if
        the flow is infinite because some reverse rate vanishes.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, letters
    >>> memory = letters("AC")
    >>> network = OpenHopfield(memory, Glauber(temperature=0.4))
    >>> found = entropy_production_of_runs(network, memory["A"], burn_in=20.0, time=100.0, runs=8, seed=1)
    >>> bool(abs(found["entropy_production"]) < 1e-10)
    True
    """
    require_flips(model)
    count = whole_number("runs", runs, minimum=4)
    shots = whole_number("snapshots", snapshots, minimum=1)
    wait, span = real_number("burn_in", burn_in, minimum=0.0), real_number("time", time, above=0.0)
    stream = whole_number("seed", seed, minimum=0)
    grid = wait + span * np.arange(1, shots + 1) / shots
    form = representation_of(model, TABLE_ACCURACY)
    start = form.ready(_start(model, initial))
    moments = np.empty((3, count, shots))
    for run in range(count):
        moments[:, run] = _instantaneous(model, _path(model, form, start, grid, (stream, run)))
    options = {"burn_in": wait, "time": span, "runs": count, "snapshots": shots, "seed": stream}
    variables = _of_moments(*moments)
    _warn_of_runs(float(variables["entropy_flow"]), float(variables["drift"]), count, wait)
    return analysis_result("entropy_production_of_runs", variables, {}, options, model=model)


def _of_moments(flow: FloatArray, heating: FloatArray, activity: FloatArray) -> dict[str, xr.Variable]:
    """Estimates from the entropy flow, the drift of the energy and the flips per time (runs, snapshots)."""
    spread = heating - heating.mean()
    square = float((spread**2).sum())
    beta = -float((flow * spread).sum()) / square if square > 0 and np.isfinite(flow).all() else 0.0
    of_run = (flow + beta * heating).mean(axis=1)
    raw, heated = flow.mean(axis=1), heating.mean(axis=1)
    mean, active = float(of_run.mean()), float(activity.mean())
    error = _standard_error(heated)
    return {
        "entropy_production": labelled((), mean, "entropy production in the state that the runs reach", RATE),
        "standard_error": labelled((), _standard_error(of_run), "standard error of the entropy production", RATE),
        "of_run": labelled("run", of_run, "entropy production in each run", RATE),
        "entropy_flow": labelled((), raw.mean(), "entropy flow into the surroundings", RATE),
        "entropy_flow_error": labelled((), _standard_error(raw), "standard error of the entropy flow", RATE),
        "inverse_temperature": labelled((), beta, "factor of the drift of the energy", "1 / unit of omega"),
        "activity": labelled((), active, "flips per time", RATE),
        "entropy_per_flip": labelled((), mean / active if active else np.nan, "entropy produced per flip"),
        "drift": labelled((), heated.mean() / error if error else 0.0, "drift of the energy, in standard errors"),
    }


def _start(model: Network, initial: ArrayLike) -> IntArray:
    if isinstance(model, CountedHopfield):
        return model.checked_ups("initial", initial)
    return spin_array("initial", initial, n_spins=model.n_spins, ndim=1).astype(np.int64)


def _path(model: Network, form: Representation, start: Any, times: FloatArray, run: tuple[int, int]) -> IntArray:
    """Configurations of one run, told by seed and number, at `times`, shape (T, N); of a `CountedHopfield` numbers of
    up spins, (T, C).
    """
    total = form.total(times.size)
    form.walk(start, *run).along(times, total)
    means = form.means(start, total, 1)
    if isinstance(model, CountedHopfield):
        return np.rint((means["class_spin_z"][1] + 1) / 2 * model.sizes).astype(np.int64)
    path = means["spin_z"][1]
    return path.astype(np.int64) if (np.abs(path) == 1).all() else _arranged(model, path)


def _arranged(model: OpenHopfield, path: FloatArray) -> IntArray:
    """Configurations with the sums over like spins that `path` (T, N) has: all of them have the same rates."""
    classes = SpinClasses.of(model)
    arranged = np.empty(path.shape, np.int64)
    for c in range(classes.n_classes):
        members = np.flatnonzero(classes.label == c)
        ups = np.rint((path[:, members] @ classes.sign[members] + members.size) / 2)
        arranged[:, members] = np.where(np.arange(members.size) < ups[:, None], 1, -1) * classes.sign[members]
    return arranged


def _instantaneous(model: Network, path: IntArray) -> FloatArray:
    """Entropy flow, drift of the energy and flips per time at every state of a path (T, N); shape (3, T)."""
    if isinstance(model, CountedHopfield):
        energies = model.flip_energies(path)
        ways, classes = np.stack([path, model.sizes - path], axis=-1), model.rate_classes[:, None]
    else:
        energies = model.flip_energies(path)
        ways, classes = np.ones_like(energies, dtype=np.int64), model.spin_classes
    met = np.where(ways > 0, energies, 0.0)
    rates = rates_of(model.rate_law, classes, met)
    out = ways * rates[..., 0]
    with np.errstate(invalid="ignore"):
        flow = np.where(out > 0, out * _log_ratio(rates), 0.0)
    terms = np.stack([flow, out * met, out])
    return np.asarray(terms.reshape(3, len(path), -1).sum(axis=-1))


def _standard_error(means: FloatArray) -> float:
    if not np.isfinite(means).all():
        return np.inf
    return float(means.std(ddof=1) / np.sqrt(means.size))


def _warn_of_runs(flow: float, drift: float, runs: int, burn_in: float) -> None:
    if np.isinf(flow):
        warnings.warn(
            "the entropy production is infinite: a spin flips at a rate whose reverse vanishes",
            RegimeWarning,
            stacklevel=3,
        )
    if abs(drift) > float(stdtrit(runs - 1, 1 - UNLIKELY / 2)):
        warnings.warn(
            f"the energy still drifts, by {drift:.1f} standard errors: burn_in={burn_in:g} is too short for a "
            "stationary state",
            RegimeWarning,
            stacklevel=3,
        )


def _log_ratio(rates: FloatArray) -> FloatArray:
    r"""$\ln [W(\epsilon) / W(-\epsilon)]$ of pairs (..., 2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(rates[..., 0]) - np.log(rates[..., 1]))


def _divergences(flows: FloatArray) -> FloatArray:
    r"""$(a - b) \ln (a / b)$ of pairs (E, 2), without a loss of digits where they are close; none is negative."""
    a, b = flows.T
    larger, smaller = np.maximum(a, b), np.minimum(a, b)
    excess = larger - smaller
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(excess > 0, excess * np.log1p(excess / smaller), 0.0))


def _by_spin(model: Network, chain: Transitions, by_class: FloatArray) -> dict[str, xr.Variable]:
    """What each spin produces, or each class of a network told by counts."""
    if isinstance(model, OpenHopfield):
        each = (by_class / chain.ladders.sizes)[chain.ladders.label]
        return {"of_spin": labelled("spin", each, "entropy production by the flips of each spin", RATE)}
    return {"of_class": labelled("spin_class", by_class, "entropy production by the flips of each class", RATE)}
