"""Which memory is being recalled, seen in the light alone."""

import json

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.analysis.light.output_field import cavity_of, complex_of
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke

ROUNDING = 1e-12
LEAST_TOLD_APART = 1e-6
"""Smallest singular value of the patterns' forces, beside the largest, with which overlaps follow from the light."""


def recall_from_light(result: xr.Dataset, time: float) -> xr.Dataset:
    r"""The overlaps that heterodyne records of the modes tell: $m(t)$ with $\mathrm{Re}\,(i z_\mu \alpha_\mu(t)) =
    \sum_\nu F_{\mu\nu} m_\nu(t)$.

    Light that follows the spins has $\alpha_\mu = -i x_\mu / z_\mu$ under the force $x_\mu$, and spins with the
    overlaps $m$, at random otherwise, exert $x_\mu = \sum_\nu F_{\mu\nu} m_\nu$ with $F_{\mu\nu} = \sum_i g_{i\mu}
    \xi_i^{\nu'} (C^{-1})_{\nu'\nu}$, where $C$ are the overlaps of the patterns with one another. The amplitude is the
    record over $\sqrt{\eta \gamma_\mu}$ with the efficiency $\eta$ of the detector, averaged over the last `time`.
    Where there are more modes than patterns, each counts by the noise of its record.

    Parameters
    ----------
    result : xarray.Dataset
        What `Heterodyne.evolve` or `TruncatedWigner.heterodyne` found: `record_real` and `record_imag`
        (run, time, mode), means over bins of `bin_length` (time) that end at each time.
    time : float
        The averaging time T: long beside $1/\Gamma$, in which light follows, short beside the time of a recall; at
        least the longest bin. Averaged are the bins that lie within it.

    Returns
    -------
    xarray.Dataset
        `overlap` (run, time, pattern), the estimate, nan before the first record; `overlap_noise` (time, pattern), the
        standard deviation that the noise of detection alone gives it (thermal light adds to it); `recalled`
        (run, time), the number of the pattern with the largest overlap, whatever its sign, -1 before the first record;
        `true_overlap` (run, time, pattern) if the result has it.

    Raises
    ------
    ArgumentError
        If there are no records, a bin is longer than `time`, or the light does not tell the patterns apart.

    Examples
    --------
    Spins without a drive stay as they are, and the light says so up to the noise of its detection:

    >>> from cavity_hopfield import Heterodyne, MultimodeDicke, Patterns
    >>> cavity = MultimodeDicke.from_patterns(Patterns([[1, 1, -1, 1]]), g=0.5, omega=1.0, loss=1.0)
    >>> records = Heterodyne(runs=2, seed=1).evolve(cavity, [1, 1, -1, 1], [50.0, 100.0])
    >>> found = recall_from_light(records, time=50.0)
    >>> bool((abs(found["overlap"] - found["true_overlap"]) < 4 * found["overlap_noise"]).all())
    True
    """
    model, record, lengths = _records(result)
    span, times = real_number("time", time, above=0.0), result["time"].values
    if lengths.max(initial=0.0) > span * (1 + ROUNDING):
        raise ArgumentError(
            f"Argument `time` must be at least the longest bin of the records, {lengths.max():g}, but is {span:g}."
        )
    averaged, share = _averages(record, times, lengths, span)
    efficiency = float(json.loads(result.attrs["theory"]).get("efficiency", 1.0))
    # the force that light at rest would have
    reading = 1j * model.pole / np.sqrt(efficiency * model.loss)
    inverse = _overlaps_of_forces(model.memory.values.astype(np.float64), model.g, np.abs(reading))
    overlap = np.real(reading * averaged) @ inverse.T
    # Re of a complex number with E|.|^2 = 1/T has half of it
    noise = np.sqrt(share[:, None] / 2 * ((np.abs(reading) ** 2) @ inverse.T**2))
    recalled = np.where(np.isnan(overlap).any(axis=-1), -1, np.abs(np.nan_to_num(overlap)).argmax(axis=-1))
    variables = {
        "overlap": labelled(("run", "time", "pattern"), overlap, "overlap that the light tells"),
        "overlap_noise": labelled(("time", "pattern"), noise, "deviation by the noise of detection"),
        "recalled": labelled(("run", "time"), recalled, "number of the largest overlap, -1 before the first record"),
    }
    if "overlap" in result and set(result["overlap"].dims) == {"run", "time", "pattern"}:
        true = result["overlap"].transpose("run", "time", "pattern").values
        variables["true_overlap"] = labelled(("run", "time", "pattern"), true, "overlap of spins")
    coordinates = {"time": result["time"], "pattern": list(model.memory.names)}
    return analysis_result("recall_from_light", variables, coordinates, {"time": span}, model=model)


def _records(result: xr.Dataset) -> tuple[MultimodeDicke, ComplexArray, FloatArray]:
    """The cavity, its records (R, T, M) and the lengths of their bins (T,)."""
    if "record_real" not in result or "bin_length" not in result:
        raise ArgumentError(
            "Argument `result` must have heterodyne records, `record_real`, `record_imag` and `bin_length`."
        )
    wanted = {"run", "time", "mode"}
    if set(result["record_real"].dims) != wanted:
        raise ArgumentError(
            f"Argument `result` must have records along run, time and mode, but has {result['record_real'].dims}. "
            "Select with lists, such as `result.isel(run=[0])`."
        )
    ordered = result[["record_real", "record_imag"]].transpose("run", "time", "mode")
    return cavity_of(result), complex_of(ordered, "record"), np.asarray(result["bin_length"].values, np.float64)


def _averages(
    record: ComplexArray, times: FloatArray, lengths: FloatArray, span: float
) -> tuple[ComplexArray, FloatArray]:
    r"""Means of the record (R, T, M) over the bins that lie within the last `span`, and $E|\cdot|^2$ of their noise."""
    # a first time of zero ends an empty bin, which says nothing
    told = np.where(lengths[:, None] > 0, record * lengths[:, None], 0.0)
    whole = np.concatenate([np.zeros_like(record[:, :1]), np.cumsum(told, axis=1)], axis=1)
    rounding = ROUNDING * (span + np.abs(times))
    first = np.searchsorted(times - lengths, times - span - rounding)
    after = np.arange(times.size) + 1
    elapsed = np.concatenate([[0.0], np.cumsum(lengths)])
    long = elapsed[after] - elapsed[np.minimum(first, after)]
    share = np.divide(1.0, long, out=np.full_like(long, np.nan), where=long > 0)
    return (whole[:, after] - whole[:, np.minimum(first, after)]) * share[:, None], share


def _overlaps_of_forces(patterns: FloatArray, g: FloatArray, noise: FloatArray) -> FloatArray:
    """The matrix (P, M) that turns forces, known with the `noise` (M,), into overlaps."""
    n = patterns.shape[1]
    forces = (g.T @ patterns.T) @ np.linalg.pinv(patterns @ patterns.T / n)
    told = np.linalg.svd(forces, compute_uv=False)
    if forces.shape[0] < forces.shape[1] or told[-1] <= LEAST_TOLD_APART * told[0]:
        raise ArgumentError(
            f"Argument `result` must be of a cavity whose light tells its {patterns.shape[0]} patterns apart, but "
            f"{g.shape[1]} modes with these couplings do not. Give every pattern a mode."
        )
    weights = noise.min() / noise
    return np.asarray(np.linalg.pinv(weights[:, None] * forces) * weights)
