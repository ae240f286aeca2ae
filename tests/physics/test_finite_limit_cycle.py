"""The oscillation of few spins against the limit cycle of many, of which the example tells."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "finite_limit_cycle.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("finite_limit_cycle", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def langevin_diffusion(temperature, drive, frequency, noise, seed):
    """D from 4000 noisy copies of the mean-field cycle: half the growth of the variance of their phase, over the noise.

    A phase is the angle about the origin, read at whole periods: its offset from the true phase then stays bounded.
    """
    rng = np.random.default_rng(seed)
    step, copies = 2 * np.pi / frequency / 500, 4000
    y, z = np.full(copies, 0.3), np.full(copies, 0.5)
    angle, last, variances = np.zeros(copies), np.arctan2(y, z), []
    for k in range(500 * 40):
        pull = np.tanh(z / temperature)
        kick_z = np.sqrt(np.maximum(2 - 2 * z * pull - (y * pull) ** 2, 0)) * rng.normal(size=copies)
        kick_y = rng.normal(size=copies)
        root = np.sqrt(noise * step)
        dy = step * (-2 * drive * z - y / 2) + root * kick_y
        dz = step * (2 * drive * y + pull - z) + root * (kick_z - y * pull * kick_y)
        y, z = y + dy, z + dz
        now = np.arctan2(y, z)
        angle += (now - last + np.pi) % (2 * np.pi) - np.pi
        last = now
        if k % 500 == 499:
            variances.append(angle.var())
    late = np.array(variances[10:])
    return np.polyfit(np.arange(late.size) * 2 * np.pi / frequency, late, 1)[0] / 2 / noise


def test_the_cycle_of_the_mean_field(study):
    """docs/check_values.md: angular frequency 1.397481."""
    assert study.mean_field_cycle(*study.CYCLE).frequency == pytest.approx(1.397481, abs=5e-7)


@pytest.mark.slow
def test_phase_diffusion_is_that_of_noisy_copies(study):
    """The growth of the variance of 4000 phases is known to about 3 %."""
    cycle = study.mean_field_cycle(0.3, 1.5)
    assert langevin_diffusion(0.3, 1.5, cycle.frequency, 2e-4, seed=3) == pytest.approx(cycle.diffusion, rel=0.1)


@pytest.mark.slow
def test_the_gap_of_the_oscillation_closes_as_the_phase_diffuses(study):
    """N gap comes to D, and the frequency to that of the cycle, with a distance that falls as 1/N."""
    point, sizes = (0.3, 1.5), (25, 50)
    cycle = study.mean_field_cycle(*point)
    pairs = [study.leading(n, point, cycle.frequency * 1j) for n in sizes]
    beyond = [-n * pair.real - cycle.diffusion for n, pair in zip(sizes, pairs, strict=True)]
    assert beyond[0] / beyond[1] == pytest.approx(2, rel=0.1)
    assert beyond[1] < 0.1 * cycle.diffusion
    assert abs(pairs[1].imag - cycle.frequency) < 0.004


def test_inside_the_memory_the_gap_closes_exponentially(study):
    """Equal steps of N take nearly the same factor; a power of N would take log(5/4) / log(3/2) = .55 of the first."""
    gaps = np.array([-study.leading(n, study.MEMORY, 0j).real for n in (20, 30, 40, 50)])
    rates = -np.diff(np.log(gaps)) / 10
    assert rates[2] > 0.85 * rates[0]
    assert rates[1] - rates[2] < 0.5 * (rates[0] - rates[1])


def test_in_the_paramagnet_the_gap_stays(study):
    """What is beyond the mean field falls as 1/N."""
    limit = study.paramagnet_gap()
    beyond = [-study.leading(n, study.PARAMAGNET, 0.95j).real - limit for n in (10, 20, 40)]
    slopes = np.log2(np.array(beyond[:-1]) / beyond[1:])
    assert 0.5 < slopes[0] < slopes[1] < 1.1


@pytest.mark.parametrize("n_spins", [10, 20])
def test_what_the_closed_equations_drop_is_the_monitoring(study, n_spins):
    r"""$M = \beta^2 \sum_l J^2 p (1 - p) [1 + m^z \tanh \beta h]$ of a product state times the coherence along x, at
    the start: beta^2 / 4 N at zero field, from the amplitudes of Glauber to leading order in J.
    """
    temperature, drive, z = 4.0, 0.8, 0.8
    _, of_x = study.dropped_term(n_spins, temperature, drive)
    others = (n_spins - 1) / n_spins
    pull = np.tanh(z * others / temperature)
    monitoring = others / n_spins * (1 - pull**2) / 4 * (1 + z * pull) / temperature**2
    assert of_x == pytest.approx(0.6 * monitoring, rel=0.03)
