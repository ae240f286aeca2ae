"""A platform beside the thermal dynamics closest to it, through the same recalls."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_number, require_progress, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, Json
from cavity_hopfield.analysis.retrieval.comparisons import (
    DISTRIBUTIONS,
    Comparison,
    distributions,
    means,
    paired_crossings,
    paired_shares,
    paired_times,
)
from cavity_hopfield.analysis.retrieval.forms import form_of
from cavity_hopfield.analysis.retrieval.intervals import checked_confidence, half_crossings, holm, quantiles
from cavity_hopfield.analysis.retrieval.levels import Levels, levels_of
from cavity_hopfield.analysis.retrieval.retrieval import (
    INITIAL_OVERLAPS,
    Recalls,
    certificate_of,
    ends_at_patterns,
    options_of,
    pattern_places,
    put_through,
    share_of,
    told,
)
from cavity_hopfield.analysis.retrieval.starts import (
    LATE,
    RESAMPLING,
    CorruptedStarts,
    checkpoint_folder,
    part_of,
    seed_of,
    stream_of,
)
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import RATE, analysis_result, labelled
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber, GlauberMatch, MultimodeDicke
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.theory import KineticMonteCarlo

LAWS = ("platform", "Glauber")
LATE_STARTS = ("patterns", "random")
OWN_TIMES = 100.0
"""How long runs may take if no time is given, in units of the slower law's own rate."""
SHARED = ("level", "held_overlap")
"""What does not depend on the law."""


@dataclass(frozen=True, eq=False)
class LateStates(ReadOnlyArrays):
    """Where runs are at the end of the time, from patterns and from random configurations, under each law.

    Attributes
    ----------
    energies, overlaps : (2, 2, R) arrays
        Energy, and largest size of an overlap, by law, kind of start and run.
    """

    energies: FloatArray
    overlaps: FloatArray


