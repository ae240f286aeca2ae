"""Moments, their closure and the functions made of them: identities, the expansions, and what is refused."""

import itertools
from math import prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield.elimination.symbolic import Mode, Monomial, Operator, Spin, total
from cavity_hopfield.elimination.symbolic._kernels import polynomial_rates
from cavity_hopfield.elimination.symbolic.closure import MomentTable, Truncation, partitions
from cavity_hopfield.elimination.symbolic.cumulants import moment_equations
from cavity_hopfield.elimination.symbolic.physical_region import broken_bound
from cavity_hopfield.elimination.symbolic.systems import ModeClass, SpinClass, for_each, sum_over
from cavity_hopfield.exceptions import ArgumentError, CavityHopfieldError, ClosureError
from tests.strategies import floats
from tests.twins.kronecker import Matrices

N = sp.Symbol("N", positive=True, integer=True)
omega, g, loss, gain, drive = sp.symbols("omega g loss gain drive", positive=True)
MODE = Mode()
LOSSES = [(loss, MODE.a), (gain, MODE.ad)]


def dicke_energy(spins):
    return omega * MODE.number + sum_over(spins, lambda s: g * s.z * MODE.quadrature + drive * s.x)


def dicke(order, count=N, **options):
    spins = SpinClass("s", count)
    observables = options.pop("observables", [MODE.a, spins.member().z])
    return spins, moment_equations(observables, dicke_energy(spins), LOSSES, order=order, **options)


def only(operator):
    (monomial,) = operator.terms
    return monomial


# Cumulant expansions


def test_partitions_are_counted_by_bell_numbers():
    assert [len(partitions(n)) for n in range(7)] == [1, 1, 2, 5, 15, 52, 203]
    for partition in partitions(5):
        assert sorted(itertools.chain(*partition)) == list(range(5))
        assert all(list(block) == sorted(block) for block in partition)


def classical_moments(n, order):
    """Moments of n commuting variables with cumulants up to `order` only: their generating function is exp K(x), and
    d/dx exp K = (dK/dx) exp K."""
    stream = np.random.default_rng(n + 10 * order)
    subsets = [s for size in range(1, order + 1) for s in itertools.combinations(range(n), size)]
    cumulants = {s: int(stream.integers(-9, 10)) for s in subsets}

    def moment(places):
        if not places:
            return 1
        containing = (s for s in subsets if places[0] in s and set(s) <= set(places))
        return sum(cumulants[s] * moment([i for i in places if i not in s]) for s in containing)

    return moment


@pytest.mark.parametrize(("n", "order"), [(2, 1), (4, 1), (3, 2), (4, 3), (5, 2), (5, 3), (5, 4), (6, 3)])
def test_expansions_hold_for_variables_without_higher_cumulants(n, order):
    """Annihilators of different modes commute: they may be any classical variables."""
    modes = [Mode(str(i)) for i in range(n)]
    place = {mode: i for i, mode in enumerate(modes)}
    table, moment = MomentTable(), classical_moments(n, order)
    expansion = Truncation(table, order).expansion(only(sp.prod([mode.a for mode in modes])))

    def value(number):
        return moment([place[site] for site in table.monomials[number].sites])

    assert max(len(table.monomials[k].sites) for factors in expansion for k in factors) == order
    found = sum(number * prod(value(k) for k in factors) for factors, number in expansion.items())
    assert found == moment(list(range(n))) != 0


def test_blocks_of_normally_ordered_products_are_normally_ordered():
    """The theorem of Isserlis and Wick: <ad ad a a> = 2 n^2 + |s|^2 - 2 |alpha|^4 for a Gaussian state."""
    _, equations = dicke(2, observables=[MODE.number])
    n, s, alpha = (equations.expectation(o) for o in (MODE.number, MODE.a**2, MODE.a))
    expected = 2 * n**2 + s * sp.conjugate(s) - 2 * alpha**2 * sp.conjugate(alpha) ** 2
    assert sp.expand(equations.expectation(MODE.ad**2 * MODE.a**2) - expected) == 0


def test_a_photon_beside_a_spin_is_expanded_as_written_by_hand():
    spins, equations = dicke(2)
    z = spins.member().z
    n, alpha, m, c = (equations.expectation(o) for o in (MODE.number, MODE.a, z, MODE.a * z))
    expected = n * m + c * sp.conjugate(alpha) + alpha * sp.conjugate(c) - 2 * alpha * sp.conjugate(alpha) * m
    assert sp.expand(equations.expectation(MODE.number * z) - expected) == 0


