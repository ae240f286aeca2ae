"""Cumulant equations against the full master equation: exact where they must be, and with the right error elsewhere."""

import itertools

import numpy as np
import pytest
import sympy as sp

from cavity_hopfield.elimination.symbolic import Mode, Spin
from cavity_hopfield.elimination.symbolic.cumulants import moment_equations, symmetric_adjoint
from cavity_hopfield.elimination.symbolic.systems import ModeClass, SpinClass, for_each, sum_over
from cavity_hopfield.exceptions import ConvergenceError, RegimeWarning
from cavity_hopfield.formulas.mean_field import amplitude_rates, bloch_rates
from tests.twins.dicke_ladder import DickeLadder
from tests.twins.kronecker import Matrices, evolve, slope

N = sp.Symbol("N", positive=True, integer=True)
omega, g, loss, gain, drive, decay, dephasing = sp.symbols("omega g loss gain drive decay dephasing", positive=True)
chi = sp.Symbol("chi", real=True)
MODE = Mode()


def mean(matrix, states):
    return np.einsum("ij,...ji->...", matrix, states)


# One driven damped spin: the optical Bloch equations


def optical_bloch():
    spin = Spin()
    jumps = [(decay, spin.minus), (dephasing, spin.z)]
    return spin, moment_equations([spin.x, spin.z], drive * spin.x, jumps, order=None)


def test_a_driven_damped_spin_obeys_the_optical_bloch_equations():
    spin, equations = optical_bloch()
    x, y, z = (equations.expectation(component) for component in (spin.x, spin.y, spin.z))
    transverse = decay / 2 + 2 * dephasing
    expected = {x: -transverse * x, y: -transverse * y - 2 * drive * z, z: 2 * drive * y - decay * (1 + z)}
    assert equations.symbols == (x, y, z)
    for symbol, rate in zip(equations.symbols, equations.right_hand_sides, strict=True):
        assert sp.expand(rate - expected[symbol]) == 0


def test_the_optical_bloch_equations_are_the_master_equation():
    spin, equations = optical_bloch()
    times, bloch, space = np.linspace(0, 8, 17), (0.3, -0.5, 0.7), Matrices(1)
    values = {"drive": 0.7, "decay": 0.3, "dephasing": 0.1}
    path = equations.evolve(values, equations.product_state({spin: bloch}), times, rtol=1e-12, atol=1e-13)
    jumps = [(0.3, space.lower(0)), (0.1, space.sigma("z", 0))]
    states = evolve(space.product_state([bloch]), times, 0.7 * space.sigma("x", 0), jumps)
    for axis in "xyz":
        exact = mean(space.sigma(axis, 0), states)
        np.testing.assert_allclose(path.expectation(getattr(spin, axis)), exact, rtol=0, atol=1e-9)


# The equations of motion of any state, with sums of one and two members, jumps of each and of all


QUANTA, LEVELS = 2, 4  # every term of the master equation raises by one quantum at most


