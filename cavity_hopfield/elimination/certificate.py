"""Where the rates of a platform can be trusted: a certificate in numbers."""

from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from cavity_hopfield._checks import spin_array
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json, SpinArray
from cavity_hopfield.elimination.cavity_rates import CavityRates, merged
from cavity_hopfield.elimination.kernel import force_dephasing
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke

SAFE_RATIO, LIMIT_RATIO = 0.03, 0.1
"""Bounds on r for good and for marginal rates."""
SAFE_DRIVE, LIMIT_DRIVE = 0.2, 0.4
"""Bounds on 2 drive / |z| for good and for marginal rates."""
SAFE_ERROR, LIMIT_ERROR = 0.05, 0.12
"""Largest relative errors of W found within those bounds: 0.047 and 0.117, against the exact relaxation rates of one
spin on 102 points with eta from 0.05 to 3 and g/omega from 0.05 to 2, at zero flip energy and the bounds themselves."""
RESOLVED = 0.1
"""Largest ratio of flip rate to splitting of two spins that flip singly."""
SETTLED = 0.1
"""Largest ratio of all flips to the decay of the light for which every flip finds the light at rest."""


class Verdict(StrEnum):
    """What the ratio of flip rate to dephasing says about the rates."""

    GOOD = "good"
    MARGINAL = "marginal"
    BROKEN = "broken"


@dataclass(frozen=True)
class Certificate:
    r"""Where the rates of a platform can be trusted, from $r = [W(\epsilon) + W(-\epsilon)] / \Gamma_\varphi$.

    Attributes
    ----------
    ratio, ratio_at_patterns : float
        Largest r over the configurations looked at, and at the stored patterns alone.
    drive_ratio : float
        $2 \Omega / |z|$ for the slowest mode: the drive must also be slow for the light, or it turns spins dressed by
        photons.
    verdict : Verdict
        Good for r < 0.03 and a drive ratio < 0.2, marginal for r < 0.1 and a drive ratio < 0.4, broken above.
    error_band : float
        Largest relative error of W found within those bounds, against the exact relaxation of one spin; NaN where the
        rates are broken. A guide and no bound.
    drive : float
        The drive of the platform.
    dephasing_smallest, dephasing_largest : float
        Smallest and largest dephasing rate of one flip, in units of omega.
    largest_flip_rate : float
        Largest $W(\epsilon) + W(-\epsilon)$ over the configurations looked at.
    settling_ratio : float
        Largest total rate of all flips over the slowest amplitude decay of the light. A flip is taken to find the
        light at rest, which needs this small; it is not part of the verdict.
    largest_safe_drive : float
        The largest drive that is good: r = 0.03 or a drive ratio of 0.2.
    largest_single_flip_drive : float
        The drive at which `pair_ratio` = 0.1; zero where forces are equal, infinite where no pair is near.
    n_spins : int
        Number of spins.
    n_classes, largest_class : int
        Number and largest size of the classes of spins with equal forces, up to the sign of the spin: configurations
        of one class can be indistinguishable to the light, and then flip collectively.
    unresolved_spins : int
        Number of spins that have a partner from which the light cannot tell them apart in the time of a flip, in the
        worst configuration.
    pair_ratio : float
        Largest ratio of flip rate to splitting over pairs of spins, where the splitting of the two configurations that
        their flips lead to is $[\Gamma_{ij}^2 + (\epsilon_i - \epsilon_j)^2]^{1/2}$ with their mutual dephasing
        $\Gamma_{ij} = \sum_\mu (\delta_{i\mu} - \delta_{j\mu})^2 \nu_\mu \mathrm{Re}(1/z_\mu)$. Infinite for equal
        forces, 0 where no pair dephases within a hundred flips.
    disorder_for_single_flips : float
        The spread of couplings $d_c = \frac12 [W_\mathrm{tot} / (\nu\, \mathrm{Re}\, 1/z)]^{1/2}$ at which two spins
        with equal forces begin to flip singly, in units of omega; many spins need more.
    """

    ratio: float
    ratio_at_patterns: float
    drive_ratio: float
    verdict: Verdict
    error_band: float
    drive: float
    dephasing_smallest: float
    dephasing_largest: float
    largest_flip_rate: float
    settling_ratio: float
    largest_safe_drive: float
    largest_single_flip_drive: float
    n_spins: int
    n_classes: int
    largest_class: int
    unresolved_spins: int
    pair_ratio: float
    disorder_for_single_flips: float

    @property
    def flips_singly(self) -> bool:
        """Whether spins may be taken to flip one by one."""
        return self.pair_ratio <= RESOLVED

    @property
    def sentence(self) -> str:
        """What a physicist needs to know, in words."""
        parts = [self._rates_sentence(), self._pairs_sentence()]
        if self.settling_ratio > SETTLED:
            parts.append(
                f"All spins together flip {self.settling_ratio:.2g} times while the light settles once: a flip may not "
                "find it at rest."
            )
        return " ".join(parts)

    def _rates_sentence(self) -> str:
        numbers = f"r = {self.ratio:.2g}, 2 drive/|z| = {self.drive_ratio:.2g}"
        safe = f"{self.largest_safe_drive:.3g}"
        if self.verdict is Verdict.BROKEN:
            return f"The drive {self.drive:g} is too strong for rates ({numbers}); lower it below {safe}."
        advice = "" if self.verdict is Verdict.GOOD else f" Below a drive of {safe} they are good."
        return f"Rates hold to about {100 * self.error_band:.2g} per cent ({numbers}: {self.verdict}).{advice}"

    def _pairs_sentence(self) -> str:
        if self.n_spins == 1:
            return "There is one spin."
        if self.flips_singly:
            return "All spins are told apart by the light and flip singly."
        remedy = (
            f"A drive below {self.largest_single_flip_drive:.2g} or a larger spread of the couplings separates them."
            if self.largest_single_flip_drive > 0
            else "A spread of the couplings separates them: "
            f"well above {self.disorder_for_single_flips:.2g} for two spins, more for many."
        )
        return (
            f"But {self.unresolved_spins} of {self.n_spins} spins have a partner that the light cannot tell from them "
            f"in the time of a flip: these flip collectively, and rates of single flips are not their limit. {remedy}"
        )

    def to_dict(self) -> Json:
        """Plain values, for JSON; includes the sentence. Infinite and undefined numbers become None."""
        values = {name: _finite(value) for name, value in asdict(self).items()}
        return values | {
            "verdict": str(self.verdict),
            "flips_singly": self.flips_singly,
            "sentence": self.sentence,
        }

    def __str__(self) -> str:
        trusted = f"{self.error_band:.1%}" if np.isfinite(self.error_band) else "not to be trusted"
        rows = [
            ("verdict", str(self.verdict)),
            ("expected error of W", trusted),
            ("r = W_tot / dephasing, largest", f"{self.ratio:.4g}"),
            ("r at the stored patterns", f"{self.ratio_at_patterns:.4g}"),
            ("dephasing of one flip", f"{self.dephasing_smallest:.4g} .. {self.dephasing_largest:.4g}"),
            ("drive, and 2 drive / |z|", f"{self.drive:.4g}, {self.drive_ratio:.4g}"),
            ("largest safe drive", f"{self.largest_safe_drive:.4g}"),
            ("flips while the light settles", f"{self.settling_ratio:.4g}"),
            ("classes of equal forces, largest", f"{self.n_classes}, {self.largest_class} spins"),
            ("spins not told apart", f"{self.unresolved_spins} of {self.n_spins}"),
            ("largest drive for single flips", f"{self.largest_single_flip_drive:.4g}"),
        ]
        return "\n".join([*(f"{name:34s} {value}" for name, value in rows), self.sentence])


