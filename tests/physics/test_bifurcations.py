"""The lines in the plane of temperature and drive against numbers, closed forms, normal forms and integration."""

import numpy as np
import pytest

from cavity_hopfield import Glauber, HopfieldLimit, MultimodeDicke, Patterns
from cavity_hopfield.analysis import bifurcations, bifurcations_of, fixed_points, stability_boundaries
from tests.systems.cavity_limits import many_spins
from tests.systems.rate_laws import UnknownGlauber
from tests.twins import overlap_equations

# Passport: docs/check_values.md, one pattern.
PASSPORT = {
    "pitchfork": (0.841625, 0.353553),
    "retrieval_hopf": (0.638480, 0.320250),
    "gluing": (0.581395, 0.312471),
    "cycle_saddle_node": (0.559272, 0.31031),
}
TEMPERATURES, TOLERANCE = (0.15, 0.5), 5e-6
LINES = tuple(PASSPORT)


def cavity(g):
    dicke = MultimodeDicke.from_patterns(Patterns([[1] * 40]), g=g, omega=1.0, loss=1.0, drive=0.01)
    return many_spins(dicke)


@pytest.mark.parametrize("line", LINES)
def test_lines_of_the_passport(line):
    found = bifurcations(temperature=TEMPERATURES)
    np.testing.assert_allclose(found[line], PASSPORT[line], rtol=0, atol=TOLERANCE)


def test_closed_forms_are_special_cases():
    temperature = np.linspace(0.05, 0.95, 19)
    found = bifurcations(temperature=temperature)
    np.testing.assert_allclose(found["pitchfork"], np.sqrt((1 - temperature) / (8 * temperature)), rtol=1e-12)
    exists = temperature < 2 / 3
    u = np.sqrt(1 - 1.5 * temperature[exists])
    hopf = np.sqrt((u / (temperature[exists] * np.arctanh(u)) - 1) / 8)
    np.testing.assert_allclose(found["retrieval_hopf"][exists], hopf, rtol=1e-12)
    np.testing.assert_allclose(found["retrieval_hopf_overlap"][exists], temperature[exists] * np.arctanh(u), rtol=1e-12)
    assert (found["retrieval_lyapunov"][exists] > 0).all()
    for line in ("retrieval_hopf", "gluing", "cycle_saddle_node"):
        np.testing.assert_array_equal(np.isfinite(found[line]), exists)
    assert found["fold"].isnull().all()
    np.testing.assert_allclose(found["hopf_of_zero"], [2 / 3], rtol=1e-12)
    np.testing.assert_allclose(found["takens_bogdanov"], [1 / 4], rtol=1e-12)


def test_zero_is_a_supercritical_hopf_point():
    r"""The velocity has one cubic term, $-\beta^3 z^3 / 3$, so that $\ell_1 = -\beta^3 / (4 \omega)$, $\beta = 3/2$."""
    found = bifurcations(temperature=[0.6, 0.7])
    omega = np.sqrt(4 * found["zero_hopf_drive"].values ** 2 - 1 / 4)
    np.testing.assert_allclose(found["zero_lyapunov"], -(1.5**3) / (4 * omega), rtol=1e-9)


def test_lines_lie_in_order_and_leave_the_takens_bogdanov_point_as_its_normal_form_says():
    r"""With the pitchfork as zero and the Hopf line as one, the gluing is at 5/4 and the cycles meet at 1/.752.

    J. Carr, Applications of Centre Manifold Theory (Springer, 1981), section 4.2. Distances are in $\Omega^2$, and
    their error falls linearly towards T = 2/3.
    """
    distance = np.array([0.02, 0.01, 0.005])
    found = bifurcations(temperature=np.sort(2 / 3 - distance))
    square = {line: found[line].values ** 2 for line in LINES}
    unit = square["pitchfork"] - square["retrieval_hopf"]
    for line, limit, coarse in (("gluing", 5 / 4, 0.002), ("cycle_saddle_node", 1 / 0.752, 0.004)):
        errors = (square["pitchfork"] - square[line]) / unit - limit
        assert abs(errors[-1]) < coarse
        assert abs(errors[-1]) < abs(errors[0])
    assert (np.diff([found[line].values for line in LINES], axis=0) < 0).all()


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_at_the_gluing_the_way_out_of_zero_changes_sides(temperature):
    """Just below, a push from zero ends at the nearer memory; just above it crosses to the other side."""
    gluing = float(bifurcations(temperature=[temperature])["gluing"][0])
    lowest = []
    for drive in (gluing * (1 - 1e-4), gluing * (1 + 1e-4)):
        matrix = np.array([[-0.5, -2 * drive], [2 * drive, 1 / temperature - 1]])
        values, vectors = np.linalg.eig(matrix)
        out = vectors[:, np.argmax(values)]
        start = 1e-5 * out * np.sign(out[1])
        path = overlap_equations.evolve(start, temperature, drive, np.linspace(0, 120, 2401))
        lowest.append(path[:, 1].min())
    assert lowest[0] > 0
    assert lowest[1] < -0.05