def crowd(n_up, n_down, modes):
    """A master equation with every kind of term: as sums over classes, and as matrices, every member written out."""
    up, down, ring = SpinClass("up", n_up), SpinClass("down", n_down), ModeClass("b", modes)
    space = Matrices(n_up + n_down, [LEVELS] * modes)
    ups, downs, rings = range(n_up), range(n_up, n_up + n_down), range(modes)
    sigma, lower, a = space.sigma, space.lower, space.a
    hamiltonian = (
        sum_over(ring, lambda b: 1.3 * b.number + 0.2 * b.quadrature)
        + sum_over([ring, ring], lambda b, c: 0.3 * b.ad * c.a)
        + sum_over([up, ring], lambda s, b: 0.4 * s.z * b.quadrature + 0.1 * (s.plus * b.a + s.minus * b.ad))
        + sum_over([down, ring], lambda s, b: -0.3 * s.z * b.quadrature)
        + sum_over([up, up], lambda s, t: 0.5 * s.x * t.x + 0.2 * s.y * t.z)
        + sum_over([up, down], lambda s, t: 0.6 * s.y * t.y)
        + sum_over(up, lambda s: 0.7 * s.x)
        + 0.1 * sum_over(down, lambda s: s.y) ** 2
    )
    matrix = sum(1.3 * a(b).T @ a(b) + 0.2 * (a(b) + a(b).T) for b in rings)
    matrix = matrix + sum(0.3 * a(b).T @ a(c) for b, c in itertools.permutations(rings, 2))
    for b in rings:
        x = a(b) + a(b).T
        for s in ups:
            exchange = lower(s).conj().T @ a(b)
            matrix = matrix + 0.4 * sigma("z", s) @ x + 0.1 * (exchange + exchange.conj().T)
        matrix = matrix - sum(0.3 * sigma("z", s) @ x for s in downs)
    for s, t in itertools.permutations(ups, 2):
        matrix = matrix + 0.5 * sigma("x", s) @ sigma("x", t) + 0.2 * sigma("y", s) @ sigma("z", t)
    matrix = matrix + sum(0.6 * sigma("y", s) @ sigma("y", t) for s in ups for t in downs)
    collective_y = sum(sigma("y", s) for s in downs)
    matrix = matrix + sum(0.7 * sigma("x", s) for s in ups) + 0.1 * collective_y @ collective_y
    jumps = [
        (0.3, for_each(ring, lambda b: b.a)),
        (0.2, for_each(up, lambda s: s.minus)),
        (0.15, for_each([up, down], lambda s, t: s.minus * t.plus)),
        (0.1, for_each([down, ring], lambda s, b: s.z * b.a + 0.5 * s.minus)),
        (0.25, sum_over(up, lambda s: s.minus) + 2 * sum_over(down, lambda s: s.minus)),
        (0.05, sum_over([down, ring], lambda s, b: s.minus * b.ad)),
    ]
    matrices = [
        *((0.3, a(b)) for b in rings),
        *((0.2, lower(s)) for s in ups),
        *((0.15, lower(s) @ lower(t).conj().T) for s in ups for t in downs),
        *((0.1, sigma("z", s) @ a(b) + 0.5 * lower(s)) for s in downs for b in rings),
        (0.25, sum(lower(s) for s in ups) + 2 * sum(lower(s) for s in downs)),
        (0.05, sum(lower(s) @ a(b).T for s in downs for b in rings)),
    ]
    site = {**{up.member(k + 1): s for k, s in enumerate(ups)}, **{down.member(k + 1): s for k, s in enumerate(downs)}}
    site |= {ring.member(k + 1): n_up + n_down + b for k, b in enumerate(rings)}
    return (up, down, ring), hamiltonian, jumps, space, matrix, matrices, site


def matrix_of(operator, space, site):
    out = np.zeros((space.size, space.size), complex)
    for monomial, value in operator.terms.items():
        term = complex(value) * np.eye(space.size)
        for place, factor in monomial:
            if isinstance(factor, str):
                term = term @ space.sigma(factor, site[place])
            else:
                a = space.a(site[place] - space.n_spins)
                term = term @ np.linalg.matrix_power(a.T, factor[0]) @ np.linalg.matrix_power(a, factor[1])
        out += term
    return out


@pytest.mark.parametrize("counts", [(3, 2, 1), (2, 1, 2), (1, 2, 1)])
def test_any_state_that_treats_members_alike_moves_as_derived(counts):
    """Correlated random states of at most two quanta a mode; nothing reaches the cut."""
    (up, down, ring), hamiltonian, jumps, space, matrix, matrices, site = crowd(*counts)
    n_up, n_down, modes = counts
    groups = [range(n_up), range(n_up, n_up + n_down), range(n_up + n_down, n_up + n_down + modes)]
    state = space.random_state(5, QUANTA, groups)
    moved = slope(state, matrix, matrices)
    s, t, b = up.member(), down.member(), ring.member()
    observables = [s.z, s.y, t.x, b.a, b.number, b.a * s.x, t.z * b.ad * b.a, s.x * t.y]
    if n_up > 1:
        observables += [s.z * up.member(2).x, b.a * s.x * up.member(2).y]
    if n_down > 1:
        observables.append(t.x * down.member(2).z)
    if modes > 1:
        observables += [b.ad * ring.member(2).a, b.a * ring.member(2).a * s.z]
    for observable in observables:
        derived = symmetric_adjoint(observable, hamiltonian, jumps)
        exact = mean(matrix_of(observable, space, site), moved)
        assert abs(exact) > 1e-3
        assert mean(matrix_of(derived, space, site), state) == pytest.approx(exact, abs=1e-11)


