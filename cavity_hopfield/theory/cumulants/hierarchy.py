"""The door to the computer algebra: the moment equations of a structure, derived once, and what their moments mean."""

import json
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.theory.cumulants.storage import Arrays, store, stored
from cavity_hopfield.theory.cumulants.structure import Structure

if TYPE_CHECKING:
    from cavity_hopfield.elimination.symbolic.algebra import Monomial, Site
    from cavity_hopfield.elimination.symbolic.closure import Truncation
    from cavity_hopfield.elimination.symbolic.dicke_moments import DickeSites
    from cavity_hopfield.elimination.symbolic.moment_flow import MomentFlow

KEPT = 32
WORTH_STORING = 1.0
"""Seconds of derivation from which on equations are kept on disk."""


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Closed moment equations as arrays, with the moments and the parameters by name.

    Attributes
    ----------
    structure : Structure
    sites : DickeSites
        The spins and modes as the algebra names them.
    moments : tuple of Monomial
        The moments, lowest orders first.
    parameters : tuple of str
        Names of the numbers that enter, in their order.
    flow : MomentFlow
        The equations.
    """

    structure: Structure
    sites: "DickeSites"
    moments: "tuple[Monomial, ...]"
    parameters: tuple[str, ...]
    flow: "MomentFlow"

    @cached_property
    def truncation(self) -> "Truncation":
        """The numbers of the moments, and what moments of high order are in terms of them."""
        from cavity_hopfield.elimination.symbolic.closure import MomentTable, Truncation

        return Truncation(MomentTable.of(self.moments), self.structure.order)

    @cached_property
    def spin_letters(self) -> IntArray:
        """The number of spins in each moment, shape (n,)."""
        return np.array([len(classes) for classes in self.classes_of_moments])

    @cached_property
    def light_letters(self) -> IntArray:
        """The number of creators and annihilators in each moment, shape (n,)."""
        return np.array([moment.order for moment in self.moments]) - self.spin_letters

    @cached_property
    def classes_of_moments(self) -> list[list[int]]:
        """The class of every spin in each moment."""
        place = {group.name: c for c, group in enumerate(self.sites.classes)}
        return [
            [place[site.group.name] for site, factor in moment if isinstance(factor, str)]  # type: ignore[union-attr]
            for moment in self.moments
        ]

    @cached_property
    def odd(self) -> FloatArray:
        """Which moments change their sign when all spins and fields are turned over, shape (n,), as zeros and ones."""
        turned = np.array([sum(factor in ("y", "z") for _, factor in moment) for moment in self.moments])
        return np.asarray((turned + self.light_letters) % 2.0)

    def product_state(self, bloch: FloatArray, amplitudes: ComplexArray, thermal: FloatArray) -> ComplexArray:
        """The moments (n,) of uncorrelated spins (C, 3) and displaced thermal modes (M,)."""
        from cavity_hopfield.elimination.symbolic.product_states import ProductMoments

        state = ProductMoments.of(
            self.moments,
            dict(zip(self.sites.classes, bloch, strict=True)),
            dict(zip(self.sites.modes, amplitudes, strict=True)),
            dict(zip(self.sites.modes, thermal, strict=True)),
        )
        return np.array([state.moment(moment) for moment in self.moments])

    def bloch(self, values: ComplexArray) -> FloatArray:
        """Bloch vectors (..., C, 3) of the classes from the moments (..., n)."""
        means = [[self.mean(values, (group.member(1), axis)) for axis in "xyz"] for group in self.sites.classes]
        return np.asarray(np.moveaxis(np.array(means).real, (0, 1), (-2, -1)))

    def pairs(self, values: ComplexArray) -> FloatArray:
        r"""$\langle \tau^z_i \tau^z_j \rangle$ (..., C, C) of different spins; 1 in a class of one spin."""
        found = np.ones((*values.shape[:-1], *2 * (len(self.sites.classes),)))
        for c, group in enumerate(self.sites.classes):
            for d, other in enumerate(self.sites.classes[: c + 1]):
                if c != d or self.structure.members[c] != 1:
                    second = other.member(2 if c == d else 1)
                    found[..., c, d] = found[..., d, c] = self.mean(values, (group.member(1), "z"), (second, "z")).real
        return found

    def light(self, values: ComplexArray, creators: int, annihilators: int) -> ComplexArray:
        r"""$\langle a_\mu^{\dagger m} a_\mu^n \rangle$ of every mode (..., M); expanded if above the order."""
        powers = (creators, annihilators)
        return np.stack([self.mean(values, (mode, powers)) for mode in self.sites.modes], axis=-1)

    def mean(self, values: ComplexArray, *factors: "tuple[Site, Any]") -> ComplexArray:
        """One moment (...) from all of them (..., n): that of a product of the given factors."""
        from cavity_hopfield.elimination.symbolic.algebra import Monomial
        from cavity_hopfield.elimination.symbolic.systems import joined

        monomial = joined(Monomial((factor,)) for factor in factors)
        total = np.zeros(values.shape[:-1], np.complex128)
        for product, number in self.truncation.expansion(monomial).items():
            total += number * np.prod([_taken(values, k) for k in product], axis=0)
        return total

    def broken_bound(self, values: ComplexArray, sizes: IntArray, times: FloatArray) -> str | None:
        """What tells that the moments (T, n) are not those of a state, None if nothing does."""
        from cavity_hopfield.elimination.symbolic.physical_region import broken_bound

        place = {moment: k for k, moment in enumerate(self.moments)}

        def known(monomial: "Monomial") -> ComplexArray | None:
            number = place.get(monomial)
            return None if number is None else values[:, number]

        counts = dict(zip(self.sites.classes, sizes.astype(float), strict=True))
        return broken_bound(known, self.moments, counts, times)


def _taken(values: ComplexArray, number: int) -> ComplexArray:
    return values[..., number] if number >= 0 else values[..., ~number].conj()


@lru_cache(KEPT)
def hierarchy(structure: Structure) -> Hierarchy:
    """The equations of a structure: from memory, from disk, or derived.

    Raises
    ------
    ClosureError
        If the kinds of moments that `only` names refer to others.
    """
    from cavity_hopfield.elimination.symbolic.dicke_moments import DickeSites

    sites = DickeSites.of(structure.members, structure.n_modes)
    known = stored(structure)
    found = None if known is None else _read(structure, sites, known)
    if found is not None:
        return found
    begun = perf_counter()
    equations = sites.equations(structure.order, structure.axis, structure.only)
    names = tuple(symbol.name for symbol in equations.parameters)
    derived = Hierarchy(structure, sites, equations.moments, names, equations.flow)
    if perf_counter() - begun > WORTH_STORING:
        store(structure, _written(derived))
    return derived


def _written(derived: Hierarchy) -> Arrays:
    """A hierarchy as arrays."""
    words = [derived.sites.written(moment) for moment in derived.moments]
    text = {"moments": np.array(json.dumps(words)), "parameters": np.array(json.dumps(derived.parameters))}
    return {field.name: getattr(derived.flow, field.name) for field in fields(derived.flow)} | text


def _read(structure: Structure, sites: "DickeSites", arrays: Arrays) -> Hierarchy | None:
    """The hierarchy that `_written` wrote; None if the arrays are not whole."""
    from cavity_hopfield.elimination.symbolic.moment_flow import MomentFlow

    names = [field.name for field in fields(MomentFlow)]
    try:
        moments = tuple(sites.read(words) for words in json.loads(str(arrays["moments"])))
        parameters = tuple(json.loads(str(arrays["parameters"])))
        flow = MomentFlow(**{name: arrays[name] for name in names})
    except (KeyError, ValueError, IndexError):
        return None
    whole = len(moments) == flow.real.size == flow.row.size - 1 == structure.n_moments
    return Hierarchy(structure, sites, moments, parameters, flow) if whole else None
