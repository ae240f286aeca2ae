"""Moments of Gaussian operators against truncated Fock spaces, and what is refused."""

import numpy as np
import pytest
import sympy as sp

from cavity_hopfield.elimination.symbolic import (
    ClosureError,
    GaussianMoments,
    Mode,
    Spin,
    gaussian_equations,
    kernel_exponent,
    relaxed_state,
    two_sided_adjoint,
)
from cavity_hopfield.exceptions import ArgumentError
from tests.twins.gaussian_bath import DrivenMode
from tests.twins.operator_matrices import matrix, stationary, two_sided_liouvillian

mode, other = Mode(), Mode("nu")
t = sp.Symbol("t", nonnegative=True)
TIMES = np.linspace(0.0, 6.0, 7)
LEVELS = 18

SQUEEZED = DrivenMode(1.0, ((0.8, 1.1, 0.3 * np.exp(0.7j)), (0.5, 1.0, 0.0), (0.1, 0.0, 1.0)), 0.3)
BATHS = {
    "loss": DrivenMode(1.0, ((0.6, 1.0, 0.0),), 0.3),
    "loss and gain": DrivenMode(0.8, ((0.9, 1.0, 0.0), (0.2, 0.0, 1.0)), -0.2),
    "squeezed vacuum": DrivenMode(1.0, ((1.0, np.cosh(0.3), np.sinh(0.3) * np.exp(2.1j)),), 0.4),
    "squeezed and thermal": SQUEEZED,
    "parametrically driven": DrivenMode(1.0, ((0.9, 1.0, 0.0), (0.1, 0.0, 1.0)), 0.2, squeezing=0.3 - 0.2j),
    "driven beyond its frequency": DrivenMode(0.15, ((1.5, 1.0, 0.0),), 0.1, squeezing=0.25),
}


def symbolic(system):
    """The Hamiltonian and the jumps of a twin, with exact numbers."""
    pairs = mode.a**2 * (sp.nsimplify(system.squeezing, rational=True) / 2)
    hamiltonian = (
        mode.number * sp.nsimplify(system.omega, rational=True)
        + mode.quadrature * sp.nsimplify(system.force, rational=True)
        + pairs
        + pairs.dagger()
    )
    jumps = [(rate, mode.a * complex(u) + mode.ad * complex(v)) for rate, u, v in system.jumps]
    return hamiltonian, jumps


@pytest.mark.parametrize("delta", [0.5, -0.8])
@pytest.mark.parametrize("name", BATHS)
def test_the_kernel_is_the_trace_of_the_block_in_fock_space(name, delta):
    system = BATHS[name]
    exponent = kernel_exponent(*symbolic(system), mode.quadrature, delta, t)
    found = np.array([complex(sp.exp(exponent.subs(t, float(time))).evalf()) for time in TIMES])
    np.testing.assert_allclose(found, system.coherence(LEVELS, delta, TIMES), atol=2e-6)


def test_the_comparison_sees_a_squeezing_of_the_wrong_phase():
    turned = DrivenMode(1.0, tuple((rate, u, -v) for rate, u, v in SQUEEZED.jumps), SQUEEZED.force)
    difference = turned.coherence(LEVELS, 0.5, TIMES) - SQUEEZED.coherence(LEVELS, 0.5, TIMES)
    assert np.abs(difference).max() > 0.01


@pytest.mark.parametrize("name", BATHS)
def test_the_relaxed_moments_are_those_of_the_null_vector(name):
    system = BATHS[name]
    state = relaxed_state(*symbolic(system))
    relaxed = system.relaxed(LEVELS)
    for operator in (mode.a, mode.number, mode.a**2, mode.ad * mode.a**2, mode.ad**2 * mode.a**2):
        expected = np.trace(matrix(operator, [mode], LEVELS) @ relaxed)
        assert complex(state.expectation(operator)) == pytest.approx(expected, abs=1e-5)