@pytest.mark.parametrize("n", [2, 3])
def test_spins_alone_are_exact_at_the_order_of_their_number(n):
    """There are no cumulants of more than N spins: superradiant decay, local decay and an interaction."""
    spins, space, times = SpinClass("s", N), Matrices(n), np.linspace(0, 4, 9)
    hamiltonian = sum_over([spins, spins], lambda s, t: 0.35 * s.z * t.z) + sum_over(spins, lambda s: 0.8 * s.x)
    jumps = [(decay, sum_over(spins, lambda s: s.minus)), (0.2, for_each(spins, lambda s: s.minus))]
    pairs = itertools.permutations(range(n), 2)
    energy = sum(0.35 * space.sigma("z", s) @ space.sigma("z", t) for s, t in pairs)
    energy = energy + 0.8 * sum(space.sigma("x", s) for s in range(n))
    channels = [(0.5, sum(space.lower(s) for s in range(n))), *((0.2, space.lower(s)) for s in range(n))]
    bloch = (0.1, 0.3, 0.9)
    states = evolve(space.product_state([bloch] * n), times, energy, channels)
    one, two = spins.member(1), spins.member(2)
    errors = []
    for order in (n - 1, n):
        equations = moment_equations([one.z], hamiltonian, jumps, order=order)
        path = equations.evolve(
            {"N": n, "decay": 0.5}, equations.product_state({spins: bloch}), times, rtol=1e-11, atol=1e-12
        )
        error = [
            abs(path.expectation(one.z) - mean(space.sigma("z", 0), states)).max(),
            abs(path.expectation(one.x * two.y) - mean(space.sigma("x", 0) @ space.sigma("y", 1), states)).max(),
        ]
        errors.append(max(error))
    assert errors[0] > 1e-2
    assert errors[1] < 1e-8


# The single-mode Dicke model: the error falls with the order, and with the number of atoms


LIGHT = {"omega": 1.0, "loss": 1.0, "gain": 0.2, "drive": 0.4}
COUPLING = 0.4


def dicke(order):
    spins = SpinClass("s", N)
    energy = omega * MODE.number + sum_over(spins, lambda s: g * s.z * MODE.quadrature + drive * s.x)
    jumps = [(loss, MODE.a), (gain, MODE.ad)]
    return spins, moment_equations([MODE.a, spins.member().z], energy, jumps, order=order)


def dicke_error(order, n, exact, times):
    """Of <sigma^z>, at every time, and whether the bounds of every state hold."""
    spins, equations = dicke(order)
    start = equations.product_state({spins: (0, 0, 1)})
    path = equations.evolve({**LIGHT, "g": COUPLING / np.sqrt(n), "N": n}, start, times, rtol=1e-10, atol=1e-12)
    return {
        "z": abs(path.expectation(spins.member().z) - exact["z"]),
        "photons": abs(path.expectation(MODE.number) - exact["photons"]),
    }


@pytest.fixture(scope="module")
def ladder():
    """The exact means for N = 2, 4, 8 atoms, from all atoms up and no photon."""
    times, found = np.array([0.5, 1.0, 2.0]), {}
    for n in (2, 4, 8):
        space = DickeLadder(n, 20)
        states = space.evolve(space.upright(), times, g=COUPLING / np.sqrt(n), **LIGHT)
        found[n] = space.means(states)
        assert found[n]["last"].max() < 1e-8
    return times, found


@pytest.mark.parametrize("n", [2, 4, 8])
def test_the_error_falls_with_the_order(ladder, n):
    """Measured for <sigma^z> at t = 1, orders 1, 2, 3: 8.0e-3, 1.4e-4, 1.7e-6 (N = 2), 2.0e-3, 9.2e-6, 2.7e-8 (8)."""
    times, exact = ladder
    errors = [dicke_error(order, n, exact[n], times) for order in (1, 2, 3)]
    for lower, higher in itertools.pairwise(errors):
        assert (higher["z"] < lower["z"] / 5).all()
        assert (higher["photons"] < lower["photons"] / 5)[:2].all()  # at t = 2 that of order 2 changes sign
    assert errors[0]["z"][1] > 1e-3
    assert errors[2]["z"][1] < 2e-6


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_error_falls_with_the_number_of_atoms_to_the_power_of_the_order(ladder, order):
    """Joint cumulants of k + 1 atoms fall as N^-k when the coupling falls as N^-1/2."""
    times, exact = ladder
    errors = {n: dicke_error(order, n, exact[n], times) for n in exact}
    for name, scale in (("z", 0), ("photons", 1)):  # photons per atom
        for n in (2, 4):
            slopes = np.log2(errors[n][name] / errors[2 * n][name])[:2] + scale
            assert np.abs(slopes - order).max() < 0.04


