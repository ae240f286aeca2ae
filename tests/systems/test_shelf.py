"""The shelf is exact, the theories agree with it, and a truth that is wrong by five per cent is rejected."""

import numpy as np
import pytest

from cavity_hopfield import ClassicalMasterEquation, MeanField
from tests.systems.damped_mode import DampedMode
from tests.systems.one_pattern_memory import OnePatternMemory, TwoSpinMemory
from tests.systems.superradiance import OnePatternSuperradiance
from tests.twins import classical_generator as classical
from tests.twins import heisenberg

# these tests ask about the equations, not about how many atoms they hold for
pytestmark = pytest.mark.filterwarnings("ignore:mean field neglects the dephasing")

TIMES = np.linspace(0, 8, 9)


def ring_down():
    system = DampedMode()
    return MeanField().evolve(system.model(), system.initial(), TIMES)


def superradiant_state():
    system = OnePatternSuperradiance(g=0.6)
    return MeanField().steady_state(system.model(), system.pattern)


def long_run():
    system = OnePatternMemory((1, -1, 1, 1, -1), 0.8)
    result = ClassicalMasterEquation().evolve(system.model(), [1, 1, 1, 1, -1], [200.0])
    return result["probability"].values[0]


def two_spins():
    return ClassicalMasterEquation().evolve(TwoSpinMemory(0.4).model(), [1, -1], TIMES)


SHELF = [
    pytest.param(DampedMode(), ring_down, id="damped mode"),
    pytest.param(OnePatternSuperradiance(g=0.6), superradiant_state, id="superradiance"),
    pytest.param(OnePatternMemory((1, -1, 1, 1, -1), 0.8), long_run, id="one pattern"),
    pytest.param(TwoSpinMemory(0.4), two_spins, id="two spins"),
]


@pytest.mark.parametrize(("system", "theory"), SHELF)
def test_the_theory_agrees_with_the_exact_system(system, theory):
    system.check(theory())


@pytest.mark.parametrize(("system", "theory"), SHELF)
@pytest.mark.parametrize("factor", [0.95, 1.05])
def test_a_truth_that_is_wrong_by_five_per_cent_is_rejected(system, theory, factor):
    with pytest.raises(AssertionError):
        system.perturbed(factor).check(theory())


def test_the_damped_mode_solves_its_equation_of_motion():
    system, step = DampedMode(), 1e-5
    times = TIMES + 1
    slope = (system.amplitude(times + step) - system.amplitude(times - step)) / (2 * step)
    for amplitude, found in zip(system.amplitude(times), slope, strict=True):
        _, pushed = heisenberg.slopes(system.model(), system.initial().bloch, [amplitude])
        # central differences: step^2/6 times the third derivative (of order 5), and round-off over the step
        assert found == pytest.approx(pushed[0], abs=1e-9)
    assert system.amplitude(0.0) == pytest.approx(system.displaced_to, abs=1e-15)


@pytest.mark.parametrize("g", [0.3, 0.45, 0.6, 1.2])
def test_superradiance_is_a_stationary_state_of_the_equations(g):
    system = OnePatternSuperradiance(g)
    bloch = [[system.magnetisation_x, 0, system.overlap * s] for s in system.pattern]
    force = g * np.sqrt(len(system.pattern)) * system.overlap
    turned, pushed = heisenberg.slopes(system.model(), bloch, [-1j * force / (0.5 + 1j)])
    assert abs(turned).max() < 1e-14
    assert abs(pushed).max() < 1e-14


def test_the_critical_coupling_has_its_published_value():
    # Passport: docs/check_values.md, g_c at drive 0.25, omega = loss = 1, to the eight digits printed.
    assert OnePatternSuperradiance(g=1.0).critical_coupling == pytest.approx(0.39528471, abs=5e-9)


def test_the_one_pattern_law_is_the_boltzmann_law():
    system = OnePatternMemory((1, -1, 1, 1, -1), 0.8)
    system.check(classical.boltzmann(classical.hebb([system.pattern]), 0.8))


def test_the_two_spin_memory_equals_the_exponential_of_its_generator():
    system = TwoSpinMemory(0.4)
    matrix = classical.generator(2, classical.glauber([[0, 0.5], [0.5, 0]], 0.4))
    expected = [classical.evolve(matrix, (1, -1), time) for time in TIMES]
    np.testing.assert_allclose(system.probabilities(TIMES), expected, rtol=0, atol=1e-14)
