"""The temperature of a memory: what it is measured in, and that it tells when patterns are held."""

import numpy as np
import pytest

from cavity_hopfield import (
    BareCavity,
    FlipEnergySample,
    Glauber,
    Metropolis,
    MultimodeDicke,
    Patterns,
    RamanCavity,
    RingModes,
    hebb,
    letters,
    operating_point,
    random_patterns,
)
from cavity_hopfield.model.energy_scale import memory_scale, relative_temperature

UNIT = 1e6


def lab(strength, spins, loss=1.0, gain=0.0):
    r"""One pattern with N g^2 = `strength` in units of omega squared."""
    return BareCavity(
        coupling_rad_s=np.sqrt(strength / spins) * UNIT,
        mode_detuning_rad_s=UNIT,
        photon_loss_rad_s=loss * UNIT,
        photon_gain_rad_s=gain * UNIT,
        drive_rad_s=10.0,
    )


@pytest.mark.parametrize(("loss", "gain"), [(1.0, 0.0), (2.0, 0.5)])
def test_patterns_are_held_above_the_threshold(loss, gain):
    """docs/check_values.md: N g^2 = nu |z|^4 / (8 omega^2) for many spins; .1953125 at loss = omega without gain."""
    pole = 1 + (loss - gain) ** 2 / 4
    threshold = (loss + gain) / (loss - gain) * pole**2 / 8
    memory = random_patterns(1, 400, seed=1)
    below, above = (
        operating_point(lab(share * threshold, 400, loss, gain), memory, start_overlap=0.02) for share in (0.97, 1.03)
    )
    assert below.held_overlap == 0
    assert above.held_overlap > 0.1
    assert np.isinf(below.recall_time_s)
    assert np.isfinite(above.recall_time_s)
    if loss == 1:
        # there flip energies at the threshold are well below omega, and the ratios of rates have one temperature
        assert below.balance_temperature > 1 > above.balance_temperature


@pytest.mark.parametrize("share", [1e-4, 1e-2])
def test_weak_coupling_is_hot_whatever_the_closest_law_says(share):
    """T* / J0 = nu |z|^4 / (8 omega^2 N g^2)."""
    found = operating_point(lab(0.1953125 * share, 200), random_patterns(1, 200, seed=1))
    assert found.balance_temperature == pytest.approx(1 / share, rel=0.02)
    assert found.glauber_temperature < 1
    assert found.distance > 1
    assert found.held_overlap == 0


def test_the_scale_is_what_the_couplings_hold_of_hebbs_rule():
    patterns = letters("ACJ")
    dicke = MultimodeDicke.from_patterns(
        patterns, g=[0.1, 0.2, 0.15], omega=[1, 2, 1.5], loss=1.0, disorder=0.2, seed=3
    )
    couplings, rule = dicke.ising_couplings(), hebb(patterns)
    off = ~np.eye(35, dtype=bool)
    assert memory_scale(dicke) == pytest.approx(np.linalg.lstsq(rule[off][:, None], couplings[off])[0][0], rel=1e-12)


def test_the_scale_does_not_depend_on_which_patterns_are_named():
    """Two patterns that do not overlap; naming one of them names the same memory, but for 1/N."""
    both = Patterns(np.tile([[1, 1, -1, -1], [1, -1, 1, -1]], 50))
    dicke = MultimodeDicke.from_patterns(both, g=0.1, omega=1.0, loss=1.0)
    one = MultimodeDicke(dicke.g, dicke.omega, dicke.loss, patterns=Patterns(both.values[:1]))
    assert memory_scale(one) == pytest.approx(memory_scale(dicke), rel=1.1 / 200)


def test_what_a_spin_does_to_itself_plays_no_part():
    """A mode of its own for every spin couples nothing."""
    patterns = random_patterns(1, 6, seed=1)
    own = np.hstack([0.1 * patterns.values.T, 0.5 * np.eye(6)])
    dicke = MultimodeDicke(own, 1.0, 1.0, patterns=patterns)
    assert memory_scale(dicke) == pytest.approx(6 * 0.01 * 2 / 1.25, rel=1e-12)


def test_where_nothing_of_hebbs_rule_is_left_no_temperature_is_low():
    alone = MultimodeDicke([[0.5]], 1.0, 1.0)
    assert memory_scale(alone) == 0
    assert relative_temperature(0.1, alone) == np.inf
    reverse = MultimodeDicke([[0.5], [0.5]], 1.0, 1.0, patterns=Patterns([[1, -1]]))
    assert memory_scale(reverse) < 0
    assert relative_temperature(0.1, reverse) == np.inf


@pytest.mark.parametrize("law", [Glauber(0.3, 2.0), Metropolis(0.3, 2.0)])
def test_the_balanced_law_of_a_thermal_one_has_its_temperature(law):
    sample = FlipEnergySample([-1.0, -0.2, 0.4, 2.0], weight=[1.0, 3.0, 2.0, 1.0])
    assert Glauber.balanced_with(law, sample).temperature == pytest.approx(0.3, rel=1e-12)


def test_ring_modes_have_one_temperature_whichever_of_their_patterns_is_looked_at():
    """Cosine and sine of equally spaced atoms are two patterns of one strength."""
    ring = RamanCavity(
        coupling_rad_s=2e6, atomic_linewidth_rad_s=4e7, photon_loss_rad_s=1e6, atomic_detuning_rad_s=-5e11,
        mode_detuning_rad_s=1e6, pump_rabi_rad_s=1e8, level_splitting_rad_s=10.0,
        geometry=RingModes(positions_m=np.linspace(0, 780e-9, 40, endpoint=False) + 1e-9, wavelengths_m=[780e-9]),
    )  # fmt: skip
    both = ring.to_dicke()
    one = MultimodeDicke(both.g, both.omega, both.loss, drive=both.drive, patterns=Patterns(both.memory.values[:1]))
    assert memory_scale(one) == pytest.approx(memory_scale(both), rel=0.05)
