r"""How wrong rates are: the exact relaxation of one driven spin in one mode against $W(\epsilon) + W(-\epsilon)$.

The map that the certificate reads lies in `measured_map.csv`; `cavity-hopfield validity-map` measures it anew.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import product

import numpy as np
import xarray as xr
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import eigs

from cavity_hopfield._checks import real_array
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.elimination.cavity_rates import CavityRates
from cavity_hopfield.elimination.exact.fock_levels import first_levels
from cavity_hopfield.elimination.exact.full_liouvillian import full_liouvillian
from cavity_hopfield.elimination.memory.slip import memory_slip
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import on_site, pauli, turning

GRID = {
    "flip_energy": (0.0, 0.1, 0.5, 1.0),
    "eta": (0.05, 0.1, 0.3, 1.0, 2.0, 3.0),
    "coupling": (0.1, 0.2, 0.4, 0.7, 1.0, 1.4, 2.0),
    "drive_over_dephasing": (0.05, 0.1, 0.14, 0.2, 0.28, 0.4),
}
"""The points of the measured map: 1008."""
MEASURED = ("ratio", "drive_ratio", "memory_slip", "rate", "exact_rate", "error")
LONG_NAMES = {
    "ratio": "r = [W(e) + W(-e)] / dephasing",
    "drive_ratio": "2 drive / |z|",
    "memory_slip": "memory slip",
    "rate": "W(e) + W(-e)",
    "exact_rate": "slowest relaxation of the full Lindblad equation",
    "error": "relative error of W",
}
TOLERANCE, ROUND_OFF = 1e-6, 2e-13
STEP, MOST_LEVELS = 4, 90
TO_THE_NEXT = 1.5
MILDEST_RATIO, MILDEST_DRIVE_RATIO = 1e-3, 0.02
SLOW_MODES = 6
"""Eigenvalues found beside zero, among which is the relaxation of the polarisation."""


def validity_map(
    eta: ArrayLike = GRID["eta"],
    coupling: ArrayLike = GRID["coupling"],
    drive_over_dephasing: ArrayLike = GRID["drive_over_dephasing"],
    flip_energy: ArrayLike = GRID["flip_energy"],
    *,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""$[W(\epsilon) + W(-\epsilon)] / \lambda - 1$ for one spin in one mode without gain, with $\lambda$ the slowest
    decay of its polarisation under the full Lindblad equation.

    A splitting $\frac12 \epsilon \sigma^z$ of the spin stands for the field of the others.

    Parameters
    ----------
    eta : (A,) array
        $\Gamma/\omega$.
    coupling : (B,) array
        $g/\omega$.
    drive_over_dephasing : (C,) array
        $\Omega/\Gamma_\varphi$.
    flip_energy : (D,) array
        $\epsilon/\omega$.
    progress : callable, optional
        Told the fraction of the points that are done.

    Returns
    -------
    xarray.Dataset
        `error`, `rate`, `exact_rate`, `ratio`, `drive_ratio`, `memory_slip` over (flip_energy, eta, coupling,
        drive_over_dephasing). The exact rate is NaN where the polarisation oscillates instead of relaxing.

    Raises
    ------
    ArgumentError
        If a parameter is not positive, or not a list.
    ConvergenceError
        If the Fock space would need more than 90 levels.

    Examples
    --------
    >>> point = validity_map(eta=[1.0], coupling=[0.5], drive_over_dephasing=[0.05], flip_energy=[0.0])
    >>> round(float(point["error"].squeeze()), 4)
    -0.0051
    """
    axes = {
        "flip_energy": _axis("flip_energy", flip_energy, positive=False),
        "eta": _axis("eta", eta),
        "coupling": _axis("coupling", coupling),
        "drive_over_dephasing": _axis("drive_over_dephasing", drive_over_dephasing),
    }
    points = list(product(*axes.values()))
    values = np.empty((len(points), len(MEASURED)))
    for k, point in enumerate(points):
        values[k] = _measured(*point)
        if progress is not None:
            progress((k + 1) / len(points))
    return _labelled(axes, values)


def measured_map() -> xr.Dataset:
    """The map that was measured with this version of the package, as `validity_map()` gives it.

    Returns
    -------
    xarray.Dataset
        What `validity_map` returns.

    Examples
    --------
    >>> found = measured_map()
    >>> good = (found["ratio"] < 0.03) & (found["drive_ratio"] < 0.2)
    >>> round(float(abs(found["error"]).where(good).max()), 3)
    0.03
    """
    return _shipped_map().copy(deep=True)


@cache
def _shipped_map() -> xr.Dataset:
    text = files("cavity_hopfield.elimination.certificate").joinpath("measured_map.csv").read_text(encoding="utf-8")
    table = np.loadtxt(text.splitlines(), delimiter=",", skiprows=1)
    axes = {name: np.unique(column) for name, column in zip(GRID, table.T, strict=False)}
    return _labelled(axes, table[:, len(axes) :])


