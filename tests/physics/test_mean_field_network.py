"""The mean field of the open network against its equations written out, its closed forms and its symmetries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from cavity_hopfield import (
    CavityRates,
    Glauber,
    HopfieldLimit,
    MeanField,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
)
from cavity_hopfield.theory.mean_field import limit_paths, limit_tails

SHARP = MeanField(rtol=1e-11, atol=1e-12)
GRID = np.linspace(0, 12, 25)
FEW = settings(max_examples=25, deadline=None)
CAVITY = MultimodeDicke(g=[[0.5]], omega=1.0, loss=1.2, gain=0.2, drive=0.4)


def site_twin(couplings, law, classes, drive, bloch, times):
    """Bloch vectors (T, N, 3): spin by spin from the definition, by DOP853 of scipy at 1e-12."""

    def slope(_, state):
        x, y, z = state.reshape(-1, 3).T
        h = np.array([sum(couplings[i, j] * z[j] for j in range(len(z)) if j != i) for i in range(len(z))])
        up = np.array([float(law(-2 * h[i], int(classes[i]))) for i in range(len(z))])
        down = np.array([float(law(2 * h[i], int(classes[i]))) for i in range(len(z))])
        s, d = up + down, up - down
        return np.stack([-s / 2 * x, -2 * drive * z - s / 2 * y, 2 * drive * y + d - s * z], axis=1).ravel()

    path = solve_ivp(slope, (0, times[-1]), np.ravel(bloch), "DOP853", times, rtol=1e-12, atol=1e-13).y.T
    return path.reshape(len(times), -1, 3)


def random_start(rng, n):
    bloch = rng.normal(size=(n, 3))
    return bloch / np.maximum(1, np.linalg.norm(bloch, axis=1, keepdims=True) * 1.2)


@pytest.mark.parametrize(
    "law",
    [Glauber(0.4, rate=1.3), Metropolis(0.5), CavityRates(CAVITY)],
    ids=["glauber", "metropolis", "cavity"],
)
@pytest.mark.parametrize("resolution", ["class", "site"])
def test_a_network_follows_its_equations_site_by_site(law, resolution):
    rng = np.random.default_rng(3)
    n = 1 if isinstance(law, CavityRates) else 5
    half = rng.normal(size=(n, n))
    network = OpenHopfield(half + half.T, rate_law=law, drive=0.7)
    start = random_start(rng, n)
    bloch = site_twin(network.couplings, law, network.spin_classes, 0.7, start, GRID)
    result = MeanField(rtol=1e-10, atol=1e-12, resolution=resolution).evolve(network, ProductState(start), GRID)
    # tables of a tenth of rtol; the errors of steps accumulate over twelve units of time
    np.testing.assert_allclose(result["spin_z"], bloch[..., 2], rtol=0, atol=2e-8)
    for name, axis in (("magnetisation", 2), ("magnetisation_y", 1), ("magnetisation_x", 0)):
        np.testing.assert_allclose(result[name], bloch[..., axis].mean(axis=1), rtol=0, atol=2e-8)
    z = bloch[..., 2]
    energy = [-sum(network.couplings[i, j] * m[i] * m[j] for i in range(n) for j in range(i)) for m in z]
    np.testing.assert_allclose(result["energy"], energy, rtol=0, atol=2e-7)


def test_the_rates_of_a_cavity_drive_its_own_network():
    patterns = Patterns([[1, 1, -1, -1, 1, 1], [1, -1, 1, -1, 1, 1]])
    cavity = MultimodeDicke.from_patterns(patterns, g=[0.3, 0.4], omega=[1.0, 1.3], loss=1.0, gain=0.1, drive=0.3)
    law = CavityRates(cavity)
    network = OpenHopfield(cavity.ising_couplings(), rate_law=law, drive=0.5, patterns=patterns)
    start = random_start(np.random.default_rng(8), 6)
    bloch = site_twin(network.couplings, law, network.spin_classes, 0.5, start, GRID[:9])
    result = MeanField(rtol=1e-10, atol=1e-12).evolve(network, ProductState(start), GRID[:9])
    np.testing.assert_allclose(result["spin_z"], bloch[..., 2], rtol=0, atol=2e-8)
    np.testing.assert_allclose(result["overlap_y"], bloch[..., 1] @ patterns.values.T / 6, rtol=0, atol=2e-8)


@pytest.mark.parametrize("n_patterns", [1, 2, 3, 4])
def test_overlaps_close_for_glauber(n_patterns):
    """dm^z/dt = 2 Omega m^y + <xi tanh(beta xi m^z)> - m^z, dm^y/dt = -2 Omega m^z - m^y / 2, over all columns."""
    temperature, drive = 0.45, 0.6
    columns = np.array(np.meshgrid(*[[1, -1]] * n_patterns)).reshape(n_patterns, -1).T
    first = np.linspace(0.3, 0.1, n_patterns)

    def slope(_, state):
        z, y = state[:n_patterns], state[n_patterns:]
        pull = (columns * np.tanh(columns @ z / temperature)[:, None]).mean(axis=0)
        return np.concatenate([2 * drive * y + pull - z, -2 * drive * z - y / 2])

    start = np.concatenate([first, np.zeros(n_patterns)])
    path = solve_ivp(slope, (0, 30), start, "DOP853", np.linspace(0, 30, 31), rtol=1e-12, atol=1e-13).y
    model = HopfieldLimit(n_patterns, rate_law=Glauber(temperature), drive=drive)
    result = SHARP.evolve(model, first, np.linspace(0, 30, 31))
    np.testing.assert_allclose(result["overlap"], path[:n_patterns].T, rtol=0, atol=1e-9)
    np.testing.assert_allclose(result["overlap_y"], path[n_patterns:].T, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(result["overlap_x"], 0)
    np.testing.assert_allclose(result["energy"], -0.5 * np.sum(path[:n_patterns] ** 2, axis=0), rtol=0, atol=1e-9)


@pytest.mark.parametrize("strengths", [1.0, [0.8, 1.5]])
def test_the_limit_with_another_law_follows_its_equations_class_by_class(strengths):
    patterns = Patterns([[1, 1, 1, -1, 1], [1, -1, 1, 1, 1]])
    model = HopfieldLimit(patterns, rate_law=Metropolis(0.6), drive=0.5, strengths=strengths)
    # columns up to a sign: (1, 1) three times, (1, -1) twice
    columns, weights = np.array([[1, -1], [1, 1]]), np.array([2, 3]) / 5
    assert {tuple(row) for row in model.columns} == {(1, -1), (1, 1)}
    order = [[1, -1], [1, 1]].index(model.columns[0].tolist())
    columns, weights = (columns, weights) if order == 0 else (columns[::-1], weights[::-1])
    couplings = (columns * np.broadcast_to(strengths, 2)) @ (columns * weights[:, None]).T
    start = random_start(np.random.default_rng(1), 2)

    def slope(_, state):
        x, y, z = state.reshape(-1, 3).T
        h = couplings @ z
        up, down = np.minimum(1, np.exp(2 * h / 0.6)), np.minimum(1, np.exp(-2 * h / 0.6))
        s, d = up + down, up - down
        return np.stack([-s / 2 * x, -2 * 0.5 * z - s / 2 * y, 2 * 0.5 * y + d - s * z], axis=1).ravel()

    path = solve_ivp(slope, (0, 12), start.ravel(), "DOP853", GRID, rtol=1e-12, atol=1e-13).y.T.reshape(-1, 2, 3)
    result = MeanField(rtol=1e-10, atol=1e-12).evolve(model, ProductState(start), GRID)
    for axis, name in enumerate(("overlap_x", "overlap_y", "overlap")):
        expected = (path[..., axis] * weights) @ columns
        # the kink of the law at zero costs the integrator a few digits
        np.testing.assert_allclose(result[name], expected, rtol=0, atol=1e-7)


def test_the_limit_cycle_is_the_published_one():
    """docs/check_values.md: T = 0.15, drive 0.8, max m^z = 0.815561, angular frequency 1.397481."""
    model = HopfieldLimit(1, rate_law=Glauber(0.15), drive=0.8)
    times = np.linspace(300, 330, 30001)
    z = SHARP.evolve(model, [0.9], times)["overlap"].values[:, 0]
    rising = np.flatnonzero((z[:-1] < 0) & (z[1:] >= 0))
    zeros = times[rising] - z[rising] * (times[1] - times[0]) / (z[rising + 1] - z[rising])
    assert z.max() == pytest.approx(0.815561, abs=1e-6)
    assert 2 * np.pi / np.diff(zeros).mean() == pytest.approx(1.397481, abs=1e-6)
    tails = limit_tails(model, [[[0, 0, 0.9]]], end=330.0, window=30.0, samples=3001)
    assert tails.highest[0, 0] == pytest.approx(0.815561, abs=2e-5)
    assert tails.lowest[0, 0] == pytest.approx(-0.815561, abs=2e-5)


@pytest.mark.parametrize(("temperature", "drive"), [(0.3, 0.2), (0.5, 0.25), (0.15, 0.5)])
def test_a_fixed_point_is_a_classical_one_at_a_higher_temperature(temperature, drive):
    r"""$(1 + 8 \Omega^2) m = M$ with $M = \tanh(M / T')$ and $T' = T (1 + 8 \Omega^2)$, $m^y = -4 \Omega m^z$."""
    warmer = temperature * (1 + 8 * drive**2)
    classical = brentq(lambda m: m - np.tanh(m / warmer), 1e-3, 1, xtol=1e-15)
    model = HopfieldLimit(1, rate_law=Glauber(temperature), drive=drive)
    mean = classical / (1 + 8 * drive**2)
    start = ProductState([[0, -4 * drive * mean, mean]])
    late = SHARP.evolve(model, start, [40.0])
    assert late["overlap"].item() == pytest.approx(mean, abs=1e-9)
    assert late["overlap_y"].item() == pytest.approx(-4 * drive * mean, abs=1e-9)


def test_a_finite_network_approaches_the_limit_as_one_over_n():
    """Without self-coupling the field of N spins is short by 1/N."""
    columns = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1]])
    times = [3.0]
    limit = SHARP.evolve(HopfieldLimit(3, rate_law=Glauber(0.4), drive=0.5), [0.8, 0.0, 0.0], times)
    sizes, errors = (160, 320, 640), []
    for n in sizes:
        patterns = Patterns(np.tile(columns, n // 4))
        network = OpenHopfield(patterns, rate_law=Glauber(0.4), drive=0.5)
        start = np.zeros((n, 3))
        start[:, 2] = 0.8
        errors.append(abs(SHARP.evolve(network, ProductState(start), times)["overlap"] - limit["overlap"]).values.max())
    slopes = np.diff(np.log(errors)) / np.diff(np.log(sizes))
    np.testing.assert_allclose(slopes, -1, atol=0.02)


def test_at_zero_temperature_spins_follow_the_sign_of_the_field():
    model = HopfieldLimit(1, rate_law=Glauber(0.0), drive=0.3)
    # dz/dt = 2 Omega y + 1 - z, dy/dt = -2 Omega z - y/2 while z > 0: linear
    matrix = np.array([[-1, 0.6], [-0.6, -0.5]])
    rest = -np.linalg.solve(matrix, [1, 0])
    values, vectors = np.linalg.eig(matrix)
    expected = rest + ((vectors * np.linalg.solve(vectors, [0.9, 0] - rest)) @ np.exp(np.outer(values, GRID))).real.T
    assert (expected[:, 0] > 0).all()
    result = SHARP.evolve(model, [0.9], GRID)
    np.testing.assert_allclose(result["overlap"][:, 0], expected[:, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(result["overlap_y"][:, 0], expected[:, 1], rtol=0, atol=1e-9)


@st.composite
def networks(draw):
    """Networks of three or four spins with any of two laws, and Bloch vectors inside the ball."""
    n = draw(st.integers(3, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    half = rng.normal(size=(n, n))
    law = draw(st.sampled_from([Glauber(0.3), Glauber(1.0, rate=2.0), Metropolis(0.8)]))
    network = OpenHopfield(half + half.T, law, draw(st.floats(0, 1.5)), Patterns(rng.choice([-1, 1], (2, n))))
    return network, random_start(rng, n)


@given(networks())
@FEW
def test_bloch_vectors_stay_in_the_ball(drawn):
    network, start = drawn
    # every spin its own pattern, so that overlaps are its components
    result = MeanField().evolve(network, ProductState(start), GRID)
    assert (abs(result["spin_z"]) <= 1 + 1e-7).all()
    one = OpenHopfield(np.zeros((1, 1)), network.rate_law, network.drive)
    alone = MeanField().evolve(one, ProductState(start[:1]), GRID)
    square = sum(alone[name] ** 2 for name in ("magnetisation", "magnetisation_x", "magnetisation_y"))
    assert (square <= 1 + 1e-7).all()


@given(networks())
@FEW
def test_turning_every_spin_over_is_a_symmetry(drawn):
    network, start = drawn
    odd = {"overlap", "overlap_y", "magnetisation", "magnetisation_y", "spin_z"}
    theory = MeanField(rtol=1e-10, atol=1e-12)
    before = theory.evolve(network, ProductState(start), GRID)
    after = theory.evolve(network, ProductState(start * [1, -1, -1]), GRID)
    for name in before.data_vars:
        np.testing.assert_allclose(after[name], -before[name] if name in odd else before[name], rtol=0, atol=1e-7)


@given(networks(), st.randoms(use_true_random=False))
@FEW
def test_the_order_of_spins_is_a_matter_of_names(drawn, random):
    network, start = drawn
    order = list(range(network.n_spins))
    random.shuffle(order)
    renamed = OpenHopfield(
        network.couplings[np.ix_(order, order)], network.rate_law, network.drive,
        Patterns(network.patterns.values[:, order]),
    )  # fmt: skip
    theory = MeanField(rtol=1e-10, atol=1e-12)
    before = theory.evolve(network, ProductState(start), GRID).isel(spin=order)
    after = theory.evolve(renamed, ProductState(start[order]), GRID)
    for name in before.data_vars:
        np.testing.assert_allclose(after[name], before[name], rtol=0, atol=1e-7)


def test_classes_and_sites_give_the_same_observables():
    rng = np.random.default_rng(4)
    patterns = Patterns(np.repeat(rng.choice([-1, 1], (3, 5)), 4, axis=1))
    network = OpenHopfield(patterns, rate_law=Glauber(0.3), drive=0.6)
    start = np.repeat(random_start(rng, 10), 2, axis=0)
    by_class, by_site = (
        MeanField(resolution=resolution, rtol=1e-11, atol=1e-12).evolve(network, ProductState(start), GRID)
        for resolution in ("class", "site")
    )
    for name in by_class.data_vars:
        np.testing.assert_allclose(by_class[name], by_site[name], rtol=0, atol=1e-9)


def test_the_error_falls_with_the_tolerance():
    model = HopfieldLimit(2, rate_law=Glauber(0.3), drive=0.6)
    start = [[[0, 0, 0.9], [0.1, 0.2, -0.4]]]
    exact = limit_paths(model, start, [20.0], rtol=1e-13, atol=1e-14)
    errors = [
        abs(limit_paths(model, start, [20.0], rtol=rtol, atol=rtol) - exact).max() for rtol in (1e-4, 1e-6, 1e-8, 1e-10)
    ]
    # error per step at order eight: the error is the tolerance to a power near one, two decades a line
    slopes = -np.diff(np.log10(errors)) / 2
    assert 0.75 < slopes.mean() < 1.25