def certify(dicke: MultimodeDicke, at: ArrayLike | None = None) -> Certificate:
    r"""$r = [W(\epsilon) + W(-\epsilon)] / \Gamma_\varphi$ over the configurations of a recall, and what follows.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform, with a drive.
    at : (K, N) array of +-1, optional
        Configurations to look at. If omitted, the stored patterns and configurations on the way to them, with up to
        half of the spins flipped.

    Returns
    -------
    Certificate

    Raises
    ------
    ArgumentError
        If the drive is zero, a spin couples to nothing, or the model has no patterns and `at` is not given.

    Notes
    -----
    Rates are of second order in the drive and need it small against the *dephasing*, whatever the photon loss.

    Examples
    --------
    >>> certify(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)).verdict
    <Verdict.GOOD: 'good'>
    """
    rates = CavityRates(dicke)
    configurations = rates.recall_configurations() if at is None else _configurations(at, dicke.n_spins)
    forward, both = _flip_rates(rates, configurations)
    widths = rates.dephasing_rates()[rates.classes]
    ratio = float((both / widths).max())
    memory = dicke.stored
    at_patterns = ratio if memory is None else float((_flip_rates(rates, memory.values)[1] / widths).max())
    drive_ratio = float(2 * dicke.drive / np.abs(dicke.pole).min())
    unresolved, pair_ratio = _worst_pairs(dicke, configurations, both)
    class_sizes = _class_sizes(dicke)
    verdict, band = _verdict(ratio, drive_ratio)
    return Certificate(
        ratio=ratio,
        ratio_at_patterns=at_patterns,
        drive_ratio=drive_ratio,
        verdict=verdict,
        error_band=band,
        drive=dicke.drive,
        dephasing_smallest=float(widths.min()),
        dephasing_largest=float(widths.max()),
        largest_flip_rate=float(both.max()),
        settling_ratio=float(2 * forward.sum(axis=1).max() / dicke.net_loss.min()),
        largest_safe_drive=dicke.drive * min(float(np.sqrt(SAFE_RATIO / ratio)), SAFE_DRIVE / drive_ratio),
        largest_single_flip_drive=dicke.drive * float(np.sqrt(RESOLVED / pair_ratio)) if pair_ratio else float("inf"),
        n_spins=dicke.n_spins,
        n_classes=int(class_sizes.size),
        largest_class=int(class_sizes.max()),
        unresolved_spins=unresolved,
        pair_ratio=pair_ratio,
        disorder_for_single_flips=float(0.5 * np.sqrt(both.max() / force_dephasing(dicke).max())),
    )


