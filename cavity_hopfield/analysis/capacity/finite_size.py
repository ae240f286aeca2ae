"""From the recall of finite networks to the capacity of a large one."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import expit

from cavity_hopfield._checks import increasing_grid
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError

STEPS = 60
"""Of Newton's method for a curve; it takes about ten."""
CONVERGED = 1e-10
EXPONENTS = (1 / 2, 2 / 3)
LARGEST_EXPONENT = 4.0
TAIL = 0.05
"""Loads at which fewer, or more than all but so many, patterns are recalled do not bear on the half."""
NEEDED = {"recalled_in_set", "tested_in_set", "patterns"}


def recall_capacity(recall: xr.Dataset, *, exponents: ArrayLike = EXPONENTS) -> xr.Dataset:
    r"""$\alpha_{1/2}(N)$, where half of the patterns are recalled, and $\alpha_\infty$ from $\alpha_{1/2}(N) =
    \alpha_\infty + b\, N^{-\gamma}$.

    For each N the likeliest $f = 1/[1 + e^{(\alpha - \alpha_{1/2})/w}]$ through the loads at which 5 % to 95 % are
    recalled; then straight lines in $N^{-\gamma}$ by weighted least squares.

    Parameters
    ----------
    recall : xarray.Dataset
        What `recall_fraction` returned, with loads around the half of each size.
    exponents : (E,) array or number
        $\gamma$, increasing. The form of the approach is an assumption: 1/2 if what matters is the scatter of the sets
        of patterns about their mean, as it is for the width w; 2/3 if it is the last passage of a fixed disorder
        through a metastable state about to vanish, a walk with a parabolic drift. By how much the two asymptotes differ
        tells what the form is worth.

    Returns
    -------
    xarray.Dataset
        Along `spins`: `half_load` with `half_load_error`, `width` with `width_error`, `misfit` (mean square deviation
        of the fractions from the curve in units of their errors). Along `exponent`: `asymptote`, `asymptote_error`
        (that of the fit, given its form), `slope` b, `chi_square` of the line, with `degrees_of_freedom`; `fitted`
        (exponent, spins). With one size there is no line, and they are NaN.

        Errors count each set of patterns as one observation, as patterns of one set succeed and fail together. Loads
        that round to the same number of patterns hold the same sets and count once: the first of them is kept, and
        `loads_fitted` (spins) is the number of different ones from 5 % to 95 %.

    Raises
    ------
    ArgumentError
        If the dataset is another one, the exponents do not increase from above zero, or fewer than half or more than
        half are recalled at every load of a size.
    ConvergenceError
        If the loads of a size are so coarse that between all and nothing there is no point.

    Notes
    -----
    Replica symmetry says .1379 and its breaking .1382 (`critical_load`); simulations of large networks were read as
    $.145 \pm .009$: D. J. Amit, H. Gutfreund and H. Sompolinsky, Ann. Phys. (N.Y.) 173, 30 (1987).

    Examples
    --------
    >>> from cavity_hopfield.analysis.capacity.recall_fraction import recall_fraction
    >>> found = recall_capacity(recall_fraction([100, 300], [0.1, 0.15, 0.2, 0.25, 0.3], samples=6, seed=1))
    >>> half = found["half_load"].values
    >>> bool(half[0] > half[1] > 0.15)
    True
    """
    if not isinstance(recall, xr.Dataset) or not set(recall.data_vars) >= NEEDED:
        raise ArgumentError("Argument `recall` must be what `recall_fraction` returned, but is something else.")
    powers = increasing_grid("exponents", exponents, above=0.0)
    if powers[-1] > LARGEST_EXPONENT:
        raise ArgumentError(f"Argument `exponents` must be at most {LARGEST_EXPONENT:g}, but holds {powers[-1]:g}.")
    sizes = recall["spins"].values
    curves = [_curve(recall.isel(spins=k)) for k in range(sizes.size)]
    half, error = np.array([curve.half for curve in curves]), np.array([curve.half_error for curve in curves])
    lines = [_line(sizes**-power, half, error) for power in powers]
    along, by = "spins", "exponent"
    variables = {
        "half_load": labelled(along, half, "load at which half of the patterns are recalled"),
        "half_load_error": labelled(along, error, "its standard error"),
        "width": labelled(along, [curve.width for curve in curves], "width of the transition"),
        "width_error": labelled(along, [curve.width_error for curve in curves], "its standard error"),
        "misfit": labelled(
            along, [curve.misfit for curve in curves], "mean square deviation from the curve, in errors"
        ),
        "loads_fitted": labelled(
            along, [curve.loads for curve in curves], "numbers of patterns that the curve goes through"
        ),
        "asymptote": labelled(by, [line.asymptote for line in lines], "load at which half are recalled as N grows"),
        "asymptote_error": labelled(by, [line.asymptote_error for line in lines], "its standard error, given the form"),
        "slope": labelled(by, [line.slope for line in lines], "coefficient of the power of N"),
        "chi_square": labelled(by, [line.chi_square for line in lines], "squared deviations from the line, in errors"),
        "fitted": labelled((by, along), [line.values for line in lines], "the straight lines"),
        "degrees_of_freedom": labelled((), sizes.size - 2, "sizes less two"),
    }
    coordinates = {along: recall[along], by: labelled(by, powers, "power of 1 / N along which the line is straight")}
    return analysis_result("recall_capacity", variables, coordinates, {"recall": recall.attrs["theory"]})


