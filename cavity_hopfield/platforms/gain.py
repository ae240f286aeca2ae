"""Incoherent gain for the modes: an inverted medium, or a parametric drive with a fast idler."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, whole_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms.platform import Step
from cavity_hopfield.platforms.quantities import si_array, si_number

SMALL = 0.1
"""Bound on the small number of each step: what it neglects is of this relative size."""


@runtime_checkable
class Gain(Protocol):
    r"""What adds photons to the modes incoherently, by jumps $\sqrt{\kappa_\mu}\, a_\mu^\dagger$."""

    @property
    def rate_rad_s(self) -> FloatArray:
        r"""$\kappa_\mu$, the gain of the photon number; shape () for all modes, or (M,)."""
        ...

    @property
    def loss_rad_s(self) -> FloatArray:
        r"""What the medium adds to the loss $\gamma_\mu$ of the photon number; shape () or (M,)."""
        ...

    def steps(self, photons: float, bandwidth_rad_s: float) -> tuple[Step, ...]:
        r"""What is neglected, for at most `photons` in a mode whose light lies within `bandwidth_rad_s`,
        $|z_\mu|$, of its resonance.
        """
        ...

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class RepumpGain(ReadOnlyArrays):
    r"""$\kappa_\mu = \frac{4 g_\mu^2 N_\uparrow}{\Gamma_m}$, and the loss $\frac{4 g_\mu^2 N_\downarrow}{\Gamma_m}$:
    $N_m$ two-level atoms, repumped at the rate $w$, resonant with the modes and eliminated.

    $N_\uparrow = N_m \frac{w}{w + \gamma}$, $N_\downarrow = N_m - N_\uparrow$ and $\Gamma_m = w + \gamma + \Gamma_b$;
    the net gain is $4 g_\mu^2 (N_\uparrow - N_\downarrow) / \Gamma_m$.

    Parameters
    ----------
    coupling_rad_s : number or (M,) array
        $g_\mu$ of one atom of the medium, root mean square over their positions.
    atoms : int
        $N_m$.
    pump_per_s : float
        $w$, rate from the lower to the upper level, positive.
    decay_per_s : float
        $\gamma$, rate from the upper to the lower level.
    broadening_rad_s : float
        $\Gamma_b$, what dephasing adds to the width (full width at half maximum).

    Raises
    ------
    ArgumentError
        If a number is out of range, or its unit does not fit.

    Examples
    --------
    >>> medium = RepumpGain(coupling_rad_s="2pi * 20 kHz", atoms=2000, pump_per_s=6e8)
    >>> round(float(medium.rate_rad_s / (2 * np.pi * 1e3))), round(medium.saturation_photons)
    (34, 2849658)
    """

    coupling_rad_s: float | FloatArray
    atoms: int
    pump_per_s: float
    decay_per_s: float = 0.0
    broadening_rad_s: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "coupling_rad_s", per_mode("coupling_rad_s", self.coupling_rad_s))
        object.__setattr__(self, "atoms", whole_number("atoms", self.atoms, minimum=1))
        object.__setattr__(self, "pump_per_s", si_number("pump_per_s", self.pump_per_s, above=0.0))
        for name in ("decay_per_s", "broadening_rad_s"):
            object.__setattr__(self, name, si_number(name, getattr(self, name), minimum=0.0))

    @property
    def inverted(self) -> float:
        r"""$N_\uparrow / N_m = w / (w + \gamma)$."""
        return self.pump_per_s / (self.pump_per_s + self.decay_per_s)

    @property
    def linewidth_rad_s(self) -> float:
        r"""$\Gamma_m = w + \gamma + \Gamma_b$, full width at half maximum."""
        return self.pump_per_s + self.decay_per_s + self.broadening_rad_s

    @property
    def rate_rad_s(self) -> FloatArray:
        r"""$4 g_\mu^2 N_\uparrow / \Gamma_m$."""
        return np.asarray(4 * np.square(self.coupling_rad_s) * self.atoms * self.inverted / self.linewidth_rad_s)

    @property
    def loss_rad_s(self) -> FloatArray:
        r"""$4 g_\mu^2 N_\downarrow / \Gamma_m$, what atoms in the lower level absorb."""
        return np.asarray(self.rate_rad_s * self.decay_per_s / self.pump_per_s)

    @property
    def saturation_photons(self) -> float:
        r"""$n_s = (w + \gamma) \Gamma_m / 8 g^2$: so many photons halve the inversion; of the strongest coupling."""
        recovery = self.pump_per_s + self.decay_per_s
        return float(recovery * self.linewidth_rad_s / (8 * np.square(self.coupling_rad_s).max()))

    def steps(self, photons: float, bandwidth_rad_s: float) -> tuple[Step, ...]:
        """The medium is not saturated, and its line is flat where the light is."""
        return (
            Step(
                "the gain is not saturated",
                "photons / saturation photons, n 8 g^2 / ((w + decay) linewidth)",
                photons / self.saturation_photons,
                SMALL,
                "Take more atoms of the medium with a weaker coupling, or repump them faster.",
            ),
            _flat_step(bandwidth_rad_s, self.linewidth_rad_s, "Repump faster."),
        )

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        coupling = np.asarray(self.coupling_rad_s).tolist()
        rest = ("atoms", "pump_per_s", "decay_per_s", "broadening_rad_s")
        return {"gain": "RepumpGain", "coupling_rad_s": coupling, **{name: getattr(self, name) for name in rest}}


@dataclass(frozen=True, kw_only=True, eq=False)
class ParametricGain(ReadOnlyArrays):
    r"""$\kappa_\mu = \frac{4 |\chi_\mu|^2}{\gamma_i}$: pairs $\chi_\mu (a_\mu b_\mu + a_\mu^\dagger b_\mu^\dagger)$
    with an idler $b_\mu$ that is lost at once.

    The strong pump is classical and undepleted, resonant with the sum of the two frequencies; the idler is empty.

    Parameters
    ----------
    coupling_rad_s : number or (M,) array
        $|\chi_\mu|$.
    idler_loss_rad_s : float
        $\gamma_i$, loss of the photon number of the idler (full width), positive.

    Raises
    ------
    ArgumentError
        If a number is out of range, or its unit does not fit.

    Examples
    --------
    >>> pairs = ParametricGain(coupling_rad_s="2pi * 0.5 MHz", idler_loss_rad_s="2pi * 20 MHz")
    >>> round(float(pairs.rate_rad_s / (2 * np.pi * 1e3)), 9)
    50.0
    """

    coupling_rad_s: float | FloatArray
    idler_loss_rad_s: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "coupling_rad_s", per_mode("coupling_rad_s", self.coupling_rad_s))
        object.__setattr__(self, "idler_loss_rad_s", si_number("idler_loss_rad_s", self.idler_loss_rad_s, above=0.0))

    @property
    def rate_rad_s(self) -> FloatArray:
        r"""$4 |\chi_\mu|^2 / \gamma_i$."""
        return np.asarray(4 * np.square(self.coupling_rad_s) / self.idler_loss_rad_s)

    @property
    def loss_rad_s(self) -> FloatArray:
        """Zero: an empty idler takes nothing."""
        return np.zeros(())

    def steps(self, photons: float, bandwidth_rad_s: float) -> tuple[Step, ...]:  # noqa: ARG002
        """The idler is lost before it gives anything back, and its line is flat where the light is."""
        return (
            Step(
                "the idler is lost at once",
                "gain / idler loss",
                float(self.rate_rad_s.max() / self.idler_loss_rad_s),
                SMALL,
                "Couple the idler out faster.",
            ),
            _flat_step(bandwidth_rad_s, self.idler_loss_rad_s, "Couple the idler out faster."),
        )

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        coupling = np.asarray(self.coupling_rad_s).tolist()
        return {"gain": "ParametricGain", "coupling_rad_s": coupling, "idler_loss_rad_s": self.idler_loss_rad_s}


def per_mode(name: str, value: Any) -> float | FloatArray:
    """`value` in SI as one positive float, or read-only with shape (M,) and no negative entry."""
    array = si_array(name, value)
    if array.ndim > 1 or array.size == 0:
        raise ArgumentError(f"Argument `{name}` must be a number or have shape (M,), but has shape {array.shape}.")
    if not (array >= 0).all() or not array.any():
        raise ArgumentError(f"Argument `{name}` must not be negative nor all zero, but is {array.tolist()}.")
    return float(array) if array.ndim == 0 else np.asarray(frozen(array))


def _flat_step(bandwidth_rad_s: float, linewidth_rad_s: float, remedy: str) -> Step:
    return Step(
        "the gain is flat over the light",
        "bandwidth of the light / half the width of the gain, 2 |z| / linewidth",
        2 * bandwidth_rad_s / linewidth_rad_s,
        SMALL,
        remedy,
    )
