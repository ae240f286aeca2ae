"""What a degenerate multimode cavity mediates between atoms: a local spot, its mirror image, and a long wave."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms.mode_families import CONFOCAL, ModeFamily
from cavity_hopfield.platforms.quantities import si_array, si_number


@dataclass(frozen=True, eq=False)
class Interaction(ReadOnlyArrays):
    r"""$D = D_{local} + D_{mirror} + D_{non\text{-}local}$ between ensembles, in units of one mode TEM00.

    Attributes
    ----------
    local : (N, K) array
        What is left of $\delta(r - r')$.
    mirror : (N, K) array
        What is left of $\pm \delta(r + r')$; zero if the family has no definite parity.
    non_local : (N, K) array
        All the rest, such as $\frac14 \cos(2 r \cdot r' / w_0^2)$ in the confocal cavity.
    """

    local: FloatArray
    mirror: FloatArray
    non_local: FloatArray

    def __post_init__(self) -> None:
        for name in ("local", "mirror", "non_local"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def total(self) -> FloatArray:
        """The sum of the three parts."""
        return self.local + self.mirror + self.non_local


@dataclass(frozen=True)
class DegenerateCavity:
    r"""$D(r, r') = \sum_{n \in \mathrm{family}} x^n c_n c_n' \, \Xi_n(r)\, \Xi_n(r')$ in closed form, with
    $J_{ij} = \frac{2 \omega g_0^2}{\omega^2 + \Gamma^2 / 4} D(r_i, r_j)$ for modes of one detuning and one loss.

    Modes. $\Xi_{lm}(x, y) = H_l(\sqrt2 x / w_0) H_m(\sqrt2 y / w_0) e^{-r^2 / w_0^2} / \sqrt{2^{l+m} l! m!}$ in the
    plane of the waist, so that TEM00 is 1 at its centre and $g_0$ is the coupling of one atom there;
    $\int \Xi^2 d^2 r = \pi w_0^2 / 2$ for every mode. n = l + m stands for all modes of one order, and $c_n$ is the
    height of the standing wave at the atom, a cosine or a sine (`ModeFamily`).

    Derivation. $\Xi_n$ are eigenfunctions of the Fourier transform $F^\theta$ of angle $\theta$ with eigenvalue
    $e^{i n \theta}$ (up to the sign of the convention), so the projector on $n = r \bmod m$ is
    $\frac1m \sum_k e^{-2 \pi i k r / m} F^{2 \pi k / m}$. Its kernel is Mehler's, with $s = x e^{2 \pi i k / m}$,
    $u = \sqrt2 r / w_0$,

    $$G_s(u, u') = \sum_n s^n \Xi_n \Xi_n' = \frac{1}{1 - s^2}
    \exp\left[-\frac{(1 + s^2)(u^2 + u'^2) - 4 s\, u \cdot u'}{2 (1 - s^2)}\right].$$

    At $x \to 1$: $G_1 = \frac{\pi w_0^2}{2} \delta(r - r')$, $G_{-1} = \frac{\pi w_0^2}{2} \delta(r + r')$ and
    $G_{\pm i} = \frac12 e^{\pm 2 i r \cdot r' / w_0^2}$. The even confocal family at an antinode of its cosines
    (orders 0, 4, 8, ...) thus has

    $$D = \tfrac14 \left[\tfrac{\pi w_0^2}{2} \left(\delta(r - r') + \delta(r + r')\right)
    + \cos(2 r \cdot r' / w_0^2)\right],$$

    and $-\cos$ at its sines, where the parts of 0, 4, 8, ... and of 2, 6, ... add up to no cosine at all; odd orders
    have the mirror image and $\sin$ with the opposite signs. A quarter of what one mode TEM00 mediates is all that the
    cosine has. Papers drop common factors: compare ratios of the parts.

    Clouds. A Gaussian density of standard deviation $\sigma$ a direction, $a^2 = 2 \sigma^2 / w_0^2$, averages $G_s$
    to another Gaussian; two equal clouds at u = u' = 0 have $1 / [(1 + a^2)^2 - s^2 (1 - a^2)^2]$. A finite number of
    modes is told by $x^n$, $x = (1 - \rho^2) / (1 + \rho^2)$: the spot of a point then has the standard deviation
    $\rho\, w_0$ a direction, the resolution.

    Parameters
    ----------
    waist_m : float
        $w_0$, the radius at which the intensity of TEM00 is $e^{-2}$ of its maximum.
    family : ModeFamily
        The degenerate modes; the even confocal ones if omitted.
    resolution_m : float
        $\rho\, w_0$; zero for all modes up to infinite order, which clouds alone may have.

    Raises
    ------
    ArgumentError
        If the resolution is not finer than the waist, or a value is out of range.

    Notes
    -----
    For atoms close to the waist plane beside the Rayleigh length; the curvature of the wavefronts is left out. Source:
    V. D. Vaidya et al., Phys. Rev. X 8, 011002 (2018); Y. Guo et al., Phys. Rev. Lett. 122, 193601 (2019) and Phys.
    Rev. A 99, 053818 (2019); as a memory, B. P. Marsh et al., Phys. Rev. X 11, 021048 (2021).

    Examples
    --------
    >>> cavity = DegenerateCavity(waist_m="35 um")
    >>> parts = cavity.interaction([[70e-6, 0.0], [0.0, 70e-6]], "1 um")
    >>> parts.local.round(2), parts.non_local.round(2)
    (array([[38.28,  0.  ],
           [ 0.  , 38.28]]), array([[-0.04,  0.25],
           [ 0.25, -0.04]]))
    """

    waist_m: float
    family: ModeFamily = CONFOCAL
    resolution_m: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "waist_m", si_number("waist_m", self.waist_m, above=0.0))
        object.__setattr__(self, "resolution_m", si_number("resolution_m", self.resolution_m, minimum=0.0))
        if self.resolution_m >= self.waist_m:
            raise ArgumentError(
                f"Argument `resolution_m` must be below the waist, {self.waist_m:g} m, but is {self.resolution_m:g} m: "
                "even one mode resolves its waist."
            )

    @property
    def damping(self) -> float:
        r"""$x = (1 - \rho^2) / (1 + \rho^2)$, the factor per order; 1 if all modes take part."""
        squared = (self.resolution_m / self.waist_m) ** 2
        return float((1 - squared) / (1 + squared))

    def interaction(
        self,
        positions_m: Any,
        spreads_m: Any = 0.0,
        phases: ArrayLike = 0.0,
        *,
        others_m: Any = None,
        other_spreads_m: Any = 0.0,
        other_phases: ArrayLike = 0.0,
    ) -> Interaction:
        r"""$D(r_i, r_j')$ between ensembles, or between ensembles and others.

        Parameters
        ----------
        positions_m : (N, 2) array
            Centres in the plane of the waist.
        spreads_m : number or (N,) array
            Standard deviation of the density of each, a direction.
        phases : number or (N,) array
            $k z$ of each ensemble from the antinode of the cosines; $\pi / 2$ is an antinode of the sines.
        others_m, other_spreads_m, other_phases
            The same of what they act upon, K places; the ensembles themselves if omitted.

        Returns
        -------
        Interaction
            Parts of shape (N, K).

        Raises
        ------
        ArgumentError
            If shapes do not fit, or points meet all modes: a delta function has no value.
        """
        first = self._scaled("positions_m", positions_m, spreads_m, phases)
        second = first
        if others_m is not None:
            second = self._scaled("others_m", others_m, other_spreads_m, other_phases)
        points = bool((first[1].min() == 0) and (second[1].min() == 0))
        if self.damping == 1 and points:
            raise ArgumentError(
                "Argument `spreads_m` must be positive where all modes take part: two points at one place interact "
                "by a delta function. Give the clouds a width, or the cavity a `resolution_m`."
            )
        return self._parts(first, second)

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {"waist_m": self.waist_m, "family": self.family.to_dict(), "resolution_m": self.resolution_m}

    def _scaled(self, name: str, positions: Any, spreads: Any, phases: ArrayLike) -> tuple[FloatArray, ...]:
        places = ensembles(name, positions)
        spread_name = "spreads_m" if name == "positions_m" else "other_spreads_m"
        widths = per_ensemble(spread_name, si_array(spread_name, spreads), places.shape[0])
        if widths.min() < 0:
            raise ArgumentError(f"Argument `{spread_name}` must not be negative, but holds {widths.min():g}.")
        angles = per_ensemble("phases", real_array("phases", phases), places.shape[0])
        return np.sqrt(2) * places / self.waist_m, 2 * (widths / self.waist_m) ** 2, angles

    def _parts(self, first: tuple[FloatArray, ...], second: tuple[FloatArray, ...]) -> Interaction:
        shape = (first[0].shape[0], second[0].shape[0])
        parts = {name: np.zeros(shape) for name in ("local", "mirror", "non_local")}
        for modulus, remainder, parity in self.family.classes:
            heights = np.outer(*(self.family.standing_wave(parity, angles) for angles in (first[2], second[2])))
            for turn in range(modulus):
                root = np.exp(2j * np.pi * turn / modulus)
                name = "local" if turn == 0 else "mirror" if 2 * turn == modulus else "non_local"
                ratio = self.damping * (root.real if name != "non_local" else root)
                kernel = mode_sum(ratio, first[0], second[0], first[1], second[1])
                parts[name] += heights * (root ** (-remainder) * kernel).real / modulus
        return Interaction(**parts)


def mode_sum(
    ratio: complex,
    first: FloatArray,
    second: FloatArray,
    first_variance: FloatArray,
    second_variance: FloatArray,
) -> ComplexArray:
    r"""$\sum_n s^n \langle\Xi_n\rangle_i \langle\Xi_n\rangle_j = \frac1d \exp\left[-\frac{(1 + s^2 + b (1 - s^2)) u^2
    + (1 + s^2 + a (1 - s^2)) u'^2 - 4 s\, u \cdot u'}{2 d}\right]$ with $d = (1 - s^2)(1 + a b) + (1 + s^2)(a + b)$.

    Mehler's kernel between Gaussian clouds at `first` (N, 2) and `second` (K, 2), of variances a (N,) and b (K,) a
    direction, all in units of $w_0 / \sqrt2$; s is `ratio`. Shape (N, K).
    """
    square = ratio * ratio
    a, b = first_variance[:, None], second_variance[None, :]
    spread = (1 - square) * (1 + a * b) + (1 + square) * (a + b)
    own = (1 + square + b * (1 - square)) * np.sum(first**2, axis=1)[:, None]
    others = (1 + square + a * (1 - square)) * np.sum(second**2, axis=1)[None, :]
    return np.asarray(np.exp(-(own + others - 4 * ratio * (first @ second.T)) / (2 * spread)) / spread, np.complex128)


def ensembles(name: str, positions: Any) -> FloatArray:
    """`positions` as an (N, 2) array in metres."""
    places = si_array(name, positions)
    if places.ndim != 2 or places.shape[1] != 2 or places.shape[0] == 0:
        raise ArgumentError(
            f"Argument `{name}` must have shape (N, 2), x and y of each ensemble in the plane of the waist, but has "
            f"shape {places.shape}."
        )
    return places


def per_ensemble(name: str, values: FloatArray, count: int) -> FloatArray:
    """`values`, a number or (N,), as (N,)."""
    if values.shape not in {(), (count,)}:
        raise ArgumentError(
            f"Argument `{name}` must be a number or have shape ({count},), one per ensemble, but has shape "
            f"{values.shape}."
        )
    return np.broadcast_to(values, (count,)).astype(np.float64)
