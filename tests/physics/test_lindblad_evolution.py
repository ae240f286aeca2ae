"""The matrix-free evolution of the open quantum network: against a dense superoperator, QuTiP, a classical process."""

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield import CavityRates, Glauber, Metropolis, MultimodeDicke, OpenHopfield, Patterns, ProductState
from cavity_hopfield.dynamics import Ellipse, propagate
from cavity_hopfield.network import density_matrix
from cavity_hopfield.theory.lindblad import Lindblad
from cavity_hopfield.theory.lindblad.evolution import parts_of
from cavity_hopfield.theory.lindblad.matrix_free import MatrixFree
from cavity_hopfield.theory.master_equation import ClassicalMasterEquation
from tests.twins import classical_generator as classical
from tests.twins import open_hopfield_lindblad as twin

TIGHT = Lindblad(tolerance=1e-11)
TIMES = [0.0, 0.4, 1.5, 6.0]


def random_couplings(n_spins, seed):
    half = np.random.default_rng(seed).normal(size=(n_spins, n_spins))
    return half + half.T


def glauber(n_spins, drive=0.6, temperature=0.4, seed=0):
    """A network with random couplings and the same rates as a function for the twin."""
    couplings = random_couplings(n_spins, seed)
    network = OpenHopfield(couplings, Glauber(temperature), drive=drive)
    return network, classical.glauber(couplings, temperature)


def metropolis(n_spins):
    stored = Patterns(np.random.default_rng(5).choice([-1, 1], (2, n_spins)))
    rate = classical.metropolis(classical.hebb(stored.values), 0.7, 1.3)
    return OpenHopfield(stored, Metropolis(0.7, 1.3), drive=0.9), rate


def one_pattern(n_spins):
    stored = Patterns(np.random.default_rng(6).choice([-1, 1], (1, n_spins)))
    return OpenHopfield(stored, Glauber(0.1), drive=0.3), classical.glauber(classical.hebb(stored.values), 0.1)


def cavity(n_spins):
    """The rates of a platform with two unequal modes, which know which spin flips; a field beside its own drive."""
    g = np.random.default_rng(7).uniform(0.2, 0.7, (n_spins, 2))
    dicke = MultimodeDicke(g=g, omega=[1.0, 1.4], loss=[0.9, 0.7], gain=[0.1, 0.0], drive=0.7)
    rate = classical.cavity(g, [1.0, 1.4], [0.9, 0.7], [0.1, 0.0], 0.7)
    return OpenHopfield(dicke.ising_couplings(), CavityRates(dicke), drive=0.4), rate


def compare(network, rate, state, given, tolerance=1e-8, theory=TIGHT):
    """States and observables of `theory`, from what is `given`, against the dense superoperator from `state`."""
    n = network.n_spins
    generator = twin.liouvillian(n, rate, network.drive)
    exact = [twin.evolve(generator, state, time) for time in TIMES]
    found = theory.states(network, given, TIMES)
    means = theory.evolve(network, given, TIMES)
    energies = [classical.energy(network.couplings, classical.configuration(k, n)) for k in range(2**n)]
    for k, rho in enumerate(exact):
        np.testing.assert_allclose(found[k].full(), rho, atol=tolerance)
        bloch = twin.bloch(rho, n)
        np.testing.assert_allclose(means["spin_z"][k], bloch[:, 2], atol=tolerance)
        for name, axis in (("magnetisation_x", 0), ("magnetisation_y", 1), ("magnetisation", 2)):
            assert float(means[name][k]) == pytest.approx(bloch[:, axis].mean(), abs=tolerance)
        if network.patterns is not None:
            for name, axis in (("overlap_x", 0), ("overlap_y", 1), ("overlap", 2)):
                wanted = network.patterns.values @ bloch[:, axis] / n
                np.testing.assert_allclose(means[name][k], wanted, atol=tolerance)
        np.testing.assert_allclose(means["probability"][k], np.diag(rho).real, atol=tolerance)
        assert float(means["energy"][k]) == pytest.approx(float(np.diag(rho).real @ energies), abs=5 * tolerance)
    return found, means


