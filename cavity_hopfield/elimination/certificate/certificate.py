"""Where a platform stands: a certificate in numbers, in words, and in JSON."""

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

import numpy as np

from cavity_hopfield._checks import from_json_text
from cavity_hopfield._typing import Json
from cavity_hopfield.elimination.certificate.degeneracy import RESOLVED
from cavity_hopfield.elimination.weak_coupling import FAST_DRIVE, STRONG_COUPLING
from cavity_hopfield.exceptions import ArgumentError

SAFE_RATIO, LIMIT_RATIO = 0.03, 0.1
"""Bounds on r for good and for marginal rates."""
SAFE_DRIVE, LIMIT_DRIVE = 0.2, 0.4
"""Bounds on 2 drive / |z| for good and for marginal rates."""
SETTLED = 0.1
"""Largest ratio of all flips to the decay of the light for which every flip finds the light at rest."""


UNDISTURBED = 0.1
"""Largest ratio of interrupting flips to dephasing for which a flip is not disturbed."""


class Verdict(StrEnum):
    """What the ratio of flip rate to dephasing says about the rates."""

    GOOD = "good"
    MARGINAL = "marginal"
    BROKEN = "broken"


class Regime(StrEnum):
    """The simplest reduced description that holds."""

    INDEPENDENT_RATES = "independent rates"
    COLLECTIVE_RATES = "collective rates"
    HALF_RESOLVED = "half-resolved pairs"
    MEMORY = "memory matters"
    ATOM_ONLY = "atom-only"
    NON_PERTURBATIVE = "non-perturbative"


REMEDIES = {
    Regime.INDEPENDENT_RATES: "`CavityRates` and `KineticMonteCarlo` hold",
    Regime.COLLECTIVE_RATES: 'take `jumps="collective"`, or the `SectorEquation` for few spins',
    Regime.HALF_RESOLVED: "some spins flip neither together nor singly; take `exact_rates` of few spins",
    Regime.MEMORY: "take the `MemoryEquation`, for few spins",
    Regime.ATOM_ONLY: "take `AtomOnly`, for few spins, or mean field for many",
    Regime.NON_PERTURBATIVE: "no elimination of the light holds: keep the light, or take `exact_rates` of few spins",
}
"""What to do in each regime."""


MEMORY_RATIO = 1.0
"""Largest r at which the equation with memory follows one spin."""
DERIVED = (
    "error_band",
    "largest_safe_drive",
    "largest_single_flip_drive",
    "unresolved_spins",
    "flips_singly",
    "sentence",
)
"""What `to_dict` tells beside the fields."""


