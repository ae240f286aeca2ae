"""States of a network in counts at the door, and what is read off them."""

import numpy as np

from cavity_hopfield._checks import spin_array
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import ProductState
from cavity_hopfield.network import InitialState, OpenHopfield, SpinClasses, bloch_vectors, spin_observables
from cavity_hopfield.theory.symmetric.counts import dimension_of
from cavity_hopfield.theory.symmetric.eigenstates import factors_gib
from cavity_hopfield.theory.symmetric.generator import CountGenerator
from cavity_hopfield.theory.symmetric.vectors import class_vectors, spin_vectors

BYTES_PER_ENTRY = 16
"""One entry of a sparse matrix while it is made."""
COPIES = 4
"""Copies of the generator while it is made."""


def sized_generator(model: OpenHopfield, memory_gib: float, *, factored: bool) -> CountGenerator:
    """The generator of `model`; an error if it, or its factors if they are wanted, need more than `memory_gib`."""
    classes = SpinClasses.of(model)
    dimension = dimension_of(classes.sizes)
    need = COPIES * BYTES_PER_ENTRY * dimension * (10 * classes.n_classes + 1) / 2**30
    if factored:
        need += factors_gib(dimension / 4, classes.n_classes)
    if need > memory_gib:
        raise SizeError(
            f"{model.n_spins} spins in {classes.n_classes} classes need {dimension} numbers and about {need:.3g} "
            f"GiB, more than memory_gib={memory_gib:g}. Raise it, or use `QuantumJumps` for few spins and "
            "`MeanField` for many."
        )
    return CountGenerator.of(model, classes)


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
