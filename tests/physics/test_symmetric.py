"""Symmetric density matrices by counts, against the full Lindblad equation, closed forms and other codes."""

import numpy as np
import pytest
from qutip.piqs import piqs
from scipy.linalg import eig, expm
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply
from scipy.special import comb

from cavity_hopfield import (
    CavityRates,
    Glauber,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
)
from cavity_hopfield.network import SpinClasses
from cavity_hopfield.theory.symmetric import PermutationSymmetric
from cavity_hopfield.theory.symmetric.generator import CountGenerator
from tests.twins import classical_generator as classical
from tests.twins import open_hopfield_lindblad as full
from tests.twins import symmetric_projection as symmetric
from tests.twins.kronecker import Matrices

SHARP = PermutationSymmetric(tolerance=1e-12)
ONE = Patterns([[1, -1, 1, 1, -1]], names=("a",))
TWO = Patterns([[1, 1, 1, -1, 1], [1, 1, -1, 1, 1]])
THREE = Patterns([[1, 1, 1, 1, -1], [1, 1, -1, -1, -1], [1, -1, 1, -1, -1]])
CAVITY = MultimodeDicke.from_patterns(TWO, 0.4, 1.0, 1.0, 0.2, drive=0.5)


class ConstantRate:
    """A law that knows no energy."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, flip_energy, spin_class=0):
        return np.full(np.broadcast(flip_energy, spin_class).shape, self.rate)

    def spin_classes(self, n_spins):
        return np.zeros(n_spins, np.int64)

    def to_dict(self):
        return {"rate_law": "ConstantRate", "rate": self.rate}


def blocks():
    """No patterns: three spins alike with a sign, one pair, couplings of no rule."""
    inner = np.array([[0.5, -0.3], [-0.3, 0.8]])
    label, sign = np.array([0, 0, 1, 0, 1]), np.array([1, -1, 1, 1, -1])
    return inner[np.ix_(label, label)] * np.outer(sign, sign)


def cases():
    """Networks with the rate functions of the twin."""
    drive = 0.7
    for stored in (ONE, TWO, THREE):
        couplings = classical.hebb(stored.values)
        yield OpenHopfield(stored, Glauber(0.3), drive), classical.glauber(couplings, 0.3)
    couplings = blocks()
    yield OpenHopfield(couplings, Metropolis(0.4, 0.8), drive), classical.metropolis(couplings, 0.4, 0.8)
    rate = classical.cavity(CAVITY.g, CAVITY.omega, CAVITY.loss, CAVITY.gain, CAVITY.drive)
    yield OpenHopfield(CAVITY.ising_couplings(), CavityRates(CAVITY), drive, patterns=TWO), rate


CASES = list(cases())
NAMES = ["one pattern", "two patterns", "three patterns", "Metropolis blocks", "cavity"]
every_case = pytest.mark.parametrize(("network", "rate"), CASES, ids=NAMES)


def groups_and_signs(network):
    classes = SpinClasses.of(network)
    return [list(np.flatnonzero(classes.label == c)) for c in range(classes.n_classes)], classes.sign.tolist()


def later(generator, state, time):
    """The density matrix after `time`, by Taylor series."""
    return expm_multiply(csr_array(generator) * time, state.ravel(order="F")).reshape(state.shape, order="F")


def full_energy(network, state):
    weights = np.diag(state).real
    return sum(
        p * classical.energy(network.couplings, classical.configuration(k, network.n_spins))
        for k, p in enumerate(weights)
    )


def one_pattern(n_spins, temperature, drive):
    return OpenHopfield(Patterns(np.ones((1, n_spins))), Glauber(temperature), drive)


def eigenvalues(dataset):
    return dataset["eigenvalue_real"].values + 1j * dataset["eigenvalue_imag"].values


def assert_same_spectrum(found, expected, tolerance):
    """The same numbers with the same multiplicities, each matched with the nearest that is left."""
    left = list(expected)
    assert len(found) == len(left)
    for value in found:
        place = int(np.argmin(np.abs(np.array(left) - value)))
        assert abs(left.pop(place) - value) < tolerance


@pytest.mark.parametrize(
    ("network", "classes"), [(CASES[0][0], 1), (CASES[1][0], 2), (CASES[2][0], 4), (CASES[3][0], 2), (CASES[4][0], 2)]
)
def test_equal_columns_up_to_a_sign_are_one_class(network, classes):
    found = SpinClasses.of(network)
    assert found.n_classes == classes
    again = np.outer(found.sign, found.sign) * found.couplings[np.ix_(found.label, found.label)]
    np.fill_diagonal(again, 0)
    np.testing.assert_allclose(again, network.couplings, atol=1e-14)


@every_case
def test_the_average_over_orders_evolves_as_in_the_full_lindblad_equation(network, rate):
    n = network.n_spins
    sigma = [1, 1, -1, 1, 1]
    groups, signs = groups_and_signs(network)
    start = np.zeros((2**n, 2**n), complex)
    start[classical.number(sigma), classical.number(sigma)] = 1
    averaged = symmetric.average(start, groups, signs)
    generator = full.liouvillian(n, rate, network.drive)
    found = SHARP.evolve(network, sigma, [0.0, 0.6, 3.0])
    for k, time in enumerate((0.0, 0.6, 3.0)):
        late, straight = (later(generator, state, time) for state in (averaged, start))
        bloch = full.bloch(late, n)
        np.testing.assert_allclose(found["spin_z"][k], bloch[:, 2], atol=1e-9)
        for axis, name in enumerate(("magnetisation_x", "magnetisation_y", "magnetisation")):
            assert float(found[name][k]) == pytest.approx(bloch[:, axis].mean(), abs=1e-9)
        # energy and overlaps are those of the configuration itself, without an average
        assert float(found["energy"][k]) == pytest.approx(full_energy(network, straight), abs=1e-9)
        if network.patterns is not None:
            for axis, name in enumerate(("overlap_x", "overlap_y", "overlap")):
                direct = network.patterns.values @ full.bloch(straight, n)[:, axis] / n
                np.testing.assert_allclose(found[name][k], direct, atol=1e-9)


@every_case
def test_product_states_off_every_plane_evolve_as_in_the_full_lindblad_equation(network, rate):
    n, classes = network.n_spins, SpinClasses.of(network)
    vectors = np.random.default_rng(3).uniform(-0.55, 0.55, (classes.n_classes, 3))[classes.label]
    bloch = vectors * np.stack([np.ones(n), classes.sign, classes.sign], axis=1)
    generator = full.liouvillian(n, rate, network.drive)
    late = later(generator, Matrices(n).product_state(bloch), 1.3)
    found = SHARP.evolve(network, ProductState(bloch), [1.3])
    expected = full.bloch(late, n)
    np.testing.assert_allclose(found["spin_z"][0], expected[:, 2], atol=1e-9)
    assert float(found["magnetisation_x"][0]) == pytest.approx(expected[:, 0].mean(), abs=1e-9)
    assert float(found["magnetisation_y"][0]) == pytest.approx(expected[:, 1].mean(), abs=1e-9)
    assert float(found["energy"][0]) == pytest.approx(full_energy(network, late), abs=1e-9)


@every_case
def test_the_whole_spectrum_is_that_of_the_invariant_part_of_the_full_generator(network, rate):
    n = network.n_spins
    basis = symmetric.invariant_basis(*groups_and_signs(network))
    generator = full.liouvillian(n, rate, network.drive)
    image = generator @ basis
    inside = basis.T @ image
    np.testing.assert_allclose(basis @ inside, image, atol=1e-10)
    found = PermutationSymmetric().spectrum(network, k=basis.shape[1])
    assert_same_spectrum(eigenvalues(found), np.linalg.eigvals(inside), 1e-6)
    assert found["residual"].max() < 1e-11


@every_case
def test_the_steady_state_is_that_of_the_full_lindblad_equation(network, rate):
    n = network.n_spins
    generator = full.liouvillian(n, rate, network.drive)
    late = np.linalg.svd(generator)[2][-1].conj().reshape((2**n, 2**n), order="F")
    late = late / np.trace(late)
    found = PermutationSymmetric().steady_state(network)
    assert found.attrs["residual"] < 1e-14
    assert float(found["energy"]) == pytest.approx(full_energy(network, late), abs=1e-9)
    np.testing.assert_allclose(found["spin_z"], full.bloch(late, n)[:, 2], atol=1e-9)
    assert float(found["magnetisation_y"]) == pytest.approx(full.bloch(late, n)[:, 1].mean(), abs=1e-9)


@pytest.mark.parametrize(
    ("n_spins", "gap"), [(2, 0.5), (3, 0.43937222), (4, 0.48906879), (5, 0.37266095), (6, 0.455578)]
)
def test_gaps_of_an_independent_spectrum(n_spins, gap):
    """docs/check_values.md: real part of the leading pair with |Im| above the drive; its vectors are symmetric."""
    found = eigenvalues(
        PermutationSymmetric().spectrum(one_pattern(n_spins, 1 / 500, 2.0), k=comb(n_spins + 3, 3, exact=True))
    )
    turning = found[np.abs(found.imag) > 2]
    assert -turning.real.max() == pytest.approx(gap, abs=6e-9 if n_spins < 6 else 6e-7)


def test_constant_rates_evolve_as_in_piqs_and_as_single_spins():
    """PIQS rounds its coefficients to single precision: its own generator loses the trace at 6e-8."""
    n_spins, rate, drive = 6, 0.4, 0.7
    network = OpenHopfield(Patterns(np.ones((1, n_spins))), ConstantRate(rate), drive)
    times = np.linspace(0, 4, 9)
    found = SHARP.evolve(network, np.ones(n_spins), times)
    jx, jy, jz = piqs.jspin(n_spins)
    ensemble = piqs.Dicke(n_spins, hamiltonian=2 * drive * jx, emission=rate, pumping=rate)
    generator, state = ensemble.liouvillian().full(), piqs.excited(n_spins).full().ravel(order="F")
    bloch = np.array([[-rate, -2 * drive], [2 * drive, -2 * rate]])
    for k, time in enumerate(times):
        late = expm_multiply(csr_array(generator) * time, state).reshape(jz.shape, order="F")
        single = expm(bloch * time) @ [0, 1]
        for mean, spin, name in zip(single, (jy, jz), ("magnetisation_y", "magnetisation"), strict=True):
            together = 2 * np.trace(spin.full() @ late).real / n_spins
            assert float(found[name][k]) == pytest.approx(together, abs=5e-7)
            assert float(found[name][k]) == pytest.approx(mean, abs=1e-11)
    assert np.abs(found["magnetisation_y"]).max() > 0.3


@pytest.mark.parametrize("n_spins", [20, 40])
def test_without_a_drive_the_steady_state_is_boltzmanns(n_spins):
    temperature = 0.9
    found = PermutationSymmetric().steady_state(one_pattern(n_spins, temperature, 0.0))
    up = found["spins_up"].values[:, 0]
    energy = -((2 * up - n_spins) ** 2 - n_spins) / (2 * n_spins)
    weights = comb(n_spins, up) * np.exp(-energy / temperature)
    np.testing.assert_allclose(found["probability"], weights / weights.sum(), rtol=1e-7, atol=1e-15)
    assert float(found["energy"]) == pytest.approx(weights @ energy / weights.sum(), rel=1e-10)


def test_without_a_drive_it_is_the_classical_chain():
    times = [0.5, 2.0, 8.0]
    found = SHARP.evolve(one_pattern(40, 0.6, 0.0), np.ones(40), times)
    np.testing.assert_allclose(found["overlap"][:, 0], classical.one_pattern_chain(40, 0.6, times), atol=1e-10)


def elements_of(generator, vector):
    """The elements of the density matrix from the scaled ones."""
    counts = generator.basis.classes[0].counts
    k = counts[:, 1] + counts[:, 2]
    places = comb(counts.sum(axis=1) - k, counts[:, 0]) * comb(k, counts[:, 1])
    return counts, vector / places


@pytest.mark.parametrize("time", [0.0, 0.7, 3.0, 20.0])
def test_reduced_states_of_four_among_twenty_spins_are_positive(time):
    network = one_pattern(20, 0.15, 0.8)
    generator = CountGenerator.of(network, SpinClasses.of(network))
    start = generator.basis.product([generator.basis.classes[0].product([0.9, 0.3, 0.3, 0.1])]).real
    state = expm_multiply(generator.matrix * time, start) if time else start
    reduced = symmetric.few_spins(*elements_of(generator, state), 4)
    assert np.trace(reduced) == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(reduced, reduced.conj().T, atol=1e-14)
    assert np.linalg.eigvalsh(reduced).min() > -1e-13


def test_sixty_spins_keep_their_digits():
    """Two tolerances, and Taylor series of the matrix exponential; a pure state along y has all coherences."""
    network, times = one_pattern(60, 0.15, 0.8), np.linspace(0.0, 10.0, 6)
    start = ProductState(np.tile([0.0, -0.8, 0.6], (60, 1)))
    loose, sharp = (PermutationSymmetric(tolerance=t).evolve(network, start, times) for t in (1e-6, 1e-12))
    generator = CountGenerator.of(network, SpinClasses.of(network))
    vector = generator.basis.classes[0].product([0.8, 0.4, 0.4, 0.2]).real
    path = expm_multiply(generator.matrix, vector, start=0.0, stop=10.0, num=6)
    direct = (generator.populations @ path.T).T
    np.testing.assert_allclose(sharp["probability"], direct, atol=1e-12)
    np.testing.assert_allclose(loose["probability"], direct, atol=1e-6)
    assert np.abs(loose["probability"].values - direct).max() > 1e-10
    assert sharp.attrs["trace_drift"] < 1e-11
    assert sharp["probability"].min() > -1e-13


def test_inverse_powers_find_what_full_diagonalisation_finds():
    network = one_pattern(20, 0.15, 0.8)
    generator = CountGenerator.of(network, SpinClasses.of(network))
    whole = []
    for parity in (1, -1):
        for transposition in (1, -1):
            matrix = generator.basis.sector(transposition, parity).restricted(generator.matrix)
            assert matrix.shape[0] > 300
            whole.append(eig(matrix.toarray(), right=False))
    exact = np.concatenate(whole)
    for near in (0.0, 1.4j, -1.4j, -1.0 + 0.2j):
        found = PermutationSymmetric().spectrum(network, k=8, near=near)
        values = eigenvalues(found)
        distance = np.minimum(np.abs(exact - near), np.abs(exact.conj() - near))
        assert_same_spectrum(values, exact[np.argsort(distance)][: values.size], 1e-8)
        assert found["residual"].max() < 1e-10
        np.testing.assert_allclose(np.sort(values.imag), np.sort(-values.imag), atol=0)
        assert values.size in {8, 9}


def mean_field_overlap(temperature, drive, times):
    """One pattern, all up at the start, N infinite: m_y and m_z by a stiff step of tiny size (RK4)."""

    def slope(state):
        y, z = state
        return np.array([-2 * drive * z - y / 2, 2 * drive * y + np.tanh(z / temperature) - z])

    state, step, path, now = np.array([0.0, 1.0]), 1e-3, [], 0.0
    for time in times:
        for _ in range(round((time - now) / step)):
            a = slope(state)
            b = slope(state + step / 2 * a)
            c = slope(state + step / 2 * b)
            d = slope(state + step * c)
            state = state + step / 6 * (a + 2 * b + 2 * c + d)
        now = time
        path.append(state[1])
    return np.array(path)


def test_mean_field_is_left_by_one_over_n():
    times = [0.5, 1.0, 1.5]
    limit = mean_field_overlap(1.2, 0.4, times)
    errors = [
        np.abs(SHARP.evolve(one_pattern(n, 1.2, 0.4), np.ones(n), times)["overlap"].values[:, 0] - limit).max()
        for n in (20, 40, 80)
    ]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert slopes[-1] == pytest.approx(1, abs=0.06)
    assert abs(slopes[1] - 1) < abs(slopes[0] - 1)


def test_parity_and_time_reversed_sectors_add_up():
    """One spin in each of the four sectors or none: traces of the exponentials of all sectors sum to the whole."""
    network = CASES[1][0]
    generator = CountGenerator.of(network, SpinClasses.of(network))
    parts = [
        np.trace(expm(generator.basis.sector(t, p).restricted(generator.matrix).toarray()))
        for p in (1, -1)
        for t in (1, -1)
    ]
    assert sum(parts) == pytest.approx(np.trace(expm(generator.matrix.toarray())), rel=1e-12)