@pytest.mark.parametrize("model", [glauber, metropolis, one_pattern, cavity])
@pytest.mark.parametrize("kind", [complex, float])
@pytest.mark.parametrize("n_spins", [2, 4])
def test_mixed_states_follow_the_definition(model, kind, n_spins):
    network, rate = model(n_spins)
    state = twin.random_state(n_spins, 11, kind)
    compare(network, rate, state, state)


@pytest.mark.parametrize("model", [glauber, metropolis, one_pattern, cavity])
def test_configurations_follow_the_definition(model):
    network, rate = model(3)
    sigma = (1, -1, -1)
    state = np.zeros((8, 8), complex)
    state[classical.number(sigma), classical.number(sigma)] = 1
    compare(network, rate, state, sigma)


@pytest.mark.parametrize("bloch", [[[0.3, 0.2, -0.8]], [[0.0, 0.6, 0.1]], [[0.0, 0.0, -1.0]], [[1.0, 0.0, 0.0]]])
def test_one_spin(bloch):
    """The smallest network: a tile with a single element."""
    network, rate = glauber(1)
    state = twin.Matrices(1).product_state(bloch)
    compare(network, rate, state, ProductState(np.array(bloch)))


@pytest.mark.slow
def test_five_spins_with_tiles_of_eight_rows():
    network, rate = glauber(5, seed=3)
    state = twin.random_state(5, 12)
    compare(network, rate, state, state)


def test_a_ket_and_a_qobj_are_states():
    network, rate = glauber(3)
    rng = np.random.default_rng(2)
    ket = rng.normal(size=8) + 1j * rng.normal(size=8)
    ket /= np.linalg.norm(ket)
    found, _ = compare(network, rate, np.outer(ket, ket.conj()), ket)
    assert found[0].dims == [[2, 2, 2], [2, 2, 2]]
    again = TIGHT.states(network, found[1], [0.0, 1.1])
    np.testing.assert_allclose(again[1].full(), found[2].full(), atol=1e-8)


@pytest.mark.parametrize("fault", ["sign", "joint"])
def test_another_model_would_be_noticed(fault):
    """Rates with the opposite sign, or one joint jump of each spin, are far from what is computed."""
    network, rate = glauber(3)
    wrong_rate = classical.glauber(-network.couplings, 0.4) if fault == "sign" else rate
    jumps = twin.joint_jumps(3, rate) if fault == "joint" else twin.jumps(3, wrong_rate)
    generator = twin.superoperator(twin.hamiltonian(3, network.drive), jumps)
    state = twin.random_state(3, 11)
    found = TIGHT.states(network, state, [1.0])[0].full()
    assert np.abs(found - twin.evolve(generator, state, 1.0)).max() > 1e-2


@pytest.mark.slow
def test_six_spins_against_qutip():
    """Two patterns, tiles of sixteen rows; QuTiP integrates from operators that it makes itself."""
    stored = Patterns(np.random.default_rng(8).choice([-1, 1], (2, 6)))
    network = OpenHopfield(stored, Glauber(0.3), drive=0.5)
    rate = classical.glauber(classical.hebb(stored.values), 0.3)
    dims = [[2] * 6, [2] * 6]
    hamiltonian = qutip.Qobj(twin.hamiltonian(6, 0.5), dims=dims).to("csr")
    jumps = [qutip.Qobj(jump, dims=dims).to("csr") for jump in twin.jumps(6, rate)]
    up, down = qutip.basis(2, 0), qutip.basis(2, 1)
    sigma = [1, -1, 1, 1, -1, -1]
    start = qutip.tensor([up if spin > 0 else down for spin in sigma])
    measured = [qutip.tensor([qutip.sigmaz() if k == i else qutip.qeye(2) for k in range(6)]) for i in range(6)]
    options = {"atol": 1e-10, "rtol": 1e-9}
    exact = qutip.mesolve(hamiltonian, start, TIMES, jumps, e_ops=measured, options=options)
    found = Lindblad().evolve(network, sigma, TIMES)
    np.testing.assert_allclose(found["spin_z"], np.array(exact.expect).T, atol=2e-8)


