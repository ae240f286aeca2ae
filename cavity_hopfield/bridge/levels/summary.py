"""The verdict in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.bridge.levels.comparison import Difference
from cavity_hopfield.bridge.levels.result import Disagreement
from cavity_hopfield.bridge.levels.rungs import LARGE_EXPECTED
from cavity_hopfield.bridge.levels.trials import Trial


@dataclass(frozen=True, eq=False)
class Verdicts:
    """All that a summary tells of."""

    trials: Sequence[Trial]
    reference: Trial
    best: Trial
    cheapest: Trial
    disagreements: Sequence[Disagreement]
    differences: Mapping[str, Mapping[str, Difference]]
    unlike: Mapping[str, Sequence[str]]
    times: FloatArray
    left_out: Mapping[str, str]
    options: Mapping[str, Any]


def summary_of(found: Verdicts) -> str:
    """One line for the reference, each rung, and the conclusion."""
    lines = [_reference(found)]
    for trial in found.trials:
        if trial is not found.reference:
            own = [one for one in found.disagreements if one.theory == trial.name]
            lines.append(f"- {_verdict(trial, own, found)}{_remarks(trial)}")
    lines.append(_conclusion(found))
    lines += [f"Left out: {name}, {why}." for name, why in found.left_out.items()]
    lines.append(
        f"Differences below {found.options['tolerance']:g} (relative to the larger of a value and one) do not count; "
        f"rungs that agree are nowhere found to differ with a chance of {found.options['confidence']:g} or more."
    )
    return "\n".join(lines)


def _reference(found: Verdicts) -> str:
    trial = found.reference
    why = f"{trial.rung.kind}; it neglects {trial.rung.neglects}"
    caution = "" if trial.rung.exact else " No exact level stands behind it: agreement is no proof."
    if trial.doubted:
        alone = found.best is trial
        caution += f" It is in doubt, and {'so are all others' if alone else 'was asked for'}."
    return f"Measured against {trial.name} ({why}).{caution}{_remarks(trial)}"


def _verdict(trial: Trial, own: Sequence[Disagreement], found: Verdicts) -> str:
    differences = found.differences.get(trial.name, {})
    if trial.result is None:
        return f"{trial.name} gave no answer."
    if own:
        rest = sorted({one.observable for one in own[1:]} - {own[0].observable})
        return f"{own[0]}{'; later or as well in ' + ', '.join(rest) if rest else ''}."
    judged = {name: one for name, one in differences.items() if one.known.any()}
    unlike = found.unlike.get(trial.name, ())
    other = "".join(f" It has {name} on other axes, which was not compared." for name in unlike)
    if not judged:
        return f"{trial.name} has no observable in common with it.{other}"
    worst = max(judged, key=lambda name: judged[name].resolution)
    coarsest = judged[worst].resolution
    if coarsest == float("inf"):
        return f"{trial.name} cannot be judged in {worst}, for {_why_unknown(trial, found)}.{other}"
    most = max(one.most for one in judged.values())
    until = _until(judged, found) if trial.failure or found.reference.failure else ""
    return (
        f"{trial.name} is not found to differ{until}: by {most:.2g} at most, where {coarsest:.2g} in {worst} would "
        f"have been seen.{other}"
    )


def _until(judged: Mapping[str, Difference], found: Verdicts) -> str:
    """Until when both know something, of rungs that ended on the way."""
    known = [one.known.reshape(len(one.known), -1).any(axis=1) for one in judged.values()]
    last = max(int(np.flatnonzero(one)[-1]) for one in known)
    return f" up to t = {found.times[last]:.4g} ({last + 1} of {len(found.times)} times)"


def _why_unknown(trial: Trial, found: Verdicts) -> str:
    if trial.runs == 1 or found.reference.runs == 1:
        return "there is a single run"
    return "no run has moved yet" if trial.runs or found.reference.runs else "a rung does not tell"


def _remarks(trial: Trial) -> str:
    """What a rung says of itself."""
    parts = [f"It failed: {trial.failure}"] if trial.failure else []
    parts += [f"It warns: {text}" for text in trial.warnings]
    if trial.expected > LARGE_EXPECTED:
        parts.append(f"Its expected error is {trial.expected:.2g}, by what it neglects.")
    parts += [f"({trial.note}.)"] if trial.note else []
    return "".join(f" {part}" for part in parts)


def _conclusion(found: Verdicts) -> str:
    best, cheapest, reference = found.best, found.cheapest, found.reference
    trust = f"Trust {best.name}."
    cost = f"{cheapest.seconds:.2g} s against {reference.seconds:.2g} s"
    if cheapest is not reference and best is reference:
        return f"{trust} {cheapest.name} is as good wherever it could be told, and took {cost}."
    if cheapest is not reference:
        return f"{trust} {cheapest.name} agrees with {reference.name}, the reference, and took {cost}."
    if best is reference:
        return f"{trust} No faster rung that trusts itself is known to be as good."
    return f"{trust} No faster rung that trusts itself is known to agree with {reference.name}, the reference."
