"""A rate law that gives no rates is refused by every theory of the open network, before it spreads as nan."""

import re

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Glauber, KineticMonteCarlo, OpenHopfield, Patterns, RateTableError
from cavity_hopfield.network import configuration_rates
from cavity_hopfield.theory.jumps import QuantumJumps
from cavity_hopfield.theory.lindblad import Lindblad, liouvillian, sparse_liouvillian, steady_density_matrix
from cavity_hopfield.theory.symmetric import PermutationSymmetric

START = [1, 1, 1]


class Broken(Glauber):
    """Glauber's law with one value where a flip costs 4/3 and all other spins agree."""

    def __init__(self, value):
        super().__init__(0.5)
        object.__setattr__(self, "value", value)

    def __call__(self, flip_energy, spin_class=0):
        return np.where(np.isclose(flip_energy, 4 / 3), self.value, super().__call__(flip_energy, spin_class))


DOORS = {
    "rates": configuration_rates,
    "sparse": sparse_liouvillian,
    "liouvillian": liouvillian,
    "Lindblad.evolve": lambda network: Lindblad().evolve(network, START, [1.0]),
    "Lindblad.states": lambda network: Lindblad().states(network, START, [1.0]),
    "Lindblad.steady_state": Lindblad().steady_state,
    "Lindblad.spectrum": lambda network: Lindblad().spectrum(network, k=3),
    "steady_density_matrix": steady_density_matrix,
    "PermutationSymmetric.evolve": lambda network: PermutationSymmetric().evolve(network, START, [1.0]),
    "PermutationSymmetric.steady_state": PermutationSymmetric().steady_state,
    "PermutationSymmetric.spectrum": lambda network: PermutationSymmetric().spectrum(network, k=3),
    "QuantumJumps.evolve": lambda network: QuantumJumps(runs=1, seed=1).evolve(network, START, [1.0]),
    "QuantumJumps.records": lambda network: QuantumJumps(runs=1, seed=1).records(network, START, 1.0),
}


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
@pytest.mark.parametrize("drive", [0.0, 0.4])
@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_rate_is_named_with_its_flip_energy(door, drive, value):
    network = OpenHopfield(Patterns([START]), Broken(value), drive=drive)
    words = f"rates that are not negative, but its rate law Broken gives {value:g} at flip energy 1.33333 for spins of"
    with pytest.raises(ArgumentError, match=re.escape(words)):
        DOORS[door](network)


@pytest.mark.parametrize("door", DOORS)
def test_rates_of_zero_are_rates(door):
    assert DOORS[door](OpenHopfield(Patterns([START]), Broken(0.0), drive=0.4)) is not None


@pytest.mark.parametrize(
    ("answer", "told"),
    [(lambda rates: rates.mean(), r"shape \(\)"), (list, None), (lambda rates: 1j * rates, "type complex128")],
    ids=["number", "list", "complex"],
)
def test_kinetics_wants_one_real_rate_for_each_energy(answer, told):
    class Odd(Glauber):
        def __call__(self, flip_energy, spin_class=0):
            return answer(super().__call__(flip_energy, spin_class))

    network = OpenHopfield(Patterns([START]), Odd(0.5))
    theory = KineticMonteCarlo(runs=1, seed=1)
    if told is None:
        assert theory.evolve(network, START, [1.0])["flips"].size == 1
        return
    with pytest.raises(RateTableError, match=told):
        theory.evolve(network, START, [1.0])