# Which moments are one


def test_conjugate_moments_and_exchanged_members_are_one_moment():
    spins, modes, table = SpinClass("s", N), ModeClass("b", 3), MomentTable()
    first, second, third = (spins.member(k) for k in (1, 2, 7))
    b, c = modes.member(1), modes.member(2)
    number = table.number(only(MODE.a * first.x * second.z))
    assert table.number(only(MODE.a * third.z * second.x)) == number
    assert table.number(only(MODE.ad * first.x * second.z)) == ~number == table.conjugated(number)
    assert table.monomials[number] == only(MODE.a * first.x * second.z)
    assert not table.real[number]
    coherence = table.number(only(b.ad * c.a))
    assert table.real[coherence]
    assert table.number(only(c.ad * b.a)) == coherence == table.conjugated(coherence)
    assert table.real[table.number(only(first.x * second.y))]
    assert table.number(only(MODE.ad * b.a)) == ~table.number(only(MODE.a * c.ad))
    assert len(table.monomials) == 4


@pytest.mark.parametrize(("order", "moments"), [(1, 4), (2, 15), (3, 39)])
def test_the_number_of_equations_does_not_depend_on_the_number_of_spins(order, moments):
    """Order 1: a, s (3). Order 2: aa, ada, as (3), ss (6). Order 3: aaa, adaa, aas (3), adas (3), ass (6), sss (10)."""
    assert {len(dicke(order, count)[1].moments) for count in (N, 12, 13)} <= {moments}


def test_complex_moments_are_kept_once_and_real_ones_known():
    _, equations = dicke(3)
    for monomial, symbol, real in zip(equations.moments, equations.symbols, equations.real, strict=True):
        assert real == all(factor in {"x", "y", "z", (1, 1)} for _, factor in monomial)
        assert bool(symbol.is_real) == real
        assert real or monomial.dagger() not in equations.moments
    assert equations.real.count(True) == 1 + 3 + 6 + 10 + 3


@pytest.mark.parametrize("order", [1, 2, 3])
def test_right_hand_sides_of_real_moments_are_real(order):
    _, equations = dicke(order)
    for rate, real in zip(equations.right_hand_sides, equations.real, strict=True):
        if real:
            assert sp.expand(rate - sp.conjugate(rate)) == 0


# Classes against all members written out


def written_out(n, order):
    spins = [Spin(str(k)) for k in range(1, n + 1)]
    energy = omega * MODE.number + total(g * s.z * MODE.quadrature + drive * s.x for s in spins)
    jumps = [*LOSSES, *((gain, s.minus) for s in spins), (loss, total(s.minus for s in spins))]
    return moment_equations([MODE.a, spins[0].z], energy, jumps, order=order)


@pytest.mark.parametrize("symbolic", [True, False], ids=["symbolic N", "number"])
@pytest.mark.parametrize(("n", "order"), [(2, 2), (3, 2), (2, 3), (3, 3)])
def test_a_class_is_its_members_written_out(n, order, symbolic):
    spins = SpinClass("s", N if symbolic else n)
    jumps = [*LOSSES, (gain, for_each(spins, lambda s: s.minus)), (loss, sum_over(spins, lambda s: s.minus))]
    by_class = moment_equations([MODE.a, spins.member().z], dicke_energy(spins), jumps, order=order)
    explicit = written_out(n, order)

    def in_class(monomial):
        factors = ((spins.member(int(s.name)) if isinstance(s, Spin) else s, factor) for s, factor in monomial)
        return by_class.expectation(Monomial(factors).operator())

    images = [in_class(monomial) for monomial in explicit.moments]
    means = dict(zip(explicit.symbols, images, strict=True))
    rates = dict(zip(by_class.symbols, by_class.right_hand_sides, strict=True))
    for image, rate in zip(images, explicit.right_hand_sides, strict=True):
        expected = sp.conjugate(rates[image.args[0]]) if image.func is sp.conjugate else rates[image]
        assert sp.expand(rate.xreplace(means).doit() - expected.subs(N, n)) == 0
    assert {symbol for image in images for symbol in image.free_symbols} == {
        symbol
        for symbol, monomial in zip(by_class.symbols, by_class.moments, strict=True)
        if sum(isinstance(site, Spin) for site in monomial.sites) <= n
    }


