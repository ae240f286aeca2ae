"""Families of modes, degenerate cavities and ensembles in them: what is taken, what is refused, what is told."""

import json
import pickle
from dataclasses import fields

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Patterns
from cavity_hopfield.platforms.degenerate_cavity import DegenerateCavity
from cavity_hopfield.platforms.geometry import Geometry
from cavity_hopfield.platforms.mode_families import CONFOCAL, FOUR_SEVENTHS, ModeFamily
from cavity_hopfield.platforms.raman_cavity import RamanCavity
from cavity_hopfield.platforms.transverse_modes import TransverseModes, cloud_averages

PLACES = [["20 um", 0.0], [0.0, "30 um"], ["-25 um", "10 um"]]


def modes(**values):
    return TransverseModes(**({"positions_m": PLACES, "waist_m": "35 um", "highest_order": 20} | values))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((2, 4), "reduced fraction below 1, but are 2/4"),
        ((3, 2), "reduced fraction"),
        ((1, 2, 2), "`first_order` must be below `transverse` = 2"),
        ((0, 2), "`longitudinal` must be at least 1"),
    ],
)
def test_families_that_no_cavity_has_are_refused(values, text):
    with pytest.raises(ArgumentError, match=text):
        ModeFamily(*values)


def test_families_know_their_modes():
    """Odd p: cosines and sines in turn, so that they part at twice the period; even p: all alike."""
    assert CONFOCAL.classes == ((4, 0, 0), (4, 2, 1))
    assert FOUR_SEVENTHS.classes == ((7, 0, 0),)
    assert ModeFamily(1, 2, 1).members(6).tolist() == [1, 3, 5]
    assert CONFOCAL.spacing_rad_s("2pi * 14 GHz") == pytest.approx(2 * np.pi * 7e9)
    np.testing.assert_allclose(CONFOCAL.standing_wave(1, np.array([0.0, np.pi / 2])), [0, 1])


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"positions_m": [1e-5, 2e-5]}, r"`positions_m` must have shape \(N, 2\)"),
        ({"spreads_m": [1e-6, 2e-6]}, r"`spreads_m` must be a number or have shape \(3,\)"),
        ({"spreads_m": -1e-6}, "`spreads_m` must not be negative"),
        ({"family": ModeFamily(4, 7, 3), "highest_order": 2}, "`highest_order` must be at least 3"),
        ({"waist_m": "35 kHz"}, "`waist_m` must be in m"),
        ({"positions_m": [[1.0, 0.0]]}, "must lie in the light"),
        ({"phases": [0.0, 1.0]}, r"`phases` must be a number or have shape \(3,\)"),
    ],
)
def test_ensembles_that_do_not_fit_are_refused(values, text):
    with pytest.raises(ArgumentError, match=text):
        modes(**values)


def test_a_cavity_of_all_modes_wants_clouds():
    with pytest.raises(ArgumentError, match="two points at one place interact by a delta function"):
        DegenerateCavity("35 um").interaction(PLACES)
    with pytest.raises(ArgumentError, match="`resolution_m` must be below the waist"):
        DegenerateCavity("35 um", CONFOCAL, "40 um")
    with pytest.raises(ArgumentError, match="`other_spreads_m` must not be negative"):
        DegenerateCavity("35 um").interaction(PLACES, "1 um", others_m=PLACES, other_spreads_m=-1e-6)
    assert DegenerateCavity("35 um").interaction(PLACES, "1 um", others_m=PLACES[:2]).total.shape == (3, 2)


def test_degenerate_modes_combine_and_others_do_not():
    together, apart = modes(), modes(dispersion_rad_s="2pi * 1 kHz")
    assert together.n_modes() == 3
    assert apart.n_modes() == sum(n + 1 for n in range(0, 21, 2))
    assert together.detunings_rad_s("2pi * 1 MHz").tolist() == [2 * np.pi * 1e6] * 3
    found = apart.detunings_rad_s("2pi * 1 MHz")
    np.testing.assert_allclose(found - found[0], 2 * np.pi * 1e3 * apart.mode_indices.sum(axis=1), atol=1e-6)
    late = modes(dispersion_rad_s=1e3, family=ModeFamily(4, 7, 2)).detunings_rad_s(1e6)
    assert (late[0], late[-1]) == (1e6, 1e6 + 14e3)
    np.testing.assert_allclose(together.mode_amplitudes, apart.amplitudes())
    assert np.ptp(np.abs(together.supermodes).max(axis=0) - together.supermodes.max(axis=0)) < 1e-12


