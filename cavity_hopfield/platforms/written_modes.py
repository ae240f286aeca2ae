"""Atoms at antinodes of one mode per pattern, the sign of the antinode written as the pattern asks."""

from dataclasses import asdict, dataclass

import numpy as np

from cavity_hopfield._checks import random_generator, real_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.platforms.geometry import AtPoints
from cavity_hopfield.platforms.platform import Step
from cavity_hopfield.platforms.quantities import si_number

UNEVEN = 0.1
"""Relative spread of the couplings among atoms up to which they count as equal."""


@dataclass(frozen=True, kw_only=True)
class WrittenModes(AtPoints):
    r"""$\Xi_\mu(r_i) = c\, \xi_i^\mu \cos(k x_i)$: every ensemble at an antinode of every mode, off it by $x_i$.

    Which trap, phase plate or multifrequency pump writes the signs is left open.

    Parameters
    ----------
    contrast : float
        $c$, largest amplitude that the writing reaches, above 0 and at most 1.
    position_spread_m : float
        Standard deviation $s$ of the displacement $x_i$ along the wave, of heat or of imperfect loading.
    wavelength_m : float, optional
        $2 \pi / k$; needed with a spread.
    seed : int, optional
        Draw one displacement per ensemble, equal for all modes. Left out, every ensemble has the mean over the
        displacements, $\langle \cos k x \rangle = e^{-(k s)^2 / 2}$.

    Raises
    ------
    ArgumentError
        If a number is out of range, a spread comes without wavelength, or a seed without spread.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import letters
    >>> warm = WrittenModes(position_spread_m="40 nm", wavelength_m="780 nm")
    >>> warm.amplitudes(letters("EV")).shape, round(warm.mean_amplitude, 4)
    ((35, 2), 0.9494)
    """

    contrast: float = 1.0
    position_spread_m: float = 0.0
    wavelength_m: float | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        contrast = real_number("contrast", self.contrast, above=0.0)
        if contrast > 1:
            raise ArgumentError(f"Argument `contrast` must be at most 1, but is {contrast:g}.")
        spread = si_number("position_spread_m", self.position_spread_m, minimum=0.0)
        object.__setattr__(self, "contrast", contrast)
        object.__setattr__(self, "position_spread_m", spread)
        if self.wavelength_m is not None:
            object.__setattr__(self, "wavelength_m", si_number("wavelength_m", self.wavelength_m, above=0.0))
        elif spread > 0:
            raise ArgumentError("Argument `wavelength_m` must be given with `position_spread_m`.")
        if self.seed is not None:
            random_generator(self.seed)
            if spread == 0:
                raise ArgumentError(
                    f"Argument `seed` is {self.seed}, but nothing is drawn without `position_spread_m`. Leave it out."
                )

    @property
    def phase_spread(self) -> float:
        """$k s$, the spread of the displacements as a phase."""
        return 2 * np.pi * self.position_spread_m / self.wavelength_m if self.wavelength_m is not None else 0.0

    @property
    def mean_amplitude(self) -> float:
        r"""$c\, e^{-(k s)^2 / 2}$."""
        return float(self.contrast * np.exp(-(self.phase_spread**2) / 2))

    @property
    def mean_square(self) -> float:
        r"""$c^2 \langle \cos^2 k x \rangle = \frac{c^2}{2} \left(1 + e^{-2 (k s)^2}\right)$."""
        return float(self.contrast**2 * (1 + np.exp(-2 * self.phase_spread**2)) / 2)

    @property
    def relative_spread(self) -> float:
        r"""$\sqrt{\langle \cos^2 k x \rangle - \langle \cos k x \rangle^2} / \langle \cos k x \rangle
        = \sqrt{\cosh (k s)^2 - 1} = \sqrt2 \sinh \frac{(k s)^2}{2}$, of normal displacements; infinite where the mean
        is zero to rounding.
        """
        with np.errstate(over="ignore"):
            return float(np.sqrt(2) * np.sinh(self.phase_spread**2 / 2))

    def n_modes(self, patterns: Patterns | None = None) -> int:
        """One mode for each pattern."""
        return _required(patterns).n_patterns

    def amplitudes(self, patterns: Patterns | None = None) -> FloatArray:
        r"""$\Xi_\mu(r_i)$, shape (N, P); an `ArgumentError` without patterns."""
        written = _required(patterns).values.T.astype(np.float64)
        if self.seed is None:
            return np.asarray(written * self.mean_amplitude)
        displaced = self.phase_spread * random_generator(self.seed).standard_normal(len(written))
        return np.asarray(written * self.contrast * np.cos(displaced)[:, None])

    def overlaps(self, patterns: Patterns | None = None) -> FloatArray:
        r"""$\sum_i \langle \Xi_\mu \Xi_\nu \rangle_i$, shape (P, P): with `mean_square` where places are averaged."""
        if self.seed is not None:
            return super().overlaps(patterns)
        written = _required(patterns).values.T.astype(np.float64)
        return np.asarray(self.mean_square * (written.T @ written))

    def stored(self, patterns: Patterns | None = None) -> Patterns | None:
        """The patterns; an `ArgumentError` without."""
        return _required(patterns)

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:  # noqa: ARG002
        """Atoms of an ensemble couple equally if they sit closely."""
        return (
            Step(
                "equal couplings in an ensemble",
                "relative spread of the couplings, sqrt(cosh((k s)^2) - 1)",
                self.relative_spread,
                UNEVEN,
                "Cool the atoms or trap them more tightly along the wave.",
            ),
        )

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {"geometry": "WrittenModes", **asdict(self)}


def _required(patterns: Patterns | None) -> Patterns:
    if not isinstance(patterns, Patterns):
        raise ArgumentError(f"Argument `patterns` must be `Patterns` for `WrittenModes` to write, but is {patterns!r}.")
    return patterns