def test_products_of_sums_are_sums_over_all_pairs():
    spins = SpinClass("s", N)
    one, two = spins.member(1), spins.member(2)
    total_x, total_y = (sum_over(spins, lambda s, axis=axis: getattr(s, axis)) for axis in "xy")
    assert (total_x**2).summand == N + one.x * two.x
    assert (total_x * total_y - total_y * total_x).summand == 2 * sp.I * one.z
    assert (total_x**2).beside({}) == N + N * (N - 1) * one.x * two.x
    assert sum_over([spins, spins], lambda s, _: s.z).summand == (N - 1) * one.z
    assert (3 * MODE.a * total_x / 2 - total_x * MODE.a).summand == MODE.a * one.x / 2
    assert (1 - total_x + total_x - 1).summand == Operator({})
    assert repr(2 * total_x) == "sum over members of (2 sx_s_1)"


def test_a_sum_beside_members_counts_the_others():
    up, down = SpinClass("up", N), SpinClass("down", 3)
    pairs = sum_over([up, up, down], lambda s, t, u: s.z * t.x * u.y)
    beside = pairs.beside({up: 1, down: 3})
    s = [up.member(k) for k in (1, 2, 3)]
    ys = total(down.member(k).y for k in (1, 2, 3))
    expected = (N - 1) * (s[0].z * s[1].x + s[1].z * s[0].x) + (N - 1) * (N - 2) * s[1].x * s[2].z
    assert beside == expected * ys
    assert not sum_over([SpinClass("one", 1)] * 2, lambda s, t: s.z * t.z).beside({})


# What does not close


def test_a_hierarchy_without_end_names_what_it_asks_for():
    with pytest.raises(
        ClosureError, match=r"does not end within 60 moments; .*<ad? .*sy_s_1.*>.*Truncate it with"
    ) as e:
        dicke(None, limit=60)
    assert isinstance(e.value, CavityHopfieldError)


def test_moments_that_are_not_tracked_are_named():
    spins = SpinClass("s", N)
    z = spins.member().z
    with pytest.raises(ClosureError, match=r"not tracked: <sy_s_1>\. Add them to `only`"):
        dicke(1, only=[MODE.a, z, spins.member().x])
    with pytest.raises(ClosureError, match=r"not tracked: <a sx_s_1>, <a sy_s_1>\."):
        dicke(2, only=[spins.member().y], observables=[z, spins.member().x])
    _, equations = dicke(1, only=[spins.member().x, spins.member().y])
    assert len(equations.moments) == 4


def test_an_expectation_of_an_untracked_moment_is_refused():
    mode, other = Mode("b"), Mode("c")
    equations = moment_equations([mode.a], omega * mode.number, [(loss, mode.a)], order=2)
    with pytest.raises(ClosureError, match=r"not tracked: <ad_b a_b>\. Add them to the `observables`"):
        equations.expectation(mode.number)
    with pytest.raises(ClosureError, match="<a_c>"):
        equations.expectation(other.a)
    assert equations.expectation(sp.Integer(3) + 0 * mode.a) == 3


def test_a_closed_hierarchy_needs_no_order():
    """sigma^x -> sigma^y sigma^z_2 -> sigma^x: two spins with an Ising coupling."""
    spin, other = Spin("1"), Spin("2")
    equations = moment_equations([spin.x], g * spin.z * other.z, order=None)
    assert equations.moments == (only(spin.x), only(spin.y * other.z))


# What is refused


