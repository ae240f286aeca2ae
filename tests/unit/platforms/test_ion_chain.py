"""The ion chain as a platform: what it takes, what it refuses, and what it says of its steps."""

import json
import pickle

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Patterns
from cavity_hopfield.platforms import BareCavity, Platform, changed, knobs, operating_point
from cavity_hopfield.platforms.ion_chain import IonChain
from cavity_hopfield.platforms.ion_crystal import equilibrium_positions, normal_modes

LAB = {
    "ions": 5,
    "mass_kg": "171 u",
    "axial_rad_s": "2pi * 0.5 MHz",
    "mode_detuning_rad_s": "2pi * 20 kHz",
    "force_rabi_rad_s": "2pi * 40 kHz",
    "fringe_m": "0.25 um",
    "cooling_per_s": 2e4,
    "heating_per_s": 100.0,
    "microwave_rabi_rad_s": "2pi * 30 Hz",
}


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"modes": 5}, "`modes` must name different modes from 0 to 4"),
        ({"modes": (1, 1)}, "`modes` must name different modes"),
        ({"modes": ()}, "at least one"),
        ({"mode_detuning_rad_s": "2pi * 0.6 MHz"}, "`mode_detuning_rad_s` must be below the frequency of its mode"),
        ({"mode_detuning_rad_s": -1.0}, "`mode_detuning_rad_s` must be greater than 0"),
        (
            {"mode_detuning_rad_s": [1e5, 1e5]},
            r"`mode_detuning_rad_s` must be a number or have shape \(1,\), one per m",
        ),
        ({"force_rabi_rad_s": [1e5] * 4}, r"`force_rabi_rad_s` must be a number or have shape \(5,\), one per ion"),
        ({"mode_detuning_rad_s": "20 kHz"}, "a factor 2 pi is missing"),
        ({"axis": "radial"}, "`radial_rad_s` must be given"),
        ({"axis": "diagonal"}, "`axis` must be one of"),
        ({"radial_rad_s": "2pi * 0.6 MHz"}, "buckles into a zigzag"),
        ({"cooling_per_s": 0.0}, "`cooling_per_s` must be greater than 0"),
        ({"atomic_linewidth_rad_s": "2pi * 20 MHz"}, "go together"),
        ({"atomic_linewidth_rad_s": 1.0, "atomic_detuning_rad_s": 0.0}, "must not be zero"),
        ({"force_signs": "any"}, "`force_signs` must be one of"),
    ],
)
def test_wrong_laboratories_are_refused(values, text):
    with pytest.raises(ArgumentError, match=text):
        IonChain(**(LAB | values))


def test_wrong_patterns_are_refused():
    with pytest.raises(ArgumentError, match=r"must hold 1 patterns of 5 spins, .* but holds 2 of 5"):
        IonChain(**LAB).to_dicke(Patterns([[1, 1, 1, 1, 1], [1, -1, 1, -1, 1]]))
    with pytest.raises(ArgumentError, match="ion 2 is at a node of mode 1"):
        IonChain(**LAB, modes=1).to_dicke(Patterns([[1, 1, 1, 1, 1]]))
    assert IonChain(**LAB, modes=1).to_dicke().stored is None


def test_an_ion_far_from_a_confined_mode_is_at_no_node():
    """The zigzag of a long chain is confined to its middle: an even number of ions would not help."""
    lab = {"ions": 60, "axis": "radial", "axial_rad_s": "2pi * 0.1 MHz", "radial_rad_s": "2pi * 6 MHz"}
    chain = IonChain(**(LAB | lab))
    with pytest.raises(ArgumentError, match=r"ion 0 moves by less than 1e-09 .* in mode 0.* part of the chain") as told:
        chain.to_dicke(Patterns(np.ones((1, 60), dtype=int)))
    assert "even number" not in str(told.value)


def test_too_many_ions_are_refused():
    with pytest.raises(ArgumentError, match="`ions` must be at most 200"):
        equilibrium_positions(201)
    assert normal_modes(1, 3.0).frequencies_rad_s.tolist() == [3.0]