def test_without_coupling_spins_and_light_are_exact_at_every_order():
    """Rabi oscillation, and a mode that relaxes to its thermal occupation."""
    times, alpha, occupation = np.linspace(0, 5, 11), 0.6 - 0.3j, 0.5
    z = LIGHT["loss"] / 2 - LIGHT["gain"] / 2 + 1j * LIGHT["omega"]
    thermal = LIGHT["gain"] / (LIGHT["loss"] - LIGHT["gain"])
    for order in (2, 3):
        spins, equations = dicke(order)
        start = equations.product_state({spins: (0.2, 0, 0.9)}, {MODE: alpha}, {MODE: occupation})
        path = equations.evolve({**LIGHT, "g": 0, "N": 7}, start, times, rtol=1e-11, atol=1e-12)
        incoherent = thermal + (occupation - thermal) * np.exp(-2 * z.real * times)
        amplitude = alpha * np.exp(-z * times)
        total_z, up = sum_over(spins, lambda s: s.z), 0.9 * np.cos(2 * LIGHT["drive"] * times)
        for operator, expected in (
            (MODE.a, amplitude),
            (MODE.number, incoherent + abs(amplitude) ** 2),
            (MODE.a**2, amplitude**2),
            (total_z, 7 * up),
            (total_z**2, 7 + 42 * up**2),
            (sum_over(spins, lambda s: s.x), 7 * 0.2 * np.ones(11)),
            (MODE.a * total_z, amplitude * 7 * up),
        ):
            np.testing.assert_allclose(path.expectation(operator), expected, rtol=0, atol=1e-8)


# Mean field


def real_parts(equations):
    """Every complex symbol as the sum of its parts, and the symbols of the parts."""
    parts = {
        symbol: sp.symbols(f"re_{k} im_{k}", real=True)
        for k, symbol in enumerate(equations.symbols)
        if not symbol.is_real
    }
    return {symbol: re + sp.I * im for symbol, (re, im) in parts.items()}, parts


def same(left, right):
    return sp.expand(sp.nsimplify(left - right, rational=True)) == 0


def test_order_one_is_the_emitted_mean_field():
    """Two modes, four classes of spins with couplings of either sign, g_k_mu = g xi_k^mu."""
    modes = [Mode("1"), Mode("2")]
    signs = list(itertools.product((1, -1), repeat=2))
    counts = sp.symbols("n:4", positive=True)
    frequencies, losses, gains = (sp.symbols(f"{name}:2", positive=True) for name in ("omega", "loss", "gain"))
    classes = [SpinClass(f"k{k}", count) for k, count in enumerate(counts)]
    energy = sum((frequency * mode.number for frequency, mode in zip(frequencies, modes, strict=True)), 0 * MODE.a)
    for group, xi in zip(classes, signs, strict=True):
        force = sum((g * sign * mode.quadrature for sign, mode in zip(xi, modes, strict=True)), 0 * MODE.a)
        energy = energy + sum_over(group, lambda s, force=force: s.z * force + drive * s.x)
    jumps = [(rate, mode.a) for rate, mode in zip(losses, modes, strict=True)]
    jumps += [(rate, mode.ad) for rate, mode in zip(gains, modes, strict=True)]
    equations = moment_equations([modes[0].a, modes[1].a], energy, jumps, order=1)
    assert len(equations.moments) == 2 + 3 * 4

    whole, parts = real_parts(equations)
    rates = {s: rate.subs(whole).doit() for s, rate in zip(equations.symbols, equations.right_hand_sides, strict=True)}
    amplitudes = [parts[equations.expectation(mode.a)] for mode in modes]
    bloch = [[equations.expectation(getattr(group.member(), axis)) for axis in "xyz"] for group in classes]
    for components, xi in zip(bloch, signs, strict=True):
        field = g * sum(sign * 2 * re for sign, (re, _) in zip(xi, amplitudes, strict=True))
        for symbol, expected in zip(components, bloch_rates.py_func(drive, field, *components), strict=True):
            assert same(rates[symbol], expected)
    for mu, (re, im) in enumerate(amplitudes):
        force = g * sum(n * xi[mu] * m[2] for n, xi, m in zip(counts, signs, bloch, strict=True))
        expected = amplitude_rates.py_func(im, re, force, losses[mu] - gains[mu], frequencies[mu])
        rate = rates[equations.expectation(modes[mu].a)].expand()
        assert same(sp.re(rate), expected[0])
        assert same(sp.im(rate), expected[1])


def test_every_order_has_the_mean_field_as_its_limit_of_many_atoms():
    """The scaled equations of one class: dm/dt at N = 10^6 differs by 1/N from that of mean field."""
    times, found = np.linspace(0, 3, 7), []
    for order in (1, 2, 3):
        spins, equations = dicke(order)
        start = equations.product_state({spins: (0, 0.6, 0.8)}, {MODE: 0.3 * 1e3})
        path = equations.evolve({**LIGHT, "g": 0.4e-3, "N": 10**6}, start, times)
        found.append(path.expectation(spins.member().z).real)
    assert found[0].std() > 0.1
    np.testing.assert_allclose(found[1:], [found[0]] * 2, rtol=0, atol=1e-5)
    assert abs(found[1] - found[0]).max() > 1e-8


