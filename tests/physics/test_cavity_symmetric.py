"""Symmetric atoms and light by counts, against the master equation of every atom, closed forms and PIQS."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip.piqs import piqs
from scipy.linalg import expm
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield import MultimodeDicke, ProductState, SpinChannels
from cavity_hopfield.cavity import CollectiveSpins, cavity_start
from cavity_hopfield.theory.symmetric import PermutationSymmetric
from cavity_hopfield.theory.symmetric.cavity_counts import CavityCounts
from cavity_hopfield.theory.symmetric.cavity_solution import CavitySystem, start_vector
from cavity_hopfield.theory.symmetric.cavity_theory import no_rows
from tests.twins.symmetric_cavity import AtomsAndLight
from tests.twins.symmetric_projection import few_spins

pytestmark = pytest.mark.filterwarnings("ignore:The highest of")
SIGNED = [[0.5], [-0.5], [0.5]]
TWO_MODES = [[0.4, 0.2], [-0.4, -0.2], [0.3, -0.5]]
EVERY = {"decay": 0.3, "pumping": 0.1, "dephasing": 0.2}


def cavity(g, axis="x", gain=0.3, drive=0.4, **channels):
    rates = channels or EVERY
    return MultimodeDicke(g, 1.0, 1.2, gain, drive=drive, channels=SpinChannels(**rates, axis=axis))


CASES = {
    "one class, axis x": (cavity(SIGNED), (6,)),
    "decay along z tells the signs": (cavity(SIGNED, "z"), (6,)),
    "equal decay and pumping along z": (cavity(SIGNED, "z", decay=0.3, pumping=0.3), (6,)),
    "dephasing along x": (cavity(SIGNED, dephasing=0.4), (6,)),
    "two classes in two modes": (cavity(TWO_MODES, "x"), (3, 3)),
    "two classes in two modes, axis z": (cavity(TWO_MODES, "z"), (3, 2)),
    "no channels": (MultimodeDicke(SIGNED, 1.0, 1.2, 0.3, drive=0.4), (6,)),
}
every_case = pytest.mark.parametrize(("model", "levels"), CASES.values(), ids=CASES.keys())


def assert_reads(found, twin, rho):
    bloch = twin.bloch(rho)
    np.testing.assert_allclose(found["spin_z"], bloch[:, 2], atol=1e-9)
    for axis, name in enumerate(("magnetisation_x", "magnetisation_y", "magnetisation")):
        assert float(found[name]) == pytest.approx(bloch[:, axis].mean(), abs=1e-9)
    assert float(found["energy"]) == pytest.approx(twin.energy(rho), abs=1e-9)
    for mode in range(len(twin.levels)):
        photons, amplitude, pair, g2 = twin.light(rho, mode)
        assert float(found["photons"][mode]) == pytest.approx(photons, abs=1e-9)
        assert float(found["amplitude_real"][mode]) == pytest.approx(amplitude.real, abs=1e-9)
        assert float(found["amplitude_imag"][mode]) == pytest.approx(amplitude.imag, abs=1e-9)
        assert float(found["pair_real"][mode]) == pytest.approx(pair.real, abs=1e-9)
        assert float(found["pair_imag"][mode]) == pytest.approx(pair.imag, abs=1e-9)
        assert float(found["g2"][mode]) == pytest.approx(g2, abs=1e-8)


def product_start(model, amplitudes):
    """Mixed states off every plane, one for each class in its gauge."""
    spins = CollectiveSpins.alike(model)
    vectors = np.random.default_rng(5).uniform(-0.55, 0.55, (3, 3))[: spins.n_classes]
    return ProductState(spins.turned(vectors[spins.label]), amplitudes)


def complex_state(light):
    return light["light_state_real"].values + 1j * light["light_state_imag"].values


@every_case
def test_product_states_evolve_as_with_every_atom_written_out(model, levels):
    amplitudes = np.array([0.3 - 0.2j, 0.1 + 0.2j])[: len(levels)]
    start, twin = product_start(model, amplitudes), AtomsAndLight(model, levels)
    theory = PermutationSymmetric(tolerance=1e-12, fock=levels)
    rho = twin.product(start.bloch, amplitudes)
    found = theory.evolve(model, start, [0.0, 1.3])
    assert_reads(found.sel(time=0.0), twin, rho)
    late = twin.later(rho, 1.3)
    assert_reads(found.sel(time=1.3), twin, late)
    for mode in range(len(levels)):
        light = theory.light_state(model, start, [1.3], mode=mode)
        np.testing.assert_allclose(complex_state(light)[0], twin.of_mode(late, mode), atol=1e-10)
        assert light["probability"].values == pytest.approx([np.trace(late).real], abs=1e-12)


@every_case
def test_configurations_evolve_as_the_mean_over_their_orders(model, levels):
    spins, twin = CollectiveSpins.alike(model), AtomsAndLight(model, levels)
    groups = [list(np.flatnonzero(spins.label == c)) for c in range(spins.n_classes)]
    sigma = np.array([1, 1, 1])
    start = ProductState.vacuum(model, sigma)
    rho = twin.averaged(groups, spins.sign, sigma, np.zeros(len(levels)))
    found = PermutationSymmetric(tolerance=1e-12, fock=levels).evolve(model, start, [0.9])
    assert_reads(found.isel(time=0), twin, twin.later(rho, 0.9))


@pytest.mark.parametrize("axis", ["x", "z"])
@pytest.mark.parametrize("g", [[[0.5], [0.5]], [[0.5], [-0.5]], [[0.5], [0.2]]])
def test_the_steady_state_is_the_null_vector_of_the_whole_generator(g, axis):
    model = cavity(g, axis)
    twin = AtomsAndLight(model, (5,))
    rho = twin.steady()
    theory = PermutationSymmetric(tolerance=1e-11, fock=5)
    found = theory.steady_state(model)
    assert found.attrs["residual"] < 1e-11
    assert_reads(found, twin, rho)
    sigma = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    allowed = sigma @ np.sign(model.g[:, 0]) >= 2 * 0.5
    light = theory.light_state(model, given=("1", 0.5))
    expected = twin.of_mode(rho, 0, allowed)
    assert float(light["probability"]) == pytest.approx(np.trace(expected).real, abs=1e-9)
    np.testing.assert_allclose(complex_state(light), expected / np.trace(expected), atol=1e-9)


def test_displaced_fock_states_change_nothing_and_need_few():
    model = cavity([[0.6]] * 3, gain=0.0, drive=0.1, decay=0.1)
    start = ProductState.relaxed(model, [1, 1, 1])
    assert abs(start.amplitudes[0]) > 1.4
    times = [0.2, 0.4]
    plain = PermutationSymmetric(tolerance=1e-9, fock=26).evolve(model, start, times)
    shifted = PermutationSymmetric(tolerance=1e-9, fock=12, displacement="start").evolve(model, start, times)
    cut = PermutationSymmetric(tolerance=1e-9, fock=12).evolve(model, start, times)
    for name in ("photons", "pair_real", "pair_imag", "g2", "amplitude_imag", "energy", "magnetisation_y"):
        np.testing.assert_allclose(shifted[name], plain[name], atol=3e-6)
    assert np.abs(cut["photons"] - plain["photons"]).max() > 1e-4
    assert shifted.attrs["displacement_real"] == [start.amplitudes[0].real]


def test_a_displaced_steady_state_is_the_same_without_its_parity():
    model = cavity([[0.4]] * 2, gain=0.1, drive=0.5)
    plain = PermutationSymmetric(tolerance=1e-9, fock=20).steady_state(model)
    shifted = PermutationSymmetric(tolerance=1e-9, fock=20, displacement=[0.3 - 0.2j]).steady_state(model)
    for name in ("photons", "pair_real", "amplitude_real", "energy", "magnetisation_x", "probability"):
        np.testing.assert_allclose(shifted[name], plain[name], atol=3e-7)


def test_enough_fock_states_are_found():
    model = cavity([[0.5]] * 2, gain=0.2, drive=0.5)
    found = PermutationSymmetric(tolerance=1e-7).steady_state(model)
    exact = PermutationSymmetric(tolerance=1e-9, fock=found.attrs["levels"][0] + 8).steady_state(model)
    assert found.attrs["cutoff_error"] <= 1e-6
    assert found.attrs["top_population"] <= 1e-6
    for name in ("photons", "energy", "magnetisation_x"):
        np.testing.assert_allclose(found[name], exact[name], atol=5e-6)


@pytest.mark.parametrize("axis", ["x", "z"])
def test_without_couplings_the_atoms_turn_by_themselves_and_the_light_decays(axis):
    drive, times = 0.7, np.array([0.3, 1.0, 2.5])
    rates = {"decay": 0.4, "pumping": 0.15, "dephasing": 0.1}
    model = MultimodeDicke(np.zeros((6, 1)), 1.3, 0.8, drive=drive, channels=SpinChannels(**rates, axis=axis))
    bloch, alpha = np.array([0.3, -0.5, 0.6]), 0.8
    found = PermutationSymmetric(tolerance=1e-11, fock=14).evolve(
        model, ProductState(np.tile(bloch, (6, 1)), [alpha]), times
    )
    along, across = 0.55, 0.55 / 2 + 0.2
    damping = np.diag([along, across, across] if axis == "x" else [across, across, along])
    source = (0.15 - 0.4) * np.eye(3)["xyz".index(axis)]
    turn = 2 * drive * np.array([[0, 0, 0], [0, 0, -1], [0, 1, 0]])
    flow = np.zeros((4, 4))
    flow[:3, :3], flow[:3, 3] = turn - damping, source
    for k, time in enumerate(times):
        single = (expm(flow * time) @ np.append(bloch, 1.0))[:3]
        for name, mean in zip(("magnetisation_x", "magnetisation_y", "magnetisation"), single, strict=True):
            assert float(found[name][k]) == pytest.approx(mean, abs=1e-10)
    np.testing.assert_allclose(found["photons"][:, 0], alpha**2 * np.exp(-0.8 * times), atol=1e-8)
    np.testing.assert_allclose(found["probability"].sum("count"), found["probability"].sum("count")[0], atol=1e-12)


def test_local_channels_are_those_of_piqs():
    """PIQS has the axis z, its dephasing jump is half a Pauli matrix, and its coefficients have single precision."""
    n, drive, rates = 5, 0.6, {"decay": 0.4, "pumping": 0.1, "dephasing": 0.15}
    model = MultimodeDicke(np.zeros((n, 1)), 1.0, 1.0, drive=drive, channels=SpinChannels(**rates, axis="z"))
    found = PermutationSymmetric(tolerance=1e-11, fock=2).evolve(
        model, ProductState.vacuum(model, np.ones(n)), [0.5, 2.0]
    )
    jx, jy, jz = piqs.jspin(n)
    ensemble = piqs.Dicke(n, 2 * drive * jx, emission=0.4, pumping=0.1, dephasing=4 * 0.15)
    generator, excited = csr_array(ensemble.liouvillian().full()), piqs.excited(n).full().ravel(order="F")
    ups = found["spins_up"].values[:, 0]
    for k, time in enumerate((0.5, 2.0)):
        late = expm_multiply(generator * time, excited).reshape(jz.shape, order="F")
        for spin, name in ((jx, "magnetisation_x"), (jy, "magnetisation_y"), (jz, "magnetisation")):
            assert float(found[name][k]) == pytest.approx(2 * np.trace(spin.full() @ late).real / n, abs=1e-6)
        square = found["probability"][k].values @ (ups - n / 2) ** 2
        assert square == pytest.approx(np.trace((jz * jz).full() @ late).real, abs=1e-6)


def spin_pair(system, vector):
    """The reduced state (4, 4) of two atoms of the only class."""
    counts, light = system.counts, system.counts.light
    factor = counts.basis.classes[0]
    of_spins = vector.reshape(factor.dimension, light, light).trace(axis1=1, axis2=2)
    number = factor.product(np.ones(4)).real
    return few_spins(factor.counts, of_spins / number, 2)


def system_of(model, levels):
    counts = CavityCounts(model, CollectiveSpins.alike(model), levels, np.zeros(model.n_modes, complex))
    return CavitySystem(counts, counts.sector(), no_rows(counts))


def evolved(system, start, time):
    x = system.sector.coordinates(start_vector(system.counts, cavity_start(system.counts.model, start)))
    return system.sector.expansion @ system.propagated(x, np.array([time]), 1e-12, None).end


SWAP = np.eye(4)[[0, 2, 1, 3]]


@pytest.mark.parametrize(("channels", "conserved"), [(None, True), (SpinChannels(decay=0.2), False)])
def test_the_length_of_the_spin_is_conserved_without_channels_alone(channels, conserved):
    """The exchange of two atoms is (1 + sigma . sigma') / 2."""
    model = MultimodeDicke(np.full((5, 1), 0.4), 1.0, 1.0, drive=0.3, channels=channels)
    system = system_of(model, (9,))
    start = ProductState.vacuum(model, [1, 1, -1, 1, -1])
    pairs = [spin_pair(system, evolved(system, start, time)) for time in (1e-6, 2.0)]
    before, after = (np.trace(SWAP @ pair).real / np.trace(pair).real for pair in pairs)
    assert before == pytest.approx(0.4, abs=1e-5)
    assert (abs(after - before) < 1e-5) == conserved
    populations = [np.diag(pair).real for pair in pairs]
    assert np.abs(populations[0] - populations[1]).max() > 0.05


rates = st.floats(0, 1.5, allow_subnormal=False)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(2, 5), st.integers(2, 5), st.tuples(rates, rates, rates).filter(any), st.sampled_from("xz"),
    st.floats(-1, 1), rates, st.tuples(*[st.floats(-0.57, 0.57)] * 3), st.floats(0.1, 4.0),
)  # fmt: skip
def test_states_stay_states(n, levels, channels, axis, g, drive, bloch, time):
    decay, pumping, dephasing = channels
    model = MultimodeDicke(
        np.full((n, 1), g), 1.0, 1.3, 0.4, drive=drive, channels=SpinChannels(decay, pumping, dephasing, axis)
    )
    system = system_of(model, (levels,))
    vector = evolved(system, ProductState(np.tile(bloch, (n, 1)), [0.0]), time)
    pair = spin_pair(system, vector)
    mode = vector.reshape(-1, levels, levels)[system.counts.basis.classical].sum(axis=0).T
    for reduced in (pair, mode):
        assert np.trace(reduced) == pytest.approx(1, abs=1e-10)
        np.testing.assert_allclose(reduced, reduced.conj().T, atol=1e-11)
        assert np.linalg.eigvalsh(reduced).min() > -1e-10