@dataclass(frozen=True)
class Curve:
    """The recalled fraction of one size against the load."""

    half: float
    half_error: float
    width: float
    width_error: float
    misfit: float
    loads: int


@dataclass(frozen=True, eq=False)
class Line:
    """A straight line through the half loads."""

    asymptote: float
    asymptote_error: float
    slope: float
    chi_square: float
    values: FloatArray


def _curve(recall: xr.Dataset) -> Curve:
    """The logistic curve of one size, with errors from the scatter of the sets about it."""
    # loads that round to the same number of patterns are answered by the same sets, not by more of them
    recall = recall.isel(load=np.unique(recall["patterns"].values, return_index=True)[1])
    loads = recall["patterns"].values / float(recall["spins"])
    hits, tries = recall["recalled_in_set"].values.astype(float), recall["tested_in_set"].values.astype(float)
    _check_range(int(recall["spins"]), hits, tries)
    fractions = hits.sum(axis=1) / tries.sum(axis=1)
    near = (fractions >= TAIL) & (fractions <= 1 - TAIL)
    loads, hits, tries = loads[near], hits[near], tries[near]
    if loads.size < 2:
        raise ConvergenceError(
            f"With {int(recall['spins'])} spins the recalled fraction lies between all and nothing at {loads.size} "
            "numbers of patterns, too few to tell a width. Take loads closer together."
        )
    middle, scale = loads.mean(), max(float(np.ptp(loads)), 1e-12)
    terms = np.stack([np.ones(loads.size), (loads - middle) / scale], axis=1)
    found = _likeliest(terms, hits.sum(axis=1), tries.sum(axis=1))
    chance = expit(terms @ found)
    information = (terms * (tries.sum(axis=1) * chance * (1 - chance))[:, None]).T @ terms
    scores = terms[:, None, :] * (hits - tries * chance[:, None])[..., None]
    sets = scores.shape[0] * scores.shape[1]
    spread = np.einsum("asi,asj->ij", scores, scores) * sets / (sets - 1)
    covariance = np.linalg.solve(information, np.linalg.solve(information, spread).T)
    slope = found[1]
    by_half = np.array([-scale / slope, scale * found[0] / slope**2])
    deviations = (hits / tries).mean(axis=1) - chance
    errors = (hits / tries).std(axis=1, ddof=1) / np.sqrt(hits.shape[1])
    return Curve(
        half=float(middle - scale * found[0] / slope),
        half_error=float(np.sqrt(by_half @ covariance @ by_half)),
        width=float(-scale / slope),
        width_error=float(scale / slope**2 * np.sqrt(covariance[1, 1])),
        misfit=float(np.mean((deviations[errors > 0] / errors[errors > 0]) ** 2)) if (errors > 0).any() else np.nan,
        loads=loads.size,
    )


def _likeliest(terms: FloatArray, hits: FloatArray, tries: FloatArray) -> FloatArray:
    """Coefficients of the logistic curve of the largest likelihood, by Newton's method."""
    found = np.zeros(2)
    for _ in range(STEPS):
        chance = expit(terms @ found)
        information = (terms * (tries * chance * (1 - chance))[:, None]).T @ terms
        step = np.linalg.solve(information, terms.T @ (hits - tries * chance))
        found = found + step
        if np.abs(step).max() < CONVERGED * (1 + np.abs(found).max()):
            return found
    raise ConvergenceError(
        f"The likeliest curve of the recalled fraction was not found in {STEPS} steps. Take more samples or loads."
    )


def _check_range(size: int, hits: FloatArray, tries: FloatArray) -> None:
    fractions = hits.sum(axis=1) / tries.sum(axis=1)
    if not fractions.min() < 0.5 < fractions.max():
        raise ArgumentError(
            f"Argument `recall` must hold loads on both sides of the half, but with {size} spins the recalled fraction "
            f"lies between {fractions.min():.3g} and {fractions.max():.3g}. Take more loads."
        )


def _line(places: FloatArray, values: FloatArray, errors: FloatArray) -> Line:
    """Weighted least squares."""
    if places.size < 2:
        return Line(np.nan, np.nan, np.nan, np.nan, np.full(places.size, np.nan))
    # columns of the same size, however steep the power
    scale = places.max()
    terms = np.stack([np.ones(places.size), places / scale], axis=1) / errors[:, None]
    covariance = np.linalg.inv(terms.T @ terms)
    found = covariance @ (terms.T @ (values / errors))
    fitted = found[0] + found[1] * places / scale
    return Line(
        asymptote=float(found[0]),
        asymptote_error=float(np.sqrt(covariance[0, 0])),
        slope=float(found[1] / scale),
        chi_square=float(np.sum(((values - fitted) / errors) ** 2)),
        values=fitted,
    )
