r"""Several patterns: between which drives retrieval and mixtures are stable, for Glauber's law."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.optimize import brentq

from cavity_hopfield._checks import increasing_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.dynamics.labels import RATE, analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber
from cavity_hopfield.network import HopfieldLimit

MOST_PATTERNS = 4
GRID = 400
"""Effective temperatures between which a change of stability is looked for."""
COLDEST = 1e-3
BISECTIONS = 100


def stability_boundaries(P: int, temperature: ArrayLike) -> xr.Dataset:
    r"""$q(\tau) = \min(\tau, \tfrac32 T)$, $\tau = T (1 + 8 \Omega^2)$: where a fixed point of P random patterns loses
    its stability, for Glauber's law.

    At a fixed point the fields over the temperature depend on $\tau$ alone, and each eigenvalue q of
    $\langle \xi \xi^T \mathrm{sech}^2(h/T) \rangle$ is one plane with the trace $q/T - \frac32$ and the determinant
    $4 \Omega^2 - \frac12 (q/T - 1)$. So the largest q decides: beyond $\tau$ the state is unstable as the classical one
    at $\tau$ is (steady), beyond $\frac32 T$ it starts to rotate (Hopf).

    Parameters
    ----------
    P : int
        Number of patterns, two to four.
    temperature : (T,) array or number
        Temperatures, increasing, of at least 0.001.

    Returns
    -------
    xarray.Dataset
        Along `state` (0 is the paramagnet, n the equal mixture of n patterns, 1 retrieval) and `temperature`:
        `stable_from`, `stable_to`, the first drives between which the state is stable (infinite if for ever, NaN if
        never); `lost_by`, "hopf", "steady", or "merged" where the state ends in 0 at the same drive; `intervals`, the
        number of such intervals.

    Raises
    ------
    ArgumentError
        If there are not two to four patterns, or temperatures do not increase or are too low.

    Notes
    -----
    The classical condition is that of D. J. Amit, H. Gutfreund and H. Sompolinsky, Phys. Rev. A 32, 1007 (1985): the
    mixtures of an odd number become stable from $\tau = 0.46$ downward, three patterns first; even ones never do.

    Examples
    --------
    >>> found = stability_boundaries(3, [0.2, 0.5])
    >>> found["stable_to"].sel(state=3).values.round(3)
    array([0.335,   nan])
    """
    if not 2 <= whole_number("P", P, minimum=1) <= MOST_PATTERNS:
        raise ArgumentError(
            f"Argument `P` must be two to {MOST_PATTERNS} patterns, but is {P!r}. For one, take `bifurcations`; for "
            "more, `fixed_points` at each drive."
        )
    grid = increasing_grid("temperature", temperature, minimum=COLDEST)
    states = [EqualMixture(HopfieldLimit(P, Glauber(1.0)), n) for n in range(P + 1)]
    found = [[_interval(state, float(value)) for value in grid] for state in states]
    texts = {
        "stable_from": ("smallest drive at which the state is stable", RATE),
        "stable_to": ("drive at which it ceases to be stable", RATE),
        "lost_by": ("how it ceases to be stable", "1"),
        "intervals": ("number of intervals of drive in which it is stable", "1"),
    }
    data = {
        name: labelled(("state", "temperature"), [[row[k] for row in line] for line in found], *described)
        for k, (name, described) in enumerate(texts.items())
    }
    coordinates = {
        "state": labelled("state", np.arange(P + 1), "number of patterns in the mixture"),
        "temperature": labelled("temperature", grid, "temperature", "unit of the fields"),
    }
    options = {"P": int(P), "rate_law": Glauber(float(grid[0])).to_dict()["rate_law"], "rate": 1.0}
    return analysis_result("stability_boundaries", data, coordinates, options)


@dataclass(frozen=True, eq=False)
class EqualMixture:
    """The classical state with equal overlaps with the first n patterns, at any temperature."""

    limit: HopfieldLimit
    n: int

    def overlap(self, temperature: float) -> float:
        r"""$m = \langle \xi_1 \tanh(m \sum_{\mu \le n} \xi_\mu / \tau) \rangle$, the positive solution, or zero."""
        if self.n == 0 or temperature >= 1:
            return 0.0
        sums = self.limit.columns[:, : self.n].sum(axis=1)

        def defect(m: float) -> float:
            return float(self.limit.weights @ (sums / self.n * np.tanh(m * sums / temperature)) - m)

        # the map is concave for m > 0, so that there is one solution
        low = 1.0
        for _ in range(BISECTIONS):
            low /= 2
            if defect(low) > 0:
                return float(brentq(defect, low, 1.0, xtol=1e-15, rtol=8.9e-16))
        return 0.0

    def stiffness(self, temperature: float) -> float:
        r"""The largest eigenvalue q of $\langle \xi \xi^T \mathrm{sech}^2(h / \tau) \rangle$."""
        columns = self.limit.columns
        fields = self.overlap(temperature) * columns[:, : self.n].sum(axis=1)
        weights = self.limit.weights * (1 - np.tanh(fields / temperature) ** 2)
        return float(np.linalg.eigvalsh((columns * weights[:, None]).T @ columns)[-1])


def _interval(state: EqualMixture, temperature: float) -> tuple[float, float, str, int]:
    """The first interval of stability at one temperature, how it ends, and the number of intervals."""
    if state.n == 0:
        if temperature <= 2 / 3:
            return np.nan, np.nan, "", 0
        return float(np.sqrt(max(1 / temperature - 1, 0.0) / 8)), np.inf, "", 1
    if temperature >= 1:
        return np.nan, np.nan, "", 0

    def margin(effective: float) -> float:
        return min(effective, 1.5 * temperature) - state.stiffness(effective)

    grid = np.linspace(temperature, 1.0, GRID)[:-1]
    stable = np.array([margin(effective) > 0 for effective in grid])
    changes = np.flatnonzero(np.diff(stable.astype(int)))
    edges = [float(brentq(margin, grid[k], grid[k + 1], xtol=1e-14)) for k in changes]
    edges = ([temperature] if stable[0] else []) + edges + ([1.0] if stable[-1] else [])
    if not edges:
        return np.nan, np.nan, "", 0
    drives: FloatArray = np.sqrt((np.array(edges[:2]) / temperature - 1) / 8)
    manner = "hopf" if edges[1] > 1.5 * temperature else "steady"
    return float(drives[0]), float(drives[1]), "merged" if edges[1] == 1.0 else manner, len(edges) // 2
