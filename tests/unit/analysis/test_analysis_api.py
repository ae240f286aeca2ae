"""What the analysis refuses, in words that name the argument and the remedy, and what its results promise."""

import numpy as np
import pytest

from cavity_hopfield import (
    ArgumentError,
    ConvergenceError,
    Glauber,
    HopfieldLimit,
    Metropolis,
    MultimodeDicke,
    Patterns,
    RegimeWarning,
)
from cavity_hopfield.analysis import (
    ClassDynamics,
    Phase,
    bifurcations,
    bifurcations_of,
    classify,
    continue_cycle,
    first_lyapunov,
    fixed_points,
    limit_cycle,
    stability,
    stability_boundaries,
)
from cavity_hopfield.analysis.cycles import _flow_kernels as kernels
from cavity_hopfield.analysis.cycles.flow import TABLEAU, Flow
from cavity_hopfield.network.local_response import LocalResponse
from tests.systems.cavity_limits import many_spins

WARM = HopfieldLimit(1, Glauber(0.15), 0.8)


def cavity_limit(g=0.1, drive=0.001):
    dicke = MultimodeDicke.from_patterns(Patterns([[1] * 30]), g=g, omega=1.0, loss=1.0, drive=0.01)
    return many_spins(dicke, drive)


@pytest.mark.parametrize("law", [Metropolis(0.3), Glauber(0.0)])
def test_a_law_with_a_kink_has_values_but_no_derivatives(law):
    limit = HopfieldLimit(2, law, 0.1)
    response = LocalResponse.of(limit)
    fields = np.array([0.3, -0.2])
    np.testing.assert_array_equal(response.sums(fields), law(-2 * fields) + law(2 * fields))
    assert not response.smooth
    for ask in (
        lambda: response.differences(fields, 1),
        lambda: fixed_points(limit),
        lambda: limit_cycle(limit),
        lambda: classify(limit),
    ):
        with pytest.raises(ArgumentError, match=r"must be smooth, but (Metropolis|Glauber)"):
            ask()


