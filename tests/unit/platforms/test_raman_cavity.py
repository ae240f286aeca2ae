"""`RamanCavity`: its numbers, its shapes, what it refuses, and its steps."""

import json
import pickle

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Patterns, SizeError
from cavity_hopfield.platforms import (
    ParametricGain,
    Platform,
    RamanCavity,
    RepumpGain,
    RingModes,
    StandingWaves,
    WrittenModes,
    changed,
    knobs,
)

PATTERNS = Patterns([[1, 1, -1, -1, 1, -1], [1, -1, -1, -1, 1, 1]], names=("a", "b"))
KNOWN = {
    "coupling_rad_s": 2e6,
    "atomic_linewidth_rad_s": 4e7,
    "photon_loss_rad_s": 1e6,
    "atomic_detuning_rad_s": -5e11,
    "mode_detuning_rad_s": 8e6,
    "pump_rabi_rad_s": 1e10,
    "level_splitting_rad_s": 3e3,
    "geometry": WrittenModes(),
}


def cavity(**changes):
    return RamanCavity(**KNOWN | changes)


def step(platform, name, patterns=PATTERNS):
    (found,) = [step for step in platform.steps(patterns) if step.name == name]
    return found


def test_numbers_of_the_model_are_those_of_the_reduction():
    model = cavity().to_dicke(PATTERNS, unit_rad_s=1.0)
    assert model.g == pytest.approx(2e6 * 1e10 / (2 * 5e11) * PATTERNS.values.T)
    assert model.omega == pytest.approx([8e6 - 6 * 4e12 / 5e11] * 2)
    assert model.loss.tolist() == [1e6, 1e6]
    assert model.gain.tolist() == [0, 0]
    assert model.drive == 1.5e3
    assert model.patterns.names == ("a", "b")


def test_rates_are_divided_by_the_unit_and_its_own_is_the_bare_detuning():
    own, other = cavity().to_dicke(PATTERNS), cavity().to_dicke(PATTERNS, unit_rad_s="2pi * 1 MHz")
    assert cavity().unit_rad_s == 8e6
    for name in ("g", "omega", "loss", "drive"):
        np.testing.assert_allclose(getattr(own, name) * 8e6, getattr(other, name) * 2e6 * np.pi, rtol=1e-14)
    assert cavity(mode_detuning_rad_s=0.0).unit_rad_s == 1e6


def test_it_is_a_platform_with_knobs():
    platform = cavity(mode_spacing_rad_s=1e9)
    assert isinstance(platform, Platform)
    assert set(knobs(platform)) == {name for name in (*KNOWN, "mode_spacing_rad_s") if name.endswith("_rad_s")}
    turned = changed(platform, {"pump_rabi_rad_s": 2e10})
    assert turned.to_dicke(PATTERNS).g == pytest.approx(2 * platform.to_dicke(PATTERNS).g)
    assert json.loads(json.dumps(platform.to_dict()))["geometry"]["geometry"] == "WrittenModes"
    assert pickle.loads(pickle.dumps(platform)).to_dict() == platform.to_dict()


def test_numbers_for_each_mode():
    platform = cavity(
        photon_loss_rad_s=[1e6, 2e6], mode_detuning_rad_s=["2pi * 1 MHz", 9e6], pump_rabi_rad_s=[1e10, 3e10]
    )
    model = platform.to_dicke(PATTERNS, unit_rad_s=1.0)
    assert model.loss.tolist() == [1e6, 2e6]
    assert np.abs(model.g) == pytest.approx(np.tile([2e4, 6e4], (6, 1)))
    assert platform.cooperativity == pytest.approx([0.4, 0.2])
    # two beams for each mode
    assert platform.spontaneous_rate_per_s() == pytest.approx(4e7 * 2 * (1e20 + 9e20) / (4 * 25e22))
    with pytest.raises(ValueError, match="read-only"):
        platform.photon_loss_rad_s[0] = 1.0
    with pytest.raises(ArgumentError, match=r"`photon_loss_rad_s` must be a number or have shape \(2,\)"):
        cavity(photon_loss_rad_s=[1e6, 2e6, 3e6]).to_dicke(PATTERNS)
    with pytest.raises(ArgumentError, match=r"`pump_rabi_rad_s` must be a number or have shape \(2,\)"):
        cavity(pump_rabi_rad_s=[1e10]).to_dicke(PATTERNS)


