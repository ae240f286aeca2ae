"""States of a network in counts at the door, and what is read off them."""

import numpy as np

from cavity_hopfield._checks import spin_array
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import ProductState
from cavity_hopfield.network import InitialState, OpenHopfield, bloch_vectors, spin_observables
from cavity_hopfield.theory.symmetric.generator import CountGenerator
from cavity_hopfield.theory.symmetric.vectors import class_vectors, spin_vectors


def start_state(generator: CountGenerator, initial: InitialState, n_spins: int) -> ComplexArray:
    """The symmetric state at the door, in the frame where the generator is real."""
    classes, basis = generator.classes, generator.basis
    if isinstance(initial, ProductState):
        vectors = class_vectors(classes, bloch_vectors(initial, n_spins))
        one_spin = [((1 + z) / 2, (-y - 1j * x) / 2, (-y + 1j * x) / 2, (1 - z) / 2) for x, y, z in vectors]
        return basis.product([factor.product(s) for factor, s in zip(basis.classes, one_spin, strict=True)])
    spins = spin_array("initial", initial, n_spins=n_spins, ndim=1)
    up = np.bincount(classes.label, weights=spins * classes.sign > 0).astype(np.int64)
    parts = [factor.configuration(int(number)) for factor, number in zip(basis.classes, up, strict=True)]
    return basis.product([part.astype(np.complex128) for part in parts])


def count_observables(
    model: OpenHopfield,
    generator: CountGenerator,
    probability: FloatArray,
    transverse: tuple[FloatArray, FloatArray],
    *lead: str,
) -> Observables:
    """The observables of probabilities (..., G) and means of sigma^x and sigma^y in each class (..., C)."""
    z = probability @ generator.magnetisations / generator.classes.sizes
    bloch = spin_vectors(generator.classes, *transverse, z)
    observables = spin_observables(model, bloch, np.asarray(probability @ generator.energies), *lead)
    observables["probability"] = ((*lead, "count"), probability)
    return observables


def count_coordinates(generator: CountGenerator) -> dict[str, tuple[tuple[str, ...], IntArray]]:
    """Where the probabilities stand, and which spins are alike."""
    return {
        "spins_up": (("count", "spin_class"), generator.spins_up),
        "class_of_spin": (("spin",), generator.classes.label),
        "sign_in_class": (("spin",), generator.classes.sign.astype(np.int64)),
    }


def require_no_light(**options: object) -> None:
    """An error if an option that speaks of modes is given."""
    for name, value in options.items():
        if value is not None:
            raise ArgumentError(
                f"Argument `{name}` has no meaning for a network, which has no modes, but is {value!r}. Leave it out."
            )


def point_of(near: complex) -> complex:
    """`near` as a finite complex number."""
    if not isinstance(near, (int, float, complex, np.number)) or not np.isfinite(near):
        raise ArgumentError(f"Argument `near` must be a finite complex number, but is {near!r}.")
    return complex(near)


def require_so_many(wanted: int, dimension: int, parity: int | None) -> None:
    """An error if more eigenvalues are wanted than there are."""
    if wanted > dimension:
        which = "symmetric states" if parity is None else f"symmetric states of parity {parity:+d}"
        raise ArgumentError(f"Argument `k` must be at most {dimension}, the number of {which}, but is {wanted}.")


def sign_of(parity: int) -> int:
    """`parity` as 1 or -1."""
    if not isinstance(parity, (int, np.integer)) or parity not in {1, -1}:
        raise ArgumentError(f"Argument `parity` must be 1, -1 or None, but is {parity!r}.")
    return int(parity)
