r"""Dephasing of single atoms without decay destroys superradiance, decay restores it: exactly, for a few atoms.

P. Kirton and J. Keeling, Phys. Rev. Lett. 118, 123602 (2017), with $\omega_0 = 2\Omega$ and the atoms' axis turned from
z to x: H has $\Omega \sum \sigma^x + g \sum \sigma^z (a + a^\dagger)$ and the atoms decay from $\sigma^x = +1$ to -1 at
`decay`, dephase by $\sigma^x$ at `dephasing`.

The threshold of mean field. With $r$ the rest of $m_x$, $\gamma_L, \gamma_T$ the rates at which $m_x$ and the other
components decay, and the modes at rest, $\mathrm{Re}\,\alpha = -\omega g N m_z / |z|^2$, the field is
$h = 2 g \mathrm{Re}\,\alpha = -2 \omega g^2 N m_z / |z|^2$ and

$$0 = \gamma_L (r - m_x) - 2 h m_y, \qquad 0 = -2\Omega m_z + 2 h m_x - \gamma_T m_y, \qquad
0 = 2 \Omega m_y - \gamma_T m_z .$$

The last gives $m_y = \gamma_T m_z / 2\Omega$, the second then either $m_z = 0$ or
$m_x = -|z|^2 (4\Omega^2 + \gamma_T^2) / (8 \omega \Omega g^2 N) = r\, g_c^2 / g^2$ with

$$g_c^2 N = -\frac{|z|^2 (4\Omega^2 + \gamma_T^2)}{8 \omega \Omega r},$$

and the first $m_z^2 = \gamma_L (m_x - r) |z|^2 \Omega / (2 \omega g^2 N \gamma_T)$, hence
$|\alpha|^2 / N = g^2 N m_z^2 / |z|^2 = \gamma_L |r| (1 - g_c^2/g^2)\, \Omega / (2 \omega \gamma_T)$. Without decay
$\gamma_L = 0$: no light, however strong the coupling.
"""

from functools import cache

import numpy as np
import pytest
from scipy.optimize import brentq, root

from cavity_hopfield import MultimodeDicke, SpinChannels
from cavity_hopfield.theory.symmetric import PermutationSymmetric

OMEGA, LOSS, DRIVE, COLLECTIVE = 1.0, 2.0, 0.5, 1.2
"""The coupling of one of N atoms is COLLECTIVE / sqrt(N)."""
SQUARE = OMEGA**2 + LOSS**2 / 4
DEPHASING = SpinChannels(dephasing=0.05)
BOTH = SpinChannels(dephasing=0.05, decay=1.0)
FOCK = {2: 11, 4: 14, 6: 16}


def mean_field_slope(state, channels, collective):
    """Rates of m_x, m_y, m_z, and of real and imaginary part of the amplitude over sqrt(N)."""
    x, y, z, re, im = state
    h = 2 * collective * re
    along, across = channels.decay, channels.decay / 2 + 2 * channels.dephasing
    return np.array([
        -channels.decay - along * x - 2 * h * y,
        -2 * DRIVE * z + 2 * h * x - across * y,
        2 * DRIVE * y - across * z,
        OMEGA * im - LOSS / 2 * re,
        -OMEGA * re - LOSS / 2 * im - collective * z,
    ])  # fmt: skip


def growth(state, channels, collective):
    """The largest real part of an eigenvalue of the equations linearised about a state."""
    steps = 1e-6 * np.eye(5)
    slopes = [mean_field_slope(state + s, channels, collective) - mean_field_slope(state - s, channels, collective)
              for s in steps]  # fmt: skip
    return np.linalg.eigvals(np.array(slopes).T / 2e-6).real.max()


def threshold(channels):
    across = channels.decay / 2 + 2 * channels.dephasing
    return np.sqrt(SQUARE * (4 * DRIVE**2 + across**2) / (8 * OMEGA * DRIVE))