def test_fields_out_of_reach_are_refused_and_not_extrapolated():
    response = LocalResponse.of(cavity_limit())
    with pytest.raises(ArgumentError, match="must stay within"):
        response.sums([1.01 * response.reach])
    with pytest.raises(ArgumentError, match="`order` must be 0, 1, 2 or 3"):
        response.sums([0.0], order=4)


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda: fixed_points(Glauber(0.3)), "must be a `HopfieldLimit`"),
        (lambda: limit_cycle(WARM, [1.0, 0.0]), "overlaps of shape"),
        (lambda: limit_cycle(WARM, period=-1.0), "Argument `period`"),
        (lambda: limit_cycle(HopfieldLimit(2, Glauber(0.15), 0.8), backward=True), "`backward` must be False"),
        (lambda: stability(WARM, [0.5]), "must be those of a fixed point"),
        (lambda: stability(WARM, [0.5, 0.1]), "must have shape"),
        (lambda: classify(WARM, [[0.0, 1.0]]), "`starts` must hold overlaps of shape"),
        (lambda: bifurcations(temperature=[0.5, 0.4]), "`temperature` must be a grid that increases"),
        (lambda: bifurcations(2, temperature=[0.5], rate_law=Metropolis), "must be `Glauber` for 2 patterns"),
        (lambda: stability_boundaries(5, [0.5]), "must be two to 4"),
        (lambda: stability_boundaries(2, [0.0, 0.5]), "`temperature` must be at least 0.001"),
        (lambda: bifurcations_of(lambda _: HopfieldLimit(2, Glauber(0.3)), [0.3]), "must have one pattern"),
        (lambda: continue_cycle(lambda _: WARM, limit_cycle(WARM), 0.8, 0.8), "`stop` must differ"),
        (lambda: continue_cycle(None, limit_cycle(WARM), 0.8, 0.7), "`family` must be a function"),
        (lambda: continue_cycle(lambda _: WARM, None, 0.8, 0.7), "`cycle` must be a `LimitCycle`"),
        (lambda: continue_cycle(lambda _: WARM, limit_cycle(WARM), 0.8, 0.7, name="period"), "`name` must be a word"),
        (lambda: bifurcations_of(None, [1.0]), "`family` must be a function"),
        (lambda: bifurcations_of(lambda _: WARM, [1.0], "point"), "`name` must be a word"),
        (lambda: bifurcations_of(lambda _: WARM, [1.0], "pitchfork"), "`name` must be a word"),
        (lambda: bifurcations_of(lambda _: WARM, [1.0], 3), "`name` must be a word"),
        (lambda: bifurcations(temperature=[0.5], rate_law=3), "`rate_law` must be a function"),
        (lambda: bifurcations(temperature=[]), "`temperature` must be a grid"),
        (lambda: bifurcations(temperature="a"), "`temperature` must hold real numbers"),
        (lambda: bifurcations(temperature=[0.0, 0.5]), "`temperature` must be greater than 0"),
        (lambda: bifurcations(0, temperature=[0.5]), "`P` must be at least 1"),
        (lambda: bifurcations(True, temperature=[0.5]), "`P` must be a whole number"),
        (lambda: bifurcations(1.0, temperature=[0.5]), "`P` must be a whole number"),
        (lambda: bifurcations(5, temperature=[0.5]), "`P` must be two to 4"),
        (lambda: classify(WARM, np.full((1, 2, 1), 9.0)), "`starts` must hold mean spins of length up to 1"),
        (lambda: classify(WARM, np.zeros((0, 2, 1))), "`starts` must hold at least one start"),
        (lambda: limit_cycle(WARM, np.full((2, 1), 9.0)), "`start` must hold mean spins of length up to 1"),
        (lambda: limit_cycle(WARM, [[0.1], [0.2, 0.3]]), "`start` must hold real numbers"),
        (lambda: ClassDynamics(WARM, "a"), "`response` must be the `LocalResponse`"),
        (lambda: ClassDynamics(WARM).velocity(np.zeros((1, 2))), r"`state` must have shape \(2, 1\)"),
        (lambda: ClassDynamics(WARM).jacobian(np.full((2, 1), np.nan)), "`fields` must stay within"),
        (lambda: LocalResponse.of(None), "`limit` must be a `HopfieldLimit`"),
        (lambda: first_lyapunov(WARM, np.zeros((2, 1))), "`dynamics` must be a `ClassDynamics`"),
        (lambda: first_lyapunov(ClassDynamics(WARM), np.full((2, 1), 0.5)), "must be a fixed point, but moves at"),
        (lambda: first_lyapunov(ClassDynamics(WARM), np.zeros((2, 1))), "must have a pair of imaginary eigenvalues"),
        (lambda: first_lyapunov(ClassDynamics(HopfieldLimit(1, Glauber(1.0))), np.zeros((2, 1))), "imaginary eigenv"),
        (
            lambda: continue_cycle(lambda d: HopfieldLimit(1, Glauber(0.2), d), limit_cycle(WARM), 0.8, 0.7),
            "must belong to `family",
        ),
    ],
)
def test_wrong_arguments_are_refused_by_name(ask, text):
    with pytest.raises(ArgumentError, match=text):
        ask()


def test_a_start_that_comes_to_rest_is_no_cycle():
    with pytest.raises(ConvergenceError, match="settles on a fixed point"):
        limit_cycle(HopfieldLimit(1, Glauber(0.15), 0.1))


def test_a_guess_at_a_fixed_point_is_no_cycle():
    with pytest.raises(ConvergenceError, match=r"fixed point|No cycle"):
        limit_cycle(HopfieldLimit(1, Glauber(0.15), 0.1), [0.9], period=3.0)


def test_results_describe_themselves():
    found = fixed_points(HopfieldLimit(2, Glauber(0.3), 0.1))
    assert all(found[name].attrs["long_name"] for name in found.data_vars)
    assert HopfieldLimit.from_json(found.attrs["model"]).to_dict() == HopfieldLimit(2, Glauber(0.3), 0.1).to_dict()
    lines = bifurcations(temperature=[0.5])
    assert all(lines[name].attrs["long_name"] for name in lines.data_vars)


def test_a_classification_brings_its_evidence():
    found = classify(HopfieldLimit(1, Glauber(0.15), 0.57))
    assert found.phase is Phase.COEXISTENCE
    assert found.stable_fixed_points["kind"].values.tolist() == ["retrieval"]
    assert len(found.outcomes) == len(found.starts)
    assert set(found.outcomes.tolist()) == {-1, 0}
    assert "fixed points and an oscillation" in found.meaning
    assert "2 retrieval" in found.meaning
    assert "multiplier" in found.meaning