def test_two_coupled_modes_relax_and_correlate():
    """A mode that exchanges quanta with a damped one: regression in Fock space, with a small cutoff."""
    g, levels = sp.Rational(3, 10), 5
    hamiltonian = mode.number + other.number * sp.Rational(7, 10) + (mode.ad * other.a + mode.a * other.ad) * g
    hamiltonian += mode.quadrature * sp.Rational(1, 10)
    jumps = [(1.0, mode.a), (0.6, other.a), (0.02, mode.ad)]
    state = relaxed_state(hamiltonian, jumps)
    sites = (mode, other)
    side = matrix(hamiltonian, sites, levels)
    generator = two_sided_liouvillian(side, side, [(rate, matrix(jump, sites, levels)) for rate, jump in jumps])
    relaxed = stationary(generator)
    for operator in (mode.a, other.a, mode.number, mode.ad * other.a, mode.a * other.a):
        expected = np.trace(matrix(operator, sites, levels) @ relaxed)
        assert complex(state.expectation(operator)) == pytest.approx(expected, abs=2e-4)
    assert gaussian_equations(hamiltonian, hamiltonian, jumps).moments.modes == sites


@pytest.mark.parametrize("difference", [mode.quadrature, mode.number, mode.quadrature + mode.a**2 + mode.ad**2])
def test_connected_moments_obey_the_product_rule(difference):
    """Their equations hold at all amplitudes, also where the two sides differ at second degree."""
    rate = sp.Symbol("loss", positive=True)
    left, right = mode.number + difference, mode.number + mode.quadrature * 2
    bath = [(rate, mode.a + mode.ad * (sp.I / 3)), (1, mode.ad)]
    equations = gaussian_equations(left, right, bath)
    moments = equations.moments
    for pair, found in equations.covariances.items():
        first, second = pair.letters()
        image = moments.expectation(two_sided_adjoint(pair.operator(), left, right, bath))
        product_rule = (
            moments.symbols[first] * equations.means[second] + moments.symbols[second] * equations.means[first]
        )
        assert sp.expand(image - moments.expectation(pair.operator()) * equations.log_norm - product_rule - found) == 0


def test_wick_theorem_gives_the_moments_of_a_thermal_state():
    moments = GaussianMoments((mode,))
    thermal = {moments.symbols[next(iter(operator.terms))]: 0 for operator in (mode.a, mode.ad, mode.a**2, mode.ad**2)}
    occupation = moments.symbols[next(iter(mode.number.terms))]
    for power in range(5):  # <ad^k a^k> = k! n^k
        found = moments.expectation(mode.ad**power * mode.a**power).subs(thermal)
        assert sp.expand(found - sp.factorial(power) * occupation**power) == 0


def test_what_does_not_stay_gaussian_names_the_missing_moments():
    cubic = mode.number + mode.ad * mode.a**2 + mode.ad**2 * mode.a
    with pytest.raises(ClosureError, match=r"has degree 3.*<ad a\^2>"):
        gaussian_equations(cubic, cubic, [(1, mode.a)])
    with pytest.raises(ClosureError, match=r"jump operator a\^2 has degree 2.*<ad\^2 a\^2>"):
        gaussian_equations(mode.number, mode.number, [(1, mode.a**2)])
    with pytest.raises(ClosureError, match="third and higher order"):
        gaussian_equations(mode.number, mode.number, [(1, mode.number)])
    with pytest.raises(ClosureError, match="modes only"):
        gaussian_equations(mode.number, mode.number + Spin().z, [(1, mode.a)])


def test_a_correlation_that_is_no_sum_of_exponentials_is_told():
    state = relaxed_state(*symbolic(BATHS["loss"]))
    with pytest.raises(ClosureError, match="linear in the modes"):
        state.correlation(mode.number, mode.a)
    exceptional = mode.number + (mode.a**2 + mode.ad**2) / 2  # squeezing equal to the frequency
    with pytest.raises(ClosureError, match="no basis of eigenvectors"):
        relaxed_state(exceptional, [(1, mode.a)]).correlation(mode.quadrature, mode.quadrature)


def test_a_mode_without_loss_has_no_relaxed_state():
    with pytest.raises(ArgumentError, match="Add a loss"):
        relaxed_state(mode.number, [])