# Bosons alone


def test_a_damped_mode_with_gain_has_its_closed_form():
    equations = moment_equations([MODE.a, MODE.number], omega * MODE.number, [(loss, MODE.a), (gain, MODE.ad)], order=2)
    values = {"omega": 1.3, "loss": 0.9, "gain": 0.25}
    times, alpha = np.linspace(0, 6, 13), 0.8 + 0.5j
    path = equations.evolve(values, equations.product_state(None, {MODE: alpha}), times, rtol=1e-12, atol=1e-13)
    net = values["loss"] - values["gain"]
    photons = abs(alpha) ** 2 * np.exp(-net * times) + values["gain"] / net * (1 - np.exp(-net * times))
    np.testing.assert_allclose(path.expectation(MODE.number), photons, rtol=0, atol=1e-10)
    np.testing.assert_allclose(
        path.expectation(MODE.a), alpha * np.exp(-(net / 2 + 1j * values["omega"]) * times), rtol=0, atol=1e-10
    )


def test_quadratic_hamiltonians_close_by_themselves():
    """A driven, squeezed mode that exchanges quanta with another: order 2 truncates nothing."""
    other = Mode("b")
    energy = omega * MODE.number + chi * (MODE.a**2 + MODE.ad**2) + drive * MODE.quadrature
    energy = energy + g * (MODE.ad * other.a + MODE.a * other.ad)
    jumps = [(loss, MODE.a), (gain, other.ad + MODE.a)]
    whole, truncated = (moment_equations([MODE.number], energy, jumps, order=order) for order in (None, 2))
    assert whole.moments == truncated.moments
    assert {monomial.order for monomial in whole.moments} == {1, 2}
    for first, second in zip(whole.right_hand_sides, truncated.right_hand_sides, strict=True):
        assert sp.expand(first - second) == 0
    values = {"omega": 0.5, "chi": 0.2, "drive": 0.3, "g": 0.4, "loss": 1.0, "gain": 0.1}
    start = whole.product_state(None, {MODE: 0.3j}, {other: 0.2})
    path = whole.evolve(values, start, [0.0, 0.5, 1.0], rtol=1e-11, atol=1e-12)
    space = Matrices(0, [14, 12])
    a, b = space.a(0), space.a(1)
    matrix = 0.5 * a.T @ a + 0.2 * (a @ a + a.T @ a.T) + 0.3 * (a + a.T) + 0.4 * (a.T @ b + b.T @ a)
    state = space.product_state([], [0.3j, 0], [0, 0.2])
    states = evolve(state, np.array([0.0, 0.5, 1.0]), matrix, [(1.0, a), (0.1, b.T + a)])
    for operator, exact in ((MODE.number, a.T @ a), (MODE.a**2, a @ a), (MODE.a * other.ad, a @ b.T)):
        np.testing.assert_allclose(path.expectation(operator), mean(exact, states), rtol=0, atol=2e-6)


# Where a truncation fails


def test_a_truncation_that_leaves_the_physical_region_says_so():
    spins, equations = dicke(2)
    start, times = equations.product_state({spins: (0, 0, 1)}), np.linspace(0, 8, 81)
    with pytest.warns(RegimeWarning, match=r"not those of a state: .* = -?[\d.]+ at t = .* raise the order .* above 2"):
        path = equations.evolve({**LIGHT, "g": 0.4, "N": 4}, start, times)
    z = spins.member().z
    pair = path.expectation(z * spins.member(2).z).real
    assert pair.max() > 1.05
    quiet = equations.evolve({**LIGHT, "g": 0.4, "N": 4}, start, times[times < 3])
    assert quiet.broken_bound() is None


def test_a_divergence_is_an_error():
    """d<a>/dt = -i chi (2 |a|^2 + a^2): from -i down the imaginary axis, with a pole at t = 1 / chi."""
    energy = chi * (MODE.ad**2 * MODE.a + MODE.ad * MODE.a**2)
    equations = moment_equations([MODE.a], energy, order=1)
    with pytest.raises(ConvergenceError, match=r"cannot be integrated beyond t = 1: .* raise its `order`"):
        equations.evolve({"chi": 0.97}, [-1j], np.linspace(0, 2, 21))
