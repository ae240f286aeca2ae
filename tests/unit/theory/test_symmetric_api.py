import json

import numpy as np
import pytest
from scipy.sparse import csr_array

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    ConvergenceError,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
    SizeError,
)
from cavity_hopfield.network import SpinClasses
from cavity_hopfield.theory.symmetric import PermutationSymmetric, permutation_symmetric
from cavity_hopfield.theory.symmetric._count_kernels import advance
from cavity_hopfield.theory.symmetric.counts import ClassCounts, CountBasis, dimension_of
from cavity_hopfield.theory.symmetric.dissection import nested_dissection
from cavity_hopfield.theory.symmetric.generator import CountGenerator

STORED = Patterns([[1, -1, 1, 1], [1, 1, 1, -1]], names=("a", "b"))
NETWORK = OpenHopfield(STORED, Glauber(0.3), drive=0.4)
EQUAL = MultimodeDicke.from_patterns(STORED, 0.5, 1.0, 1.0, drive=0.01)


@pytest.mark.parametrize(("sizes", "dimension"), [([1], 4), ([4], 35), ([60], 39711), ([2, 3], 200), ([1] * 4, 256)])
def test_the_basis_holds_one_number_for_each_count(sizes, dimension):
    assert dimension_of(np.array(sizes)) == dimension
    if dimension < 1000:
        assert CountBasis.of(np.array(sizes)).dimension == dimension


def test_counts_stand_where_they_are_found():
    counts = ClassCounts(5)
    assert (counts.counts.sum(axis=1) == 5).all()
    np.testing.assert_array_equal(counts.places(counts.counts), np.arange(counts.dimension))


@pytest.mark.parametrize("sizes", [[3], [4], [2, 1], [1, 1, 2]])
def test_sectors_share_out_the_whole_space(sizes):
    basis = CountBasis.of(np.array(sizes))
    parts = [basis.sector(t, p) for t in (1, -1) for p in (1, -1)]
    assert sum(part.kept.size for part in parts) == basis.dimension
    together = np.concatenate([part.expansion.toarray() for part in parts], axis=1)
    assert np.linalg.matrix_rank(together) == basis.dimension


def test_an_order_of_dissection_is_an_order():
    places = ClassCounts(9).counts[:, :3]
    assert sorted(nested_dissection(places)) == list(range(len(places)))


@pytest.mark.parametrize("kernel", [advance, advance.py_func], ids=["compiled", "plain"])
def test_the_kernel_is_a_step_of_the_recurrence(kernel):
    rng = np.random.default_rng(5)
    dense = rng.normal(size=(30, 30)) * (rng.random((30, 30)) < 0.3)
    matrix = csr_array(dense)
    now, before, end = rng.normal(size=(3, 30))
    expected = 0.3 * dense @ now - 0.7 * now + 1.1 * before
    expected_end = end + 0.4 * now + 0.2 * expected
    places = (matrix.indptr.astype(np.uint32), matrix.indices.astype(np.uint32))
    kernel(*places, matrix.data, now, before, end, (0.3, -0.7, 1.1, 0.4, 0.2))
    np.testing.assert_allclose(before, expected, atol=1e-13)
    np.testing.assert_allclose(end, expected_end, atol=1e-13)


def test_two_spins_of_opposite_sign_stand_in_the_gauge_of_their_pattern():
    """Two couplings to nobody else leave the sign open; the pattern decides it, so that its overlap is kept."""
    network = OpenHopfield(Patterns([[1, -1]]), Glauber(0.3))
    classes = SpinClasses.of(network)
    assert (classes.sizes.tolist(), classes.sign.tolist()) == ([2], [1, -1])
    start = PermutationSymmetric().evolve(network, [1, -1], [0.0])
    assert float(start["overlap"][0, 0]) == 1


def test_patterns_that_the_couplings_do_not_know_part_the_spins():
    apart = OpenHopfield(np.ones((4, 4)), Glauber(0.3), patterns=STORED)
    assert SpinClasses.of(apart).sizes.tolist() == [2, 1, 1]
    assert SpinClasses.of(OpenHopfield(np.ones((4, 4)), Glauber(0.3))).sizes.tolist() == [4]


def test_spins_of_unequal_rate_classes_are_not_alike():
    dicke = MultimodeDicke([[0.3], [0.3], [0.6], [-0.3]], 1.0, 1.0, drive=0.01)
    classes = SpinClasses.of(OpenHopfield(np.zeros((4, 4)), CavityRates(dicke)))
    assert classes.sizes.tolist() == [3, 1]


def test_spins_without_couplings_are_one_class():
    assert SpinClasses.of(OpenHopfield(np.zeros((3, 3)), Glauber(1.0))).label.tolist() == [0, 0, 0]