def test_given_starts_are_the_ones_that_are_followed():
    starts = [[[0.0], [0.95]]]
    found = classify(HopfieldLimit(1, Glauber(0.15), 0.3), starts)
    np.testing.assert_array_equal(found.starts, starts)
    assert found.outcomes.tolist() == [-1]
    assert found.phase is Phase.RETRIEVAL


class Comb:
    """A law with a hundred narrow peaks; it counts the rates that it is asked for."""

    asked = 0

    def __init__(self, smallest=1.0):
        self.smallest = smallest

    def __call__(self, flip_energy, spin_class=0):
        energy, _ = np.broadcast_arrays(np.asarray(flip_energy, dtype=float), spin_class)
        self.asked += energy.size
        return self.smallest + np.sin(300 * energy) ** 40

    def spin_classes(self, n_spins):
        return np.zeros(n_spins, np.int64)

    def to_dict(self):
        return {"rate_law": "Comb"}


def test_a_law_too_narrow_for_any_series_is_given_up_early():
    law = Comb()
    response = LocalResponse.of(HopfieldLimit(1, law))
    assert law.asked < 8 * 512 + 5 * 512
    with pytest.raises(ArgumentError, match=r"vary over fields narrower than about 0\.0035"):
        response.differences([0.1], 1)


def test_the_relative_error_counts_digits_of_the_smallest_rates():
    class Steep(Comb):
        def __call__(self, flip_energy, spin_class=0):
            energy, _ = np.broadcast_arrays(np.asarray(flip_energy, dtype=float), spin_class)
            return np.exp(-((energy / 2) ** 2) / 0.05)

    law = Steep()
    response = LocalResponse.of(HopfieldLimit(1, law), accuracy=1e-8)  # far above round-off
    fields = np.linspace(-1, 1, 4001)[:, None]
    exact = law(2 * fields) + law(-2 * fields)
    measured = float(np.max(np.abs(response.sums(fields) - exact) / exact))
    assert response.relative_error == pytest.approx(measured, rel=0.2)
    assert response.relative_error > 1e3 * response.errors[0]
    assert LocalResponse.of(WARM).relative_error == 0


def test_backward_in_time_a_start_beyond_the_stable_cycle_is_told_where_to_start():
    limit = HopfieldLimit(1, Glauber(0.15), 0.575)
    with pytest.raises(ConvergenceError, match="Give a `start` between the stable cycle and the retrieval points"):
        limit_cycle(limit, backward=True)
    assert not limit_cycle(limit, [0.5], backward=True).stable


def test_the_pitchfork_ends_at_drive_zero():
    assert bifurcations(temperature=1.0)["pitchfork"].values.tolist() == [0.0]


def test_doubts_of_a_family_are_told_once():
    def cavity(g):
        dicke = MultimodeDicke.from_patterns(Patterns([[1] * 40]), g=g, omega=1.0, loss=1.0, drive=0.01)
        return HopfieldLimit.from_dicke(dicke)

    with pytest.warns(RegimeWarning, match=r"At 2 of 2 values of `g` .* r = \d") as told:
        bifurcations_of(cavity, [0.08, 0.1], "g")
    assert len(told) == 1


def test_eigenvalues_lie_along_levels():
    assert fixed_points(WARM)["eigenvalue_real"].dims == ("fixed_point", "level")


def test_arrays_are_read_only():
    cycle = limit_cycle(WARM)
    for array in (cycle.state, cycle.states, cycle.overlaps, cycle.multipliers, cycle.harmonics, cycle.times):
        assert not array.flags.writeable
    assert not LocalResponse.of(WARM).coefficients.flags.writeable


def test_states_are_overlaps_or_both_components():
    dynamics = ClassDynamics(HopfieldLimit(2, Glauber(0.3)))
    np.testing.assert_array_equal(dynamics.state([0.5, 0.25]), [[0, 0], [0.75, 0.25]])
    np.testing.assert_array_equal(dynamics.overlaps(dynamics.state([0.5, 0.25])), [0.5, 0.25])


