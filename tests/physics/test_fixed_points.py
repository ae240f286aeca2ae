"""Fixed points of the open Hopfield network of many spins: all of them, what they are, and whether they are stable."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield import CavityRates, Glauber, HopfieldLimit, MultimodeDicke, Patterns, letters
from cavity_hopfield.analysis import ClassDynamics, fixed_points, stability
from cavity_hopfield.analysis.equilibria.self_consistency import SelfConsistency
from cavity_hopfield.network.local_response import LocalResponse
from tests.systems.cavity_limits import many_spins
from tests.systems.rate_laws import UnknownGlauber
from tests.twins import overlap_equations

# D. J. Amit, H. Gutfreund and H. Sompolinsky, Phys. Rev. A 32, 1007 (1985), to two digits: the mixture of three is
# stable below.
MIXTURE_OF_THREE = 0.46


def cavity_limit(g, drive):
    dicke = MultimodeDicke.from_patterns(letters("AC"), g=g, omega=1.0, loss=1.0, drive=0.01)
    return many_spins(dicke, drive)


def smooth_limits():
    return [
        HopfieldLimit(1, Glauber(0.3, rate=1.7), 0.4),
        HopfieldLimit(3, Glauber(0.3), 0.4, [1.0, 0.8, 1.3]),
        HopfieldLimit(2, UnknownGlauber(0.3), 0.4),
        cavity_limit(0.2, 1e-4),
    ]


def random_states(limit, seed=0):
    stream = np.random.default_rng(seed)
    return ClassDynamics(limit), stream.uniform(-0.6, 0.6, (2, len(limit.columns))), stream


@pytest.mark.parametrize("drive", [0.0, 0.15, 0.5])
@pytest.mark.parametrize(("n_patterns", "temperature"), [(1, 0.4), (2, 0.3), (3, 0.25), (4, 0.3)])
def test_they_are_the_classical_ones_at_a_higher_temperature(n_patterns, temperature, drive):
    shrink = 1 + 8 * drive**2
    driven = fixed_points(HopfieldLimit(n_patterns, Glauber(temperature), drive))
    classical = fixed_points(HopfieldLimit(n_patterns, Glauber(temperature * shrink)))
    np.testing.assert_allclose(driven["overlap"] * shrink, classical["overlap"], rtol=0, atol=1e-12)
    for name in ("kind", "multiplicity", "index"):
        np.testing.assert_array_equal(driven[name], classical[name])


@pytest.mark.parametrize(
    ("n_patterns", "temperature", "drive"), [(2, 0.2, 0.0), (2, 0.5, 0.2), (3, 0.15, 0.1), (3, 0.4, 0.0), (3, 0.3, 0.3)]
)
def test_thousands_of_starts_find_no_other(n_patterns, temperature, drive):
    found = fixed_points(HopfieldLimit(n_patterns, Glauber(temperature), drive))
    zeros = overlap_equations.all_zeros(n_patterns, temperature, drive, 6000, seed=1)
    assert found.attrs["complete"] == "certified"
    assert int(found["multiplicity"].sum()) == len(zeros)
    canonical = np.unique(np.round(np.sort(np.abs(zeros), axis=1)[:, ::-1], 6), axis=0)
    listed = np.unique(np.round(found["overlap"].values, 6), axis=0)
    np.testing.assert_allclose(canonical, listed, rtol=0, atol=2e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.floats(0.08, 1.4), st.floats(0.0, 0.6))
def test_degrees_add_to_one_and_nothing_moves(n_patterns, temperature, drive):
    limit = HopfieldLimit(n_patterns, Glauber(temperature), drive)
    found = fixed_points(limit)
    if found.attrs["complete"] == "open":  # at a bifurcation, which the search says
        assert abs(temperature * (1 + 8 * drive**2) - 1) < 1e-2 or found.attrs["undecided"] > 0
        return
    assert found.attrs["degree"] == 1
    assert float(found["residual"].max()) < 1e-14
    for overlap in found["overlap"].values:
        state = np.concatenate([-4 * drive * overlap, overlap])
        assert np.abs(overlap_equations.velocity(state, temperature, drive)).max() < 1e-13


@pytest.mark.parametrize("effective", [MIXTURE_OF_THREE - 0.005, MIXTURE_OF_THREE + 0.005])
def test_the_mixture_of_three_is_stable_below_the_published_temperature(effective):
    found = fixed_points(HopfieldLimit(3, Glauber(effective)))
    three = found.isel(fixed_point=(found["kind"].values == "mixture") & (found["n_mixed"].values == 3))
    assert three["stable"].values.tolist() == [effective < MIXTURE_OF_THREE]


def test_mixtures_of_an_even_number_are_never_stable():
    for temperature in (0.1, 0.3, 0.6):
        found = fixed_points(HopfieldLimit(4, Glauber(temperature)))
        even = (found["kind"].values == "mixture") & (found["n_mixed"].values % 2 == 0)
        assert even.sum() >= 2
        assert not found["stable"].values[even].any()


@pytest.mark.parametrize("n_patterns", [1, 2, 3])
def test_rates_of_the_opposite_sign_remember_nothing(n_patterns):
    found = fixed_points(HopfieldLimit(n_patterns, UnknownGlauber(0.2, sign=-1.0), 0.1))
    assert found["kind"].values.tolist() == ["paramagnet"]
    assert found["stable"].values.all()
    assert found.attrs["degree"] == 1


def test_a_law_that_is_only_sampled_gives_the_same_points():
    known, unknown = (fixed_points(HopfieldLimit(3, law(0.25), 0.1)) for law in (Glauber, UnknownGlauber))
    assert known.attrs["complete"] == "certified"
    assert unknown.attrs["complete"] == "sampled bounds"
    for name in ("overlap", "eigenvalue_real", "eigenvalue_imag"):
        np.testing.assert_allclose(unknown[name], known[name], rtol=0, atol=1e-8)


def test_more_patterns_are_searched_from_many_starts():
    """With five patterns each state of three of them is there, with its ten choices and eight signs."""
    found = fixed_points(HopfieldLimit(5, Glauber(0.3)))
    three = fixed_points(HopfieldLimit(3, Glauber(0.3)))
    assert found.attrs["complete"] == "degree"
    for overlap in three["overlap"].values:
        assert np.abs(found["overlap"].values - np.append(overlap, [0, 0])).max(axis=1).min() < 1e-12
    equal = (found["kind"].values == "mixture") & (found["n_mixed"].values == 3)
    assert found["multiplicity"].values[equal].tolist() == [80]


def test_unequal_strengths_leave_only_the_signs():
    found = fixed_points(HopfieldLimit(2, Glauber(0.3), 0.0, [1.0, 1.2]))
    retrieval = found["overlap"].values[found["kind"].values == "retrieval"]
    assert len(retrieval) == 2
    for m, k in zip(sorted(retrieval.max(axis=1)), (1.0, 1.2), strict=True):
        assert m == pytest.approx(np.tanh(k * m / 0.3), abs=1e-13)
    assert found.attrs["complete"] == "certified"


def test_correlated_patterns_are_retrieved_with_their_neighbours():
    patterns = Patterns([[1, 1, 1, 1, -1, -1, -1, -1], [1, 1, 1, -1, -1, -1, -1, 1]])
    found = fixed_points(HopfieldLimit(patterns, Glauber(0.2)))
    retrieval = found.isel(fixed_point=found["kind"].values == "retrieval")
    assert retrieval["multiplicity"].values.tolist() == [4]
    assert float(retrieval["overlap"].min()) == pytest.approx(0.5, abs=0.1)
    assert found.attrs["degree"] == 1


@pytest.mark.parametrize("limit", smooth_limits())
def test_the_jacobian_is_the_slope_of_the_velocity(limit):
    """By central differences, and along an imaginary step, which knows no cancellation."""
    dynamics, state, _ = random_states(limit)
    unit = float(dynamics.response.sums(np.zeros(dynamics.n_classes)).max())
    jacobian = dynamics.jacobian(state) / unit
    for k in range(state.size):
        push = np.zeros(state.size)
        push[k] = 1.0
        push = push.reshape(state.shape)
        steps = (dynamics.velocity(state + 1e-5 * push) - dynamics.velocity(state - 1e-5 * push)) / 2e-5 / unit
        complex_step = dynamics.velocity(state + 1e-30j * push).imag / 1e-30 / unit
        np.testing.assert_allclose(jacobian[:, k], steps.ravel(), rtol=0, atol=2e-6)
        np.testing.assert_allclose(jacobian[:, k], complex_step.ravel(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("limit", smooth_limits())
def test_higher_derivatives_are_slopes_of_lower_ones(limit):
    dynamics, state, stream = random_states(limit)
    u, v, w = stream.normal(size=(3, *state.shape))
    step = 1e-30j

    def turned(x, direction):
        return (dynamics.jacobian(x) @ direction.ravel()).reshape(state.shape)

    second = turned(state + step * u, v).imag / 1e-30
    third = dynamics.second(state + step * w, u, v).imag / 1e-30
    np.testing.assert_allclose(dynamics.second(state, u, v), second, rtol=0, atol=1e-10 * np.abs(second).max())
    np.testing.assert_allclose(dynamics.third(state, u, v, w), third, rtol=0, atol=1e-10 * np.abs(third).max())


def test_the_classes_move_as_the_overlaps_do():
    limit = HopfieldLimit(3, Glauber(0.3), 0.4)
    stream = np.random.default_rng(2)
    y, z = stream.uniform(-0.3, 0.3, (2, 3))
    dynamics = ClassDynamics(limit)
    moving = dynamics.velocity(np.stack([limit.columns @ y, limit.columns @ z]))
    expected = overlap_equations.velocity(np.concatenate([y, z]), 0.3, 0.4)
    np.testing.assert_allclose(limit.overlaps(moving).ravel(), expected, rtol=0, atol=1e-15)


def test_eigenvalues_of_zero_are_those_of_one_plane_per_pattern():
    """Trace 1/T - 3/2 and determinant 4 drive^2 - (1/T - 1)/2; spins that no overlap sees only turn and decay."""
    temperature, drive = 0.8, 0.3
    found = stability(HopfieldLimit(3, Glauber(temperature), drive), [0.0, 0.0, 0.0])
    plane = np.roots([1, -(1 / temperature - 1.5), 4 * drive**2 - (1 / temperature - 1) / 2])
    unseen = np.roots([1, 1.5, 0.5 + 4 * drive**2])
    for root in plane:
        assert (np.abs(found.eigenvalues - root) < 1e-7).sum() == 3
    for root in unseen:
        assert (np.abs(found.eigenvalues - root) < 1e-7).sum() == 1


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_an_interpolated_response_is_the_closed_one(order):
    known, unknown = (LocalResponse.of(HopfieldLimit(2, law(0.3))) for law in (Glauber, UnknownGlauber))
    fields = np.linspace(-1, 1, 42).reshape(21, 2)
    size = 0.3**-order
    for part in ("sums", "differences"):
        error = np.abs(getattr(unknown, part)(fields, order) - getattr(known, part)(fields, order)).max()
        assert error < 1e-6 * size
        assert error <= 3 * unknown.errors[order] / min(unknown.stretches[0], unknown.reach) ** order + 1e-14 * size


def test_the_response_of_a_cavity_has_the_error_it_states():
    limit = cavity_limit(0.1, 0.0)
    response = LocalResponse.of(limit)
    assert response.errors[0] < 1e-9
    fields = np.repeat(np.random.default_rng(3).uniform(-1, 1, 60)[:, None], len(limit.columns), axis=1)
    fields *= limit.strengths.sum()
    law = limit.rate_law
    assert isinstance(law, CavityRates)
    rise = law(-2 * fields) + law(2 * fields)
    error = np.abs(response.sums(fields) - rise).max() / float(response.sums(np.zeros(fields.shape[1]))[0])
    assert error < 1e-9
    np.testing.assert_array_equal(response.sums(fields), response.sums(-fields))
    np.testing.assert_array_equal(response.differences(fields), -response.differences(-fields))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1), st.integers(0, 10_000))
def test_bounds_over_a_box_hold_for_every_point_in_it(law, seed):
    limit = HopfieldLimit(3, (Glauber, UnknownGlauber)[law](0.2), 0.1, [1.0, 0.9, 1.1])
    equation = SelfConsistency(ClassDynamics(limit))
    stream = np.random.default_rng(seed)
    low = stream.uniform(-1, 0.9, (1, 3))
    high = np.minimum(low + stream.uniform(0, 0.5, (1, 3)), 1.0)
    points = low + (high - low) * stream.random((200, 3))
    least, most = equation.range_of_map(low, high)
    values = points - equation.defect(points)
    assert ((values >= least) & (values <= most)).all()
    middle, spread = equation.range_of_slope(low, high)
    slopes = np.eye(3) - equation.gradient(points)
    assert (np.abs(slopes - middle) <= spread + 1e-12).all()
