"""Media with all their levels against the gain that stands for them: the error falls as the inverse width."""

import numpy as np
import pytest

from cavity_hopfield.platforms import ParametricGain, RepumpGain
from tests.twins.raman_atoms import photons_with_idler, photons_with_pumped_atom

LOSS, GAIN = 1.0, 0.15


def thermal(gain):
    """Photon number of a mode under loss and gain alone."""
    lost = LOSS + float(gain.loss_rad_s)
    return float(gain.rate_rad_s) / (lost - float(gain.rate_rad_s))


@pytest.mark.parametrize(("decay", "broadening"), [(0.0, 0.0), (0.25, 0.5)])
def test_a_pumped_atom_gives_gain_and_absorbs(decay, broadening):
    errors = []
    for width in (200.0, 400.0):
        pump = width / (1 + decay + broadening)
        medium = RepumpGain(
            coupling_rad_s=np.sqrt(GAIN * width * (1 + decay) / 4),
            atoms=1,
            pump_per_s=pump,
            decay_per_s=decay * pump,
            broadening_rad_s=broadening * pump,
        )
        assert float(medium.rate_rad_s) == pytest.approx(GAIN)
        photons, _ = photons_with_pumped_atom(medium.coupling_rad_s, pump, decay * pump, broadening * pump, LOSS)
        errors.append(thermal(medium) / photons - 1)
    assert errors[1] < 0.01
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)


def test_saturation_lowers_the_inversion():
    medium = RepumpGain(coupling_rad_s=1.0, atoms=1, pump_per_s=20.0, decay_per_s=2.0)
    photons, inversion = photons_with_pumped_atom(1.0, 20.0, 2.0, 0.0, LOSS)
    unsaturated = 18 / 22
    # the inversion falls by 1 / (1 + n / n_s), to first order in n / n_s and up to the noise of few photons
    fall = unsaturated / inversion - 1
    assert fall == pytest.approx((photons + 1) / medium.saturation_photons, rel=0.35)


def test_pairs_with_a_fast_idler_give_gain():
    errors = []
    for idler in (100.0, 200.0):
        pairs = ParametricGain(coupling_rad_s=np.sqrt(GAIN * idler / 4), idler_loss_rad_s=idler)
        assert float(pairs.rate_rad_s) == pytest.approx(GAIN)
        errors.append(thermal(pairs) / photons_with_idler(pairs.coupling_rad_s, idler, LOSS) - 1)
    assert abs(errors[1]) < 0.01
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)