def test_wrong_arguments_are_told():
    spins = SpinClass("s", 3)
    z, energy = spins.member().z, dicke_energy(spins)
    with pytest.raises(ArgumentError, match="`order` must be at least 1"):
        moment_equations([z], energy, order=0)
    with pytest.raises(ArgumentError, match="`observables` must hold moments of at most the order 1, but <ad a>"):
        moment_equations([MODE.number], energy, order=1)
    with pytest.raises(ArgumentError, match="`observables` must hold operators"):
        moment_equations(["z"], energy, order=1)
    with pytest.raises(
        ArgumentError, match="`hamiltonian` must treat all members of a class alike, but singles out s_1"
    ):
        moment_equations([z], spins.member().x, order=1)
    with pytest.raises(ArgumentError, match="`other` must treat all members of a class alike, but singles out s_1"):
        energy + spins.member().x
    with pytest.raises(ArgumentError, match="`jumps` must treat all members"):
        moment_equations([z], energy, [(loss, spins.member().minus)], order=1)
    with pytest.raises(ArgumentError, match="`hamiltonian` must be Hermitian"):
        moment_equations([z], energy + sp.I * MODE.quadrature, order=1)
    with pytest.raises(ArgumentError, match="Two spins are named 's_1'"):
        moment_equations([z], energy + Spin("s_1").x, order=1)
    with pytest.raises(ArgumentError, match="Two symbols are named 'g'"):
        moment_equations([z], energy + sp.Symbol("g", real=True) * MODE.number, order=1)
    with pytest.raises(ArgumentError, match="`term` must hold no members but its arguments, but holds s_2"):
        sum_over(spins, lambda s: s.z * spins.member(2).z)
    with pytest.raises(ArgumentError, match="`term` must give an operator"):
        sum_over(spins, lambda _: "z")
    with pytest.raises(ArgumentError, match="`count` must be a symbol or a whole number"):
        SpinClass("s", 2.5)
    with pytest.raises(ArgumentError, match="`index` must be from 1 to 3, but is 4"):
        spins.member(4)
    with pytest.raises(ArgumentError, match="`exponent`"):
        energy**0


def test_a_sum_of_ordered_pairs_is_hermitian_as_a_whole():
    spins = SpinClass("s", N)
    exchange = sum_over([spins, spins], lambda s, t: g * s.plus * t.minus)
    assert exchange.summand == g / 4 * (spins.member(1).x * spins.member(2).x + spins.member(1).y * spins.member(2).y)
    moment_equations([spins.member().z], exchange, order=2)


# Numbers


@pytest.fixture(scope="module")
def second_order():
    return dicke(2)


POINT = {"omega": 1.1, "g": 0.2, "loss": 0.9, "gain": 0.3, "drive": 0.4, "N": 5}


def random_moments(equations, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, len(equations.moments)))
    return np.where(equations.real, values[0], values[0] + 1j * values[1])