def test_without_a_drive_a_configuration_is_a_classical_process():
    network, _ = glauber(4, drive=0.0)
    sigma = [1, 1, -1, 1]
    found = TIGHT.evolve(network, sigma, TIMES)
    exact = ClassicalMasterEquation().evolve(network, sigma, TIMES)
    for name in ("probability", "spin_z", "magnetisation", "energy"):
        np.testing.assert_allclose(found[name], exact[name], atol=1e-11)
    assert np.abs(found["magnetisation_y"]).max() == 0
    late = TIGHT.states(network, sigma, [2.0])[0].full()
    assert (late == np.diag(np.diag(late))).all()


@given(st.integers(0, 10**6), st.floats(0, 2), st.floats(0.05, 3), st.integers(1, 4))
@settings(deadline=None, max_examples=15)
def test_trace_hermiticity_and_positivity_stay(seed, drive, temperature, n_spins):
    network, _ = glauber(n_spins, drive, temperature, seed)
    states = Lindblad(tolerance=1e-10).states(network, twin.random_state(n_spins, seed), [0.0, 0.5, 3.0])
    for rho in (state.full() for state in states):
        assert abs(np.trace(rho) - 1) < 1e-9
        assert np.abs(rho - rho.conj().T).max() < 1e-15
        assert np.linalg.eigvalsh(rho)[0] > -1e-9


def test_the_error_is_told_and_follows_the_tolerance():
    network, rate = glauber(4)
    state = twin.random_state(4, 1)
    exact = twin.evolve(twin.liouvillian(4, rate, network.drive), state, 6.0)
    errors = []
    for tolerance in (1e-3, 1e-5, 1e-7, 1e-9):
        theory = Lindblad(tolerance=tolerance)
        found = theory.states(network, state, [6.0])[0].full()
        told = theory.evolve(network, state, [6.0]).attrs["error"]
        errors.append(np.linalg.norm(found - exact) / np.linalg.norm(exact))
        assert errors[-1] < min(5 * told, tolerance)
    steps = np.diff(np.log10(errors))
    assert (steps < -1).all()
    assert (steps > -3.2).all()


def evolve_packed(generator, start, time, ellipse=None):
    return propagate(
        generator.apply,
        start,
        np.array([time]),
        ellipse or generator.ellipse,
        lambda _: np.empty(0),
        tolerance=1e-12,
        advance=generator.advance,
    )


@pytest.mark.parametrize("sector", ["even", "odd"])
@pytest.mark.parametrize("antisymmetric", [False, True])
@pytest.mark.parametrize("n_spins", [3, 6])
def test_a_sector_evolves_alone_and_round_off_does_not_leave_it(sector, antisymmetric, n_spins):
    """Half of the matrix is evolved for a long time; round-off in tiles that are their own image must not grow."""
    network, _ = glauber(n_spins)
    half = MatrixFree.of(network, sector, antisymmetric=antisymmetric)
    whole = MatrixFree.of(network, antisymmetric=antisymmetric)
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(2**n_spins, 2**n_spins))
    start = half.pack(matrix - matrix.T if antisymmetric else matrix + matrix.T)
    size = np.abs(start).max()
    for time in (1.0, 40.0):
        found = half.unpack(evolve_packed(half, start, time).end)
        exact = whole.unpack(evolve_packed(whole, whole.pack(half.unpack(start)), time).end)
        np.testing.assert_allclose(found, exact, atol=2e-11 * size)
    if n_spins > 4:
        assert half.size < 0.75 * whole.size


