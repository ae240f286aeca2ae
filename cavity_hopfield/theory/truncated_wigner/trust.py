"""What is known of the error: of the step, measured, and of the truncation, by the number of spins."""

import warnings
from dataclasses import replace

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import RegimeWarning
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.truncated_wigner.moments import Moments
from cavity_hopfield.theory.truncated_wigner.readings import Reader, add
from cavity_hopfield.theory.truncated_wigner.steps import Steps

FEW_SPINS = 16.0
"""Effective spins in a mode below which a warning is given."""
MOST_PILOTS, SHARE_OF_PILOTS = 256, 8
SECOND_ORDER = 3.0
"""A step of twice the length has four times the error: their difference is three."""
ROUNDING = 1e-9


def effective_spins(model: MultimodeDicke) -> float:
    r"""$\min_\mu (\sum_i g_{i\mu}^2)^2 / \sum_i g_{i\mu}^4$: N for equal couplings."""
    squares = model.g**2
    lit = squares.sum(axis=0) > 0
    if not lit.any():
        return float(model.n_spins)
    return float(np.min(squares.sum(axis=0)[lit] ** 2 / np.sum(squares**2, axis=0)[lit]))


def warn_of_few_spins(model: MultimodeDicke, stacklevel: int) -> None:
    """A warning if a mode sees few spins."""
    spins = effective_spins(model)
    if spins < FEW_SPINS:
        warnings.warn(
            f"truncated Wigner neglects what is of the order of one over the number of spins squared and more: "
            f"effective spins (sum g^2)^2 / sum g^4 = {spins:.3g}, below {FEW_SPINS:g}. `Lindblad` is exact for few.",
            RegimeWarning,
            stacklevel=stacklevel,
        )


def step_error(
    reader: Reader, grid: FloatArray, step: float, runs: int, total: dict[str, Moments], stacklevel: int
) -> float:
    """The largest error of the step in mean spins, overlaps and photons (relative to one and the most there are), from
    pilot runs with steps of twice the length and the same noise; warned if it is above the standard error.
    """
    pilots = min(runs, MOST_PILOTS, max(2, -(-runs // SHARE_OF_PILOTS)))
    ensemble = reader.ensemble
    coarse = replace(reader, ensemble=replace(ensemble, steps=Steps.over(ensemble.model, grid, step, coarse=True)))
    changes: dict[str, Moments] = {}
    lanes = ensemble.lanes(runs)
    for first in range(0, pilots, lanes):
        add(changes, _changes(reader, coarse, first, min(first + lanes, pilots)))
    most, excess = 0.0, 0.0
    for name, change in changes.items():
        scale = 1.0 if name == "spin" else 1.0 + float(np.abs(total["light"].x[..., 0]).max())
        most = max(most, float(np.abs(change.x).max()) / scale)
        if pilots > 1:
            statistical = total["spin"].error if name == "spin" else total["light"].error[..., 0]
            sure = np.abs(change.x) - 2 * change.error
            excess = max(excess, float(np.max((sure - statistical) / scale)))
    if excess > ROUNDING:
        warnings.warn(
            f"the step {step:.3g} is too long: its measured error, up to {most:.2g}, exceeds the standard error of "
            "the runs. Take a shorter `step`.",
            RegimeWarning,
            stacklevel=stacklevel,
        )
    return most


def _changes(fine: Reader, coarse: Reader, first: int, last: int) -> dict[str, Moments]:
    """A third of what the coarse step changes in mean spins and overlaps (T, 3, 1 + P) and photons (T, M)."""
    pair = [_read(one, first, last) for one in (fine, coarse)]
    return {name: Moments.of((pair[1][name] - pair[0][name]) / SECOND_ORDER) for name in ("spin", "photons")}


def _read(reader: Reader, first: int, last: int) -> dict[str, FloatArray]:
    """Mean spins and overlaps (T, 3, 1 + P, R) and photons (T, M, R)."""
    told: dict[str, list[FloatArray]] = {"spin": [], "photons": []}
    for stretch in reader.ensemble.along(first, last):
        values = reader.per_run(stretch)
        told["spin"].append(values["spin"])
        told["photons"].append(values["light"][:, :, 0].copy())
    return {name: np.concatenate(values) for name, values in told.items()}