def test_ensembles_and_spin_one():
    one, many = cavity(atoms_per_ensemble=3), cavity(atoms_per_ensemble=3, spin=1.0)
    assert one.to_dicke(PATTERNS).g.shape == (6, 2)
    assert many.to_dicke(PATTERNS).g.shape == (12, 2)
    model = many.to_dicke(PATTERNS, every_atom=True)
    assert model.g.shape == (36, 2)
    np.testing.assert_array_equal(model.g[::6], many.to_dicke(PATTERNS).g[::2])
    np.testing.assert_array_equal(model.patterns.values, np.sign(model.g.T))
    assert model.patterns.names == ("a", "b")
    # three atoms shift the modes, whatever their spin
    shift = -18 * 4e12 / 5e11 / 8e6
    for platform in (one, many):
        assert platform.to_dicke(PATTERNS).omega == pytest.approx([1 + shift] * 2)


def test_a_thinned_cavity_keeps_energies_and_shifts():
    energies, shifts = [], []
    for platform in (cavity(atoms_per_ensemble=12), cavity(atoms_per_ensemble=12).thinned(3)):
        model = platform.to_dicke(PATTERNS, every_atom=True)
        forces = model.force(np.repeat(PATTERNS.values[0], platform.atoms_per_ensemble))
        energies.append(np.sum(model.mediation * forces**2) / model.n_spins)
        shifts.append(model.omega)
    assert energies[0] == pytest.approx(energies[1], rel=1e-12)
    np.testing.assert_allclose(shifts[0], shifts[1], rtol=1e-14)


def test_too_many_atoms_are_refused_with_a_way_out():
    large = cavity(atoms_per_ensemble=100_000, mode_detuning_rad_s=1e8)
    assert large.to_dicke(PATTERNS).n_spins == 6
    with pytest.raises(SizeError, match=r"600000 spins, above 10000. Take `thinned\(1666\)`"):
        large.to_dicke(PATTERNS, every_atom=True)
    assert large.thinned(1666).to_dicke(PATTERNS, every_atom=True).n_spins == 9996


def test_atoms_to_the_red_must_not_pull_a_mode_below_its_pumps():
    with pytest.raises(ArgumentError, match=r"dispersive shift -4.8e\+07 rad/s of 6 atoms leaves mode 0 at -4e\+07"):
        cavity(atomic_detuning_rad_s=-5e5).to_dicke(PATTERNS)
    blue = cavity(atomic_detuning_rad_s=5e11, mode_detuning_rad_s=0.0)
    assert blue.to_dicke(PATTERNS, unit_rad_s=1.0).omega == pytest.approx([48.0] * 2)


def test_gain_enters_with_its_own_loss_and_must_stay_below():
    pairs = ParametricGain(coupling_rad_s=[1e6, 2e6], idler_loss_rad_s=1e8)
    model = cavity(gain=pairs).to_dicke(PATTERNS, unit_rad_s=1.0)
    assert model.gain == pytest.approx([4e4, 1.6e5])
    medium = RepumpGain(coupling_rad_s=1e5, atoms=100, pump_per_s=1e8, decay_per_s=1e8)
    model = cavity(gain=medium).to_dicke(PATTERNS, unit_rad_s=1.0)
    assert model.gain == pytest.approx([1e4] * 2)
    assert model.loss == pytest.approx([1.01e6] * 2)
    with pytest.raises(ArgumentError, match=r"mode 1 gains 1.6e\+06 rad/s and loses 1e\+06 rad/s: it would lase"):
        cavity(gain=ParametricGain(coupling_rad_s=[1e6, 2e6], idler_loss_rad_s=1e7)).to_dicke(PATTERNS)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"coupling_rad_s": 0.0}, "`coupling_rad_s` must be greater than 0"),
        ({"photon_loss_rad_s": -1.0}, "`photon_loss_rad_s` must be positive"),
        ({"photon_loss_rad_s": "300 kHz"}, "a factor 2 pi is missing"),
        ({"photon_loss_rad_s": [[1.0]]}, r"must be a number or have shape \(M,\)"),
        ({"pump_rabi_rad_s": []}, r"must be a number or have shape \(M,\)"),
        ({"atomic_detuning_rad_s": 0.0}, "`atomic_detuning_rad_s` must not be zero"),
        ({"level_splitting_rad_s": -1.0}, "`level_splitting_rad_s` must be at least 0"),
        ({"spin": 1.5}, "`spin` must be 0.5 or 1.0, but is 1.5"),
        ({"atoms_per_ensemble": 0}, "`atoms_per_ensemble` must be at least 1"),
        ({"geometry": PATTERNS}, "`geometry` must be a geometry"),
        ({"gain": 0.1}, "`gain` must be a `RepumpGain` or a `ParametricGain`"),
        ({"mode_spacing_rad_s": 0.0}, "`mode_spacing_rad_s` must be greater than 0"),
        ({"species": "87Rb"}, "`species` must be one of"),
    ],
)
def test_what_is_refused(wrong, told):
    with pytest.raises(ArgumentError, match=told):
        cavity(**wrong)


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (6.07e6, "a factor 2 pi is missing"),
        ("2pi * 38.1 MHz", "the factor 2 pi stands in it twice"),
        ("2pi * 3.03 MHz", "this looks like the half width, the decay rate of the dipole"),
        (3.03e6, "this looks like the half width in Hz"),
        (1e6, r"has 3.812e\+07 rad/s = 2pi \* 6.067 MHz. Correct it"),
    ],
)
def test_a_known_line_tells_a_missing_factor(width, told):
    with pytest.raises(ArgumentError, match=told):
        cavity(species="87Rb D2", atomic_linewidth_rad_s=width)