def test_a_result_names_its_origin_and_where_its_counts_stand():
    result = PermutationSymmetric(tolerance=1e-9).evolve(NETWORK, [1, 1, 1, 1], [0.0, 1.0])
    assert json.loads(result.attrs["theory"]) == {
        "name": "PermutationSymmetric", "tolerance": 1e-9, "memory_gib": 4.0, "fock": None, "displacement": None,
    }  # fmt: skip
    assert OpenHopfield.from_json(result.attrs["model"]).to_json() == NETWORK.to_json()
    assert result.attrs["error"] < 1e-8
    assert result.attrs["trace_drift"] < 1e-8
    assert result.attrs["products"] > 0
    assert result["probability"].dims == ("time", "count")
    assert result["class_of_spin"].values.tolist() == [0, 1, 0, 1]
    assert result["sign_in_class"].values.tolist() == [1, 1, 1, -1]
    start = result["probability"][0]
    assert result["spins_up"].values[int(start.values.argmax())].tolist() == [2, 1]
    assert set(result) == {
        "overlap", "overlap_x", "overlap_y", "magnetisation", "magnetisation_x", "magnetisation_y", "energy", "spin_z",
        "probability",
    }  # fmt: skip


def test_progress_is_told():
    told = []
    PermutationSymmetric().evolve(NETWORK, [1, 1, 1, 1], [0.0, 30.0], progress=told.append)
    assert told[-1] == 1
    assert (np.diff(told) > 0).all()


def test_whom_to_tell_is_asked_before_the_work(monkeypatch):
    monkeypatch.delattr(PermutationSymmetric, "_generator")
    with pytest.raises(ArgumentError, match=r"`progress` must be a function .* is 3"):
        PermutationSymmetric().evolve(NETWORK, [1, 1, 1, 1], [1.0], progress=3)


def test_too_many_spins_are_refused_with_the_need():
    with pytest.raises(SizeError, match=r"4 spins in 2 classes need 100 numbers.*memory_gib=1e-06"):
        PermutationSymmetric(memory_gib=1e-6).evolve(NETWORK, [1, 1, 1, 1], [1.0])
    large = OpenHopfield(Patterns(np.ones((1, 400))), Glauber(0.3), drive=0.1)
    for call in (PermutationSymmetric().steady_state, PermutationSymmetric().spectrum):
        with pytest.raises(SizeError, match="400 spins in 1 classes need 10827401 numbers"):
            call(large)


def test_other_models_are_refused():
    theory = PermutationSymmetric()
    with pytest.raises(ArgumentError, match=r"must be an `OpenHopfield` for PermutationSymmetric.*from_dicke"):
        theory.spectrum(EQUAL)
    together = OpenHopfield(EQUAL.ising_couplings(), CavityRates(EQUAL, "collective"))
    for call in (theory.steady_state, theory.spectrum):
        with pytest.raises(ArgumentError, match="must have individual jumps"):
            call(together)


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        ([1, 1, 1], "`initial` must have 4 spins"),
        ([1, 0, 1, 1], "`initial` must hold only -1 and"),
        (np.eye(16) / 16, "`initial` must have 1 dimension"),
        (ProductState(np.zeros((3, 3))), "`initial` must have 4 spins and no modes"),
        (ProductState([[0, 0, 1.0], [0, 0, 1.0], [0, 0, 0.5], [0, 0, -1]]), "spins 0 and 2 have"),
        (ProductState([[0, 0, 1.0], [0, 0, 1.0], [0, 0, 1.0], [0, 0, 1]]), r"spins 1 and 3 have .* signs \+1 and -1"),
    ],
)
def test_states_that_are_not_symmetric_are_refused(initial, message):
    with pytest.raises(ArgumentError, match=message):
        PermutationSymmetric().evolve(NETWORK, initial, [1.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, "`k` must be at least 1"),
        ({"k": 2.0}, "`k` must be a whole number"),
        ({"near": complex("nan")}, "`near` must be a finite complex number"),
        ({"near": "a"}, "`near` must be a finite complex number, but is 'a'"),
        ({"near": None}, "`near` must be a finite complex number, but is None"),
        ({"near": [1, 2]}, "`near` must be a finite complex number"),
        ({"parity": 0}, "`parity` must be 1, -1 or None"),
        ({"parity": [1]}, "`parity` must be 1, -1 or None"),
        ({"k": 101}, "`k` must be at most 100, the number of symmetric states, but is 101"),
        ({"k": 10**6, "parity": 1}, r"`k` must be at most \d+, the number of symmetric states of parity \+1"),
    ],
)
def test_wrong_wishes_for_a_spectrum_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        PermutationSymmetric().spectrum(NETWORK, **arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": 0.0}, "`tolerance` must be at least 1e-12"),
        ({"tolerance": 1e-300}, "`tolerance` must be at least 1e-12"),
        ({"tolerance": 1e3}, "`tolerance` must be at most 0.01"),
        ({"memory_gib": -1.0}, "`memory_gib` must be greater than 0"),
    ],
)
def test_numerical_choices_are_checked(options, message):
    with pytest.raises(ArgumentError, match=message):
        PermutationSymmetric(**options)


def test_pairs_are_never_torn():
    for k in range(1, 12):
        found = PermutationSymmetric().spectrum(NETWORK, k=k)
        assert found.sizes["level"] in {k, k + 1}
        imaginary = found["eigenvalue_imag"].values
        np.testing.assert_array_equal(np.sort(imaginary), np.sort(-imaginary))
        assert (np.diff(np.hypot(found["eigenvalue_real"], imaginary)) > -1e-9).all()