def superradiant(channels, collective):
    """Photons per atom of mean field."""
    across = channels.decay / 2 + 2 * channels.dephasing
    below = 1 - (threshold(channels) / collective) ** 2
    return channels.decay * below * DRIVE / (2 * OMEGA * across)


def test_the_threshold_of_mean_field_is_where_the_dark_state_becomes_unstable():
    dark = np.array([-1.0, 0, 0, 0, 0])
    found = brentq(lambda g: growth(dark, BOTH, g), 0.5, 2.0)
    assert found == pytest.approx(threshold(BOTH), rel=1e-6)
    assert threshold(BOTH) < 0.7 * COLLECTIVE


def test_the_bright_state_of_mean_field_is_stable():
    start = np.array([-0.5, 0.3, 0.5, -0.3, -0.3])
    bright = root(mean_field_slope, start, args=(BOTH, COLLECTIVE), tol=1e-12).x
    assert abs(bright[2]) > 0.1
    assert bright[3] ** 2 + bright[4] ** 2 == pytest.approx(superradiant(BOTH, COLLECTIVE), rel=1e-8)
    assert growth(bright, BOTH, COLLECTIVE) < -0.01


@pytest.mark.parametrize("x", [-0.9, -0.3, 0.0])
def test_mean_field_without_decay_has_no_bright_state(x):
    """From anywhere the flow ends without light."""
    state, step = np.array([x, 0.1, 0.4, -0.3, 0.1]), 0.02
    for _ in range(20000):
        a = mean_field_slope(state, DEPHASING, COLLECTIVE)
        b = mean_field_slope(state + step / 2 * a, DEPHASING, COLLECTIVE)
        c = mean_field_slope(state + step / 2 * b, DEPHASING, COLLECTIVE)
        d = mean_field_slope(state + step * c, DEPHASING, COLLECTIVE)
        state = state + step / 6 * (a + 2 * b + 2 * c + d)
    assert np.abs(state[1:]).max() < 1e-3


@cache
def steady_states(channels):
    """Exact photons and g2 for N = 2, 4, 6."""
    found = []
    for n, fock in FOCK.items():
        model = MultimodeDicke(np.full((n, 1), COLLECTIVE / np.sqrt(n)), OMEGA, LOSS, drive=DRIVE, channels=channels)
        steady = PermutationSymmetric(tolerance=1e-5, fock=fock).steady_state(model)
        found.append((float(steady["photons"][0]), float(steady["g2"][0])))
    return np.array(found).T


@pytest.mark.slow
def test_dephasing_alone_leaves_the_light_of_a_few_photons_however_many_the_atoms():
    found, atoms = steady_states(DEPHASING)[0], np.array(list(FOCK))
    per_atom = found / atoms
    assert (np.diff(per_atom) < 0).all()
    assert per_atom[-1] < 0.4 * per_atom[0]
    # the photons that each further atom brings fall to nothing
    more = np.diff(found) / np.diff(atoms)
    assert more[0] < 0.03
    assert more[1] < 0.6 * more[0]


@pytest.mark.slow
def test_decay_restores_light_in_proportion_to_the_atoms():
    """What each further atom brings rises towards the photons per atom of mean field."""
    found, atoms = steady_states(BOTH)[0], np.array(list(FOCK))
    more = np.diff(found) / np.diff(atoms)
    limit = superradiant(BOTH, COLLECTIVE)
    assert 0.7 * limit < more[0] < more[1] < limit
    # 1/N corrections of the photons per atom, which fall towards the limit
    per_atom = found / atoms
    assert (np.diff(per_atom) < 0).all()
    assert per_atom[-1] > limit


@pytest.mark.slow
def test_restored_light_is_bunched_less_than_what_dephasing_leaves():
    """Light of either sign of one amplitude has g2 = 1; an amplitude that follows the random sum of independent spins,
    a real Gaussian for many, has 3.
    """
    restored, left = steady_states(BOTH)[1], steady_states(DEPHASING)[1]
    assert (restored < 2).all()
    assert 2 < left[1] < left[2] < 3
