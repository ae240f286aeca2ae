"""What a design is told as: a table, and a labelled dataset."""

import json
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.design.problem import Problem
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.platforms.quantities import unit_of

if TYPE_CHECKING:
    from cavity_hopfield.design.design import Design

NUMBERS = {
    "balance_temperature": ("temperature of detailed balance over the energy scale of the memory", "1"),
    "balance_rate_per_s": ("best rate at the temperature of detailed balance", "1/s"),
    "glauber_temperature": ("temperature of the closest Glauber law over the energy scale of the memory", "1"),
    "distance": ("distance of the rates from the closest Glauber law", "1"),
    "flip_rate_per_s": ("rate of a flip that gains much energy", "1/s"),
    "ratio": ("r = W_tot / dephasing, of collective flips where forces are equal", "1"),
    "photons": ("largest mean photon number of a mode at a stored pattern", "1"),
    "recall_time_s": ("recall time of the slowest pattern", "s"),
}


def _number(design: "Design", name: str) -> float:
    """A number of the operating point, or of the trial where only that has it."""
    point = design.operating_point
    return float(getattr(point if hasattr(point, name) else design.trial, name))


def laboratory(name: str, value: float) -> str:
    """A number as a laboratory quotes it: angular frequencies as 2 pi times cycles."""
    if name.endswith("_rad_s"):
        cycles = value / (2 * np.pi)
        thousands = int(np.clip(np.floor(np.log10(abs(cycles)) / 3), 0, 3)) if cycles else 0
        return f"2pi * {cycles / 1000**thousands:.5g} {('Hz', 'kHz', 'MHz', 'GHz')[thousands]}"
    unit = unit_of(name)
    return f"{value:.5g}" if unit == "1" else f"{value:.5g} {unit}"


def table_of(design: "Design") -> str:
    """The design as text."""
    point, problem = design.operating_point, design.problem
    lines = [
        "meets the target and all constraints" if design.met else "does NOT meet the target and all constraints",
        "",
    ]
    for knob in problem.knobs:
        low, high = (laboratory(knob.name, bound) for bound in (knob.low, knob.high))
        lines.append(f"{knob.name:34s} {laboratory(knob.name, design.values[knob.name]):22s} of {low} .. {high}")
    lines += ["", *(f"{name:34s} {got:<12.5g} wanted {wanted:.5g} {unit}" for name, wanted, got, unit in
                    problem.target.rows(design.trial))]  # fmt: skip
    lines += ["", *(f"{name:34s} {_number(design, name):.5g}" for name in NUMBERS), ""]
    for constraint, excess in zip(problem.constraints, design.found.excess, strict=True):
        lines.append(f"{constraint.text:60s} {'holds' if excess <= 0 else 'BROKEN'}, {np.exp(excess):.3g} of the limit")
    certificate = point.certificate
    lines += ["", design.feasibility.sentence, certificate.sentence]
    if not certificate.flips_singly:
        spread = certificate.disorder_for_single_flips * point.unit_rad_s
        lines.append(f"For single flips the couplings must differ by well above {laboratory('spread_rad_s', spread)}.")
    if problem.failures:
        lines.append(f"{len(problem.failures)} of {problem.n_evaluations} points could not be evaluated.")
    return "\n".join(lines)


def dataset_of(design: "Design") -> xr.Dataset:
    """The design as a dataset: knobs, constraints, residuals, numbers, and every evaluation of the search."""
    problem, point = design.problem, design.operating_point
    variables = _knobs(design) | _constraints(design) | _history(problem)
    variables["residual"] = labelled("residual_of", design.found.residuals, "residual in units of its tolerance")
    for name, (text, units) in NUMBERS.items():
        variables[name] = labelled((), _number(design, name), text, units)
    variables["misfit"] = labelled((), design.misfit, "largest residual in size; the target is met up to 1")
    coordinates = {
        "knob": [knob.name for knob in problem.knobs],
        "constraint": [constraint.text for constraint in problem.constraints],
        "binding": [one.name for one in design.feasibility.bindings],
    }
    details = {
        "platform": json.dumps(design.platform.to_dict()),
        "certificate": point.certificate.to_json(),
        "feasibility": json.dumps(design.feasibility.to_dict()),
        "met": int(design.met),
    }
    return analysis_result("design", variables, coordinates, options_of(problem, design.seed), model=point.dicke,
                           details=details)  # fmt: skip


def options_of(problem: Problem, seed: int) -> Json:
    """What was asked for."""
    return {
        "target": problem.target.to_dict(),
        "vary": {knob.name: [knob.low, knob.high] for knob in problem.knobs},
        "constraints": [constraint.to_dict() for constraint in problem.constraints],
        "objectives": {quantity.name: weight for quantity, weight in problem.objectives},
        "platform": problem.platform.to_dict(),
        "seed": seed,
        "evaluations": problem.n_evaluations,
        "failures": [[values, text] for values, text in problem.failures],
    }


def _knobs(design: "Design") -> dict[str, xr.Variable]:
    knobs = design.problem.knobs
    units = [unit_of(knob.name) for knob in knobs]
    return {
        "knob_value": labelled("knob", [design.values[knob.name] for knob in knobs], "value of each knob", "SI"),
        "knob_low": labelled("knob", [knob.low for knob in knobs], "lower bound of each knob", "SI"),
        "knob_high": labelled("knob", [knob.high for knob in knobs], "upper bound of each knob", "SI"),
        "knob_unit": labelled("knob", units, "unit of each knob"),
    }


def _constraints(design: "Design") -> dict[str, xr.Variable]:
    excess = design.found.excess
    bindings = design.feasibility.bindings
    return {
        "constraint_excess": labelled("constraint", excess, "logarithm of a constraint over its limit; holds below 0"),
        "multiplier": labelled(
            "binding", [one.multiplier for one in bindings],
            f"gain of the {design.feasibility.subject} per relative relaxation of what binds",
        ),
    }  # fmt: skip


def _history(problem: Problem) -> dict[str, xr.Variable]:
    told = [one for one in problem.known.values() if not one.failure]
    values = np.array([[one.values[knob.name] for knob in problem.knobs] for one in told])
    return {
        "tried": labelled(("evaluation", "knob"), values, "knobs of each evaluation", "SI"),
        "tried_misfit": labelled("evaluation", [one.misfit for one in told], "misfit of each evaluation"),
        "tried_excess": labelled("evaluation", [one.excess.max(initial=-np.inf) for one in told],
                                 "worst logarithm of a constraint over its limit, of each evaluation"),
        "tried_objective": labelled("evaluation", [one.objective for one in told], "objective of each evaluation"),
    }  # fmt: skip
