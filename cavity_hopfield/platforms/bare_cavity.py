"""A cavity told by the rates of the Dicke model alone, in SI: for a design before its apparatus is chosen."""

from dataclasses import asdict, dataclass

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.platforms.platform import Step
from cavity_hopfield.platforms.quantities import si_number


@dataclass(frozen=True, kw_only=True)
class BareCavity:
    r"""$H / \hbar = \sum_\mu \omega a_\mu^\dagger a_\mu + g \sum_{i\mu} \xi_i^\mu \sigma^z_i (a_\mu + a_\mu^\dagger)
    + \Omega \sum_i \sigma^x_i$ with equal modes, one for each pattern, and all numbers in SI.

    Parameters
    ----------
    coupling_rad_s : float
        $g$ of one spin to one mode, positive.
    mode_detuning_rad_s : float
        $\omega$, positive.
    photon_loss_rad_s, photon_gain_rad_s : float
        Rates $\gamma$ and $\kappa$ of the photon number (a full width; twice the half width that many papers quote).
    drive_rad_s : float
        $\Omega$; a free spin turns at $2 \Omega$.
    coupling_disorder : float
        Relative standard deviation of the couplings.
    disorder_seed : int
        Seed of the disorder; it plays no part without.
    spontaneous_per_s : float
        Rate at which one spin is disturbed by what the model leaves out, such as scattered photons.

    Raises
    ------
    ArgumentError
        If a number is out of range, or its unit does not fit (see `si_array`).

    Examples
    --------
    >>> from cavity_hopfield import letters
    >>> lab = BareCavity(coupling_rad_s="2pi * 120 kHz", mode_detuning_rad_s="2pi * 1 MHz",
    ...                  photon_loss_rad_s="2pi * 300 kHz", drive_rad_s="2pi * 250 Hz")
    >>> lab.to_dicke(letters("EV")).n_modes
    2
    """

    coupling_rad_s: float
    mode_detuning_rad_s: float
    photon_loss_rad_s: float
    photon_gain_rad_s: float = 0.0
    drive_rad_s: float = 0.0
    coupling_disorder: float = 0.0
    disorder_seed: int = 0
    spontaneous_per_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("coupling_rad_s", "mode_detuning_rad_s", "photon_loss_rad_s"):
            object.__setattr__(self, name, si_number(name, getattr(self, name), above=0.0))
        for name in ("photon_gain_rad_s", "drive_rad_s", "spontaneous_per_s"):
            object.__setattr__(self, name, si_number(name, getattr(self, name), minimum=0.0))
        spread = real_number("coupling_disorder", self.coupling_disorder, minimum=0.0)
        object.__setattr__(self, "coupling_disorder", spread)

    @property
    def unit_rad_s(self) -> float:
        """The angular frequency that is one in the model: the detuning of the modes."""
        return self.mode_detuning_rad_s

    def to_dicke(self, patterns: Patterns | None = None, *, unit_rad_s: float | None = None) -> MultimodeDicke:
        """The model that stores `patterns`, in units of `unit_rad_s`, its own unit if omitted.

        Raises
        ------
        ArgumentError
            If `patterns` are missing, or the gain is not below the loss.
        """
        if patterns is None:
            raise ArgumentError("Argument `patterns` must be given: a `BareCavity` has no geometry that writes them.")
        unit = self.unit_rad_s if unit_rad_s is None else si_number("unit_rad_s", unit_rad_s, above=0.0)
        return MultimodeDicke.from_patterns(
            patterns,
            g=self.coupling_rad_s / unit,
            omega=self.mode_detuning_rad_s / unit,
            loss=self.photon_loss_rad_s / unit,
            gain=self.photon_gain_rad_s / unit,
            drive=self.drive_rad_s / unit,
            disorder=self.coupling_disorder,
            seed=self.disorder_seed if self.coupling_disorder > 0 else None,
        )

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:  # noqa: ARG002
        """None: the model is where this platform begins."""
        return ()

    def spontaneous_rate_per_s(self) -> float:
        """The given rate at which one spin is disturbed."""
        return self.spontaneous_per_s

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {"platform": "BareCavity", **asdict(self)}