def test_it_is_a_platform_with_knobs():
    lab = IonChain(**LAB)
    assert isinstance(lab, Platform)
    assert {"mode_detuning_rad_s", "force_rabi_rad_s", "cooling_per_s", "microwave_rabi_rad_s"} <= set(knobs(lab))
    stronger = changed(lab, {"force_rabi_rad_s": 2 * lab.force_rabi_rad_s})
    np.testing.assert_allclose(stronger.to_dicke().g, 2 * lab.to_dicke().g)
    assert lab.spontaneous_rate_per_s() == 0.0
    assert json.loads(json.dumps(lab.to_dict()))["modes"] == [0]
    copy = pickle.loads(pickle.dumps(IonChain(**(LAB | {"force_rabi_rad_s": [1e5, 2e5, 1e5, 1e5, 1e5]}))))
    assert not copy.force_rabi_rad_s.flags.writeable


def test_the_common_motion_is_a_cavity_with_equal_couplings():
    """The same operating point as the Dicke rates themselves: g = eta Omega / 2 of one ion over the root of N."""
    lab = IonChain(**(LAB | {"cooling_limit": 0.3}))
    eta = 2 * np.pi / 0.25e-6 * np.sqrt(1.054571817e-34 / (2 * 171 * 1.66053906892e-27 * 2 * np.pi * 0.5e6))
    bare = BareCavity(
        coupling_rad_s=eta * 2 * np.pi * 40e3 / 2 / np.sqrt(5),
        mode_detuning_rad_s=lab.detunings_rad_s[0],
        photon_loss_rad_s=2e4 * 1.3 + 100,
        photon_gain_rad_s=2e4 * 0.3 + 100,
        drive_rad_s=2 * np.pi * 15,
    )
    ours, wanted = operating_point(lab), operating_point(bare, Patterns([[1, 1, 1, 1, 1]]))
    for name in ("balance_temperature", "flip_rate_per_s", "ratio", "photons", "energy_scale"):
        assert getattr(ours, name) == pytest.approx(getattr(wanted, name), rel=1e-6)
    assert {step.name for step in ours.steps} >= {"rotating wave", "each beat note moves one mode"}


def test_steps_fail_where_they_should():
    def value(name, **values):
        return next(step for step in IonChain(**(LAB | values)).steps() if step.name == name)

    assert value("rotating wave").value == pytest.approx(20 / (2 * 500 - 20))
    assert value("the carrier averages out").value == pytest.approx((40 / 480) ** 2)
    assert value("damping is slower than the motion").value == pytest.approx(2.01e4 / (2 * np.pi * 0.5e6))
    assert all(step.holds for step in IonChain(**LAB).steps())
    assert not value("the force is uniform over the motion", heating_per_s=4e5).holds
    radial = {"axis": "radial", "radial_rad_s": "2pi * 4 MHz", "modes": 4}
    assert not value("each beat note moves one mode", **radial, mode_detuning_rad_s="2pi * 100 kHz").holds
    assert value("each beat note moves one mode", **radial, mode_detuning_rad_s="2pi * 1 kHz").holds
    assert value("each beat note moves one mode", ions=1).value == 0.0
    hot = value("the force is uniform over the motion", cooling_limit=3.0).value
    eta = IonChain(**LAB).lamb_dicke[0, 0]
    cold = value("the force is uniform over the motion").value
    # every mode is warmer by three quanta, chosen or not
    every = np.max(np.sum(IonChain(**LAB).lamb_dicke ** 2, axis=1))
    assert every > 1.5 * eta**2
    assert hot - cold == pytest.approx(2 * every * 3.0, rel=1e-2)
    zero = value("the force is uniform over the motion", force_rabi_rad_s=1.0, heating_per_s=0.0).value
    assert zero == pytest.approx(every)
    both = value("the carrier averages out", modes=(0, 1)).value
    second = IonChain(**LAB).normal_modes.frequencies_rad_s[1] / (2 * np.pi * 1e3)
    assert both == pytest.approx((40 / 480) ** 2 + (40 / (second - 20)) ** 2)


def test_positions_are_told_in_metres():
    lab = IonChain(**LAB)
    assert lab.positions_m.shape == (5,)
    assert 3e-6 < np.diff(lab.positions_m).min() < 2e-5