def test_bare_products_stay_in_their_sector():
    """A hundred powers of the generator, which round-off outside would share: the projection changes nothing."""
    network, _ = glauber(6)
    generator = MatrixFree.of(network, "odd")
    x = generator.pack(np.random.default_rng(0).normal(size=(64, 64)))
    for _ in range(100):
        x = generator.apply(x)
        x /= np.linalg.norm(x)
        np.testing.assert_allclose(generator.pack(generator.unpack(x)), x, rtol=0, atol=1e-16)


@pytest.mark.parametrize("sector", [None, "even", "odd"])
@pytest.mark.parametrize("antisymmetric", [False, True])
@pytest.mark.parametrize("n_spins", [2, 6])
def test_a_product_removes_what_lies_outside(sector, antisymmetric, n_spins):
    """Tiles that are their own transpose or image are stored whole: what round-off puts there beside the space must
    not be handed on from product to product.
    """
    generator = MatrixFree.of(glauber(n_spins)[0], sector, antisymmetric=antisymmetric)
    product = generator.apply(np.random.default_rng(0).normal(size=generator.size))
    np.testing.assert_allclose(generator.pack(generator.unpack(product)), product, rtol=0, atol=1e-14)


def test_an_ellipse_that_is_too_small_is_widened():
    network, rate = glauber(4, drive=3.0)
    generator = MatrixFree.of(network)
    start = generator.pack(np.diag(np.arange(16.0)))
    exact = evolve_packed(generator, start, 5.0)
    small = Ellipse(generator.ellipse.half_length / 4, generator.ellipse.half_height / 4)
    found = evolve_packed(generator, start, 5.0, small)
    np.testing.assert_allclose(found.end, exact.end, atol=1e-9)
    assert rate((1, 1, 1, 1), 0) > 0


@pytest.mark.parametrize("model", [glauber, metropolis, one_pattern, cavity])
def test_the_ellipse_holds_the_spectrum(model):
    """Of the dense superoperator, within the factor by which a polynomial may grow."""
    network, rate = model(3)
    ellipse = MatrixFree.of(network).ellipse
    spectrum = np.linalg.eigvals(twin.liouvillian(3, rate, network.drive))
    outside = ((spectrum.real - ellipse.centre) / ellipse.half_length) ** 2 + (spectrum.imag / ellipse.half_height) ** 2
    assert outside.max() < 1.2


def test_a_start_that_no_turning_over_changes_evolves_in_half_the_space():
    """A mixture of a configuration and its opposite, beside the mean of both runs; and spins along x."""
    memory = Patterns([[1, -1, 1, 1]])
    network = OpenHopfield(memory, Glauber(0.4), drive=0.6)
    times = np.array([0.0, 0.7, 3.0])
    spins = memory.values[0]
    mixture = (density_matrix(spins, 4) + density_matrix(-spins, 4)) / 2
    (generator, _), *rest = parts_of(network, mixture)
    assert (generator.sector, rest) == ("even", [])
    both = Lindblad().evolve(network, mixture, times)
    up, down = (Lindblad().evolve(network, start, times) for start in (spins, -spins))
    for name in ("energy", "probability", "overlap", "overlap_y", "spin_z"):
        np.testing.assert_allclose(both[name], (up[name] + down[name]) / 2, atol=1e-9)
    polarised = ProductState(np.tile([0.8, 0.0, 0.0], (4, 1)))
    found = Lindblad().evolve(network, polarised, times)
    expected = Lindblad().evolve(network, density_matrix(polarised, 4) + 1e-15 * np.diag(np.arange(16) - 7.5), times)
    for name in ("energy", "magnetisation_x", "overlap_x", "probability"):
        np.testing.assert_allclose(found[name], expected[name], atol=1e-9)
    assert parts_of(network, polarised)[0][0].sector == "even"