@pytest.mark.parametrize("version", ["compiled", "python"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_function_is_the_formulas(order, version):
    _, equations = dicke(order)
    function = equations.function() if version == "compiled" else equations.function().py_func
    lambdified = sp.lambdify([equations.symbols, equations.parameters], equations.right_hand_sides)
    point = np.array([POINT[symbol.name] for symbol in equations.parameters], dtype=float)
    for seed in range(3):
        values = random_moments(equations, seed)
        expected = lambdified([v.real if real else v for v, real in zip(values, equations.real, strict=True)], point)
        np.testing.assert_allclose(function(0.3, values, point), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kernel", [polynomial_rates, polynomial_rates.py_func], ids=["compiled", "python"])
def test_the_kernel_is_the_formulas(kernel, second_order):
    _, equations = second_order
    system, values = equations._system, random_moments(equations, 7)
    point = np.array([POINT[symbol.name] for symbol in equations.parameters], dtype=float)
    powers, out = np.concatenate([values, values[::-1].conj()]), np.empty_like(values)
    kernel(*system.arrays, system.coefficients(point), powers, out)
    lambdified = sp.lambdify([equations.symbols, equations.parameters], equations.right_hand_sides)
    np.testing.assert_allclose(out, lambdified(values, point), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(system.rates(system.coefficients(point), values), out, rtol=1e-12, atol=1e-13)


def test_equal_structures_share_one_compiled_function(second_order):
    assert dicke(2)[1].function() is second_order[1].function()
    assert dicke(1)[1].function() is not second_order[1].function()


@pytest.mark.parametrize("version", ["compiled", "python"])
def test_a_complex_parameter(version):
    """A driven mode: d<a>/dt = -(loss/2 + i omega) <a> - i epsilon."""
    epsilon = sp.Symbol("epsilon")
    energy = omega * MODE.number + epsilon * MODE.ad + sp.conjugate(epsilon) * MODE.a
    equations = moment_equations([MODE.number], energy, [(loss, MODE.a)], order=2)
    function = equations.function() if version == "compiled" else equations.function().py_func
    assert [str(symbol) for symbol in equations.parameters] == ["epsilon", "loss", "omega"]
    values = np.array([0.3 - 0.2j, 0.7])
    rates = function(0.0, values, np.array([0.4 + 0.1j, 0.8, 1.2]))
    expected = -(0.4 + 1.2j) * values[0] - 1j * (0.4 + 0.1j)
    np.testing.assert_allclose(rates, [expected, -0.8 * 0.7 + 2 * ((0.4 + 0.1j) * values[0].conj()).imag], rtol=1e-13)
    path = equations.evolve({epsilon: 0.4 + 0.1j, loss: 0.8, omega: 1.2}, equations.product_state(), [40.0])
    np.testing.assert_allclose(path.expectation(MODE.a), -1j * (0.4 + 0.1j) / (0.4 + 1.2j), rtol=1e-6)


def test_latex():
    equations = moment_equations(
        [MODE.number], omega * MODE.number + drive * MODE.quadrature, [(loss, MODE.a)], order=2
    )
    assert equations.latex() == (
        "\\begin{aligned}\n"
        r"\frac{d}{dt} \langle a \rangle &= - i drive + \left(- \frac{loss}{2} - i \omega\right) \langle a \rangle \\"
        "\n"
        r"\frac{d}{dt} \langle a^{\dagger} a \rangle &= - i drive \langle a^{\dagger} \rangle"
        r" + i drive \langle a \rangle - loss \langle a^{\dagger} a \rangle"
        "\n\\end{aligned}"
    ).replace("&= - i drive", "&= -i drive")
    assert repr(equations) == "<2 moment equations of order 2>"


def test_an_evolution_answers_for_every_operator_and_time(second_order):
    spins, equations = second_order
    start = equations.product_state({spins: (0.6, 0, 0.8)}, {MODE: 0.5j}, {MODE: 0.2})
    path = equations.evolve(POINT, start, [0.0, 0.5])
    one, two = spins.member(1), spins.member(2)
    np.testing.assert_array_equal(path.values[0], start)
    assert path.expectation(MODE.number)[0] == pytest.approx(0.25 + 0.2)
    assert path.expectation(MODE.ad)[0] == pytest.approx(-0.5j)
    assert path.expectation(one.x * two.z)[0] == pytest.approx(0.48)
    # Var(sum z) = N (1 - z^2) without correlations
    total_z = sum_over(spins, lambda s: s.z)
    assert path.expectation(total_z**2)[0] - path.expectation(total_z)[0] ** 2 == pytest.approx(5 * 0.36)
    assert path.expectation(g * total_z)[0] == pytest.approx(0.2 * 5 * 0.8)
    assert not path.values.flags.writeable
    with pytest.raises(ArgumentError, match=r"no symbols but the parameters .*\['epsilon'\]"):
        path.expectation(sp.Symbol("epsilon") * MODE.a)
    np.testing.assert_array_equal(equations.evolve(POINT, start, [0.0]).values, [start])


def test_wrong_numbers_are_told(second_order):
    spins, equations = second_order
    start = equations.product_state({spins: (0, 0, 1)})
    for change, told in (
        ({"g": None}, "but g is None"),
        ({"g": np.inf}, "make g finite"),
        ({"g": 0.1j}, "make g real"),
        ({"g": -0.1}, "make g not negative"),
        ({"N": 2.5}, "make N a whole number"),
        ({"beta": 1.0}, r"has \['beta'\] besides"),
    ):
        with pytest.raises(ArgumentError, match=told):
            equations.evolve({**POINT, **change}, start, [1.0])
    with pytest.raises(ArgumentError, match=r"leaves out \['N'\]"):
        equations.evolve({name: value for name, value in POINT.items() if name != "N"}, start, [1.0])
    with pytest.raises(ArgumentError, match=r"`initial` must be finite with shape \(15,\)"):
        equations.evolve(POINT, start[1:], [1.0])
    with pytest.raises(ArgumentError, match="`initial` must be real for <sx_s_1>"):
        equations.evolve(POINT, start + 0.1j * np.eye(15)[1], [1.0])
    with pytest.raises(ArgumentError, match="`bloch` must name every spin, but leaves out"):
        equations.product_state()
    with pytest.raises(ArgumentError, match="`bloch` must hold vectors no longer than 1"):
        equations.product_state({spins: (0, 1, 1)})
    with pytest.raises(ArgumentError, match=r"vectors \(x, y, z\)"):
        equations.product_state({spins: 1.0})
    with pytest.raises(ArgumentError, match="`amplitudes` must name sites or classes that occur"):
        equations.product_state({spins: (0, 0, 1)}, {Mode("b"): 1.0})
    with pytest.raises(ArgumentError, match="`thermal` must be at least 0"):
        equations.product_state({spins: (0, 0, 1)}, thermal={MODE: -1.0})


UNIT = st.tuples(floats(-0.57, 0.57), floats(-0.57, 0.57), floats(-0.57, 0.57))


@given(first=UNIT, second=UNIT, real=floats(-0.6, 0.6), imag=floats(-0.6, 0.6), occupation=floats(0, 0.4))
@settings(max_examples=30, deadline=None)
def test_product_states_are_those_of_matrices(first, second, real, imag, occupation):
    """Cut at 40 quanta; a thermal tail of (2/7)^40 beyond."""
    one, two = Spin("1"), Spin("2")
    alpha, space = complex(real, imag), Matrices(2, [40])
    state = space.product_state([first, second], [alpha], [occupation])
    energy = omega * MODE.number + g * (one.z + two.z) * MODE.quadrature + drive * (one.x + two.x)
    equations = moment_equations([MODE.a, one.z, two.z], energy, LOSSES, order=3)
    found = equations.product_state({one: first, two: second}, {MODE: alpha}, {MODE: occupation})
    fourth = moment_equations([MODE.ad**2 * MODE.a**2], omega * MODE.number, LOSSES, order=4)
    photons = fourth.product_state(None, {MODE: alpha}, {MODE: occupation})
    place = {one: 0, two: 1}
    pairs = [*zip(equations.moments, found, strict=True), *zip(fourth.moments, photons, strict=True)]
    for monomial, value in pairs:
        matrix = np.eye(space.size)
        for site, factor in monomial:
            if isinstance(factor, str):
                matrix = matrix @ space.sigma(factor, place[site])
            else:
                a = space.a(0)
                matrix = matrix @ np.linalg.matrix_power(a.T, factor[0]) @ np.linalg.matrix_power(a, factor[1])
        assert np.sum(matrix.T * state) == pytest.approx(value, rel=1e-9, abs=1e-9)


# The bounds that every state obeys


def known_from(values):
    return lambda monomial: None if monomial not in values else np.atleast_1d(np.asarray(values[monomial], complex))


ONE, TWO = SpinClass("s", 4).member(1), SpinClass("s", 4).member(2)
BREAKS = {
    "|<sx_s_1>| = 1.2": [(ONE.x, 1.2)],
    "length of <s_s_1> = 1.13": [(ONE.x, 0.8), (ONE.y, 0.8), (ONE.z, 0)],
    "<ad a> = -0.1": [(MODE.number, -0.1)],
    "<ad a> - |<a>|^2 = -0.05": [(MODE.number, 0.2), (MODE.a, 0.5j)],
    "|<a^2>_c|^2 - n_c (n_c + 1) = 0.25": [(MODE.number, 1), (MODE.a, 0), (MODE.a**2, 1.5j)],
    "smallest population of sz sz_s_1 = -0.05": [(ONE.z, 0.9), (Spin().z, 0.9), (ONE.z * Spin().z, 0.6)],
    # 1 + 3 (-0.5) - 4 * 0
    "variance of the total sy of s per spin = -0.5": [(ONE.y, 0), (ONE.y * TWO.y, -0.5)],
}


@pytest.mark.parametrize("told", BREAKS)
def test_a_broken_bound_is_told_with_its_number(told):
    values = {only(operator): value for operator, value in BREAKS[told]}
    text = broken_bound(known_from(values), values, {ONE.group: 4.0}, np.array([2.5]))
    assert text.startswith(f"{told} at t = 2.5, where every state has at ")


def test_no_bound_breaks_for_a_state():
    """Random correlated states of three alike spins and a mode."""
    space, spins = Matrices(3, [4]), SpinClass("s", 3)
    site = {spins.member(k): k - 1 for k in (1, 2, 3)}
    letters = {monomial for order in (1, 2, 3) for monomial in dicke(order, 3)[1].moments}
    for seed in range(10):
        state = space.random_state(seed, 3, [range(3)])
        values = {}
        for monomial in letters:
            matrix = np.eye(space.size)
            for place, factor in monomial:
                if isinstance(factor, str):
                    matrix = matrix @ space.sigma(factor, site[place])
                else:
                    a = space.a(0)
                    matrix = matrix @ np.linalg.matrix_power(a.T, factor[0]) @ np.linalg.matrix_power(a, factor[1])
            values[monomial] = np.sum(matrix.T * state)
        assert broken_bound(known_from(values), values, {spins: 3.0}, np.array([0.0])) is None
