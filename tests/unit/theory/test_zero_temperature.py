"""Updates at zero temperature: as a plain loop does them, down in energy, the same in every form of the couplings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from cavity_hopfield import ArgumentError, Glauber, OpenHopfield, hebb, random_patterns
from cavity_hopfield.hopfield.interactions import Factorised, Pairwise
from cavity_hopfield.theory.zero_temperature import _zero_temperature_kernels as kernels
from cavity_hopfield.theory.zero_temperature.descents import Forces
from cavity_hopfield.theory.zero_temperature.zero_temperature import RULES, ZeroTemperature
from tests.strategies import couplings_with_spins

PATTERNS = random_patterns(5, 31, seed=1)
STARTS = np.random.default_rng(2).choice([-1, 1], (40, 31))


def rule(name, **options):
    return ZeroTemperature(name, seed=7 if name == "random" else None, **options)


def energies(couplings, states):
    return -0.5 * np.einsum("ki,ij,kj->k", states, couplings, states)


def plain_sequential(couplings, state):
    """Spin after spin, from the definition; couplings are whole numbers."""
    state, flips = state.copy(), 1
    while flips:
        flips = 0
        for i in range(state.size):
            field = sum(couplings[i, j] * state[j] for j in range(state.size) if j != i)
            if field * state[i] < 0:
                state[i], flips = -state[i], flips + 1
    return state


def plain_synchronous(couplings, state):
    """All at once, until a configuration comes back."""
    seen = []
    while not any((state == old).all() for old in seen):
        seen.append(state)
        fields = couplings @ state
        state = np.where(fields == 0, state, np.sign(fields)).astype(int)
    return state, next(len(seen) - k for k, old in enumerate(seen) if (state == old).all())


def plain_steepest(couplings, state):
    """The largest gain, until there is none."""
    state = state.copy()
    while True:
        gains = -state * (couplings @ state)
        if gains.max() <= 0:
            return state
        state[gains.argmax()] *= -1


@pytest.fixture(scope="module")
def whole():
    """Hebb's couplings times N, in whole numbers, with many ties."""
    return np.rint(hebb(PATTERNS) * PATTERNS.n_spins)


def test_sequential_updates_are_those_of_a_plain_loop(whole):
    found = rule("sequential").settle(Factorised.hebb(PATTERNS), STARTS)
    assert np.array_equal(found.final, [plain_sequential(whole, start) for start in STARTS])


def test_synchronous_updates_are_those_of_a_plain_loop(whole):
    found = rule("synchronous").settle(Factorised.hebb(PATTERNS), STARTS)
    for end, period, start in zip(found.final, found.period, STARTS, strict=True):
        expected, cycle = plain_synchronous(whole, start)
        assert period == cycle
        if cycle == 1:
            assert (end == expected).all()
        else:
            assert (plain_synchronous(whole, end)[0] == end).all()
    assert set(found.period) == {1, 2}


def test_the_steepest_descent_is_that_of_a_plain_loop(whole):
    found = rule("steepest").settle(Factorised.hebb(PATTERNS), STARTS)
    assert np.array_equal(found.final, [plain_steepest(whole, start) for start in STARTS])


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("threads", [1, 3])
def test_every_form_of_the_couplings_and_any_threads_give_the_same(name, threads):
    first = rule(name).settle(Factorised.hebb(PATTERNS), STARTS)
    matrix = hebb(PATTERNS)
    forms = [
        Factorised.hebb(PATTERNS),
        Factorised(PATTERNS.values.T * np.sqrt(0.37), 1.0),
        Pairwise(matrix),
        Pairwise(csr_array(matrix)),
    ]
    for form in forms:
        found = rule(name, threads=threads).settle(form, STARTS)
        for mine, theirs in zip(vars(found).values(), vars(first).values(), strict=True):
            assert np.array_equal(mine, theirs)