def platform_against_glauber(
    platform: MultimodeDicke | OpenHopfield,
    *,
    initial_overlaps: ArrayLike = INITIAL_OVERLAPS,
    runs: int,
    seed: int,
    time: float | None = None,
    level: ArrayLike | None = None,
    patterns: Sequence[str | int] | None = None,
    confidence: float = 0.95,
    threads: int = 1,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> xr.Dataset:
    r"""$W(\epsilon)$ of a platform, and the closest $W^G(\epsilon) = \mathtt{rate} / (1 + e^{\epsilon/T})$, through
    the same recalls: success, times, basins, late energies and overlaps, and which of the differences are significant.

    Both laws share couplings, starts and levels; every run has random numbers of its own under each.

    Parameters
    ----------
    platform : MultimodeDicke or OpenHopfield
        A platform with patterns and a drive, or its network, with `CavityRates` whose jumps are individual.
    initial_overlaps, runs, seed
        As in `retrieval`.
    time : float, optional
        How long a run may take, in the unit of the inverse rates; 100 over the own rate of the slower law if omitted.
    level : float or (P,) array, optional
        As in `retrieval`; if omitted, from what the pattern holds under the law that holds it worse.
    patterns : sequence of str or int, optional
        As in `retrieval`.
    confidence : float
        Of intervals, and of all significant differences together.
    threads, progress, checkpoint
        As in `retrieval`.

    Returns
    -------
    xarray.Dataset
        What `retrieval` returns, with an axis `law` ("platform", "Glauber"); `own_rate` (law), the geometric mean of
        $W(\epsilon) + W(-\epsilon)$ over the flip energies of a recall (the match, too, is in logarithms), and
        `own_time_quantile`, times in its inverse;

        `late_energy`, `late_overlap` (law, late_start, run), at the end of the time, from stored patterns and from
        random configurations: energy, and largest size of an overlap. `late_agreement` (law): the chance that energies
        from both starts differ so much if both are stationary;

        for each `comparison`: `quantity`, `of_pattern`, `from_overlap`, `platform_value`, `glauber_value`,
        `difference` (platform less Glauber), `error` (its standard error, where it has one), `p_value`, `test`,
        `adjusted_p_value` (Holm, for all that are compared) and `significant`. Compared are the success of every start
        (McNemar's exact test over runs that share their start); how soon its runs recall, those that never do counted
        as last, also in own rates until the earlier end of both (paired ranks; told are times by which half of all runs
        have recalled); basins (successes under one law alone from the starts near the crossing, pairs of runs
        exchanged); late energies and overlaps (means by Welch, distributions by Kolmogorov and Smirnov).

        Attributes: the match (`glauber_temperature`, `glauber_rate`, `glauber_distance`), `certificate`.

    Raises
    ------
    ArgumentError
        If the platform has no patterns or drive, is another network, or a number is out of range.

    Warns
    -----
    RegimeWarning
        If the rates of the platform are not to be trusted, or a pattern does not hold itself.

    Examples
    --------
    >>> from cavity_hopfield import letters
    >>> dicke = MultimodeDicke.from_patterns(
    ...     letters("EV"), g=0.12, omega=1.0, loss=0.3, drive=1e-4, disorder=0.05, seed=3)
    >>> found = platform_against_glauber(dicke, initial_overlaps=[0.6], runs=10, seed=1, patterns=["E"])
    >>> found["success"].sizes["law"], found["comparison"].size
    (2, 12)
    """
    require_progress(progress)
    checked_confidence(confidence)
    networks, match = laws_of(platform)
    forms = [form_of(network) for network in networks]
    memory = forms[0].memory
    places, threads = pattern_places(memory, patterns), whole_number("threads", threads, minimum=1)
    starts = CorruptedStarts.of(forms[0], initial_overlaps, runs, seed)
    own_rates = _own_rates(networks, match)
    end = OWN_TIMES / own_rates.min() if time is None else real_number("time", time, above=0.0)
    folder, ends = checkpoint_folder(checkpoint), ends_at_patterns(memory)
    levels = levels_of(forms, level, starts.seed, end, threads, folder)
    found = [
        put_through(
            form, starts, levels, places, end,
            law=law, ends=ends, threads=threads, progress=share_of(progress, law, 2), checkpoint=folder,
        )
        for law, form in enumerate(forms)
    ]  # fmt: skip
    found = [replace(recalls, states=tuple(ends)) for recalls in found]
    late = _late_states(networks, starts, end, threads, folder)
    data, coordinates = _told_of_both(starts, levels, found, own_rates, confidence)
    data |= _told_late(late) | _told_comparisons(_compared(starts, found, late, own_rates, end), confidence)
    options = options_of(starts, levels, end, confidence)
    details = {**_match_told(match, networks[1]), **certificate_of(networks[0])}
    return analysis_result("platform_against_glauber", data, coordinates, options, model=networks[0], details=details)


def laws_of(platform: MultimodeDicke | OpenHopfield) -> tuple[list[OpenHopfield], GlauberMatch]:
    """The network of the platform, that of the closest Glauber law with the same couplings, and how close it is."""
    network = OpenHopfield.from_dicke(platform) if isinstance(platform, MultimodeDicke) else platform
    if not isinstance(network, OpenHopfield) or not isinstance(network.rate_law, CavityRates):
        raise ArgumentError(
            "Argument `platform` must be a `MultimodeDicke`, or an `OpenHopfield` with `CavityRates`, but is a "
            f"{_type_of(platform)}."
        )
    if network.jumps != "individual":
        raise ArgumentError(
            "Argument `platform` must have individual jumps, for its recalls are followed spin by spin, but its spins "
            "flip together. Give a spread of the couplings, or `OpenHopfield.from_dicke(dicke, "
            'jumps="individual")`.'
        )
    match = Glauber.matched_to(network.rate_law)
    return [network, OpenHopfield(network.interactions, match.law, patterns=network.patterns)], match


def _type_of(platform: object) -> str:
    """What was given in place of a platform, in a word or two."""
    law = f" with {type(platform.rate_law).__name__}" if isinstance(platform, OpenHopfield) else ""
    return f"{type(platform).__name__}{law}"


def _own_rates(networks: Sequence[OpenHopfield], match: GlauberMatch) -> FloatArray:
    r"""$\exp \sum_k w_k \ln [W(\epsilon_k) + W(-\epsilon_k)]$ of each law over the flip energies of a recall.

    An arithmetic mean would be that of the few energies at which a cavity is fastest.
    """
    sample, rates = match.sample, []
    for network in networks:
        both = sum(network.rate_law(sign * sample.flip_energy, sample.spin_class) for sign in (1, -1))
        rates.append(float(np.exp(np.average(np.log(both), weights=sample.weight))))
    return np.array(rates)


def _late_states(
    networks: Sequence[OpenHopfield], starts: CorruptedStarts, time: float, threads: int, checkpoint: Path | None
) -> LateStates:
    """Runs until the end of the time, of which half start at patterns, in turn, and half anywhere."""
    memory, runs = starts.form.memory, starts.runs
    stream = np.random.default_rng(stream_of(starts.seed, LATE))
    anywhere = (2 * stream.integers(0, 2, (runs, memory.n_spins), np.int8) - 1).astype(np.int8)
    initial = np.concatenate([memory.values[np.arange(runs) % memory.n_patterns], anywhere])
    energies, overlaps = np.empty((2, 2, runs)), np.empty((2, 2, runs))
    for law, network in enumerate(networks):
        engine = KineticMonteCarlo(runs=2 * runs, seed=seed_of(starts.seed, LATE, law), threads=threads)
        found = engine.evolve(network, initial, [time], checkpoint=part_of(checkpoint, "late", law)).isel(time=0)
        energies[law] = found["energy"].values.reshape(2, runs)
        overlaps[law] = np.abs(found["overlap"].values).max(axis=-1).reshape(2, runs)
    return LateStates(frozen(energies), frozen(overlaps))


def _compared(
    starts: CorruptedStarts, found: Sequence[Recalls], late: LateStates, own_rates: FloatArray, end: float
) -> list[Comparison]:
    """Everything that is compared."""
    names = [starts.form.memory.names[place] for place in found[0].places]
    rows: list[Comparison] = []
    for k, name in enumerate(names):
        for j, overlap in enumerate(starts.overlaps):
            one, other = (recalls.recalled[k, j] for recalls in found)
            shares = float(one.mean()), float(other.mean())
            rows.append(Comparison("success", name, overlap, *shares, *paired_shares(one, other), "McNemar"))
            times = np.array([recalls.recall_times[k, j] for recalls in found])
            own, last = times * own_rates[:, None], end * float(own_rates.min())
            rows.append(_of_times("time", name, overlap, times, end))
            rows.append(_of_times("time in own rates", name, overlap, own, last))
    rows += [_of_basins(starts, found, k, name) for k, name in enumerate(names)]
    for kind, start in enumerate(LATE_STARTS):
        for quantity, values in (("late energy", late.energies[:, kind]), ("late overlap", late.overlaps[:, kind])):
            rows.append(_of_means(f"{quantity}, mean", f"from {start}", *values))
            distance, p_value = distributions(*values)
            both = np.nan, np.nan, distance, np.nan, p_value
            rows.append(Comparison(f"{quantity}, distribution", f"from {start}", np.nan, *both, DISTRIBUTIONS))
    return rows


def _of_times(quantity: str, name: str, overlap: float, times: FloatArray, last: float) -> Comparison:
    """When half of all runs have recalled, and how soon all of them (2, R) do: one of NaN, or after `last`, never."""
    half, _, _ = quantiles(times, np.array([0.5]), 0.5)
    one, other = float(half[0, 0]), float(half[1, 0])
    difference = one - other if np.isfinite(half).all() else np.nan
    seen = np.where(times <= last, times, np.inf)
    return Comparison(
        quantity, name, overlap, one, other, difference, np.nan, paired_times(seen[0], seen[1]), "paired ranks"
    )


def _of_means(quantity: str, name: str, one: FloatArray, other: FloatArray) -> Comparison:
    return Comparison(quantity, name, np.nan, float(one.mean()), float(other.mean()), *means(one, other), "Welch")


def _of_basins(starts: CorruptedStarts, found: Sequence[Recalls], k: int, name: str) -> Comparison:
    generator = np.random.default_rng(stream_of(starts.seed, RESAMPLING, int(found[0].places[k])))
    one, other = (recalls.recalled[k] for recalls in found)
    counts = np.stack([one.sum(axis=1), other.sum(axis=1)])
    crossings, _ = half_crossings(starts.overlaps, counts, starts.runs)
    first, second = np.where(np.isfinite(crossings), crossings, np.nan).tolist()
    error, p_value = paired_crossings(starts.overlaps, one, other, generator)
    return Comparison("basin", name, np.nan, first, second, first - second, error, p_value, "exchange of pairs")


def _told_of_both(
    starts: CorruptedStarts, levels: Levels, found: Sequence[Recalls], own_rates: FloatArray, confidence: float
) -> tuple[dict[str, xr.Variable], Json]:
    """What `retrieval` tells, with an axis for the law."""
    by_law = [told(starts, levels, recalls, confidence) for recalls in found]
    (one, coordinates), (other, _) = by_law
    data = {
        name: one[name]
        if name in SHARED
        else xr.Variable(("law", *one[name].dims), np.stack([one[name].values, other[name].values]), one[name].attrs)
        for name in one
    }
    own_times = data["time_quantile"].values * own_rates[:, None, None, None]
    data["own_rate"] = labelled(
        "law", own_rates, "geometric mean of W(e) + W(-e) over the flip energies of a recall", RATE
    )
    data["own_time_quantile"] = labelled(
        ("law", "pattern", "initial_overlap", "quantile"),
        own_times,
        "time by which a share of all runs has recalled",
        "1 / own rate of the law",
    )
    return data, {**coordinates, "law": list(LAWS), "late_start": list(LATE_STARTS)}


def _told_late(late: LateStates) -> dict[str, xr.Variable]:
    """Late energies and overlaps, and whether they depend on where the runs began."""
    each = ("law", "late_start", "run")
    agreement = [distributions(*energies)[1] for energies in late.energies]
    return {
        "late_energy": labelled(each, late.energies, "Ising energy at the end of the time", "unit of omega"),
        "late_overlap": labelled(each, late.overlaps, "largest size of an overlap at the end of the time"),
        "late_agreement": labelled("law", agreement, "chance that energies from both starts differ so, if stationary"),
    }


def _told_comparisons(rows: Sequence[Comparison], confidence: float) -> dict[str, xr.Variable]:
    """The table of comparisons."""
    p_values = np.array([row.p_value for row in rows])
    adjusted, significant = holm(p_values, confidence)
    columns: dict[str, tuple[Any, str]] = {
        "quantity": ([row.quantity for row in rows], "what is compared"),
        "of_pattern": ([row.pattern for row in rows], "the pattern, or where runs started"),
        "from_overlap": ([row.initial_overlap for row in rows], "initial overlap"),
        "platform_value": ([row.first for row in rows], "value under the law of the platform"),
        "glauber_value": ([row.second for row in rows], "value under the closest Glauber law"),
        "difference": (
            [row.difference for row in rows],
            "platform less Glauber; of distributions the largest distance",
        ),
        "error": ([row.error for row in rows], "its standard error; NaN of median times and distributions"),
        "p_value": (p_values, "chance of so large a difference if there is none"),
        "adjusted_p_value": (adjusted, "the same for all comparisons together (Holm)"),
        "significant": (significant, "whether the laws differ, at the confidence for all together"),
        "test": ([row.test for row in rows], "where the chance comes from"),
    }
    return {name: labelled("comparison", values, text) for name, (values, text) in columns.items()}


def _match_told(match: GlauberMatch, thermal: OpenHopfield) -> Json:
    """The thermal law, as attributes."""
    return {
        "glauber_temperature": match.law.temperature,
        "glauber_rate": match.law.rate,
        "glauber_distance": match.distance,
        "glauber_law": json.dumps(thermal.rate_law.to_dict()),
        "correction": "Holm",
    }
