import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import (
    Patterns,
    correlated_patterns,
    flip_energies,
    hebb,
    letters,
    pseudo_inverse,
)

SIGNS = st.sampled_from([-1, 1])
PATTERNS = hnp.arrays(np.int8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=7), elements=SIGNS).map(Patterns)
FLAGS = st.booleans()


@given(PATTERNS, FLAGS)
def test_hebb_equals_the_triple_loop_of_its_definition(stored, self_coupling):
    xi, n = stored.values.tolist(), stored.n_spins
    by_hand = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for pattern in xi:
                if i != j or self_coupling:
                    by_hand[i, j] += pattern[i] * pattern[j] / n
    couplings = hebb(stored, self_coupling=self_coupling)
    np.testing.assert_allclose(couplings, by_hand, atol=1e-14)
    np.testing.assert_array_equal(couplings, couplings.T)


def test_hebb_diagonal_is_zero_or_the_load():
    stored = letters("ACJ")
    assert (np.diag(hebb(stored)) == 0).all()
    assert (np.diag(hebb(stored, self_coupling=True)) == 3 / 35).all()


@given(PATTERNS)
def test_every_pattern_is_an_eigenvector_of_the_pseudo_inverse(stored):
    assume(np.linalg.matrix_rank(stored.values) == stored.n_patterns)
    projector = pseudo_inverse(stored, self_coupling=True)
    np.testing.assert_allclose(projector @ stored.values.T, stored.values.T, atol=1e-12)
    np.testing.assert_allclose(projector @ projector, projector, atol=1e-12)
    assert np.trace(projector) == pytest.approx(stored.n_patterns, abs=1e-12)
    np.testing.assert_array_equal(projector, projector.T)


@given(PATTERNS)
def test_pseudo_inverse_equals_its_definition(stored):
    assume(np.linalg.matrix_rank(stored.values) == stored.n_patterns)
    n, xi = stored.n_spins, stored.values.astype(float)
    inverse = np.linalg.inv(np.array([[sum(a * b) / n for b in xi] for a in xi]))
    by_hand = np.zeros((n, n))
    for mu in range(stored.n_patterns):
        for nu in range(stored.n_patterns):
            by_hand += np.outer(xi[mu], xi[nu]) * inverse[mu, nu] / n
    np.testing.assert_allclose(pseudo_inverse(stored, self_coupling=True), by_hand, atol=1e-10)
    np.fill_diagonal(by_hand, 0)
    np.testing.assert_allclose(pseudo_inverse(stored), by_hand, atol=1e-10)


def test_pseudo_inverse_of_orthogonal_patterns_is_hebb():
    orthogonal = Patterns([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1]])
    np.testing.assert_allclose(pseudo_inverse(orthogonal), hebb(orthogonal), atol=1e-14)


def test_pseudo_inverse_holds_correlated_patterns_that_hebb_loses():
    stored = correlated_patterns(12, 60, correlation=0.4, seed=2)
    assert (flip_energies(hebb(stored), stored.values) < 0).any()
    assert (flip_energies(pseudo_inverse(stored), stored.values) > 0).all()


@pytest.mark.parametrize(
    ("values", "rank"),
    [
        ([[1, 1, -1], [1, 1, -1]], 1),
        ([[1, 1, -1], [-1, -1, 1]], 1),
        ([[1, 1], [1, -1], [-1, -1]], 2),
        # Row 1 + row 2 = row 3 + row 4, though no two rows are alike.
        ([[1, 1, 1, -1], [1, -1, -1, 1], [1, 1, -1, -1], [1, -1, 1, 1]], 3),
    ],
)
def test_dependent_patterns_are_refused_with_the_condition_number(values, rank):
    text = f"must be linearly independent, but the {len(values)} patterns span only {rank} dimensions"
    with pytest.raises(ArgumentError, match=text) as caught:
        pseudo_inverse(Patterns(values))
    number = str(caught.value).split("xi xi^T / N is ")[1].split(". Remove")[0]
    assert float(number) > 1e14


@pytest.mark.parametrize("rule", [hebb, pseudo_inverse])
def test_plain_arrays_are_refused(rule):
    with pytest.raises(ArgumentError, match=r"`patterns` must be Patterns, but is a ndarray. Wrap an array"):
        rule(np.ones((2, 3)))