@given(couplings_with_spins(max_spins=5), st.sampled_from(["sequential", "random", "steepest"]))
@settings(max_examples=60, deadline=None)
def test_the_energy_falls_with_every_sweep_until_no_flip_gains(drawn, name):
    matrix, start = drawn
    form = Pairwise(matrix)
    path = [energies(form.couplings, rule(name, most_sweeps=k).settle(form, start).final)[0] for k in range(1, 8)]
    assert (np.diff([energies(form.couplings, start[None])[0], *path]) <= 1e-12).all()
    found = rule(name).settle(form, start)
    assert found.period[0] == 1
    gains = -found.final[0] * form.fields(found.final)[0]
    assert (gains <= 1e-12 * np.maximum(form.largest_fields, 1)).all()


@given(couplings_with_spins(max_spins=6))
@settings(max_examples=60, deadline=None)
def test_synchronous_updates_end_at_rest_or_on_a_cycle_of_two(drawn):
    matrix, start = drawn
    form = Pairwise(matrix)
    found = rule("synchronous").settle(form, start)
    assert found.period[0] in {1, 2}
    again = rule("synchronous", most_sweeps=1).settle(form, found.final)
    assert (again.final == found.final).all() == (found.period[0] == 1)


def test_two_coupled_spins():
    """All at once they chase each other for ever; one at a time the second follows none, the first the second."""
    pair, opposite = Pairwise([[0, 1], [1, 0]]), [1, -1]
    assert rule("synchronous").settle(pair, opposite).period[0] == 2
    found = rule("sequential").settle(pair, opposite)
    assert (found.final[0] == [-1, -1]).all()
    assert (found.flips[0], found.sweeps[0], found.period[0]) == (1, 2, 1)


@pytest.mark.parametrize("name", RULES)
def test_a_spin_without_a_field_stays(name):
    """The third spin feels nothing, and the first two feel fields that cancel."""
    form = Pairwise([[0, 0, 1, -1], [0, 0, 1, -1], [1, 1, 0, 0], [-1, -1, 0, 0]])
    start = [1, -1, 1, 1]
    found = rule(name).settle(form, start)
    assert (found.final[0] == start).all()
    assert found.flips[0] == 0


def test_fields_that_vanish_but_for_round_off_leave_a_spin_as_it_is():
    """.1 + .2 - .3 is not zero in floating point."""
    form = Pairwise([[0, 0.1, 0.2, 0.3], [0.1, 0, 0, 0], [0.2, 0, 0, 0], [0.3, 0, 0, 0]])
    assert form.fields([1, 1, 1, -1])[0] != 0
    for sign in (-1, 1):
        start = [sign, 1, 1, -1]
        after = rule("synchronous", most_sweeps=1).settle(form, start).final[0]
        assert after[0] == sign


@pytest.mark.parametrize("name", ["sequential", "synchronous", "steepest"])
def test_a_start_that_has_not_settled_says_so(name):
    found = rule(name, most_sweeps=1).settle(Factorised.hebb(PATTERNS), STARTS)
    full = rule(name).settle(Factorised.hebb(PATTERNS), STARTS)
    assert set(found.period) <= {0, 1}
    if name != "steepest":
        assert (found.period == 0).any()
        assert (found.sweeps == 1).all()
    assert (found.flips <= full.flips).all()


def test_a_random_order_is_the_same_for_any_number_of_starts():
    form = Factorised.hebb(PATTERNS)
    every, few = rule("random").settle(form, STARTS), rule("random").settle(form, STARTS[:3])
    assert np.array_equal(every.final[:3], few.final)
    other = ZeroTemperature("random", seed=8).settle(form, STARTS)
    assert (other.final != every.final).any()


def test_patterns_of_the_pseudo_inverse_stay_where_they_are():
    stored = random_patterns(28, 31, seed=3)
    for name in RULES:
        found = rule(name).settle(Factorised.pseudo_inverse(stored), stored.values)
        assert (found.final == stored.values).all()


def test_whole_numbers_are_kept_for_the_hebb_rule_alone():
    assert Forces.of(Factorised.hebb(PATTERNS)).exact
    assert not Forces.of(Factorised.pseudo_inverse(PATTERNS)).exact
    assert not Forces.of(Factorised(PATTERNS.values.T, np.arange(1.0, 6.0))).exact


