import json

import numpy as np
import pytest

from cavity_hopfield.elimination.memory import _memory_kernels as memory_kernels
from cavity_hopfield.elimination.memory import flip_memory, volterra
from cavity_hopfield.elimination.memory.equation import MemoryEquation, transient_rates
from cavity_hopfield.elimination.memory.flip_memory import FlipKernels
from cavity_hopfield.elimination.memory.slip import memory_slip, memory_slip_estimate, slip_corrected_rate
from cavity_hopfield.elimination.memory.volterra import METHODS, FlowNetwork, GaussCollocation, MemoryWeights
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, RegimeWarning, SizeError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import Glauber, MultimodeDicke
from cavity_hopfield.operators import configurations, flip_partners

PATTERNS = Patterns([[1, -1]], names=["only"])
MODEL = MultimodeDicke(g=[[0.5], [0.3]], omega=1.0, loss=0.8, gain=0.1, drive=0.02, patterns=PATTERNS)
TIMES = [0.0, 1.0, 30.0]
WITH_SPLIT = transient_rates(MODEL, [1, 1], [3.0])

both_versions = pytest.mark.parametrize("version", [lambda f: f, lambda f: f.py_func], ids=["compiled", "python"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "born"}, "`method` must be one of 'nakajima_zwanzig', 'time_convolutionless', 'markov'"),
        ({"splitting": np.inf}, "`splitting` must be finite"),
        ({"rtol": 1e-14}, "`rtol` must be at least 1e-13"),
        ({"memory_gib": -1.0}, "`memory_gib` must be greater than 0"),
    ],
)
def test_wrong_options_are_refused_by_name(options, message):
    with pytest.raises(ArgumentError, match=message):
        MemoryEquation(**options)


@pytest.mark.parametrize(
    ("model", "initial", "times", "message"),
    [
        (Glauber(1.0), [1, 1], TIMES, "`model` must be a `MultimodeDicke`, but is a Glauber"),
        (MODEL, [1, 1, 1], TIMES, "2 spins"),
        (MODEL, [1, 0], TIMES, "only -1 and"),
        (MODEL, [1, 1], [1.0, 0.5], "increase strictly"),
        (MODEL, [1, 1], [-1.0], "must not start before 0"),
        (MultimodeDicke(g=[[0.5]], omega=1.0, loss=1.0), [1], TIMES, "must have a drive"),
        (MultimodeDicke(g=[[0.5], [0.0]], omega=1.0, loss=1.0, drive=0.1), [1, 1], TIMES, "spin 1 has only zeros"),
    ],
)
def test_wrong_arguments_are_refused_by_name(model, initial, times, message):
    with pytest.raises(ArgumentError, match=message):
        MemoryEquation().evolve(model, initial, times)


@pytest.mark.parametrize("n_spins", [40, 3000])
def test_too_many_spins_are_refused_with_the_memory_they_need(n_spins):
    model = MultimodeDicke(g=np.linspace(0.1, 0.5, n_spins)[:, None], omega=1.0, loss=1.0, drive=0.01)
    with pytest.raises(SizeError, match=rf"populations of {n_spins} spins .* GiB, more than memory_gib=4"):
        MemoryEquation().evolve(model, np.ones(n_spins), TIMES)


def test_the_past_counts_in_the_memory():
    tight = {"memory_gib": 5e-5}
    MemoryEquation("markov", **tight).evolve(MODEL, [1, 1], [60.0])
    with pytest.raises(SizeError, match="their memory need about"):
        MemoryEquation("nakajima_zwanzig", **tight).evolve(MODEL, [1, 1], [60.0])


@pytest.mark.parametrize("method", METHODS[:2])
def test_a_tolerance_out_of_reach_is_an_error_with_the_one_reached(method, monkeypatch):
    monkeypatch.setattr(volterra, "MOST_HALVINGS", 1)
    with pytest.raises(ConvergenceError, match=r"still move by \d.\de-\d+ .* more than rtol=1e-13"):
        MemoryEquation(method, rtol=1e-13).evolve(MODEL, [1, 1], [50.0])


