"""Operating points do not know the unit of frequency, and times scale with it; ensembles and patterns of ensembles."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield import ArgumentError, Patterns, SizeError
from cavity_hopfield.platforms import (
    BareCavity,
    ParametricGain,
    RamanCavity,
    RingModes,
    WrittenModes,
    changed,
    knobs,
    operating_point,
)

PATTERNS = Patterns([[1, 1, -1, -1, 1, -1, 1, 1], [1, -1, -1, 1, 1, 1, -1, 1]])
PURE = ("balance_temperature", "glauber_temperature", "distance", "ratio", "photons")
IN_SI = {"flip_rate_per_s": 1, "recall_time_s": -1}


def bare(coupling, loss, drive):
    return BareCavity(
        coupling_rad_s=coupling * 1e6,
        mode_detuning_rad_s=1e6,
        photon_loss_rad_s=(loss + 0.1) * 1e6,
        photon_gain_rad_s=1e5,
        drive_rad_s=drive * 1e6,
    )


def raman(coupling, loss, drive, **changes):
    options = {
        "coupling_rad_s": 3e6,
        "atomic_linewidth_rad_s": 3.8e7,
        "photon_loss_rad_s": loss * 1e6,
        "atomic_detuning_rad_s": -4e11,
        "mode_detuning_rad_s": 1.001e6,
        "pump_rabi_rad_s": coupling * 1e6 * 8e11 / 3e6,
        "level_splitting_rad_s": 2 * drive * 1e6,
        "geometry": WrittenModes(position_spread_m=4e-8, wavelength_m=7.8e-7, seed=3),
    }
    return RamanCavity(**options | changes)


@settings(max_examples=15, deadline=None)
@given(
    build=st.sampled_from([bare, raman]),
    coupling=st.floats(0.1, 0.6),
    loss=st.floats(0.4, 2.5),
    drive=st.floats(1e-5, 1e-3),
    scale=st.floats(1e-3, 1e3),
    unit=st.floats(1e3, 1e9),
)
def test_only_times_know_the_unit_of_frequency(build, coupling, loss, drive, scale, unit):
    platform = build(coupling, loss, drive)
    faster = changed(platform, {name: scale * value for name, value in knobs(platform).items() if "_rad_s" in name})
    first = operating_point(platform, PATTERNS)
    for other, speed in (
        (operating_point(platform, PATTERNS, unit_rad_s=unit), 1.0),
        (operating_point(faster, PATTERNS), scale),
    ):
        for name in PURE:
            assert getattr(other, name) == pytest.approx(getattr(first, name), rel=1e-5)
        for name, power in IN_SI.items():
            assert getattr(other, name) == pytest.approx(speed**power * getattr(first, name), rel=1e-5)


def test_scattering_scales_with_the_frequencies_too():
    platform = raman(0.3, 1.0, 1e-4)
    faster = changed(platform, {name: 10 * value for name, value in knobs(platform).items() if "_rad_s" in name})
    assert faster.spontaneous_rate_per_s() == pytest.approx(10 * platform.spontaneous_rate_per_s())
    values = [[step.value for step in lab.steps(PATTERNS)] for lab in (platform, faster)]
    np.testing.assert_allclose(*values, rtol=1e-12)


def test_atoms_of_ensembles_are_all_spins_of_the_operating_point():
    lab = raman(0.1, 1.0, 1e-5, atoms_per_ensemble=3, mode_detuning_rad_s=1.01e6)
    point = operating_point(lab, PATTERNS)
    assert point.dicke.n_spins == 24
    one = operating_point(raman(0.1, 1.0, 1e-5), PATTERNS)
    assert point.energy_scale * point.unit_rad_s == pytest.approx(3 * one.energy_scale * one.unit_rad_s, rel=0.02)
    assert [step.name for step in point.steps][-1] == "recall beats scattering"
    assert point.steps[:-1] == lab.steps(PATTERNS)
    assert json.loads(json.dumps(point.to_dict()))["platform"]["atoms_per_ensemble"] == 3
    with pytest.raises(SizeError, match="thinned"):
        operating_point(raman(0.1, 1.0, 1e-5, atoms_per_ensemble=10**5, mode_detuning_rad_s=1e9), PATTERNS)


def test_steps_of_a_point_are_those_of_the_platform_and_one_more():
    lab = raman(0.3, 1.0, 1e-4, gain=ParametricGain(coupling_rad_s=1e5, idler_loss_rad_s=1e8))
    point = operating_point(lab, PATTERNS)
    assert point.steps[:-1] == lab.steps(PATTERNS)
    last = point.steps[-1]
    assert last.value == pytest.approx(lab.spontaneous_rate_per_s() * point.recall_time_s)
    assert point.patterns is PATTERNS


def test_scattering_wins_where_nothing_is_recalled():
    last = operating_point(raman(0.01, 1.0, 1e-5), PATTERNS).steps[-1]
    assert not last.holds
    assert last.value == float("inf")
    assert "A pattern is not recalled from the overlap 0.6 at all" in last.sentence
    assert last.to_dict()["value"] is None


def test_a_ring_needs_no_patterns():
    positions = np.random.default_rng(4).uniform(0, 1e-4, 6)
    lab = raman(0.4, 1.0, 1e-4, geometry=RingModes(positions_m=positions, wavelengths_m=7.8e-7))
    point = operating_point(lab)
    assert point.dicke.memory.n_patterns == 2
    assert point.patterns is None
    assert len(point.steps) == 6


def test_overlaps_and_drives_that_make_no_sense():
    with pytest.raises(ArgumentError, match="`start_overlap` must be below 1"):
        operating_point(bare(0.3, 1.0, 1e-3), PATTERNS, start_overlap=1.0)
    with pytest.raises(ArgumentError, match="must have a drive"):
        _ = operating_point(bare(0.3, 1.0, 0.0), PATTERNS).balance_temperature
