import numpy as np
import pytest
from scipy.sparse import csr_array

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    ClassicalMasterEquation,
    ConvergenceError,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    SizeError,
)
from cavity_hopfield.network import CountedHopfield, OverlapTargets
from cavity_hopfield.theory.master_equation import _chain_kernels as kernels
from cavity_hopfield.theory.master_equation import chain as chain_module
from cavity_hopfield.theory.master_equation import passage, stationary
from cavity_hopfield.theory.master_equation.chain import Band, Chain

STORED = Patterns([[1, 1, -1, 1], [1, -1, 1, 1]], names=("one", "two"))
NETWORK = OpenHopfield(STORED, Glauber(0.5))
THEORY = ClassicalMasterEquation()
ONE = Patterns([[1]], names=("one",))


def dims(result):
    return {name: variable.dims for name, variable in result.data_vars.items()}


def random_rates(n=12, seed=3, width=4):
    rates = np.random.default_rng(seed).random((n, n)) + 0.1
    rates[np.abs(np.subtract.outer(np.arange(n), np.arange(n))) > width] = 0
    np.fill_diagonal(rates, 0)
    return rates


def as_chain(rates):
    return Chain.of(csr_array((rates - np.diag(rates.sum(axis=1))).T))


# Results


def test_a_steady_state_is_labelled():
    steady = THEORY.steady_state(NETWORK)
    assert dims(steady) == {
        "probability": ("configuration",),
        "magnetisation": (),
        "energy": (),
        "spin_z": ("spin",),
        "overlap": ("pattern",),
    }
    assert steady.attrs["method"] == "detailed balance"
    assert 0 <= steady.attrs["residual"] < 1e-15
    assert 0 < steady.attrs["error"] < 1e-14


def test_counts_are_told_by_coordinates():
    steady = ClassicalMasterEquation(resolution="classes").steady_state(NETWORK)
    assert steady["probability"].dims == ("count",)
    np.testing.assert_array_equal(
        steady["spins_up"], [[2, 2], [2, 1], [2, 0], [1, 2], [1, 1], [1, 0], [0, 2], [0, 1], [0, 0]]
    )
    np.testing.assert_array_equal(steady["class_of_spin"], [0, 1, 1, 0])
    np.testing.assert_array_equal(steady["sign_in_class"], [1, 1, -1, 1])


def test_a_network_told_by_counts_has_means_of_its_classes():
    network = CountedHopfield(STORED, [3, 2, 1, 4], Glauber(0.5))
    result = THEORY.evolve(network, [3, 2, 0, 1], [0.0, 1.0])
    assert "spin_z" not in result
    np.testing.assert_allclose(result["class_spin_z"].values[0], [1, 1, -1, -0.5])
    assert result["probability"].sizes == {"time": 2, "count": 4 * 3 * 2 * 5}
    np.testing.assert_allclose(result["overlap"].values[0], network.overlaps([3, 2, 0, 1]))
    assert result["energy"].values[0] == pytest.approx(network.energy([3, 2, 0, 1]))


def test_probabilities_may_be_the_start():
    start = np.arange(1.0, 17) / 136
    result = THEORY.evolve(NETWORK, start, [0.0])
    np.testing.assert_array_equal(result["probability"].values[0], start)


def test_targets_come_as_pairs_or_marks():
    pairs = [("one", 1.0), ("one", -1.0)]
    by_name = THEORY.basin_probabilities(NETWORK, pairs)
    assert list(by_name["target"].values) == ["one >= 1", "one <= -1"]
    marks = np.zeros((2, 16), np.bool_)
    marks[0, 0b0010] = marks[1, 0b1101] = True
    for targets in (OverlapTargets.of(STORED, pairs), marks):
        found = THEORY.basin_probabilities(NETWORK, targets)["basin_probability"]
        np.testing.assert_array_equal(found, by_name["basin_probability"])
    times = THEORY.mean_first_passage_time(NETWORK, marks.any(axis=0))
    assert times["mean_passage_time"].values[[0b0010, 0b1101]].tolist() == [0, 0]
    assert times.attrs["method"] == "elimination"


def test_where_two_targets_meet_the_first_counts():
    marks = np.ones((2, 16), np.bool_)
    found = THEORY.basin_probabilities(NETWORK, marks)["basin_probability"]
    np.testing.assert_array_equal(found, [[1, 0]] * 16)


def test_collective_jumps_have_a_steady_state_for_every_total_spin():
    pair = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.01)
    network = OpenHopfield(pair.ising_couplings(), CavityRates(pair, "collective"))
    classes = THEORY.closed_classes(network)
    assert classes["member"].sum("ladder").values.tolist() == [1, 3]
    with pytest.raises(ArgumentError, match=r"2 closed classes, sets that are never left"):
        THEORY.steady_state(network)


# Refusals


