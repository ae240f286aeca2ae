"""Which memory is being recalled, seen in the light alone."""

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.analysis.light.output_field import cavity_of, complex_of
from cavity_hopfield.analysis.results import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError

LEAST_TOLD_APART = 1e-6
"""Smallest singular value of the patterns' forces, beside the largest, with which overlaps follow from the light."""


def recall_from_light(result: xr.Dataset, time: float) -> xr.Dataset:
    r"""The overlaps that heterodyne records of the modes tell: $m(t)$ with $\mathrm{Re}\,(i z_\mu \alpha_\mu(t)) =
    \sum_\nu F_{\mu\nu} m_\nu(t)$.

    Light that follows the spins has $\alpha_\mu = -i x_\mu / z_\mu$ under the force $x_\mu$, and spins with the
    overlaps $m$, at random otherwise, exert $x_\mu = \sum_\nu F_{\mu\nu} m_\nu$ with $F_{\mu\nu} = \sum_i g_{i\mu}
    \xi_i^{\nu'} (C^{-1})_{\nu'\nu}$, where $C$ are the overlaps of the patterns with one another. The amplitude is the
    record over $\sqrt{\gamma_\mu}$, averaged over the last `time`; what is left of the noise of the record is told.

    Parameters
    ----------
    result : xarray.Dataset
        What `Heterodyne.evolve` or `TruncatedWigner.heterodyne` found: `record_real` and `record_imag`
        (run, time, mode), means over bins that end at each time.
    time : float
        The averaging time T: long beside $1/\Gamma$, in which light follows, short beside the time of a recall.

    Returns
    -------
    xarray.Dataset
        `overlap` (run, time, pattern), the estimate, nan before the first record; `overlap_noise` (time, pattern), the
        standard deviation that the noise of detection alone gives it; `recalled` (run, time), the number of the pattern
        with the largest overlap, whatever its sign; `true_overlap` (run, time, pattern) if the result has it.

    Raises
    ------
    ArgumentError
        If there are no records, or the light does not tell the patterns apart.
    """
    if "record_real" not in result:
        raise ArgumentError("Argument `result` must have heterodyne records, `record_real` and `record_imag`.")
    model = cavity_of(result)
    span = real_number("time", time, above=0.0)
    times = result["time"].values
    lengths = np.diff(times, prepend=0.0)
    averaged, share = _averages(complex_of(result, "record"), times, lengths, span)
    # the force that light at rest would have
    reading = 1j * model.pole / np.sqrt(model.loss)
    inverse = _overlaps_of_forces(model.memory.values.astype(np.float64), model.g)
    overlap = np.real(reading * averaged) @ inverse.T
    # Re of a complex number with E|.|^2 = 1/T has half of it
    noise = np.sqrt(share[:, None] / 2 * ((np.abs(reading) ** 2) @ inverse.T**2))
    variables = {
        "overlap": labelled(("run", "time", "pattern"), overlap, "overlap that the light tells"),
        "overlap_noise": labelled(("time", "pattern"), noise, "deviation by the noise of detection"),
        "recalled": labelled(("run", "time"), np.abs(overlap).argmax(axis=-1), "number of the largest overlap"),
    }
    if "overlap" in result and result["overlap"].dims == ("run", "time", "pattern"):
        variables["true_overlap"] = labelled(("run", "time", "pattern"), result["overlap"].values, "overlap of spins")
    coordinates = {"time": result["time"], "pattern": list(model.memory.names)}
    return analysis_result("recall_from_light", variables, coordinates, {"time": span}, model=model)


def _averages(
    record: ComplexArray, times: FloatArray, lengths: FloatArray, span: float
) -> tuple[ComplexArray, FloatArray]:
    r"""Means of the record (R, T, M) over the bins that end within the last `span`, and $E|\cdot|^2$ of their noise."""
    # a first time of zero ends an empty bin, which says nothing
    told = np.where(lengths[:, None] > 0, record * lengths[:, None], 0.0)
    whole = np.concatenate([np.zeros_like(record[:, :1]), np.cumsum(told, axis=1)], axis=1)
    begins = np.searchsorted(times, times - span * (1 - 1e-12), side="right")
    last = np.arange(times.size)
    begins = np.minimum(begins, last)
    elapsed = np.concatenate([[0.0], np.cumsum(lengths)])
    long = elapsed[last + 1] - elapsed[begins]
    nothing = np.full_like(long, np.nan)
    share = np.divide(1.0, long, out=nothing, where=long > 0)
    return (whole[:, last + 1] - whole[:, begins]) * share[:, None], share


def _overlaps_of_forces(patterns: FloatArray, g: FloatArray) -> FloatArray:
    """The matrix (P, M) that turns forces into overlaps."""
    n = patterns.shape[1]
    forces = (g.T @ patterns.T) @ np.linalg.pinv(patterns @ patterns.T / n)
    told = np.linalg.svd(forces, compute_uv=False)
    if forces.shape[0] < forces.shape[1] or told[-1] < LEAST_TOLD_APART * told[0]:
        raise ArgumentError(
            f"Argument `result` must be of a cavity whose light tells its {patterns.shape[0]} patterns apart, but "
            f"{g.shape[1]} modes with these couplings do not. Give every pattern a mode."
        )
    return np.asarray(np.linalg.pinv(forces))