def test_one_parity_is_a_part_of_both():
    both = PermutationSymmetric().spectrum(NETWORK, k=100)
    for parity in (1, -1):
        chosen = both.isel(level=np.flatnonzero(both["parity"] == parity))
        alone = PermutationSymmetric().spectrum(NETWORK, k=chosen.sizes["level"], parity=parity)
        with pytest.raises(ArgumentError, match=f"at most {chosen.sizes['level']}"):
            PermutationSymmetric().spectrum(NETWORK, k=chosen.sizes["level"] + 1, parity=parity)
        np.testing.assert_allclose(np.sort(alone["eigenvalue_real"]), np.sort(chosen["eigenvalue_real"]), atol=1e-9)
    assert both.sizes["level"] == 100


def test_several_steady_states_are_refused():
    """Two memories at temperature zero: either is kept for ever."""
    frozen = OpenHopfield(Patterns([[1] * 8, [1] * 4 + [-1] * 4]), Glauber(0.0))
    with pytest.raises(ArgumentError, match="4 sets of states that are never left"):
        PermutationSymmetric().steady_state(frozen)


def test_one_memory_at_temperature_zero_has_two_steady_states():
    """Up and down are kept for ever; their even mixture is stationary, and not the one."""
    with pytest.raises(ArgumentError, match="2 sets of states that are never left"):
        PermutationSymmetric().steady_state(OpenHopfield(Patterns([[1, 1, 1, 1]]), Glauber(0.0)))


def test_flips_that_never_happen_may_leave_one_steady_state():
    """Spins that repel each other end half up and half down, in whatever order."""
    repelling = OpenHopfield(np.eye(4) - 1, Glauber(0.0))
    steady = PermutationSymmetric().steady_state(repelling)
    np.testing.assert_allclose(steady["probability"], [0, 0, 1, 0, 0], atol=1e-12)
    assert steady.attrs["error"] < 1e-12


class NoFlips(Glauber):
    """Spins that never flip by themselves."""

    def __call__(self, flip_energy, spin_class=0):
        return 0 * super().__call__(flip_energy, spin_class)


@pytest.mark.parametrize(("drive", "words"), [(0.0, "5 sets"), (0.5, "two searches found states")])
def test_spins_that_never_flip_have_several_steady_states(drive, words):
    with pytest.raises(ArgumentError, match=words):
        PermutationSymmetric().steady_state(OpenHopfield(Patterns([[1, 1, 1, 1]]), NoFlips(0.3), drive=drive))


def test_the_chain_holds_the_losses_of_every_classical_state():
    classes = SpinClasses.of(NETWORK)
    generator = CountGenerator.of(NETWORK, classes)
    energies = generator.energies
    for state, up in enumerate(generator.spins_up):
        sigma = np.concatenate([[1] * u + [-1] * (n - u) for u, n in zip(up, classes.sizes, strict=True)])
        placed = np.empty(4)
        placed[np.argsort(classes.label, kind="stable")] = sigma
        rates = NETWORK.rates(placed * classes.sign)
        assert generator.chain[[state]].sum() == pytest.approx(rates.sum(), rel=1e-12)
        slope = generator.chain[[state]] @ (energies - energies[state])
        assert slope[0] == pytest.approx(rates @ NETWORK.flip_energies(placed * classes.sign), abs=1e-12)


def test_the_law_is_asked_only_for_what_flips_cost():
    asked = []

    class Listening(Glauber):
        def __call__(self, flip_energy, spin_class=0):
            asked.append(np.abs(flip_energy).max())
            return super().__call__(flip_energy, spin_class)

    PermutationSymmetric().steady_state(OpenHopfield(Patterns([[1, 1, 1, 1]]), Listening(0.3)))
    assert max(asked) == pytest.approx(2 * 3 / 4)


def test_a_residual_above_the_tolerance_is_an_error(monkeypatch):
    monkeypatch.setattr(permutation_symmetric, "relative_residual", lambda *_: 0.1)
    with pytest.raises(ConvergenceError, match=r"relative residual of 0\.1, above tolerance=1e-12"):
        PermutationSymmetric(tolerance=1e-12).steady_state(NETWORK)


def test_free_flips_at_temperature_zero_are_free():
    """Fields of opposite classes cancel; a field of round-off would forbid every second flip."""
    columns = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]]).repeat(3, axis=0).T
    network = OpenHopfield(Patterns(columns), Glauber(0.0), drive=0.0)
    start = np.ones(12, int)
    start[[0, 3, 6]] = -1
    later = PermutationSymmetric().evolve(network, start, [0.0, 1e-6])
    slope = (later["energy"].values[1] - later["energy"].values[0]) / 1e-6
    costs = 2 * start * (network.couplings @ start)
    costs[np.abs(costs) < 1e-12] = 0
    assert slope == pytest.approx(float(costs @ np.heaviside(-costs, 0.5)), rel=1e-4)
