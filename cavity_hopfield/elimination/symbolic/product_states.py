r"""Moments of states without correlations: $\langle \prod_s O_s \rangle = \prod_s \langle O_s \rangle$.

A mode is in a displaced thermal state, $\langle a^{\dagger m} a^n \rangle = \sum_k k! \binom{m}{k} \binom{n}{k}
\bar n^k\, \bar\alpha^{m - k} \alpha^{n - k}$; a spin has the Bloch vector $\langle \boldsymbol\sigma \rangle$.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb, factorial
from typing import Any

import numpy as np

from cavity_hopfield._checks import real_array, real_number
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.elimination.symbolic.algebra import Factor, Mode, Monomial, Site, Spin
from cavity_hopfield.elimination.symbolic.systems import ModeClass, ModeMember, SiteClass, SpinClass, SpinMember
from cavity_hopfield.exceptions import ArgumentError

LONGEST_BLOCH = 1 + 1e-12


@dataclass(frozen=True, eq=False)
class ProductMoments:
    """The Bloch vectors, amplitudes and thermal occupations of a product state."""

    bloch: Mapping[Spin | SpinClass, FloatArray]
    amplitudes: Mapping[Mode | ModeClass, complex]
    thermal: Mapping[Mode | ModeClass, float]

    @classmethod
    def of(
        cls,
        monomials: Iterable[Monomial],
        bloch: Mapping[Spin | SpinClass, ArrayLike],
        amplitudes: Mapping[Mode | ModeClass, complex],
        thermal: Mapping[Mode | ModeClass, float],
    ) -> "ProductMoments":
        """The state, checked against the sites of the `monomials`."""
        sites = dict.fromkeys(_owner(site) for monomial in monomials for site in monomial.sites)
        spins = [site for site in sites if isinstance(site, (Spin, SpinClass))]
        modes = [site for site in sites if isinstance(site, (Mode, ModeClass))]
        for name, given, known in (
            ("bloch", bloch, spins),
            ("amplitudes", amplitudes, modes),
            ("thermal", thermal, modes),
        ):
            _known_sites(name, given, known)
        missing = [site.name for site in spins if site not in bloch]
        if missing:
            raise ArgumentError(f"Argument `bloch` must name every spin, but leaves out {missing}.")
        return cls(
            {site: _bloch_vector(vector) for site, vector in bloch.items()},
            {site: complex(value) for site, value in amplitudes.items()},
            {site: real_number("thermal", value, minimum=0.0) for site, value in thermal.items()},
        )

    def moment(self, monomial: Monomial) -> complex:
        """The expectation value of a monomial."""
        product = complex(1)
        for site, factor in monomial:
            product *= self._factor(_owner(site), factor)
        return product

    def _factor(self, owner: Any, factor: Factor) -> complex:
        if isinstance(factor, str):
            return complex(self.bloch[owner]["xyz".index(factor)])
        (m, n), alpha, thermal = factor, self.amplitudes.get(owner, 0j), self.thermal.get(owner, 0.0)
        return sum(
            (
                factorial(k) * comb(m, k) * comb(n, k) * thermal**k * alpha.conjugate() ** (m - k) * alpha ** (n - k)
                for k in range(min(m, n) + 1)
            ),
            start=0j,
        )


def _owner(site: Site) -> Site | SiteClass:
    """The class of a member, or the site itself."""
    return site.group if isinstance(site, (SpinMember, ModeMember)) else site


def _known_sites(name: str, given: Mapping[Any, Any], known: list[Any]) -> None:
    for site in given:
        if site not in known:
            names = ", ".join(repr(other) for other in known) or "none"
            raise ArgumentError(
                f"Argument `{name}` must name sites or classes that occur in the moments, but names {site!r}. "
                f"Those of this kind are: {names}."
            )


def _bloch_vector(value: ArrayLike) -> FloatArray:
    vector = real_array("bloch", value)
    if vector.shape != (3,):
        raise ArgumentError(f"Argument `bloch` must hold vectors (x, y, z), but holds one of shape {vector.shape}.")
    length = float(np.linalg.norm(vector))
    if length > LONGEST_BLOCH:
        raise ArgumentError(f"Argument `bloch` must hold vectors no longer than 1, but holds one of length {length:g}.")
    return vector