@pytest.mark.parametrize("method", METHODS)
def test_the_result_is_labelled_and_tells_how_it_was_made(method):
    told = []
    theory = MemoryEquation(method, splitting=0.1)
    result = theory.evolve(MODEL, [1, -1], TIMES, progress=told.append)
    assert dict(result.sizes) == {"time": 3, "configuration": 4, "spin": 2, "pattern": 1}
    assert json.loads(result.attrs["theory"]) == {
        "name": "MemoryEquation",
        "method": method,
        "splitting": 0.1,
        "rtol": 1e-8,
        "memory_gib": 4.0,
    }
    assert MultimodeDicke.from_json(result.attrs["model"]).drive == MODEL.drive
    assert 0 <= result.attrs["numerical_error"] <= 1e-8
    np.testing.assert_array_equal(result["probability"].values[0], [0, 1, 0, 0])
    np.testing.assert_array_equal(result["spin_z"].values[0], [1, -1])
    np.testing.assert_allclose(result["overlap"].sel(pattern="only"), (result["spin_z"] * [1, -1]).mean("spin"))
    np.testing.assert_allclose(result["magnetisation"], result["spin_z"].mean("spin"), atol=1e-15)
    assert result["energy"].values[0] == pytest.approx(float(MODEL.energy([1, -1])), rel=1e-12)
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] == 1.0


@pytest.mark.parametrize("method", METHODS)
def test_the_start_alone_may_be_asked(method):
    result = MemoryEquation(method).evolve(MODEL, [-1, 1], [0.0])
    np.testing.assert_array_equal(result["probability"].values, [[0, 0, 1, 0]])


@pytest.mark.parametrize("method", METHODS)
def test_times_need_not_be_steps_and_do_not_change_the_answer(method):
    theory = MemoryEquation(method, rtol=1e-11)
    many = theory.evolve(MODEL, [1, 1], np.linspace(0, 77, 200))["probability"].values
    few = theory.evolve(MODEL, [1, 1], np.linspace(0, 77, 200)[[3, 17, 199]])["probability"].values
    np.testing.assert_allclose(few, many[[3, 17, 199]], rtol=0, atol=2e-11)


def test_a_model_whose_signs_are_no_patterns_has_no_overlap():
    model = MultimodeDicke(g=[[0.5, 0.0], [0.2, 0.4]], omega=1.0, loss=0.8, drive=0.02)
    assert "overlap" not in MemoryEquation("markov").evolve(model, [1, 1], TIMES)


def test_a_splitting_tells_spins_of_opposite_couplings_apart():
    model = MultimodeDicke(g=[[0.5], [-0.5]], omega=1.0, loss=0.8, drive=0.02)
    with pytest.warns(RegimeWarning, match="cannot tell apart.*up to"):
        MemoryEquation("markov").evolve(model, [1, 1], TIMES)
    result = MemoryEquation("markov", splitting=0.5).evolve(model, [1, 1], TIMES)
    assert 0 < result.attrs["pair_ratio"] < 0.1


@pytest.mark.parametrize(
    ("sigma", "times", "options", "message"),
    [
        ([1, 1], [-1.0], {}, "no negative time"),
        ([1], [1.0], {}, "2 spins"),
        ([1, 1], [1.0], {"splitting": np.nan}, "`splitting` must be finite"),
    ],
)
def test_wrong_arguments_of_transient_rates_are_refused(sigma, times, options, message):
    with pytest.raises(ArgumentError, match=message):
        transient_rates(MODEL, sigma, times, **options)


def test_slips_broadcast_and_are_even_in_the_flip_energy():
    energies = np.array([[-2.0], [0.0], [2.0]])
    slips = memory_slip(MODEL, energies, [0, 1])
    assert slips.shape == (3, 2)
    np.testing.assert_allclose(slips[0], slips[2], rtol=1e-10)
    assert slips[1, 1] == pytest.approx(float(memory_slip(MODEL, 0.0, 1)), rel=1e-12)
    assert slips[1, 0] != slips[1, 1]


def test_a_slip_without_a_drive_is_zero():
    assert float(memory_slip(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.8), 0.3)) == 0


def test_the_estimate_of_a_slip_says_how_accurate_it_is():
    energies = np.linspace(-5, 5, 11)
    values, errors = memory_slip_estimate(MODEL, energies)
    np.testing.assert_array_equal(values, memory_slip(MODEL, energies))
    assert (errors > 0).all()
    assert (errors < 1e-9 * np.abs(values).max()).all()


@pytest.mark.parametrize("wrong", [2, -1, 0.5])
def test_a_slip_of_a_class_that_does_not_exist_is_refused(wrong):
    with pytest.raises(ArgumentError, match=r"whole numbers 0\.\.1"):
        memory_slip(MODEL, 0.0, wrong)


def test_a_slip_of_a_silent_spin_is_refused():
    with pytest.raises(ArgumentError, match="only zeros in `g`"):
        memory_slip(MultimodeDicke(g=[[0.0], [0.5]], omega=1.0, loss=1.0, drive=0.1), 0.0)


