"""The Hopfield network of many patterns in equilibrium: what is remembered at a temperature and a load."""

import math

import numpy as np
import xarray as xr

from cavity_hopfield._checks import increasing_grid
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.analysis.capacity.saddle_points import (
    SaddlePoint,
    glass_point,
    lone_pattern,
    paramagnet,
    retrieval_points,
)
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError

FIELDS = "unit of the fields"
"""The unit of temperatures and energies: the field that one remembered pattern exerts at overlap one."""
SOLUTIONS = ("retrieval", "weak_retrieval", "spin_glass", "paramagnet")
QUANTITIES = {
    "overlap": ("overlap with the pattern that is remembered", "1"),
    "order": ("order parameter q of the spin glass", "1"),
    "noise": ("variance r of the overlaps with the other patterns, in units of 1 / N", "1"),
    "susceptibility": ("C = (1 - q) / T", "1"),
    "energy": ("energy per spin", FIELDS),
    "entropy": ("entropy per spin", "1"),
    "free_energy": ("free energy per spin", FIELDS),
    "replicon": ("eigenvalue that is negative where replica symmetry is broken", "1"),
    "residual": ("largest violation of the three equations", "1"),
}
AT_THE_TRANSITION = 1e-12
LARGEST = 1e12
"""Temperatures and loads beyond this one are refused: their squares lose what they are compared with."""


def replica_symmetric(temperature: ArrayLike, load: ArrayLike) -> xr.Dataset:
    r"""$m = \int Dz \tanh\beta(\sqrt{\alpha r}\, z + m)$, $q = \int Dz \tanh^2\beta(\sqrt{\alpha r}\, z + m)$,
    $r = q / [1 - \beta(1 - q)]^2$: all solutions with at most one pattern remembered.

    The network has $E = -\frac12 \sum_{i \ne j} J_{ij} \sigma_i \sigma_j$ with Hebb's couplings $J_{ij} = \frac1N
    \sum_\mu \xi_i^\mu \xi_j^\mu$ of $P = \alpha N$ random patterns, $N \to \infty$.

    Parameters
    ----------
    temperature : (T,) array or number
        Temperatures, increasing, zero allowed.
    load : (A,) array or number
        $\alpha = P/N$, increasing, zero allowed: fewer patterns than any fraction of the spins.

    Returns
    -------
    xarray.Dataset
        Over (temperature, load, solution), NaN where a solution does not exist: `overlap` m, `order` q, `noise` r,
        `susceptibility`, `energy`, `entropy`, `free_energy` per spin, `replicon` (negative where replica symmetry is
        broken), `residual`. Further `stable` (within replica symmetry), `ground` (temperature, load): the solution
        that is stable and has the lowest free energy.

        The solutions are "retrieval"; "weak_retrieval", the unstable one between it and m = 0; "spin_glass", m = 0 and
        q > 0; "paramagnet", m = q = 0, at T > 1 or zero load, stable above $T_g = 1 + \sqrt\alpha$. There are no others
        with at most one pattern: each lies on a curve along which the temperature is met once (see `saddle_points`), if
        the load has one maximum along that of retrieval, as it has wherever it was drawn. Mixtures of patterns are left
        out.

    Raises
    ------
    ArgumentError
        If a grid does not increase or holds a negative number, or one above 1e12.

    Notes
    -----
    Source: D. J. Amit, H. Gutfreund and H. Sompolinsky, Phys. Rev. Lett. 55, 1530 (1985) and Ann. Phys. (N.Y.) 173, 30
    (1987). Replica symmetry is broken in the spin glass everywhere and for retrieval below a low temperature
    (`phase_boundaries`); at zero temperature its breaking moves the loss of retrieval from a load of .137906 to .138187
    (H. Steffan and R. Kühn, Z. Phys. B 95, 249 (1994)).

    Its entropy is negative where it is broken at low temperatures.

    Integrals have an absolute error of 1e-14, at any temperature.

    Examples
    --------
    >>> found = replica_symmetric(0.0, [0.05, 0.1, 0.15])
    >>> found["overlap"].sel(solution="retrieval").values[0].round(4)
    array([1.   , 0.998,   nan])
    >>> [str(name) for name in found["ground"].values[0]]
    ['retrieval', 'spin_glass', 'spin_glass']
    """
    temperatures = increasing_grid("temperature", temperature, minimum=0.0)
    loads = increasing_grid("load", load, minimum=0.0)
    for name, values in (("temperature", temperatures), ("load", loads)):
        if values[-1] > LARGEST:
            raise ArgumentError(f"Argument `{name}` must be at most {LARGEST:g}, but holds {values[-1]:g}.")
    found = [[_solutions(float(t), float(a)) for a in loads] for t in temperatures]
    stable = np.array([[[_stable(name, here) for name in SOLUTIONS] for here in row] for row in found])
    axes = ("temperature", "load", "solution")
    variables = {name: labelled(axes, _values(found, name), *told) for name, told in QUANTITIES.items()}
    variables["stable"] = labelled(axes, stable, "whether it is stable, within replica symmetry")
    free = np.where(stable, variables["free_energy"].values, np.inf)
    ground = np.array(SOLUTIONS)[free.argmin(axis=-1)]
    variables["ground"] = labelled(axes[:2], ground, "stable solution of the lowest free energy")
    coordinates = {
        "temperature": labelled("temperature", temperatures, "temperature", FIELDS),
        "load": labelled("load", loads, "patterns per spin"),
        "solution": list(SOLUTIONS),
    }
    return analysis_result("replica_symmetric", variables, coordinates, {})


def _solutions(temperature: float, load: float) -> dict[str, SaddlePoint]:
    """Those that exist, by name."""
    found: dict[str, SaddlePoint] = {}
    if load == 0:
        if temperature < 1:
            found["retrieval"] = lone_pattern(temperature)
        if temperature > 0:
            found["paramagnet"] = paramagnet(temperature, load)
        return found
    pair = retrieval_points(temperature, load)
    if pair is not None:
        found |= dict(zip(SOLUTIONS, pair, strict=False))
    if temperature - 1 < math.sqrt(load) * (1 - AT_THE_TRANSITION):
        found["spin_glass"] = glass_point(temperature, load)
    if temperature > 1:
        found["paramagnet"] = paramagnet(temperature, load)
    return found


def _stable(name: str, found: dict[str, SaddlePoint]) -> bool:
    """Whether the solution of a name exists and is stable."""
    if name not in found or name == "weak_retrieval":
        return False
    return name != "paramagnet" or len(found) == 1


def _values(found: list[list[dict[str, SaddlePoint]]], name: str) -> FloatArray:
    """One quantity of every solution, NaN where there is none."""
    points = [[[here.get(solution) for solution in SOLUTIONS] for here in row] for row in found]
    return np.array([[[np.nan if p is None else getattr(p, name) for p in here] for here in row] for row in points])