def test_a_point_at_the_centre_sees_the_even_modes_there():
    r"""$\Xi_{l0}(0)$: 1, 0, $-1/\sqrt2$, 0, $\sqrt{3/8}$, from Hermite's numbers."""
    found = cloud_averages([0.0], [0.0], 4)
    np.testing.assert_allclose(found, [[1, 0, -(0.5**0.5), 0, 0.375**0.5]], atol=1e-15)


def test_given_patterns_name_the_overlaps_and_must_fit():
    given = Patterns([[1, -1, 1]], names=("A",))
    assert modes().stored(given) is given
    with pytest.raises(ArgumentError, match="`patterns` must have 3 spins"):
        modes().amplitudes(Patterns([[1, 1]]))


def test_steps_tell_of_orders_left_out_and_of_other_families():
    few, many = (modes(spreads_m="8 um", highest_order=order).steps()[0] for order in (4, 100))
    assert many.value < 1e-3 < few.value
    assert not few.holds
    assert modes().steps() == ()
    place = modes(dispersion_rad_s="2pi * 10 kHz")
    near, degenerate = place.crowding(
        mode_detuning_rad_s="2pi * 40 MHz", photon_loss_rad_s="2pi * 60 MHz", free_spectral_range_rad_s="2pi * 14 GHz"
    )
    assert near.value == pytest.approx(50 / (7000 - 0.2))
    assert degenerate.value == pytest.approx(0.2 / 50)


def test_it_is_a_geometry_that_a_cavity_takes():
    place = modes(spreads_m="6 um")
    assert isinstance(place, Geometry)
    lab = RamanCavity(
        coupling_rad_s="2pi * 1 MHz",
        atomic_linewidth_rad_s="2pi * 6 MHz",
        photon_loss_rad_s="2pi * 260 kHz",
        atomic_detuning_rad_s="-2pi * 100 GHz",
        mode_detuning_rad_s="2pi * 3 MHz",
        pump_rabi_rad_s="2pi * 1 GHz",
        level_splitting_rad_s="2pi * 200 Hz",
        geometry=place,
    )
    model = lab.to_dicke()
    closed = DegenerateCavity("35 um").interaction(place.positions_m, "6 um").total
    scale = 2 * (5e-3 / 3) ** 2 / (1 + (0.13 / 3) ** 2)
    kept = place.mode_amplitudes @ place.mode_amplitudes.T
    np.testing.assert_allclose(model.ising_couplings(), scale * kept, rtol=2e-3)
    assert np.abs(kept - closed).max() < 0.3 * closed.max()
    assert (model.flip_energies(model.memory.values) > 0).all()
    points = RamanCavity(**{item.name: getattr(lab, item.name) for item in fields(lab)} | {"geometry": modes()})
    mixing = points.dispersive_shifts_rad_s()
    assert np.abs(mixing - np.diag(np.diag(mixing))).max() < 1e-9 * np.abs(mixing).max()


def test_to_dict_is_json_and_copies_stay_read_only():
    place = modes(spreads_m="6 um", family=FOUR_SEVENTHS)
    told = json.loads(json.dumps(place.to_dict()))
    assert told["geometry"] == "TransverseModes"
    assert told["family"] == {"longitudinal": 4, "transverse": 7, "first_order": 0}
    again = TransverseModes(**{
        name: value for name, value in told.items() if name not in {"geometry", "family"}
    }, family=ModeFamily(**told["family"]))  # fmt: skip
    np.testing.assert_array_equal(again.amplitudes(), place.amplitudes())
    copy = pickle.loads(pickle.dumps(place))
    assert not copy.positions_m.flags.writeable
    assert not place.mode_amplitudes.flags.writeable
    assert json.dumps(DegenerateCavity("35 um").to_dict())