def test_no_rate_is_corrected_by_a_slip_of_one_and_a_large_one_is_told():
    def model(drive):
        return MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=drive)

    with pytest.raises(
        ArgumentError, match=r"the memory slip is 1\.88 and must be below 1. Lower the drive below 0\.21"
    ):
        slip_corrected_rate(model(0.3), 0.0)
    with pytest.warns(RegimeWarning, match=r"the memory slip is 0\.2\d"):
        slip_corrected_rate(model(0.1), 0.0)


def test_gauss_collocation_integrates_polynomials():
    rule, ends = GaussCollocation.of(4), np.array([0.0, 0.3, 1.0])
    np.testing.assert_allclose(rule.integrated(ends) @ rule.nodes**3, ends**4 / 4, atol=1e-15)
    np.testing.assert_allclose(rule.integrated(ends)[-1], rule.weights, atol=1e-15)
    np.testing.assert_allclose(rule.stage @ rule.nodes, rule.nodes**2 / 2, atol=1e-15)
    np.testing.assert_allclose(rule.inner @ rule.nodes, np.outer(rule.nodes, rule.nodes) ** 2 / 2, atol=1e-15)


def test_settled_part_and_rest_add_up_to_the_kernel():
    kernels, _ = FlipKernels.of(MODEL, np.array([[1, 1], [1, -1]], np.int8), 0.1)
    times = np.linspace(0, 30, 61)
    settled = (kernels.amplitudes[:, None] * np.exp(-kernels.settled_decays[:, None] * times)).real
    np.testing.assert_allclose(kernels.values(times, rest=True) + settled, kernels.values(times), atol=1e-17)
    assert (kernels.amplitudes != 0).all()
    late = kernels.memory_time * np.array([1.0, 1.5, 3.0])
    assert np.abs(kernels.values(late, rest=True)).max() < 1e-16 * kernels.strength


def test_splitting_the_kernel_changes_the_work_and_not_the_answer(monkeypatch):
    theory, times = MemoryEquation(rtol=1e-11), np.linspace(0, 40, 9)
    split = theory.evolve(MODEL, [1, -1], times)
    monkeypatch.setattr(flip_memory, "LARGEST_AMPLITUDE", flip_memory.SMALLEST_AMPLITUDE)
    whole = theory.evolve(MODEL, [1, -1], times)
    assert whole.attrs["memory_time"] > 1.5 * split.attrs["memory_time"]
    np.testing.assert_allclose(whole["probability"], split["probability"], rtol=0, atol=2e-11)
    assert transient_rates(MODEL, [1, 1], [3.0]) == pytest.approx(WITH_SPLIT, rel=1e-10)


@pytest.mark.parametrize(("g", "loss", "gain", "split"), [(3, 0.3, 0.27, False), (6, 9, 6, False), (0.9, 2, 0.5, True)])
def test_kernels_of_strong_coupling_are_numbers_and_their_rates_start_at_zero(g, loss, gain, split):
    model = MultimodeDicke(g=[[g]], omega=1.0, loss=loss, gain=gain, drive=0.5)
    kernels, _ = FlipKernels.of(model, np.array([[1]], np.int8), 0.0)
    assert (abs(kernels.amplitudes[0]) > 0) == split
    rates = transient_rates(model, [1], [0.0, 0.01, 1e3])[:, 0]
    assert rates[0] == pytest.approx(0.0, abs=1e-11 * rates[2])
    assert 0 < rates[1] <= 2 * 0.5**2 * 0.01


def test_equal_flips_share_a_kernel_and_a_flow():
    model = MultimodeDicke(g=[[0.5], [0.5], [-0.5]], omega=1.0, loss=0.8, drive=0.02)
    sigma = configurations(3)
    kernels, flips = FlipKernels.of(model, sigma, 0.0)
    network = FlowNetwork.of(flips, flip_partners(3))
    assert kernels.energies.size == np.unique(np.round(model.flip_energies(sigma), 9)).size == 3
    assert network.edge_flow.size == 24
    assert network.flow_kernel.size == sum(np.unique(row).size for row in flips) < 24
    for edge, (source, spin) in enumerate(np.ndindex(8, 3)):
        assert network.flow_source[network.edge_flow[edge]] == source
        assert network.flow_kernel[network.edge_flow[edge]] == flips[source, spin]
        turned = sigma[source] * np.where(np.arange(3) == spin, -1, 1)
        np.testing.assert_array_equal(sigma[network.edge_target[edge]], turned)


def small_problem():
    kernels, flips = FlipKernels.of(MODEL, configurations(2), 0.1)
    return kernels, FlowNetwork.of(flips, flip_partners(2)), GaussCollocation.of(3)