def test_the_known_line_is_accepted():
    assert cavity(species="87Rb D2", atomic_linewidth_rad_s="2pi * 6.0 MHz").species == "87Rb D2"


def test_steps_have_the_numbers_of_their_formulas():
    platform = cavity(mode_spacing_rad_s=1e9)
    model = platform.to_dicke(PATTERNS, unit_rad_s=1.0)
    photons = (6 * 2e4) ** 2 / (model.omega[0] ** 2 + 0.25e12)
    excited = 2 * 1e20 / (4 * 25e22) + 2 * photons * 4e12 / 25e22
    assert step(platform, "the excited states are eliminated").value == pytest.approx(excited, rel=1e-12)
    assert step(platform, "the excited states follow at once").value == pytest.approx(2e7 / 5e11)
    # the strongest mixture of the modes has the larger eigenvalue of the overlaps of the patterns
    overlap = abs(int(PATTERNS.values[0] @ PATTERNS.values[1]))
    assert step(platform, "photons are not atoms").value == pytest.approx((6 + overlap) * 4e12 / 25e22)
    shift = 6 * 4e12 / 5e11 / model.omega[0]
    assert step(platform, "both spin states shift the modes alike").value == pytest.approx(shift)
    size = abs(model.pole[0])
    mixing = overlap * 4e12 / 5e11 / size
    assert step(platform, "the modes are not mixed by the atoms").value == pytest.approx(mixing)
    left_out = size**2 / model.omega[0] / 1e9
    assert step(platform, "modes left out mediate nothing").value == pytest.approx(left_out)
    assert step(platform, "modes left out are resolved").value == pytest.approx(1e6 / 1e9)
    assert all(item.holds for item in platform.steps(PATTERNS))


def test_light_excites_an_atom_by_all_modes_where_it_sits():
    """Three modes whose light is strong, and atoms of which each sees another share of it; the pumps are weak."""
    waves = StandingWaves(positions_m=[0.0, 1.3e-7, 2.1e-7], wavelengths_m=[1e-6, 0.9e-6, 0.7e-6])
    lab = cavity(geometry=waves, coupling_rad_s=4e8, pump_rabi_rad_s=1e7, mode_detuning_rad_s=2e6,
                 atomic_detuning_rad_s=5e11)  # fmt: skip
    model = lab.to_dicke(unit_rad_s=1.0)
    photons = [
        np.sum(np.abs(model.g[:, k])) ** 2 / (model.omega[k] ** 2 + 0.25e12) + model.thermal_occupation[k]
        for k in range(3)
    ]
    worst = max(sum(photons[k] * waves.amplitudes()[i, k] ** 2 for k in range(3)) for i in range(3))
    found = step(lab, "the excited states are eliminated", None)
    assert found.value - 2 * 1e14 / (4 * 25e22) == pytest.approx(worst * 16e16 / 25e22, rel=1e-6)


def test_modes_are_mixed_by_all_others_together():
    """Four patterns with the same overlap c with one another: light in all of them is shifted by 3 c."""
    patterns = Patterns(np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, -1], [1, 1, 1, 1, -1, 1], [1, 1, 1, -1, 1, 1]]))
    lab = cavity()
    size = abs(lab.to_dicke(patterns, unit_rad_s=1.0).pole[0])
    overlaps = patterns.values.astype(float) @ patterns.values.T
    np.fill_diagonal(overlaps, 0)
    largest = np.abs(np.linalg.eigvalsh(overlaps)).max()
    assert largest > 2 * overlaps.max()
    found = step(lab, "the modes are not mixed by the atoms", patterns)
    assert found.value == pytest.approx(largest * 4e12 / 5e11 / size)


def test_pumps_of_other_modes_are_told_where_their_distance_is_known():
    pumps = {"pump_rabi_rad_s": [1e10, 1e10]}
    name = "each pair of pumps drives its own mode"
    assert name not in {item.name for item in cavity(**pumps).steps(PATTERNS)}
    # one pair of pumps for all modes has no others
    assert name not in {item.name for item in cavity(pump_spacing_rad_s=1e9).steps(PATTERNS)}
    near, far = (step(cavity(**pumps, pump_spacing_rad_s=spacing), name) for spacing in (2e7, 1e9))
    assert far.holds
    assert not near.holds
    # the same light, at the wrong detuning: J' / J = 1 / spacing over omega / |z|^2
    model = cavity(**pumps).to_dicke(PATTERNS, unit_rad_s=1.0)
    assert far.value == pytest.approx(1e-9 / (model.omega[0] / abs(model.pole[0]) ** 2))