@pytest.mark.slow
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_above_the_saddle_node_an_oscillation_lasts_and_below_it_ends(temperature):
    """In the time that a solution needs to pass the ghost of the cycles."""
    line = float(bifurcations(temperature=[temperature])["cycle_saddle_node"][0])
    late = []
    for drive in (line * (1 - 1e-3), line * (1 + 1e-3)):
        times = np.append(0.0, np.linspace(1400, 1500, 501))
        path = overlap_equations.evolve(np.array([1.0, 0.0]), temperature, drive, times)[1:, 1]
        late.append(np.ptp(path))
    assert late[0] < 1e-3
    assert late[1] > 0.1


def test_a_law_without_a_closed_form_has_the_same_lines():
    known, unknown = (bifurcations(temperature=[0.3], rate_law=law) for law in (Glauber, UnknownGlauber))
    for line in (*LINES, "retrieval_lyapunov"):
        np.testing.assert_allclose(unknown[line], known[line], rtol=1e-7)
    assert unknown.attrs["response_error"] < 1e-10


def test_the_units_of_rates_and_fields_are_conventions():
    one = bifurcations(temperature=[0.3])
    other = bifurcations_of(lambda t: HopfieldLimit(1, Glauber(2 * t, rate=0.01), 0.0, 2.0), [0.3])
    for line in LINES:
        np.testing.assert_allclose(other[line], 0.01 * one[line], rtol=1e-9)


def test_rates_of_the_opposite_sign_have_no_lines():
    found = bifurcations(temperature=[0.3], rate_law=lambda t: UnknownGlauber(t, sign=-1.0))
    for line in LINES:
        assert found[line].isnull().all()
    assert found.sizes["point"] == 0


def test_lines_of_a_cavity_are_where_its_fixed_points_change():
    """Stability on both sides of each line, from the fixed points and Jacobians at that drive."""
    found = bifurcations_of(cavity, [0.1], "g").isel(g=0)
    plain = cavity(0.1)

    def at(drive):
        points = fixed_points(HopfieldLimit(plain.patterns, plain.rate_law, drive, plain.strengths))
        return dict(zip(points["kind"].values.tolist(), points["stable"].values.tolist(), strict=True))

    hopf, pitchfork = float(found["retrieval_hopf"]), float(found["pitchfork"])
    assert at(hopf * 0.999)["retrieval"] is True
    assert at(hopf * 1.001)["retrieval"] is False
    assert "retrieval" in at(pitchfork * 0.999)
    assert "retrieval" not in at(pitchfork * 1.001)
    assert found["cycle_saddle_node"] < found["gluing"] < hopf < pitchfork


def test_the_hopf_line_of_zero_of_a_cavity_is_where_the_trace_of_its_rates_vanishes():
    found = bifurcations_of(cavity, [0.08, 0.1], "g")
    (g,), (end,) = found["hopf_of_zero"].values, found["takens_bogdanov"].values
    limit = cavity(float(g))
    k, law, step = float(limit.strengths[0]), limit.rate_law, 1e-3 * float(limit.strengths[0])
    s = 2 * float(law(0.0))
    slope = 4 * (float(law(-step)) - float(law(step))) / (2 * step)
    assert k * slope == pytest.approx(1.5 * s, rel=1e-2)
    assert end == pytest.approx(s / 4, rel=1e-8)
    assert (found["zero_lyapunov"] < 0).all()


@pytest.mark.parametrize("n_patterns", [2, 3])
@pytest.mark.parametrize("temperature", [0.2, 0.3, 0.42, 0.75])
def test_boundaries_of_stability_are_those_of_the_fixed_points(n_patterns, temperature):
    """At each boundary, the Jacobian of all classes on either side."""
    found = stability_boundaries(n_patterns, [temperature]).isel(temperature=0)
    for state in range(n_patterns + 1):
        here = found.sel(state=state)
        if not int(here["intervals"]):
            continue
        assert not (state and float(here["stable_from"]))
        edge = float(here["stable_to"]) if state else float(here["stable_from"])
        inward = -0.01 if state else 0.01
        inside, outside = edge * (1 + inward), edge * (1 - inward)
        for drive, expected in ((inside, True), (outside, False)):
            points = fixed_points(HopfieldLimit(n_patterns, Glauber(temperature), drive))
            kinds = points["kind"].values
            alike = (points["n_mixed"].values == state) & (kinds != "spurious")
            stable = points["stable"].values[alike].tolist()
            assert stable == [expected] or (not stable and str(here["lost_by"].item()) == "merged")


def test_retrieval_is_lost_with_many_patterns_where_it_is_with_one():
    temperature = np.array([0.2, 0.4, 0.6, 0.8])
    many, one = stability_boundaries(4, temperature), bifurcations(temperature=temperature)
    expected = np.where(temperature < 2 / 3, one["retrieval_hopf"], one["pitchfork"])
    np.testing.assert_allclose(many["stable_to"].sel(state=1), expected, rtol=1e-9)
    assert many["lost_by"].sel(state=1).values.tolist() == ["hopf", "hopf", "hopf", "merged"]
    assert (many["intervals"].sel(state=[2, 4]) == 0).all()
    assert bifurcations(4, temperature=temperature).identical(many)
