"""Couplings as factors, dense or sparse: one matrix, told three ways."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csr_array

from cavity_hopfield import ArgumentError, Glauber, OpenHopfield, SizeError, hebb, pseudo_inverse, random_patterns
from cavity_hopfield.hopfield import Factorised, Pairwise, interactions_from_dict, interactions_of
from tests.strategies import couplings_with_spins, floats
from tests.twins import classical_generator as twin


@st.composite
def factors_with_spins(draw):
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    factors = draw(hnp.arrays(float, (n, m), elements=floats(-2, 2)))
    return factors, draw(hnp.arrays(float, m, elements=floats(-2, 2))), draw(hnp.arrays(np.int8, n, elements=SIGNS))


SIGNS = st.sampled_from([-1, 1])


def plain_matrix(factors, strengths):
    n, m = factors.shape
    return [
        [sum(strengths[k] * factors[i][k] * factors[j][k] for k in range(m)) if i != j else 0.0 for j in range(n)]
        for i in range(n)
    ]


@given(factors_with_spins())
@settings(max_examples=50, deadline=None)
def test_factors_make_the_matrix_that_they_define(drawn):
    factors, strengths, sigma = drawn
    found, matrix = Factorised(factors, strengths), np.array(plain_matrix(factors, strengths))
    np.testing.assert_allclose(found.couplings, matrix, atol=1e-13)
    np.testing.assert_allclose(found.fields(sigma), matrix @ sigma, atol=1e-12)
    np.testing.assert_allclose(found.largest_fields, np.abs(matrix).sum(axis=1), atol=1e-12)


@given(couplings_with_spins())
@settings(max_examples=30, deadline=None)
def test_a_sparse_matrix_gives_the_network_of_the_dense_one(drawn):
    couplings, sigma = drawn
    dense, sparse = (OpenHopfield(memory, Glauber(0.5)) for memory in (couplings, csr_array(couplings)))
    np.testing.assert_array_equal(sparse.couplings, dense.couplings)
    np.testing.assert_allclose(sparse.flip_energies(sigma), dense.flip_energies(sigma), atol=1e-12)
    expected = [twin.flip_cost(couplings, tuple(int(s) for s in sigma), i) for i in range(len(sigma))]
    np.testing.assert_allclose(sparse.flip_energies(sigma), expected, atol=1e-12)
    np.testing.assert_allclose(
        sparse.interactions.largest_fields, np.abs(dense.couplings).sum(axis=1), rtol=1e-12, atol=1e-300
    )


@pytest.mark.parametrize(("rule", "matrix"), [(Factorised.hebb, hebb), (Factorised.pseudo_inverse, pseudo_inverse)])
def test_rules_as_factors_and_as_matrices_agree(rule, matrix):
    stored = random_patterns(3, 20, seed=2)
    np.testing.assert_allclose(rule(stored).couplings, matrix(stored), atol=1e-15)


def test_batches_of_configurations_keep_their_shape():
    rng = np.random.default_rng(1)
    sigma = rng.choice([-1, 1], (2, 3, 6))
    for interactions in (Factorised(rng.normal(size=(6, 2)), [1.0, -0.5]), Pairwise(csr_array(np.ones((6, 6))))):
        found = interactions.fields(sigma)
        assert found.shape == sigma.shape
        np.testing.assert_allclose(found[1, 2], interactions.couplings @ sigma[1, 2], atol=1e-12)


def test_ten_thousand_spins_need_no_matrix():
    stored = random_patterns(5, 40_000, seed=1)
    network = OpenHopfield(stored, Glauber(0.3))
    overlap = stored.overlaps(stored[0])
    assert float(network.energy(stored[0])) == pytest.approx(-0.5 * (40_000 * (overlap**2).sum() - 5), rel=1e-12)
    with pytest.raises(SizeError, match=r"23\.8 GiB, more than 4"):
        _ = network.couplings


def test_the_bound_for_many_spins_lies_above_the_sum():
    rng = np.random.default_rng(3)
    factors = rng.normal(size=(20_001, 2))
    found = Factorised(factors, [1.0, -2.0]).largest_fields
    exact = np.abs((factors[:5] * [1.0, -2.0]) @ factors.T).sum(axis=1) - np.abs(factors[:5] ** 2 @ [1.0, -2.0])
    assert (found[:5] >= exact).all()
    assert (found[:5] < 2 * exact).all()


@pytest.mark.parametrize(
    "interactions",
    [
        Factorised([[0.1, 1 / 3], [2.0, 1e-7]], [0.7, -1.1]),
        Pairwise([[0, 1 / 3], [1 / 3, 0]]),
        Pairwise(csr_array(np.diag([0.1, 1 / 3], 1) + np.diag([0.1, 1 / 3], -1))),
    ],
    ids=["factors", "dense", "sparse"],
)
def test_interactions_come_back_from_plain_values(interactions):
    again = interactions_from_dict(interactions.to_dict())
    assert type(again) is type(interactions)
    assert again.to_dict() == interactions.to_dict()
    network = OpenHopfield(interactions, Glauber(0.3))
    assert OpenHopfield.from_json(network.to_json()).couplings.tobytes() == network.couplings.tobytes()


def test_interactions_are_kept_as_they_are():
    given_factors = Factorised([[1.0], [2.0]], 1.0)
    assert OpenHopfield(given_factors, Glauber(0.3)).interactions is given_factors
    assert interactions_of(given_factors) is given_factors


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Factorised([1.0, 2.0], 1.0), "`factors` must have shape"),
        (lambda: Factorised([[1.0, 2.0]], [1.0]), "`strengths` must be one number or have shape \\(2,\\)"),
        (lambda: Factorised([[np.nan]], 1.0), "`factors` must be finite"),
        (lambda: Pairwise(csr_array([[0.0, 1.0], [2.0, 0.0]])), "must be symmetric"),
        (lambda: Pairwise(csr_array([[0.0, np.nan], [np.nan, 0.0]])), "must be finite"),
        (lambda: Pairwise(csr_array(np.ones((2, 3)))), "must have shape \\(N, N\\)"),
        (lambda: interactions_from_dict({"factors": [[1.0]]}), "must be a dictionary with the keys"),
    ],
)
def test_what_is_no_interaction_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