def _verdict(ratio: float, drive_ratio: float) -> tuple[Verdict, float]:
    if ratio < SAFE_RATIO and drive_ratio < SAFE_DRIVE:
        return Verdict.GOOD, SAFE_ERROR
    if ratio < LIMIT_RATIO and drive_ratio < LIMIT_DRIVE:
        return Verdict.MARGINAL, LIMIT_ERROR
    return Verdict.BROKEN, float("nan")


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _configurations(at: ArrayLike, n_spins: int) -> SpinArray:
    configurations = spin_array("at", at, n_spins=n_spins, ndim=2)
    if configurations.shape[0] == 0:
        raise ArgumentError(
            f"Argument `at` must hold at least one configuration, but has shape {configurations.shape}."
        )
    return configurations


def _class_sizes(dicke: MultimodeDicke) -> IntArray:
    """Sizes of the classes of spins whose coupling rows are equal up to a sign."""
    first = np.take_along_axis(dicke.g, np.argmax(dicke.g != 0, axis=1)[:, None], axis=1)
    return np.unique(dicke.g * np.sign(first), axis=0, return_counts=True)[1]


def _flip_rates(rates: CavityRates, configurations: SpinArray) -> tuple[FloatArray, FloatArray]:
    r"""$W(\epsilon)$ and $W(\epsilon) + W(-\epsilon)$ of every spin in every configuration, each (K, N)."""
    energies = merged(rates.dicke.flip_energies(configurations))
    classes = np.broadcast_to(rates.classes, energies.shape)
    forward = rates(energies, classes)
    return forward, forward + rates(-energies, classes)


def _worst_pairs(dicke: MultimodeDicke, configurations: SpinArray, both: FloatArray) -> tuple[int, float]:
    """Number of spins with an unresolved partner, and the largest ratio of flip rate to splitting of two spins, in the
    worst configuration.
    """
    worst_count, worst_ratio = 0, 0.0
    weights = np.sqrt(force_dephasing(dicke))
    energies = dicke.flip_energies(configurations)
    for sigma, energy, rate in zip(configurations, energies, both.max(axis=1), strict=True):
        forces = 2 * dicke.g * sigma[:, None] * weights
        points, first, sizes = np.unique(forces, axis=0, return_index=True, return_counts=True)
        pairs, ratios = _near_pairs(points, energy[first], float(rate))
        if sizes.max() > 1:
            worst_ratio = float("inf")
        worst_ratio = max(worst_ratio, float(ratios.max(initial=0.0)))
        worst_count = max(worst_count, _grouped_spins(pairs[ratios > RESOLVED], sizes))
    return worst_count, worst_ratio


def _near_pairs(points: FloatArray, energies: FloatArray, rate: float) -> tuple[IntArray, FloatArray]:
    r"""Pairs (K, 2) of spins whose mutual dephasing is below 100 `rate`, and for each $\mathtt{rate}/
    [\Gamma^2 + \Delta\epsilon^2]^{1/2}$.
    """
    pairs = KDTree(points).query_pairs(10 * np.sqrt(rate), output_type="ndarray")
    left, right = pairs[:, 0], pairs[:, 1]
    dephasing = np.sum((points[left] - points[right]) ** 2, axis=1)
    return pairs, rate / np.hypot(dephasing, energies[left] - energies[right])


def _grouped_spins(pairs: IntArray, sizes: IntArray) -> int:
    """Number of spins in groups that `pairs` link, where `sizes` spins sit at each point."""
    links = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(sizes.size, sizes.size))
    _, groups = connected_components(links, directed=False)
    members = np.bincount(groups, weights=sizes)
    return int(members[members > 1].sum())