@dataclass(frozen=True)
class Certificate:
    r"""Where the rates of a platform can be trusted, from $r = [W(\epsilon) + W(-\epsilon)] / \Gamma_\varphi$.

    Made by `certify`; printed, it says it in words.

    Attributes
    ----------
    ratio, ratio_at_patterns : float
        Largest r over the configurations looked at, and at the stored patterns alone.
    drive_ratio : float
        $2 \Omega / |z|$ for the slowest mode: the drive must also be slow for the light, or it turns spins dressed by
        photons.
    memory_slip : float
        $\int_0^\infty \tau [K(\epsilon; \tau) + K(-\epsilon; \tau)] d\tau$ of the flip with the largest r: the share of
        its relaxation that the memory of the light makes up (see `memory_slip`).
    one_spin_error : float
        Largest relative error of W for one spin at all measured points with a drive ratio and an r (`collective_ratio`)
        up to 1.5 times its own (see `validity_map`); NaN beyond them, or where one spin does not even relax.
    exact_error : float or None
        Relative error of the slowest relaxation of the rates against the full Lindblad equation, where that is small
        enough. It can be far above that of W where the way leads over a barrier, around which two spins flip at once
        in fourth order of the drive.
    drive : float
        The drive of the platform.
    dephasing_smallest, dephasing_largest : float
        Smallest and largest dephasing rate of one flip, in units of omega.
    coupling_strength : float
        What must be small for the light to be eliminated at any drive (see `AtomOnly`).
    largest_flip_rate : float
        Largest $W(\epsilon) + W(-\epsilon)$ over the configurations looked at.
    collective_ratio : float
        Largest r enhanced by $(n + 1)^2 / 4$, the most that n spins that flip together gain; equal to `ratio` where no
        spins have equal forces.
    interruption_ratio : float
        Largest total rate of those flips of other spins that interrupt a flip, over its dephasing:
        $\sum_j W_j (4 J_{ij})^2 / [(4 J_{ij})^2 + \Gamma_i^2] / \Gamma_i$. It is not part of the verdict.
    settling_ratio : float
        Largest total rate of all flips over the slowest amplitude decay of the light. A flip is taken to find the
        light at rest, which needs this small; it is not part of the verdict.
    n_spins : int
        Number of spins.
    n_classes, largest_class : int
        Number and largest size of the classes of spins with equal forces, up to the sign of the spin: configurations
        of one class can be indistinguishable to the light, and then flip collectively.
    groups : tuple of tuples of int
        The spins that flip together, in the worst configuration.
    equal_forces : bool
        Whether these exert equal forces, all of them, so that the sector equation is their limit.
    pair_ratio : float
        Largest ratio of flip rate to splitting over pairs of spins (see `Degeneracy`).
    disorder_for_single_flips : float
        The spread of couplings $d_c = \frac12 [W_\mathrm{tot} / (\nu\, \mathrm{Re}\, 1/z)]^{1/2}$ at which two spins
        with equal forces begin to flip singly, in units of omega; many spins need more.
    """

    ratio: float
    ratio_at_patterns: float
    drive_ratio: float
    memory_slip: float
    one_spin_error: float
    exact_error: float | None
    drive: float
    dephasing_smallest: float
    dephasing_largest: float
    coupling_strength: float
    largest_flip_rate: float
    collective_ratio: float
    interruption_ratio: float
    settling_ratio: float
    n_spins: int
    n_classes: int
    largest_class: int
    groups: tuple[tuple[int, ...], ...]
    equal_forces: bool
    pair_ratio: float
    disorder_for_single_flips: float

    @property
    def flips_together(self) -> bool:
        """Whether spins flip together, and all that do exert equal forces."""
        return self.equal_forces and not self.flips_singly

    @property
    def verdict(self) -> Verdict:
        """Good for r < 0.03 and a drive ratio < 0.2, marginal for r < 0.1 and a drive ratio < 0.4, broken above; with
        the r of collective flips where spins have equal forces.
        """
        if self.collective_ratio < SAFE_RATIO and self.drive_ratio < SAFE_DRIVE:
            return Verdict.GOOD
        if self.collective_ratio < LIMIT_RATIO and self.drive_ratio < LIMIT_DRIVE:
            return Verdict.MARGINAL
        return Verdict.BROKEN

    @property
    def regime(self) -> Regime:
        """The simplest reduced description that holds, tried from the simplest on."""
        holds = self.verdict is not Verdict.BROKEN
        if self.flips_singly and holds:
            return Regime.INDEPENDENT_RATES
        if self.flips_together and holds:
            return Regime.COLLECTIVE_RATES
        if holds:
            return Regime.HALF_RESOLVED
        if self.flips_singly and self.ratio < MEMORY_RATIO and self.drive_ratio < LIMIT_DRIVE:
            return Regime.MEMORY
        if self.coupling_strength <= STRONG_COUPLING and self.drive_ratio <= FAST_DRIVE:
            return Regime.ATOM_ONLY
        return Regime.NON_PERTURBATIVE

    @property
    def error_band(self) -> float:
        """The expected relative error of W: `one_spin_error`, and what several spins add to first order, which are
        `interruption_ratio`, `settling_ratio`, and `pair_ratio` where spins flip singly. A guide and no bound.
        """
        settling = self.settling_ratio if self.n_spins > 1 else 0.0
        pairs = self.pair_ratio if self.flips_singly else 0.0
        return self.one_spin_error + self.interruption_ratio + settling + pairs

    @property
    def largest_safe_drive(self) -> float:
        """The largest drive that is good: r = 0.03 or a drive ratio of 0.2."""
        return self.drive * min(float(np.sqrt(SAFE_RATIO / self.collective_ratio)), SAFE_DRIVE / self.drive_ratio)

    @property
    def largest_single_flip_drive(self) -> float:
        """The drive at which `pair_ratio` = 0.1; zero where forces are equal, infinite where no pair is near."""
        return self.drive * float(np.sqrt(RESOLVED / self.pair_ratio)) if self.pair_ratio else float("inf")

    @property
    def unresolved_spins(self) -> int:
        """Number of spins that have a partner from which the light cannot tell them apart in the time of a flip."""
        return sum(len(group) for group in self.groups)

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
        if self.interruption_ratio > UNDISTURBED:
            parts.append(
                f"While one spin dephases, others flip {self.interruption_ratio:.2g} times and change its energy: the "
                "flips of weakly coupled spins are not independent of the others'."
            )
        return " ".join(parts)

    @property
    def suggestions(self) -> tuple[str, ...]:
        """What to change, in numbers, and what to use as it is."""
        advice = [f"{self.regime}: {REMEDIES[self.regime]}."]
        if self.verdict is not Verdict.GOOD:
            advice.append(f"Lower the drive from {self.drive:.3g} to {self.largest_safe_drive:.3g} for good rates.")
        if not self.flips_singly:
            if self.largest_single_flip_drive > 0:
                advice.append(f"Lower the drive to {self.largest_single_flip_drive:.3g} for single flips.")
            apart = self.disorder_for_single_flips / float(np.sqrt(RESOLVED))
            advice.append(f"Draw the couplings of each pair {apart:.3g} apart for single flips.")
        if self.settling_ratio > SETTLED:
            slower = self.drive * float(np.sqrt(SETTLED / self.settling_ratio))
            advice.append(f"Lower the drive to {slower:.3g} for every flip to find the light at rest.")
        return tuple(advice)

    def _rates_sentence(self) -> str:
        numbers = f"r = {self.collective_ratio:.2g}, 2 drive/|z| = {self.drive_ratio:.2g}"
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
        how = (
            "these flip collectively, and rates of single flips are not their limit"
            if self.equal_forces
            else "some of these flip neither collectively nor singly"
        )
        return (
            f"But {self.unresolved_spins} of {self.n_spins} spins have a partner that the light cannot tell from them "
            f"in the time of a flip: {how}. {remedy}"
        )

    def to_dict(self) -> Json:
        """Plain values, for JSON; includes the sentence and the suggestions. Infinite and undefined numbers become
        None.
        """
        derived = {name: getattr(self, name) for name in DERIVED}
        return {name: _finite(value) for name, value in (asdict(self) | derived).items()} | {
            "groups": [list(group) for group in self.groups],
            "verdict": str(self.verdict),
            "regime": str(self.regime),
            "suggestions": list(self.suggestions),
        }

    def to_json(self) -> str:
        """The certificate as JSON text."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> "Certificate":
        """The certificate that `to_json` wrote."""
        return cls.from_dict(from_json_text("text", text))

    @classmethod
    def from_dict(cls, data: Json) -> "Certificate":
        """The certificate that `to_dict` described; an `ArgumentError` if a number is missing."""
        missing = [field.name for field in fields(cls) if field.name not in data]
        if missing:
            raise ArgumentError(f"Argument `data` must describe a certificate, but lacks {missing}.")
        values = {field.name: data[field.name] for field in fields(cls)}
        for name, value in values.items():
            if value is None and name != "exact_error":
                values[name] = float("nan") if name == "one_spin_error" else float("inf")
        return cls(**values | {"groups": tuple(tuple(group) for group in data["groups"])})

    def __str__(self) -> str:
        trusted = f"{self.error_band:.1%}" if np.isfinite(self.error_band) else "not to be trusted"
        against = "" if self.exact_error is None else f" (exactly {self.exact_error:+.2%})"
        rows = [
            ("regime", str(self.regime)),
            ("verdict on rates", str(self.verdict)),
            ("expected error of W", trusted + against),
            ("r = W_tot / dephasing, largest", f"{self.ratio:.4g}"),
            ("r at the stored patterns", f"{self.ratio_at_patterns:.4g}"),
            ("r of collective flips, largest", f"{self.collective_ratio:.4g}"),
            ("memory slip", f"{self.memory_slip:.4g}"),
            ("dephasing of one flip", f"{self.dephasing_smallest:.4g} .. {self.dephasing_largest:.4g}"),
            ("drive, and 2 drive / |z|", f"{self.drive:.4g}, {self.drive_ratio:.4g}"),
            ("largest safe drive", f"{self.largest_safe_drive:.4g}"),
            ("other flips while a spin dephases", f"{self.interruption_ratio:.4g}"),
            ("flips while the light settles", f"{self.settling_ratio:.4g}"),
            ("classes of equal forces, largest", f"{self.n_classes}, {self.largest_class} spins"),
            ("spins not told apart", f"{self.unresolved_spins} of {self.n_spins}"),
            ("largest drive for single flips", f"{self.largest_single_flip_drive:.4g}"),
        ]
        table = [f"{name:34s} {value}" for name, value in rows]
        return "\n".join([*table, self.sentence, *(f"- {text}" for text in self.suggestions)])


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not np.isfinite(value) else value
