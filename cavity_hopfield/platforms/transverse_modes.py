"""Ensembles in the waist plane of a degenerate multimode cavity, mode by mode: positions decide what is stored."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array, real_number, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json, SpinArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.platforms.cloud_products import cloud_products
from cavity_hopfield.platforms.degenerate_cavity import DegenerateCavity, ensembles, per_ensemble
from cavity_hopfield.platforms.geometry import signs_stored
from cavity_hopfield.platforms.mode_families import CONFOCAL, ModeFamily
from cavity_hopfield.platforms.platform import Step
from cavity_hopfield.platforms.quantities import si_array, si_number

UNEVEN = 0.1
"""Relative spread of the couplings among atoms up to which they count as equal."""
UNCOUPLED = 1e-9
"""A supermode below this share of the strongest is empty: rounding, far below any coupling that matters."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TransverseModes(ReadOnlyArrays):
    r"""$\Xi_\mu(r_i) = c_n(\phi_i) \int \rho_i(r)\, \Xi_{lm}(r)\, d^2 r$: the Hermite-Gauss modes $\mu = (l, m)$ of one
    family with $n = l + m \le n_{max}$, averaged over Gaussian clouds; see `DegenerateCavity` for what they mediate.

    Of modes with one detuning and one loss, only N combinations couple to N ensembles. With the singular values
    $\Xi = U S V^T$ these are $a'_k = \sum_\mu V_{\mu k} a_\mu$ with $\Xi' = U S$: couplings $J$ and forces are the
    same. The dispersive shift of point-like atoms, $\sum_i \Xi_{i\mu} \Xi_{i\nu}\, a^\dagger_\mu a_\nu$, mixes the
    modes $\mu$, but not these combinations, for which it is diagonal; of clouds it is not, for the average of a product
    is no product of averages. They are taken where `dispersion_rad_s` is zero. An amplitude of such a combination may
    exceed 1: many modes add up at the atoms.

    Parameters
    ----------
    positions_m : (N, 2) array
        Centres of the ensembles in the plane of the waist.
    waist_m : float
        $w_0$ of TEM00, the $e^{-2}$ radius of its intensity.
    highest_order : int
        $n_{max}$, the highest order that takes part.
    spreads_m : number or (N,) array
        Standard deviation of the density of each ensemble, a direction.
    family : ModeFamily
        The degenerate family; even confocal modes if omitted.
    phases : number or (N,) array
        $\phi = k z$ of each ensemble from the antinode of the cosines.
    dispersion_rad_s : float
        How much an order raises the detuning; zero for exact degeneracy. See `detunings_rad_s`.

    Raises
    ------
    ArgumentError
        If shapes do not fit, no mode of the family is up to `highest_order`, or none reaches the ensembles.

    Notes
    -----
    Source: V. D. Vaidya et al., Phys. Rev. X 8, 011002 (2018); B. P. Marsh et al., Phys. Rev. X 11, 021048 (2021).

    Examples
    --------
    >>> places = TransverseModes(positions_m=[[0, 0], [4e-5, 0], [0, 4e-5]], waist_m="35 um", highest_order=40,
    ...                          spreads_m="4 um")
    >>> places.n_modes(), places.amplitudes().shape
    (3, (3, 3))
    """

    positions_m: Any
    waist_m: float
    highest_order: int
    spreads_m: Any = 0.0
    family: ModeFamily = CONFOCAL
    phases: Any = 0.0
    dispersion_rad_s: float = 0.0

    def __post_init__(self) -> None:
        places = ensembles("positions_m", self.positions_m)
        widths = per_ensemble("spreads_m", si_array("spreads_m", self.spreads_m), places.shape[0])
        order = whole_number("highest_order", self.highest_order, minimum=0)
        if widths.min() < 0:
            raise ArgumentError(f"Argument `spreads_m` must not be negative, but holds {widths.min():g}.")
        if order < self.family.first_order:
            raise ArgumentError(
                f"Argument `highest_order` must be at least {self.family.first_order}, the lowest order of the "
                f"family, but is {order}."
            )
        values = {
            "positions_m": frozen(places),
            "spreads_m": frozen(widths),
            "phases": frozen(per_ensemble("phases", real_array("phases", self.phases), places.shape[0])),
            "waist_m": si_number("waist_m", self.waist_m, above=0.0),
            "dispersion_rad_s": si_number("dispersion_rad_s", self.dispersion_rad_s),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if not np.abs(self.mode_amplitudes).max() > 0:
            raise ArgumentError(
                "Argument `positions_m` must lie in the light, but all modes vanish at all ensembles. Move them "
                "closer to the axis, raise `highest_order`, or change `phases`."
            )

    @cached_property
    def mode_indices(self) -> IntArray:
        """(l, m) of every Hermite-Gauss mode, by order and then by m, shape (M, 2)."""
        orders = self.family.members(self.highest_order)
        return np.array([(n - m, m) for n in orders for m in range(n + 1)], dtype=np.int64)

    @cached_property
    def mode_amplitudes(self) -> FloatArray:
        r"""$\Xi_\mu(r_i)$ of every Hermite-Gauss mode, shape (N, M), before any combination."""
        variance = 2 * (self.spreads_m / self.waist_m) ** 2
        places = np.sqrt(2) * self.positions_m / self.waist_m
        along = [cloud_averages(places[:, axis], variance, self.highest_order) for axis in (0, 1)]
        left, right = self.mode_indices.T
        values: FloatArray = frozen(along[0][:, left] * along[1][:, right] * self._heights)
        return values

    @property
    def supermodes(self) -> FloatArray:
        """The combinations that couple, (N, K) with K up to N, strongest first, each positive where it is largest."""
        return self._combined[0]

    @property
    def combinations(self) -> FloatArray:
        """$V$, the share of every mode in each of the `supermodes`, shape (M, K)."""
        return self._combined[1]

    @cached_property
    def _combined(self) -> tuple[FloatArray, FloatArray]:
        left, strengths, right = np.linalg.svd(self.mode_amplitudes, full_matrices=False)
        kept = strengths > UNCOUPLED * strengths[0]
        coupled = (left * strengths)[:, kept]
        signs = np.sign(coupled[np.abs(coupled).argmax(axis=0), np.arange(coupled.shape[1])])
        return frozen(coupled * signs), frozen(right[kept].T * signs)

    @property
    def supermode_products(self) -> FloatArray:
        r"""$\langle \Xi'_k \Xi'_l \rangle_i$ over each cloud, shape (N, K, K): more than the product of the averages,
        `supermodes`, which decides what a cloud couples to as a whole.
        """
        return self._products[0]

    @property
    def overlap_outside(self) -> float:
        r"""$\lVert (1 - V V^T) B V \rVert$ with $B_{\mu\nu} = \sum_i \langle \Xi_\mu \Xi_\nu \rangle_i$ of all modes:
        into combinations that couple to no cloud as a whole, atoms scatter the light of those that do. Zero for points.
        """
        return self._products[1]

    @cached_property
    def _products(self) -> tuple[FloatArray, float]:
        left, right = self.mode_indices.T
        combined, (along, across) = self.combinations, self._axis_products
        shapes = np.zeros((combined.shape[1], self.highest_order + 1, self.highest_order + 1))
        found, total = [], np.zeros_like(combined)
        for place, heights in enumerate(self._heights):
            shapes[:, left, right] = (heights[:, None] * combined).T
            moved = heights[:, None] * (along[place] @ shapes @ across[place])[:, left, right].T
            found.append(combined.T @ moved)
            total += moved
        outside = total - combined @ (combined.T @ total)
        return frozen(np.array(found)), float(np.linalg.norm(outside, 2))

    @cached_property
    def _axis_products(self) -> tuple[FloatArray, FloatArray]:
        variance = 2 * (self.spreads_m / self.waist_m) ** 2
        places = np.sqrt(2) * self.positions_m / self.waist_m
        along, across = (cloud_products(places[:, axis], variance, self.highest_order) for axis in (0, 1))
        return along, across

    @cached_property
    def _heights(self) -> FloatArray:
        """Of the standing wave of every mode at every ensemble, (N, M)."""
        orders, parities = self.family.members(self.highest_order), self.family.parities(self.highest_order)
        heights = np.stack([self.family.standing_wave(int(parity), self.phases) for parity in parities], axis=1)
        return np.repeat(heights, orders + 1, axis=1)

    @property
    def degenerate(self) -> bool:
        """Whether all modes have one frequency."""
        return self.dispersion_rad_s == 0

    def n_modes(self, patterns: Patterns | None = None) -> int:
        """Number of modes, or of their combinations that couple where they are degenerate."""
        return int(self.amplitudes(patterns).shape[1])

    def amplitudes(self, patterns: Patterns | None = None) -> FloatArray:
        """`supermodes` if degenerate, else `mode_amplitudes`; patterns change nothing, but must have N spins."""
        values = self.supermodes if self.degenerate else self.mode_amplitudes
        signs_stored(values, patterns)
        return values

    @cached_property
    def _overlaps(self) -> FloatArray:
        if self.degenerate:
            return np.asarray(self.supermode_products.sum(axis=0))
        left, right = self.mode_indices.T
        total = np.zeros((len(left), len(left)))
        for along, across, heights in zip(*self._axis_products, self._heights, strict=True):
            total += along[np.ix_(left, left)] * across[np.ix_(right, right)] * np.outer(heights, heights)
        return total

    def overlaps(self, patterns: Patterns | None = None) -> FloatArray:  # noqa: ARG002
        r"""$\sum_i \langle \Xi_\mu \Xi_\nu \rangle_i$ over the clouds, shape (M, M): of `supermodes` if degenerate."""
        return self._overlaps

    def offsets_rad_s(self, patterns: Patterns | None = None) -> FloatArray:  # noqa: ARG002
        r"""$\epsilon (n_\mu - n_0)$ with the `dispersion_rad_s` $\epsilon$, shape (M,): zeros if degenerate."""
        return self.detunings_rad_s(0.0)

    def detunings_rad_s(self, base_rad_s: Any) -> FloatArray:
        r"""$\delta_\mu = \delta_0 + \epsilon (n_\mu - n_0)$ with the `dispersion_rad_s` $\epsilon$, shape (M,)."""
        base = si_number("base_rad_s", base_rad_s)
        if self.degenerate:
            return np.full(self.n_modes(), base)
        orders = self.mode_indices.sum(axis=1)
        return np.asarray(base + self.dispersion_rad_s * (orders - orders[0]), dtype=np.float64)

    def stored(self, patterns: Patterns | None = None) -> Patterns | None:
        r"""Where steepest descent of $-\frac12 \sum_{i \ne j} D_{ij} \sigma_i \sigma_j$ ends when it starts from the
        signs of each combination of modes, strongest first, without repetition: what the positions remember.

        Every such pattern is stable against any single flip, if all modes have one detuning. `patterns`, if given, only
        name what overlaps are taken with.
        """
        if patterns is not None:
            return signs_stored(self.supermodes, patterns)
        couplings = self.mode_amplitudes @ self.mode_amplitudes.T
        found: list[SpinArray] = []
        for column in self.supermodes.T:
            end = descend(couplings, np.where(column < 0, -1, 1).astype(np.int8))
            if not any(np.array_equal(end * end[0], other * other[0]) for other in found):
                found.append(end)
        return Patterns(np.array(found))

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:  # noqa: ARG002
        """The orders left out, and the width of clouds; points see a cut of the orders as a fact."""
        clouds = self.spreads_m > 0
        if not clouds.any():
            return ()
        cavity = DegenerateCavity(self.waist_m, self.family)
        whole = np.diag(cavity.interaction(self.positions_m[clouds], self.spreads_m[clouds], self.phases[clouds]).total)
        kept = np.sum(self.mode_amplitudes[clouds] ** 2, axis=1)
        return (
            Step(
                "orders above the highest are left out",
                f"their share of what a cloud mediates to itself, above order {self.highest_order}",
                float(np.max(np.abs(whole - kept)) / np.max(whole)),
                0.1,
                "Raise `highest_order`, unless the mirrors end there.",
            ),
            Step(
                "equal couplings in an ensemble",
                "relative spread of the couplings of the atoms of a cloud to the combinations of modes that couple",
                self.relative_spread,
                UNEVEN,
                "Trap the atoms more tightly, or keep fewer orders: atoms of a cloud are then alike.",
            ),
        )

    @property
    def relative_spread(self) -> float:
        r"""$\max_i \sqrt{\sum_k (\langle \Xi_k'^2 \rangle_i - \langle \Xi'_k \rangle_i^2) / \sum_k \langle \Xi'_k
        \rangle_i^2}$, of the couplings among the atoms of a cloud.
        """
        squares = np.einsum("nkk->n", self.supermode_products)
        means = np.sum(self.supermodes**2, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            spreads = np.sqrt(np.maximum(squares - means, 0.0) / means)
        return float(np.nanmax(spreads))

    def crowding(
        self, *, mode_detuning_rad_s: Any, photon_loss_rad_s: Any, free_spectral_range_rad_s: Any = None
    ) -> tuple[Step, ...]:
        """Whether one family is alone, and whether its modes are as good as degenerate.

        Parameters
        ----------
        mode_detuning_rad_s, photon_loss_rad_s : float
            Of the lowest order: detuning from the pump, and rate of loss of the photon number.
        free_spectral_range_rad_s : float, optional
            Angular frequency; families are a q-th of it apart. Without it the first is left out.
        """
        detuning = abs(si_number("mode_detuning_rad_s", mode_detuning_rad_s))
        loss = si_number("photon_loss_rad_s", photon_loss_rad_s, minimum=0.0)
        pole = real_number("mode_detuning_rad_s", float(np.hypot(detuning, loss / 2)), above=0.0)
        orders = self.family.members(self.highest_order)
        spread = abs(self.dispersion_rad_s) * float(orders[-1] - orders[0])
        degenerate = Step(
            "the family is degenerate",
            "spread of its frequencies over detuning and half width",
            spread / pole,
            1.0,
            "Bring the length closer to degeneracy, or take fewer orders: far modes mediate less, with a tunable "
            "range, and the detunings are in the model.",
        )
        if free_spectral_range_rad_s is None:
            return (degenerate,)
        spacing = self.family.spacing_rad_s(free_spectral_range_rad_s)
        far = Step(
            "other families are far",
            "detuning and half width of the modes over the distance to the next family",
            pole / abs(spacing - spread) if spread != spacing else float("inf"),
            0.1,
            "Pump closer to the family, or shorten the cavity.",
        )
        return far, degenerate

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {
            "geometry": "TransverseModes",
            "positions_m": self.positions_m.tolist(),
            "waist_m": self.waist_m,
            "highest_order": self.highest_order,
            "spreads_m": self.spreads_m.tolist(),
            "family": self.family.to_dict(),
            "phases": self.phases.tolist(),
            "dispersion_rad_s": self.dispersion_rad_s,
        }


def cloud_averages(places: ArrayLike, variances: ArrayLike, highest_order: int) -> FloatArray:
    r"""$\left\langle H_l(u)\, e^{-u^2/2} \right\rangle / \sqrt{2^l l!}$ over $u \sim \mathcal N(u_0, a^2)$, one axis.

    With $p_0 = e^{-u_0^2 / 2 (1 + a^2)} / \sqrt{1 + a^2}$ and
    $p_{l+1} = \sqrt{\frac{2}{l+1}}\, \frac{u_0}{1 + a^2}\, p_l
    - \sqrt{\frac{l}{l+1}}\, \frac{1 - a^2}{1 + a^2}\, p_{l-1}$, Hermite's recurrence at $a = 0$. For `places` $u_0$
    (N,) and `variances` $a^2$ (N,); shape (N, highest_order + 1).
    """
    centre, variance = real_array("places", places), real_array("variances", variances)
    widened = 1 + variance
    values = np.zeros((centre.size, highest_order + 1))
    values[:, 0] = np.exp(-(centre**2) / (2 * widened)) / np.sqrt(widened)
    for order in range(highest_order):
        before = values[:, order - 1] if order else 0.0
        values[:, order + 1] = np.sqrt(2 / (order + 1)) * centre / widened * values[:, order]
        values[:, order + 1] -= np.sqrt(order / (order + 1)) * (1 - variance) / widened * before
    return values


def descend(couplings: FloatArray, spins: SpinArray) -> SpinArray:
    """Steepest descent: the spin that gains most energy flips, until none gains any; self-couplings play no part."""
    current = spins.astype(np.float64)
    off_diagonal = couplings - np.diag(np.diag(couplings))
    while True:
        costs = 2 * current * (off_diagonal @ current)
        worst = int(np.argmin(costs))
        if costs[worst] >= -UNCOUPLED * np.abs(couplings).max():
            return current.astype(np.int8)
        current[worst] *= -1
