r"""At the superradiant threshold $\langle a^\dagger a \rangle \propto N^{1/2}$: exact for few spins, sampled for many.

The exponent of the open transition at its threshold: E. G. Dalla Torre et al., Phys. Rev. A 87, 023831 (2013).
"""

import numpy as np
import pytest

import cavity_hopfield as ch

DRIVE = 0.25
CRITICAL = np.sqrt(DRIVE * 1.25 / 2)


def at_threshold(spins):
    memory = ch.Patterns(np.ones((1, spins), np.int8))
    return ch.MultimodeDicke.from_patterns(memory, CRITICAL, 1.0, 1.0, drive=DRIVE, scaling="intensive")


def fitted_slope(spins, values, errors):
    """The slope in the logarithms and its standard error, by least squares with weights."""
    x, y, s = np.log(spins), np.log(values), np.asarray(errors) / np.asarray(values)
    design = np.stack([x, np.ones_like(x)], axis=1) / s[:, None]
    covariance = np.linalg.inv(design.T @ design)
    return float((covariance @ design.T @ (y / s))[0]), float(np.sqrt(covariance[0, 0]))


@pytest.mark.slow
def test_photons_of_many_spins_grow_as_the_square_root():
    """Ten thousand runs: the slope is known to .01, so that 1/3, that of the ground state, is ten errors away."""
    spins, values, errors = np.array([300, 1000, 3000, 10_000]), [], []
    for n in spins:
        quiet = ch.ProductState(np.tile([-1.0, 0.0, 0.0], (n, 1)), np.zeros(1))
        settled = 60 * np.sqrt(n / 100)  # critical slowing down: measured to be at rest from half of this on
        found = ch.TruncatedWigner(runs=10_000, seed=1).evolve(at_threshold(int(n)), quiet, [settled])
        values.append(found["photons"].item())
        errors.append(found["photons_error"].item())
    slope, error = fitted_slope(spins, values, errors)
    assert error < 0.01
    assert slope == pytest.approx(0.5, abs=4 * error)


@pytest.mark.slow
def test_photons_of_few_spins_approach_that_growth():
    """Exact steady states: local slopes little above 1/2, and falling."""
    spins = np.array([4, 8, 12, 16])
    photons = np.array([ch.Lindblad().steady_state(at_threshold(int(n)))["photons"].item() for n in spins])
    slopes = np.diff(np.log(photons)) / np.diff(np.log(spins))
    assert ((slopes > 0.5) & (slopes < 0.6)).all()
    assert slopes[-1] < slopes[0]