@pytest.mark.parametrize("limit", [HopfieldLimit(3, Glauber(0.3), 0.4, [1.0, 0.8, 1.2]), cavity_limit()])
@pytest.mark.parametrize("compiled", [True, False])
def test_kernels_flow_as_the_equations_say(limit, compiled):
    dynamics = ClassDynamics(limit)
    flow, state = Flow(dynamics), np.random.default_rng(0).uniform(-0.3, 0.3, (2, dynamics.n_classes))
    unit = float(dynamics.response.sums(np.zeros(dynamics.n_classes)).max())
    rows = np.concatenate([state[None], np.eye(state.size).reshape(state.size, *state.shape)])
    out = np.empty_like(rows)
    (kernels.velocity if compiled else kernels.velocity.py_func)(flow._model, rows, out)
    np.testing.assert_allclose(out[0], dynamics.velocity(state), rtol=0, atol=1e-14 * unit)
    carried = out[1:].reshape(state.size, -1).T
    np.testing.assert_allclose(carried, dynamics.jacobian(state), rtol=0, atol=1e-13 * unit)


def test_compiled_and_plain_kernels_are_one_function():
    flow, x = Flow(ClassDynamics(WARM)), np.array([[[0.5], [0.1]]])
    ends, times, across = [], [], np.array([[0.0], [1.0]])
    for advance, to_section in (
        (kernels.advance, kernels.to_section),
        (kernels.advance.py_func, kernels.to_section.py_func),
    ):
        out, state = np.empty((1, *x.shape)), x.copy()
        assert advance(flow._model, TABLEAU, state, np.array([0.5]), 1e-12, 1000, out) == kernels.DONE
        ends.append(out)
        state = x.copy()
        times.append(to_section(flow._model, TABLEAU, state, across, 0.0, False, 50.0, 1e-15, 1e-12))
        assert abs(state[0, 1, 0]) < 1e-14
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-12)
    assert times[0] == pytest.approx(times[1], rel=1e-12)
    closed, series = (kernels.response, kernels.response.py_func), LocalResponse.of(cavity_limit())
    for h in (-0.3, 0.0, 0.21):
        arguments = (1, series.coefficients[0], series.stretches[0], series.reach, h)
        np.testing.assert_allclose(closed[0](*arguments), closed[1](*arguments), rtol=1e-12, atol=1e-18)
        expected = [part([h], k)[0] for k in (0, 1) for part in (series.sums, series.differences)]
        np.testing.assert_allclose(closed[0](*arguments), expected, rtol=1e-10, atol=1e-18)
    assert np.isnan(kernels.response.py_func(1, series.coefficients[0], series.stretches[0], series.reach, 9e9)).all()


def test_the_order_of_a_state_in_memory_does_not_matter():
    flow = Flow(ClassDynamics(HopfieldLimit(2, Glauber(0.15), 0.8)))
    state, times, normal = np.array([[0.1, -0.2], [0.5, 0.3]]), np.array([1.5]), np.array([[0.0, 0.0], [1.0, 1.0]])
    turned = np.asfortranarray(state)
    np.testing.assert_array_equal(flow.path(turned, times), flow.path(state, times))
    for one, other in zip(flow.with_tangent(turned, 1.5), flow.with_tangent(state, 1.5), strict=True):
        np.testing.assert_array_equal(one, other)
    passed = [flow.to_section(start, normal, 0.0, rising=False, longest=50.0) for start in (turned, state)]
    assert passed[0][0] == passed[1][0] < 50


def test_a_flow_that_takes_too_many_steps_or_leaves_the_known_fields_says_so(monkeypatch):
    with pytest.raises(ConvergenceError, match="left the fields"):
        Flow(ClassDynamics(cavity_limit()), backward=True).path(np.array([[0.0], [0.9]]), np.array([1e7]))
    monkeypatch.setattr("cavity_hopfield.analysis.cycles.flow.MOST_STEPS", 3)
    with pytest.raises(ConvergenceError, match="more than 3 steps"):
        Flow(ClassDynamics(WARM)).path(np.array([[1.0], [0.0]]), np.array([100.0]))


def test_a_cycle_counts_what_oscillates_and_prints_on_a_few_lines():
    one, two = HopfieldLimit(1, Glauber(0.3), 0.6), HopfieldLimit(2, Glauber(0.3), 0.6)
    assert limit_cycle(one).n_oscillating == 1
    state = np.array([[0.5, 0.0], [0.0, 0.5]])
    assert limit_cycle(two, state).n_oscillating == 2
    assert len(repr(limit_cycle(one))) < 600
