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
from cavity_hopfield.model import MultimodeDicke

SAFE_RATIO = 0.03
LIMIT_RATIO = 0.1
# Largest relative errors of W in those bands, on 90 exact points (one spin, flip energy 0.1 omega).
SAFE_ERROR = 0.024
LIMIT_ERROR = 0.08


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
    ratio : float
        Largest r over the configurations looked at.
    ratio_at_patterns : float
        Largest r at the stored patterns themselves.
    verdict : Verdict
        Good for r < 0.03, marginal to 0.1, broken above.
    error_band : float
        Largest relative error of W found in that band on an exact map of 90 points (one spin, flip energy
        0.1 omega); NaN where the rates are broken. A guide and no bound: at zero flip energy it can be larger.
    dephasing_smallest, dephasing_largest : float
        Smallest and largest dephasing rate of one flip, in units of omega.
    largest_flip_rate : float
        Largest $W(\epsilon) + W(-\epsilon)$ over the configurations looked at.
    largest_safe_drive : float
        The drive at which r = 0.03.
    largest_single_flip_drive : float
        The drive at which `pair_ratio` = 0.1; zero where forces are equal, infinite for one spin.
    n_classes, largest_class : int
        Number and largest size of the classes of spins with equal forces: their configurations are not told apart
        by the light, and they flip collectively.
    unresolved_spins : int
        Number of spins that have a partner from which the light cannot tell them apart in the time of a flip: pairs
        whose mutual dephasing is slower than ten times the largest flip rate, in the worst configuration.
    pair_ratio : float
        Largest flip rate over smallest mutual dephasing of two spins (infinite for equal forces).
    disorder_for_single_flips : float
        The spread of couplings $d_c = \frac12 [W_\mathrm{tot} / (\nu\, \mathrm{Re}\, 1/z)]^{1/2}$ that restores single
        flips, in units of omega.
    """

    ratio: float
    ratio_at_patterns: float
    verdict: Verdict
    error_band: float
    drive: float
    dephasing_smallest: float
    dephasing_largest: float
    largest_flip_rate: float
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
        return self.pair_ratio <= LIMIT_RATIO

    @property
    def sentence(self) -> str:
        """What a physicist needs to know, in words."""
        return f"{self._rates_sentence()} {self._pairs_sentence()}"

    def _rates_sentence(self) -> str:
        if self.verdict is Verdict.BROKEN:
            return (
                f"The drive {self.drive:g} is too strong for rates: a flip takes only {1 / self.ratio:.3g} times as "
                f"long as the dephasing it relies on (r = {self.ratio:.3g}); lower it below "
                f"{self.largest_safe_drive:.3g}."
            )
        advice = "" if self.verdict is Verdict.GOOD else f" Below a drive of {self.largest_safe_drive:.3g} it is good."
        return (
            f"Rates hold to about {100 * self.error_band:.2g} per cent (r = {self.ratio:.2g}, {self.verdict}).{advice}"
        )

    def _pairs_sentence(self) -> str:
        if self.n_spins == 1:
            return "There is one spin."
        if self.flips_singly:
            return "All spins are told apart by the light and flip singly."
        remedy = f"A spread of the couplings well above {self.disorder_for_single_flips:.2g}"
        if self.largest_single_flip_drive > 0:
            remedy += f" or a drive below {self.largest_single_flip_drive:.2g}"
        return (
            f"But {self.unresolved_spins} of {self.n_spins} spins have a partner that the light cannot tell from them "
            f"in the time of a flip: these flip collectively, and rates of single flips are not their limit. {remedy} "
            "separates them."
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
        rows = [
            ("verdict", str(self.verdict)),
            ("r = W_tot / dephasing, largest", f"{self.ratio:.4g}"),
            ("r at the stored patterns", f"{self.ratio_at_patterns:.4g}"),
            (
                "expected error of W",
                f"{self.error_band:.1%}" if np.isfinite(self.error_band) else "not to be trusted",
            ),
            ("dephasing of one flip", f"{self.dephasing_smallest:.4g} .. {self.dephasing_largest:.4g}"),
            ("drive, and the largest safe one", f"{self.drive:.4g}, {self.largest_safe_drive:.4g}"),
            ("classes of equal forces, largest", f"{self.n_classes}, {self.largest_class} spins"),
            ("largest drive for single flips", f"{self.largest_single_flip_drive:.4g}"),
            ("spins not told apart", f"{self.unresolved_spins} of {self.n_spins}"),
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
    memory = dicke.patterns
    configurations = rates.recall_configurations() if at is None else _configurations(at, dicke.n_spins)
    flip_rates = _flip_rates(rates, configurations)
    widths = rates.dephasing_rates()[rates.classes]
    ratio = float((flip_rates / widths).max())
    at_patterns = ratio if memory is None else float((_flip_rates(rates, memory.values) / widths).max())
    unresolved, pair_ratio = _worst_pairs(dicke, configurations, flip_rates)
    class_sizes = np.bincount(dicke.coupling_classes())
    verdict, band = _verdict(ratio)
    return Certificate(
        ratio=ratio,
        ratio_at_patterns=at_patterns,
        verdict=verdict,
        error_band=band,
        drive=dicke.drive,
        dephasing_smallest=float(widths.min()),
        dephasing_largest=float(widths.max()),
        largest_flip_rate=float(flip_rates.max()),
        largest_safe_drive=float(dicke.drive * np.sqrt(SAFE_RATIO / ratio)),
        largest_single_flip_drive=dicke.drive * float(np.sqrt(LIMIT_RATIO / pair_ratio)) if pair_ratio else np.inf,
        n_spins=dicke.n_spins,
        n_classes=int(class_sizes.size),
        largest_class=int(class_sizes.max()),
        unresolved_spins=unresolved,
        pair_ratio=pair_ratio,
        disorder_for_single_flips=float(0.5 * np.sqrt(flip_rates.max() / _force_dephasing(dicke).max())),
    )


def _verdict(ratio: float) -> tuple[Verdict, float]:
    if ratio < SAFE_RATIO:
        return Verdict.GOOD, SAFE_ERROR
    if ratio < LIMIT_RATIO:
        return Verdict.MARGINAL, LIMIT_ERROR
    return Verdict.BROKEN, float("nan")


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _configurations(at: ArrayLike, n_spins: int) -> SpinArray:
    return spin_array("at", at, n_spins=n_spins, ndim=2)


def _flip_rates(rates: CavityRates, configurations: SpinArray) -> FloatArray:
    r"""$W(\epsilon) + W(-\epsilon)$ of every spin in every configuration, shape (K, N)."""
    energies = merged(rates.dicke.flip_energies(configurations))
    classes = np.broadcast_to(rates.classes, energies.shape)
    return rates(energies, classes) + rates(-energies, classes)


def _force_dephasing(dicke: MultimodeDicke) -> FloatArray:
    r"""$\nu_\mu \mathrm{Re}(1/z_\mu)$, the dephasing per squared force, shape (M,)."""
    return dicke.noise_factor * (1 / dicke.pole).real


def _worst_pairs(dicke: MultimodeDicke, configurations: SpinArray, flip_rates: FloatArray) -> tuple[int, float]:
    r"""Number of spins with an unresolved partner, and the largest ratio of flip rate to mutual dephasing
    $\Gamma_{ij} = \sum_\mu (\delta_{i\mu} - \delta_{j\mu})^2 \nu_\mu \mathrm{Re}(1/z_\mu)$, in the worst configuration.
    """
    worst_count, worst_ratio = 0, 0.0
    weights = np.sqrt(_force_dephasing(dicke))
    for sigma, rate in zip(configurations, flip_rates.max(axis=1), strict=True):
        forces = 2 * dicke.g * sigma[:, None] * weights
        distinct, sizes = np.unique(forces, axis=0, return_counts=True)
        nearest = _nearest_distance(distinct, sizes)
        worst_ratio = max(worst_ratio, float(rate / nearest**2) if nearest else float("inf"))
        worst_count = max(worst_count, _unresolved(distinct, sizes, float(np.sqrt(rate / LIMIT_RATIO))))
    return worst_count, worst_ratio


def _nearest_distance(points: FloatArray, sizes: IntArray) -> float:
    """Smallest distance of two spins, of which `sizes` sit at each of `points`; infinite for a single spin."""
    if sizes.max() > 1:
        return 0.0
    if sizes.size == 1:
        return float("inf")
    distances, _ = KDTree(points).query(points, k=2)
    return float(np.asarray(distances)[:, 1].min())


def _unresolved(points: FloatArray, sizes: IntArray, radius: float) -> int:
    """Number of spins in groups whose members lie within `radius` of each other; `sizes` spins sit at each point."""
    pairs = KDTree(points).query_pairs(radius, output_type="ndarray")
    links = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    _, groups = connected_components(links, directed=False)
    members = np.bincount(groups, weights=sizes)
    return int(members[members > 1].sum())