def table_lines(measured: xr.Dataset) -> Iterator[str]:
    """A map as lines of comma-separated values, as in `measured_map.csv`."""
    yield ",".join((*GRID, *MEASURED))
    points = measured.stack(point=tuple(GRID))
    for k in range(points.sizes["point"]):
        here = points.isel(point=k)
        yield ",".join(f"{float(here[name]):.10g}" for name in (*GRID, *MEASURED))


def expected_error(ratio: float, drive_ratio: float) -> float:
    """The largest relative error of W at all measured points with r and drive ratio up to 1.5 times as large, which is
    the way to the next point; values below 0.001 and 0.02 count as these.

    NaN if a spin does not even relax at one of them, or beyond all measured points.
    """
    measured = _shipped_map()
    ratios, drive_ratios = measured["ratio"].values, measured["drive_ratio"].values
    if ratio > ratios.max() or drive_ratio > drive_ratios.max():
        return float("nan")
    no_harder = (ratios <= TO_THE_NEXT * max(ratio, MILDEST_RATIO)) & (
        drive_ratios <= TO_THE_NEXT * max(drive_ratio, MILDEST_DRIVE_RATIO)
    )
    return float(np.abs(measured["error"].values)[no_harder].max())


def _axis(name: str, value: ArrayLike, *, positive: bool = True) -> FloatArray:
    values = real_array(name, value)
    if values.ndim != 1 or values.size == 0 or (positive and (values <= 0).any()) or (values < 0).any():
        sign = "positive" if positive else "non-negative"
        raise ArgumentError(f"Argument `{name}` must be a list of {sign} numbers, but is {value!r}.")
    return values


def _labelled(axes: dict[str, FloatArray], values: FloatArray) -> xr.Dataset:
    shape = tuple(axis.size for axis in axes.values())
    data = {
        name: (tuple(axes), column.reshape(shape), {"long_name": LONG_NAMES[name], "units": "1"})
        for name, column in zip(MEASURED, values.T, strict=True)
    }
    return xr.Dataset(data, coords=axes)


def _measured(flip_energy: float, eta: float, coupling: float, drive_over_dephasing: float) -> tuple[float, ...]:
    """The row of one point, in the order of `MEASURED`."""
    dephasing = 4 * coupling**2 * (eta / 2) / (1 + eta**2 / 4)
    dicke = MultimodeDicke([[coupling]], omega=1.0, loss=eta, drive=drive_over_dephasing * dephasing)
    rates = CavityRates(dicke)
    rate = float(rates(flip_energy) + rates(-flip_energy))
    exact = one_spin_relaxation(dicke, flip_energy / 2)
    slip = float(memory_slip(dicke, flip_energy))
    return rate / dephasing, float(2 * dicke.drive / abs(dicke.pole[0])), slip, rate, exact, rate / exact - 1


def one_spin_relaxation(dicke: MultimodeDicke, splitting: float = 0.0) -> float:
    r"""The slowest decay of $\langle\sigma^z\rangle$ of one spin in one mode with $H \ni \mathtt{splitting}\,\sigma^z$.

    By the eigenvalues of the full Liouvillian, with the Fock levels raised until the decay moves by less than 1e-6;
    NaN if it oscillates.
    """
    (levels,) = first_levels(dicke)
    if levels > MOST_LEVELS:
        raise ConvergenceError(
            f"One spin with g = {dicke.g[0, 0]:g} needs {levels} Fock levels to begin with, more than {MOST_LEVELS}. "
            "Take a smaller coupling."
        )
    before = _relaxation(dicke, splitting, levels)
    while levels + STEP <= MOST_LEVELS:
        levels += STEP
        now = _relaxation(dicke, splitting, levels)
        if not abs(now - before) > TOLERANCE * abs(now) + ROUND_OFF:
            return now
        before = now
    raise ConvergenceError(f"The relaxation of one spin at g = {dicke.g[0, 0]:g} is not settled at {levels} levels.")


def _relaxation(dicke: MultimodeDicke, splitting: float, levels: int) -> float:
    z = on_site(pauli("z", 0, 1), 0, (2, levels))
    generator = csc_array(full_liouvillian(dicke, levels) + turning(csr_array(splitting * z)))
    guess = float(np.sum(CavityRates(dicke)(np.array([2, -2]) * splitting)))
    start = np.ones(generator.shape[0])
    values, vectors = eigs(generator, k=SLOW_MODES, sigma=0.3 * guess, v0=start)
    shown = np.abs(z.toarray().ravel() @ vectors)
    relaxing = (shown > 1e-6 * shown.max()) & (np.abs(values) > 1e-7 * guess)
    slowest = values[relaxing][np.argmax(values[relaxing].real)]
    return float(-slowest.real) if abs(slowest.imag) < 1e-7 * abs(slowest) else float("nan")
