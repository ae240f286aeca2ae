"""The operator algebra against its axioms and against explicit matrices."""

import subprocess
import sys

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield.elimination.symbolic import IDENTITY, Mode, Monomial, Operator, Spin, commutator, total
from cavity_hopfield.exceptions import ArgumentError
from tests.twins.operator_matrices import matrix

SPINS, MODES = (Spin("1"), Spin("2")), (Mode("mu"), Mode("nu"))
SITES = (*MODES, *SPINS)
LETTERS = [
    *(letter for mode in MODES for letter in (mode.a, mode.ad)),
    *(letter for spin in SPINS for letter in (spin.x, spin.y, spin.z, spin.plus, spin.minus)),
]
LEVELS, MOST_LETTERS = 7, 3

numbers = st.builds(sp.Rational, st.integers(-4, 4), st.integers(1, 3))
coefficients = st.builds(lambda real, imaginary: real + sp.I * imaginary, numbers, numbers)
words = st.lists(st.sampled_from(LETTERS), max_size=MOST_LETTERS).map(
    lambda letters: sp.prod(letters, IDENTITY.operator())
)
operators = st.lists(st.tuples(coefficients, words), min_size=1, max_size=3).map(
    lambda terms: total(word.scaled(number) for number, word in terms)
)
few = settings(max_examples=25, deadline=None)


def columns_below(quanta):
    """Where every mode holds fewer than `quanta`, on the sites in the order of SITES."""
    low = np.arange(LEVELS) < quanta
    return np.kron(np.kron(low, low), np.ones(4, bool))


@few
@given(operators, operators, operators)
def test_products_are_associative_and_distribute(a, b, c):
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert (a + b) * c == a * c + b * c


@few
@given(operators, operators)
def test_the_dagger_reverses_products(a, b):
    assert (a * b).dagger() == b.dagger() * a.dagger()
    assert a.dagger().dagger() == a


@few
@given(operators, operators, operators)
def test_commutators_obey_jacobi_and_leibniz(a, b, c):
    assert commutator(a, b) == a * b - b * a
    cyclic = commutator(a, commutator(b, c)) + commutator(b, commutator(c, a)) + commutator(c, commutator(a, b))
    assert cyclic == 0
    assert commutator(a, b * c) == commutator(a, b) * c + b * commutator(a, c)


@few
@given(operators, operators)
def test_products_are_those_of_matrices(a, b):
    exact = columns_below(LEVELS - 2 * MOST_LETTERS)
    left, right = (matrix(operator, SITES, LEVELS) for operator in (a, b))
    found = matrix(a * b, SITES, LEVELS)
    scale = 1 + np.abs(left).max() * np.abs(right).max()
    np.testing.assert_allclose(found[:, exact], (left @ right)[:, exact], atol=1e-12 * scale)


@pytest.mark.parametrize(("m", "n", "p", "q"), [(0, 3, 3, 0), (1, 4, 2, 1), (2, 0, 3, 1), (0, 1, 1, 0)])
def test_high_powers_come_into_normal_order(m, n, p, q):
    mode, levels = Mode(), 24
    word = (mode.ad**m * mode.a**n) * (mode.ad**p * mode.a**q)
    a = matrix(mode.a, [mode], levels)
    powers = [np.linalg.matrix_power(each, k) for each, k in ((a.T, m), (a, n), (a.T, p), (a, q))]
    exact = slice(0, levels - m - p)
    np.testing.assert_allclose(
        matrix(word, [mode], levels)[:, exact], np.linalg.multi_dot(powers)[:, exact], rtol=1e-12, atol=1e-9
    )


def test_symbols_numbers_and_operators_mix():
    spin, omega = Spin("1"), sp.Symbol("omega")
    for product in (omega * spin.z, spin.z * omega, spin.z.scaled(omega)):
        assert product.coefficient(Monomial(((spin, "z"),))) == omega
    assert 1 - spin.z == -(spin.z - 1)
    assert np.float64(2) * spin.z == spin.z * 2
    assert spin.z / 2 == spin.z * sp.Rational(1, 2)
    assert (spin.x + 1) ** 2 == 2 * spin.x + 2
    assert spin.x**0 == 1
    with pytest.raises(TypeError):
        spin.x + "one"
    with pytest.raises(ArgumentError, match="`exponent`"):
        spin.x**-1


def test_equality_simplifies_and_an_operator_cannot_be_hashed():
    spin, angle = Spin(), sp.Symbol("angle", real=True)
    one = spin.x.scaled(sp.sin(angle) ** 2) + spin.x.scaled(sp.cos(angle) ** 2)
    assert one == spin.x
    assert one.simplified().terms == spin.x.terms
    assert one != spin.y
    with pytest.raises(TypeError):
        hash(one)


def test_spins_are_spins_one_half():
    spin = Spin("1")
    assert spin.x * spin.y == sp.I * spin.z
    assert commutator(spin.z, spin.plus) == 2 * spin.plus
    assert spin.plus * spin.minus == spin.projector(1)
    assert spin.projector(1) + spin.projector(-1) == 1
    np.testing.assert_array_equal(matrix(spin.plus, [spin]), [[0, 1], [0, 0]])  # raises to up, the first state
    with pytest.raises(ArgumentError, match="`sign`"):
        spin.projector(0)


def test_a_monomial_tells_its_letters_order_and_sites():
    mode, spin = MODES[0], SPINS[0]
    (monomial,) = (spin.z * mode.ad**2 * mode.a).terms
    assert monomial.order == 4
    assert monomial.sites == (mode, spin)
    assert sp.prod([letter.operator() for letter in monomial.letters()], IDENTITY.operator()) == monomial.operator()
    assert monomial.dagger() == next(iter((spin.z * mode.ad * mode.a**2).terms))
    assert IDENTITY.letters() == ()
    assert (spin.x + mode.a).order == 1
    assert Operator({}).order == 0
    assert (spin.x + mode.a).sites == (mode, spin)


def test_sites_are_ordered_by_number():
    product = Spin("10").x * Spin("2").z * Mode("b").a
    (monomial,) = product.terms
    assert monomial.sites == (Mode("b"), Spin("2"), Spin("10"))


def test_operators_print_as_text_and_latex():
    omega = sp.Symbol("Omega")
    operator = Mode("mu").ad ** 2 * Mode("mu").a - omega * Spin("1").x - 1
    assert repr(operator) == "-1 - Omega sx_1 + ad_mu^2 a_mu"
    assert operator.latex() == r"-1 - \Omega \sigma_{1}^{x} + a_{\mu}^{\dagger 2} a_{\mu}"
    assert operator.latex({omega: "w"}).startswith("-1 - w")
    assert (Spin().z * (omega + 1)).latex() == r"\left(\Omega + 1\right) \sigma^{z}"
    assert (Mode().a ** 2).latex() == "a^{2}"
    assert repr(IDENTITY) == IDENTITY.latex() == "1"
    assert Operator({}).latex() == "0"


def test_a_sum_refuses_what_is_no_operator():
    with pytest.raises(ArgumentError, match="'spin'"):
        total([Spin().x, "spin"])


def test_sympy_is_loaded_by_this_room_alone():
    code = (
        "import sys, cavity_hopfield, cavity_hopfield.elimination\n"
        "assert 'sympy' not in sys.modules\n"
        "from cavity_hopfield.elimination import symbolic\n"
        "print(symbolic.Mode('mu').a)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "a_mu"
