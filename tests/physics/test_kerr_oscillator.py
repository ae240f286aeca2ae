"""The mode sampler, the step of a mode and the ordering of truncated Wigner, where everything is known."""

import numpy as np
import pytest
from scipy.linalg import expm

from cavity_hopfield import MultimodeDicke, ProductState
from cavity_hopfield.cavity import cavity_start
from cavity_hopfield.theory.truncated_wigner._step_kernels import push
from cavity_hopfield.theory.truncated_wigner.ordering import normally_ordered
from cavity_hopfield.theory.truncated_wigner.sampling import drawn_light
from cavity_hopfield.theory.truncated_wigner.steps import mode_step
from tests.systems.kerr_oscillator import KerrOscillator

SIZES = np.array([8.0, 16.0, 32.0, 64.0, 128.0])
RUNS = 20_000


def sampled(system, time, steps):
    """Amplitudes (RUNS,) at the end, the turn of half a step before and after each step of the mode."""
    model = MultimodeDicke([[0.0]], omega=1.0, loss=max(system.loss, 1e-12))
    generator = np.random.default_rng(5)
    start = cavity_start(model, ProductState([[0.0, 0.0, 1.0]], [system.alpha]))
    alpha = drawn_light(start, generator.standard_normal((RUNS, 2, 1)))[:, 0]
    bits, states = np.zeros((4, RUNS), np.uint64), generator.integers(0, 2**64, (4, RUNS), np.uint64)
    force, scratch, sums = np.zeros((1, RUNS)), np.empty((2, RUNS)), np.zeros((1, 3, RUNS))
    noise = np.empty((1, 2, RUNS))
    h = time / steps
    for _ in range(steps):
        alpha = system.turned(alpha, h / 2)
        light = np.ascontiguousarray([[alpha.real, alpha.imag]])
        push(mode_step(model, h), 1, light, force, states, bits, bits.view(float), scratch, noise, sums)
        # the frame that turns with the mode
        alpha = system.turned((light[0, 0] + 1j * light[0, 1]) * np.exp(1j * h), h / 2)
    return alpha


@pytest.mark.parametrize(("loss", "steps"), [(0.0, 1), (0.7, 40)])
def test_sampled_means_are_those_of_truncated_wigner(loss, steps):
    system, time = KerrOscillator(12.0, loss), 1.0
    alpha = sampled(system, time, steps)
    error = alpha.std() / np.sqrt(RUNS)
    system.check(alpha.mean(), error, time)
    # sees five per cent
    for factor in (0.95, 1.05):
        with pytest.raises(AssertionError):
            system.perturbed(factor).check(alpha.mean(), error, time)
    photons = normally_ordered(alpha).photons
    expected = system.photons * np.exp(-loss * time)
    assert photons.mean() == pytest.approx(expected, abs=5 * photons.std() / np.sqrt(RUNS))


@pytest.mark.parametrize("loss", [0.0, 0.7])
def test_the_error_of_truncation_falls_as_the_square_of_the_photons(loss):
    errors = []
    for photons in SIZES:
        system = KerrOscillator(photons, loss)
        errors.append(abs(system.truncated_amplitude(1.0) - system.amplitude(1.0)) / np.sqrt(photons))
    slope = np.polyfit(np.log(SIZES[1:]), np.log(errors[1:]), 1)[0]
    assert slope == pytest.approx(-2.0, abs=0.1)


@pytest.mark.parametrize("loss", [0.0, 0.7])
def test_the_closed_form_solves_the_master_equation(loss):
    system, levels, time = KerrOscillator(2.0, loss, nonlinearity=0.4), 26, 1.3
    a = np.diag(np.sqrt(np.arange(1.0, levels)), 1)
    n = np.arange(levels)
    hamiltonian = np.diag(system.chi * n * (n - 1.0))
    one = np.eye(levels)
    number = a.T @ a
    generator = -1j * (np.kron(one, hamiltonian) - np.kron(hamiltonian.T, one)) + loss * (
        np.kron(a, a) - np.kron(one, number) / 2 - np.kron(number, one) / 2
    )
    wave = np.exp(-system.photons / 2) * system.alpha**n / np.sqrt([np.prod(np.arange(1.0, k + 1)) for k in n])
    rho = (expm(time * generator) @ np.outer(wave, wave).reshape(-1, order="F")).reshape(levels, levels, order="F")
    assert np.trace(a @ rho) == pytest.approx(system.amplitude(time), abs=1e-8)