def test_displaced_atoms_shift_the_modes_by_their_mean_square():
    r"""$\langle \cos^2 \rangle$ of normal phases, by quadrature: more than $\langle \cos \rangle^2$."""
    warm = WrittenModes(position_spread_m=1.2e-7, wavelength_m=7.8e-7, contrast=0.8)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    square = np.sum(weights * (0.8 * np.cos(warm.phase_spread * nodes)) ** 2) / np.sum(weights)
    lab = cavity(geometry=warm)
    written = PATTERNS.values @ PATTERNS.values.T.astype(float)
    np.testing.assert_allclose(lab.dispersive_shifts_rad_s(PATTERNS), -square * written * 4e12 / 5e11, rtol=1e-10)
    assert square > 1.3 * warm.mean_amplitude**2
    drawn = WrittenModes(position_spread_m=1.2e-7, wavelength_m=7.8e-7, contrast=0.8, seed=3)
    amplitudes = drawn.amplitudes(PATTERNS)
    np.testing.assert_allclose(drawn.overlaps(PATTERNS), amplitudes.T @ amplitudes)


def test_a_gain_of_the_wrong_shape_is_told():
    pairs = ParametricGain(coupling_rad_s=[1e5, 1e5, 1e5], idler_loss_rad_s=1e8)
    with pytest.raises(ArgumentError, match=r"`gain` must hold a number or have shape \(2,\).* have shape \(3,\)"):
        cavity(gain=pairs).to_dicke(PATTERNS)


def test_too_many_ensembles_cannot_be_thinned():
    many = Patterns(np.ones((1, 10_001), dtype=int))
    with pytest.raises(SizeError, match="fewer ensembles: with one atom in each they are 10001"):
        cavity(atoms_per_ensemble=3, mode_detuning_rad_s=1e9).to_dicke(many, every_atom=True)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"pump_rabi_rad_s": 1e11}, "the excited states are eliminated"),
        ({"atomic_detuning_rad_s": -1e9}, "the excited states follow at once"),
        ({"coupling_rad_s": 3e10, "mode_detuning_rad_s": 1e11}, "photons are not atoms"),
        ({"coupling_rad_s": 4e8}, "both spin states shift the modes alike"),
        ({"coupling_rad_s": 8e8}, "the modes are not mixed by the atoms"),
        ({"mode_spacing_rad_s": 5e7}, "modes left out mediate nothing"),
        ({"mode_spacing_rad_s": 5e6}, "modes left out are resolved"),
        ({"geometry": WrittenModes(position_spread_m=7e-8, wavelength_m=7.8e-7)}, "equal couplings in an ensemble"),
        ({"gain": ParametricGain(coupling_rad_s=1e6, idler_loss_rad_s=2e7)}, "the gain is flat over the light"),
    ],
)
def test_each_step_can_fail(changes, name):
    changes = dict(changes)
    if "coupling_rad_s" in changes and "mode_detuning_rad_s" not in changes:
        shift = 6 * changes["coupling_rad_s"] ** 2 / 5e11
        changes["mode_detuning_rad_s"] = 8e6 + shift
    failed = step(cavity(**changes), name)
    assert not failed.holds
    assert failed.remedy in failed.sentence


def test_positions_in_a_ring_decide_what_is_stored():
    positions = np.random.default_rng(1).uniform(0, 1e-3, 5)
    ring = cavity(geometry=RingModes(positions_m=positions, wavelengths_m="780 nm"))
    model = ring.to_dicke()
    # cosine and sine together couple atoms by the cosine of their distance, wherever the origin is
    distance = 2 * np.pi * (positions[:, None] - positions) / 7.8e-7
    symmetric = cavity(geometry=RingModes(positions_m=positions, wavelengths_m="780 nm"), coupling_rad_s=1.0)
    couplings = symmetric.to_dicke(unit_rad_s=1.0).ising_couplings()
    np.testing.assert_allclose(couplings / couplings[0, 0], np.cos(distance), atol=1e-8)
    np.testing.assert_array_equal(model.patterns.values, np.sign(model.g.T))
    assert ring.to_dicke(Patterns([[1, 1, 1, 1, -1]])).patterns.n_patterns == 1


def test_an_atom_at_a_node_leaves_the_model_without_patterns():
    waves = StandingWaves(positions_m=[0.0, 2.5e-7], wavelengths_m=1e-6)
    assert cavity(geometry=waves).to_dicke().patterns is None