def march(version, *, n_steps, chunks, step=0.7, lags=4):
    """Starts and slopes of the march with memory, in so many chunks."""
    kernels, network, rule = small_problem()
    weights = MemoryWeights.of(kernels, rule, step, lags)
    length = weights.history.shape[2]
    p, window = np.array([0.0, 0.2, 0.0, 0.8]), np.zeros((4, 2 * length))
    held = np.zeros(network.flow_kernel.size, complex)
    starts, slopes = np.empty((n_steps, 4)), np.empty((n_steps, 4, 3))
    for chunk in np.array_split(np.arange(n_steps), chunks):
        here = slice(chunk[0], chunk[-1] + 1)
        assert version(memory_kernels.march_memory)(
            step, *weights.arrays, rule.weights, rule.stage, *network.arrays,
            int(chunk[0] * 3 % length), p, window, held, starts[here], slopes[here],
        )  # fmt: skip
    return starts, slopes


def test_the_compiled_march_with_memory_equals_the_plain_one_in_any_chunks():
    compiled = march(lambda f: f, n_steps=11, chunks=1)
    for other in (march(lambda f: f.py_func, n_steps=11, chunks=1), march(lambda f: f, n_steps=11, chunks=3)):
        for found, expected in zip(other, compiled, strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)


def test_the_compiled_march_by_rates_equals_the_plain_one():
    kernels, network, rule = small_problem()
    times = 0.7 * (np.arange(5)[:, None] + rule.nodes)
    rates = kernels.accumulated(times.reshape(-1)).reshape(-1, 5, 3)
    results = []
    for version in (memory_kernels.march_rates, memory_kernels.march_rates.py_func):
        p, starts, slopes = np.array([0.0, 0.2, 0.0, 0.8]), np.empty((5, 4)), np.empty((5, 4, 3))
        assert version(0.7, rates, rule.weights, rule.stage, *network.arrays, p, starts, slopes)
        results.append((p, starts, slopes))
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)


@both_versions
def test_the_past_is_the_weighted_window_and_what_is_held(version):
    stream = np.random.default_rng(3)
    history, window = stream.normal(size=(2, 3, 6)), stream.normal(size=(4, 12))
    decay, held = stream.normal(size=(2, 2, 3)), stream.normal(size=(2, 5))
    kernel, source = np.array([0, 1, 1, 0, 1]), np.array([0, 0, 1, 2, 3])
    past = np.empty((5, 3))
    version(memory_kernels.gather_past)(
        history, decay[0] + 1j * decay[1], kernel, source, window, 3, held[0] + 1j * held[1], past
    )
    for q in range(5):
        for a in range(3):
            settled = decay[0, kernel[q], a] * held[0, q] - decay[1, kernel[q], a] * held[1, q]
            summed = sum(history[kernel[q], a, j] * window[source[q], 3 + j] for j in range(6))
            assert past[q, a] == pytest.approx(settled + summed, rel=1e-13)


@both_versions
@pytest.mark.parametrize(("size", "solved"), [(0.1, True), (1.0, False)])
def test_slopes_of_a_step_are_solved_or_said_not_to_be(version, size, solved):
    one, two = np.zeros(1, np.int64), np.ones(1, np.int64)
    slopes, flows = np.zeros((2, 1)), np.empty((1, 1))
    arguments = (np.zeros((1, 1)), np.full((1, 1), 0.5), np.full((1, 1, 1), size))
    found = version(memory_kernels.collocate)(*arguments, one, one, one, two, np.array([1.0, 0.0]), slopes, flows)
    assert found == solved
    if solved:
        np.testing.assert_allclose(slopes, [[-0.5 / 1.1], [0.5 / 1.1]], rtol=1e-14)


@both_versions
def test_a_step_that_cannot_be_solved_ends_the_march(version):
    one, two = np.zeros(1, np.int64), np.ones(1, np.int64)
    p, starts, slopes = np.array([1.0, 0.0]), np.empty((3, 2)), np.empty((3, 2, 1))
    whole = np.ones(1), np.full((1, 1), 0.5), one, one, one, two
    assert not version(memory_kernels.march_rates)(1.0, np.full((1, 3, 1), 9.0), *whole, p, starts, slopes)
    nothing = np.zeros((1, 1), complex)
    assert not version(memory_kernels.march_memory)(
        1.0, np.zeros((1, 1, 1)), np.full((1, 1), 9.0), np.full((1, 1, 1), 9.0), nothing, nothing[0], nothing,
        *whole, 0, p, np.zeros((2, 2)), np.zeros(1, complex), starts, slopes,
    )  # fmt: skip