def test_repelling_patterns_are_left():
    """Negative strengths, in whole numbers as in others."""
    away = [Factorised(PATTERNS.values.T, -1 / 31), Factorised(PATTERNS.values.T * 0.3, -1.0)]
    ends = [rule("sequential").settle(form, PATTERNS.values).final for form in away]
    assert np.array_equal(*ends)
    assert np.abs(PATTERNS.overlaps(ends[0])).max() < 0.2


def test_the_dataset_is_labelled_and_the_energy_is_that_of_the_network():
    network = OpenHopfield(PATTERNS, Glauber(0.3))
    found = rule("sequential").descend(network, STARTS)
    assert set(found.data_vars) == {"final_configuration", "overlap", "energy", "sweeps", "flips", "period"}
    assert np.allclose(found["energy"], energies(hebb(PATTERNS), found["final_configuration"].values))
    assert np.allclose(found["overlap"], PATTERNS.overlaps(found["final_configuration"].values))
    assert '"rule": "sequential"' in found.attrs["theory"]
    matrix = OpenHopfield(hebb(PATTERNS), Glauber(0.3))
    assert "overlap" not in rule("steepest").descend(matrix, STARTS[0])


def test_progress_is_told():
    told = []
    rule("sequential").settle(Factorised.hebb(PATTERNS), STARTS, progress=told.append)
    assert told[-1] == 1.0
    assert told == sorted(told)


@pytest.mark.parametrize("compiled", [True, False])
def test_kernels_also_as_plain_python(compiled):
    def take(kernel):
        return kernel if compiled else kernel.py_func

    factors, n = PATTERNS.values.T, PATTERNS.n_spins
    matrix = np.rint(hebb(PATTERNS) * n)
    ends = []
    for k, (kernel, form) in enumerate(
        [
            (kernels.factorised_sweeps, (factors.copy(), np.ones(5, np.int64), np.full(n, 5))),
            (kernels.pairwise_sweeps, (np.arange(0, n * n + 1, n), np.empty(0, np.int64), matrix.ravel())),
        ]
    ):
        state, counts = STARTS[k].astype(np.int8), np.zeros(2, np.int64)
        assert take(kernel)(state, *form, np.zeros(n), np.arange(n), None, 100, counts)
        assert np.array_equal(state, plain_sequential(matrix, STARTS[k]))
        ends.append(counts)
    assert all(counts[0] > 1 for counts in ends)
    order = np.arange(n)
    take(kernels.shuffle)(order, np.random.default_rng(1))
    assert sorted(order) == list(range(n))
    assert (order != np.arange(n)).any()
    sums = np.zeros(5, np.int64)
    take(kernels.add_up)(STARTS[0].astype(np.int8), factors.copy(), np.ones(5, np.int64), sums)
    assert np.array_equal(sums, STARTS[0] @ factors)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rule": "parallel"}, "`rule` must be one of"),
        ({"rule": "sequential", "seed": 1}, "`seed` must be left out"),
        ({"rule": "random"}, "`seed` must be a whole number"),
        ({"most_sweeps": 0}, "`most_sweeps` must be at least 1"),
        ({"threads": 0}, "`threads` must be at least 1"),
    ],
)
def test_wrong_options_are_refused(options, told):
    with pytest.raises(ArgumentError, match=told):
        ZeroTemperature(**options)


def test_wrong_starts_are_refused():
    form = Factorised.hebb(PATTERNS)
    for start, told in ((np.ones(7), "31 spins"), (np.zeros(31), "only -1 and"), (np.ones((2, 2, 31)), r"\(K, N\)")):
        with pytest.raises(ArgumentError, match=told):
            rule("sequential").settle(form, start)
    with pytest.raises(ArgumentError, match="`OpenHopfield`"):
        rule("sequential").descend(form, np.ones(31))


def test_couplings_are_told_from_a_network():
    with pytest.raises(ArgumentError, match=r"`interactions` must be couplings.*is a OpenHopfield.*`descend`"):
        ZeroTemperature().settle(OpenHopfield(PATTERNS, Glauber(0.1)), STARTS)