def test_several_closed_classes_are_counted_and_a_remedy_is_named():
    with pytest.raises(ArgumentError, match=r"4 closed classes, sets that are never left.*closed_classes"):
        THEORY.steady_state(OpenHopfield(STORED, Glauber(0.0)))


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        (np.full(16, 1 / 15), "not negative and with the sum 1"),
        (np.eye(16)[0] * 2 - np.eye(16)[1], "smallest entry is -1"),
        ([1, 1, 0, 1], "only -1 and \\+1"),
        ([1, 1, 1], "must have 4 spins"),
    ],
)
def test_a_start_that_is_none_is_refused(initial, message):
    with pytest.raises(ArgumentError, match=message):
        THEORY.evolve(NETWORK, initial, [1.0])


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([("three", 1.0)], "three"),
        ([("one", 0.0)], "not zero"),
        ([], "at least one pair"),
        (np.zeros(16, np.bool_), "reached by none"),
        (np.zeros(8, np.bool_), r"boolean array of shape \(16,\)"),
        (np.zeros(16), "type float64"),
    ],
)
def test_targets_that_are_none_are_refused(targets, message):
    with pytest.raises(ArgumentError, match=message):
        THEORY.mean_first_passage_time(NETWORK, targets)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resolution": "sites"}, "one of 'spins', 'classes'"),
        ({"tolerance": 0.0}, "at least 1e-12"),
        ({"tolerance": 1.0}, "at most 0.01"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(ArgumentError, match=message):
        ClassicalMasterEquation(**options)


def test_more_eigenvalues_than_there_are_cannot_be_asked_for():
    with pytest.raises(ArgumentError, match=r"at most 16, .*but is 17"):
        THEORY.spectrum(NETWORK, 17)
    assert THEORY.spectrum(NETWORK, 16).sizes["level"] == 16


def test_a_chain_beyond_the_memory_is_refused_before_it_is_made():
    with pytest.raises(SizeError, match=r"30 spins needs about .* GiB.*classes"):
        THEORY.steady_state(OpenHopfield(np.ones((30, 30)), Glauber(1.0)))
    with pytest.raises(SizeError):
        THEORY.steady_state(CountedHopfield(ONE, [10**9], Glauber(1.0)))
    counted = ClassicalMasterEquation(resolution="classes").steady_state(OpenHopfield(np.ones((30, 30)), Glauber(1.0)))
    assert counted.sizes["count"] == 31


class Law:
    """A rate law whose rates have a fault."""

    def __init__(self, value):
        self.value = value

    def __call__(self, flip_energy, spin_class=0):
        return np.where(np.asarray(flip_energy) > 0, self.value, 1.0) + 0 * np.asarray(spin_class)

    def spin_classes(self, n_spins):
        return np.zeros(n_spins, np.int64)

    def to_dict(self):
        return {"rate_law": "Law"}


@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_rates_that_are_no_rates_are_refused(value):
    with pytest.raises(ArgumentError, match="finite rates that are not negative"):
        THEORY.steady_state(OpenHopfield(STORED, Law(value)))


def test_an_iteration_that_does_not_converge_says_so(monkeypatch):
    monkeypatch.setattr(chain_module, "MOST_ELIMINATED", -1.0)
    monkeypatch.setattr(stationary, "MOST_STEPS", 1)
    monkeypatch.setattr(stationary, "MOST_CYCLES", 1)
    monkeypatch.setattr(stationary, "KRYLOV_VECTORS", 1)
    monkeypatch.setattr(stationary, "MOST_ROUNDS", 1)
    monkeypatch.setattr(passage, "MOST_STEPS", 1)
    monkeypatch.setattr(passage, "MOST_ROUNDS", 1)
    chain = as_chain(random_rates(n=40, width=2))
    with pytest.raises(ConvergenceError, match=r"residual of .*relative error of about"):
        stationary.solve_stationary(chain, 1e-10)
    with pytest.raises(ConvergenceError, match=r"Passages are known to a residual of"):
        passage.passage_times(chain, np.where(np.arange(40) == 0, 0, -1), 1e-10)


# Chains


def test_a_chain_without_detailed_balance_is_told_from_one_with_it():
    balanced = random_rates()
    weights = np.random.default_rng(1).random(12)
    balanced = (balanced + balanced.T) * weights
    assert as_chain(balanced).balanced
    np.testing.assert_allclose(
        stationary.solve_stationary(as_chain(balanced), 1e-10).probability, weights / weights.sum(), rtol=1e-13
    )
    balanced[3, 5] *= 1 + 1e-9
    assert not as_chain(balanced).balanced
    assert not as_chain(random_rates()).balanced


def test_closed_classes_and_one_way_streets():
    rates = np.zeros((6, 6))
    rates[0, 1] = rates[1, 0] = 1.0
    rates[2, 0] = rates[2, 3] = 0.5
    rates[3, 4] = rates[4, 5] = rates[5, 3] = 2.0
    classes = as_chain(rates).closed_classes
    assert [members.tolist() for members in classes] == [[0, 1], [3, 4, 5]]
    found = stationary.solve_stationary(as_chain(rates).restricted(classes[1]), 1e-10)
    np.testing.assert_allclose(found.probability, 1 / 3)
    times = passage.passage_times(as_chain(rates), np.array([0, -1, -1, -1, -1, -1]), 1e-10)
    np.testing.assert_allclose(times.values[:, 0], [0, 1, np.inf, np.inf, np.inf, np.inf])
    first = passage.first_targets(as_chain(rates), np.array([0, -1, -1, -1, -1, -1]), 1, 1e-10)
    np.testing.assert_allclose(first.values[:, 0], [1, 1, 0.5, 0, 0, 0])


def test_a_band_is_narrowed_by_a_better_order():
    rates = random_rates(n=60, width=2)
    shuffled = np.random.default_rng(2).permutation(60)
    mixed = csr_array(rates[np.ix_(shuffled, shuffled)])
    band = Band.of(mixed)
    assert band.width <= 6
    dense = np.zeros((60, 60))
    filled = band.filled(mixed)
    for i in range(60):
        for j in range(max(0, i - band.width), min(60, i + band.width + 1)):
            dense[band.order[i], band.order[j]] = filled[i, j - i + band.width]
    np.testing.assert_array_equal(dense, mixed.toarray())


# Kernels


@pytest.mark.parametrize("plain", [False, True])
def test_the_elimination_kernels_solve_random_chains(plain, monkeypatch):
    if plain:
        for name in ("share", "substitute"):
            monkeypatch.setattr(kernels, name, getattr(kernels, name).py_func)
    rates, onto = random_rates(), np.random.default_rng(5).random((12, 2))
    band = Band.of(csr_array(rates)).filled(csr_array(rates))
    width, weights = (band.shape[1] - 1) // 2, np.empty(12)
    stationary_kernel = kernels.stationary.py_func if plain else kernels.stationary
    assert stationary_kernel(band.copy(), width, weights) == -1
    generator = rates - np.diag(rates.sum(axis=1))
    np.testing.assert_allclose(weights @ generator, 0, atol=1e-12 * weights.max())
    times, reached = np.ones(12), np.empty((12, 2))
    absorption = kernels.absorption.py_func if plain else kernels.absorption
    assert absorption(band.copy(), width, onto.copy(), times, reached) == -1
    killed = generator - np.diag(onto.sum(axis=1))
    np.testing.assert_allclose(killed @ times, -1, atol=1e-12)
    np.testing.assert_allclose(killed @ reached, -onto, atol=1e-12)


@pytest.mark.parametrize("plain", [False, True])
def test_the_row_kernels_are_their_definitions(plain):
    chain = as_chain(random_rates())
    rows = (chain.inward.indptr, chain.inward.indices)
    dense, vectors = chain.inward.toarray(), np.random.default_rng(4).random((12, 3))

    def kernel(name):
        return getattr(kernels, name).py_func if plain else getattr(kernels, name)

    form = np.empty((3, 3))
    kernel("dirichlet")(*rows, chain.inward.data, chain.outward.data, vectors, form)
    roots = np.sqrt(dense - np.diag(np.diag(dense)))
    # the rate from i to j stands at (j, i)
    changes = roots.T[:, :, None] * vectors[:, None] - roots[:, :, None] * vectors[None]
    np.testing.assert_allclose(form, np.einsum("ija,ijb->ab", changes, changes) / 2, rtol=1e-12)
    mantissa, exponent = np.empty(12), np.empty(12, np.int64)
    assert kernel("along_paths")(*rows, chain.inward.data, chain.outward.data, mantissa, exponent) > 0
    worst = kernel("imbalance")(*rows, chain.inward.data, chain.outward.data, mantissa, exponent)
    weights = mantissa * 2.0**exponent
    flows = (dense - np.diag(np.diag(dense))) * weights
    there = flows > 0
    expected = (np.abs(flows - flows.T) / np.maximum(flows, flows.T, where=there, out=np.ones_like(flows)))[there]
    assert worst == pytest.approx(expected.max())
    before = np.random.default_rng(6).random(12)
    swept, expected = before.copy(), before.copy()
    kernel("settle")(*rows, chain.inward.data, chain.exits, swept, True)
    for k in range(12):
        expected[k] = (dense[k] @ expected - dense[k, k] * expected[k]) / chain.exits[k]
    np.testing.assert_allclose(swept, expected, rtol=1e-13)
    swept, expected = before.copy(), before.copy()
    kernel("settle_times")(
        chain.outward.indptr, chain.outward.indices, chain.outward.data, chain.exits, np.ones(12), swept,
        np.arange(12)[::-1].copy(),
    )  # fmt: skip
    for k in range(12)[::-1]:
        expected[k] = (1 + dense[:, k] @ expected - dense[k, k] * expected[k]) / chain.exits[k]
    np.testing.assert_allclose(swept, expected, rtol=1e-13)


def test_weights_beyond_all_floats_are_scaled():
    """A ladder of 2000 levels each a thousand times as likely as the one before."""
    n = 2000
    band = np.zeros((n, 3))
    band[:-1, 2], band[1:, 0] = 1e3, 1.0
    weights = np.empty(n)
    assert kernels.stationary(band, 1, weights) == -1
    np.testing.assert_allclose(weights[-50:] / weights[-1], 1e-3 ** np.arange(49, -1, -1), rtol=1e-12)
    assert weights[0] == 0
