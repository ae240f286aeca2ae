"""Phases of the network of many spins: known points, exact lines, basins, and how many patterns oscillate."""

import numpy as np
import pytest

from cavity_hopfield import CavityRates, Glauber, HopfieldLimit, MultimodeDicke, Patterns
from cavity_hopfield.analysis.phases import fates
from cavity_hopfield.analysis.phases.basins import basins
from cavity_hopfield.analysis.phases.classification import Phase
from cavity_hopfield.analysis.phases.fates import Fate, follow
from cavity_hopfield.analysis.phases.oscillating import oscillating_overlaps
from cavity_hopfield.analysis.phases.phase_diagram import cavity_phase_diagram, phase_diagram
from cavity_hopfield.theory.mean_field.ensembles import Tails
from tests.systems.cavity_limits import many_spins, single_flips_assumed

NAMES = list(Phase)


def bloch(*pairs):
    """Starts of one pattern from pairs (m^z, m^y)."""
    return np.array([[[0.0, y, z]] for z, y in pairs])


@pytest.mark.parametrize(
    ("temperature", "drive", "phase"),
    [
        (0.15, 0.1, Phase.RETRIEVAL),
        (0.15, 0.57, Phase.COEXISTENCE),
        (0.15, 0.58, Phase.COEXISTENCE),
        (0.15, 0.8, Phase.LIMIT_CYCLE),
        (0.9, 0.5, Phase.PARAMAGNET),
        (0.5, 0.9, Phase.LIMIT_CYCLE),
        (0.9, 0.1, Phase.RETRIEVAL),
        (0.68, 1.0, Phase.PARAMAGNET),
    ],
)
def test_phases_at_known_points(temperature, drive, phase):
    diagram = phase_diagram(temperature=[temperature], drive=[drive], seed=3)
    assert NAMES[int(diagram["phase"][0, 0])] is phase
    assert float(diagram["share"].sel(fate="unsettled").max()) == 0


def test_the_limit_cycle_reaches_the_known_overlap():
    """docs/check_values.md: at T = .15, drive .8 the limit cycle reaches the overlap .815561."""
    diagram = phase_diagram(temperature=[0.15], drive=[0.8])
    assert float(diagram["amplitude"][0, 0]) == pytest.approx(0.815561, abs=2e-4)
    assert int(diagram["oscillating"][0, 0]) == 1


def hopf_of_retrieval(temperature):
    """The closed form s = (1 - 3T/2)^1/2, drive [(s / (T artanh s) - 1) / 8]^1/2."""
    s = np.sqrt(1 - 1.5 * temperature)
    return np.sqrt((s / (temperature * np.arctanh(s)) - 1) / 8)


def test_boundaries_lie_within_a_cell_of_the_exact_lines():
    """docs/check_values.md: saddle-node of cycles .559272 and Hopf of retrieval .638480 at T = .15; .31031 and .320250
    at T = .5. Above T = 2/3 the retrieval points end at the pitchfork.
    """
    step = 0.01
    for temperature, appears, ends in ((0.15, 0.559272, 0.638480), (0.5, 0.31031, 0.320250)):
        assert hopf_of_retrieval(temperature) == pytest.approx(ends, abs=1e-6)
        drives = np.arange(appears - 3.5 * step, ends + 3.5 * step, step)
        share = phase_diagram(temperature=[temperature], drive=drives, seed=1)["share"][0]
        cycles, points = (share.sel(fate=name).values > 0 for name in ("limit_cycle", "retrieval"))
        assert drives[np.argmax(cycles)] == pytest.approx(appears, abs=step)
        assert drives[np.flatnonzero(points)[-1]] == pytest.approx(ends, abs=step)
    drives = np.arange(0.05, 0.2, step)
    share = phase_diagram(temperature=[0.8], drive=drives, seed=1)["share"][0]
    last = drives[np.flatnonzero(share.sel(fate="retrieval").values > 0)[-1]]
    assert last == pytest.approx(np.sqrt((1 - 0.8) / (8 * 0.8)), abs=step)


def test_oscillations_end_at_two_thirds():
    temperatures = np.arange(0.635, 0.7, 0.01)
    share = phase_diagram(temperature=temperatures, drive=[0.6, 0.9], starts=4)["share"].sel(fate="limit_cycle")
    for drive in range(2):
        assert temperatures[np.flatnonzero(share[:, drive].values > 0)[-1]] == pytest.approx(2 / 3, abs=0.01)


def test_starts_near_the_origin_are_retrieved_below_the_gluing_line_alone():
    """docs/check_values.md: gluing at .581395 for T = .15. The published statement that starts near the origin are
    retrieved holds on one side of it, and coexistence on both.
    """
    stream = np.random.default_rng(5)
    near = bloch(*(0.02 * stream.uniform(-1, 1, (20, 2))))
    at_retrieval = bloch((0.26, -0.58))
    for drive, fate in ((0.579, Fate.RETRIEVAL), (0.584, Fate.LIMIT_CYCLE)):
        limit = HopfieldLimit(1, Glauber(0.15), drive)
        assert (follow(limit, near).fate == fate).all()
        assert follow(limit, at_retrieval).fate[0] == Fate.RETRIEVAL
        assert follow(limit, bloch((0.9, 0.0))).fate[0] == Fate.LIMIT_CYCLE


def test_basins_are_mirror_images_and_add_up():
    plane = basins(HopfieldLimit(1, Glauber(0.15), 0.58), first=np.linspace(-1, 1, 22), second=np.linspace(-1, 1, 22))
    names = [str(name) for name in plane["name"].values]
    assert sorted(names) == ["limit_cycle", "retrieval of -1", "retrieval of 1"]
    assert float(plane["share"].sum()) == pytest.approx(1)
    codes = plane["attractor"].values
    mirrored = codes[::-1, ::-1]
    up, down, cycle = (names.index(name) for name in ("retrieval of 1", "retrieval of -1", "limit_cycle"))
    assert ((codes == up) == (mirrored == down)).all()
    assert ((codes == cycle) == (mirrored == cycle)).all()
    outside = np.hypot(*np.meshgrid(plane["first"], plane["second"])) > 1
    assert ((codes == -1) == outside).all()
    edge = plane["boundary"].values
    assert 0 < edge.sum() < (~outside).sum() / 2


def test_two_patterns_are_two_networks_of_one():
    r"""The columns (1, 1) and (1, -1) feel their own means: each ends as a network of one pattern does."""
    pair, one = (HopfieldLimit(count, Glauber(0.15), 0.58) for count in (2, 1))
    stream = np.random.default_rng(2)
    starts = np.zeros((12, 2, 3))
    starts[..., 1:] = stream.uniform(-0.7, 0.7, (12, 2, 2))
    alone = [follow(one, starts[:, [k]]).fate for k in range(2)]
    turning = (np.stack(alone) == Fate.LIMIT_CYCLE).any(axis=0)
    together = follow(pair, starts).fate
    assert (together[turning] == Fate.LIMIT_CYCLE).all()
    assert (together[~turning] == Fate.RETRIEVAL).all()
    assert 0 < turning.sum() < 12


@pytest.mark.slow
@pytest.mark.parametrize("patterns", [2, 3, 4])
def test_at_most_two_overlaps_oscillate_in_the_long_run(patterns):
    """P. Rotondo et al., J. Phys. A 51, 115301 (2018), section 3B."""
    scan = oscillating_overlaps(patterns, runs=24, seed=4)
    assert scan.attrs["share_unsettled"] <= 2 / 24
    settled = scan["fate"] == int(Fate.LIMIT_CYCLE)
    assert int(scan["oscillating"].max()) == 2
    assert (scan["oscillating"].values[settled.values] >= 1).all()
    shares = [scan.attrs[f"share_{count}"] for count in range(patterns + 1)]
    assert sum(shares) == pytest.approx(1)
    assert sum(shares[3:]) == 0


def test_relabelled_patterns_change_no_phase():
    patterns = Patterns([[1, 1, 1, 1, -1, -1, 1, 1], [1, 1, -1, -1, 1, 1, 1, -1], [1, -1, 1, -1, 1, -1, 1, 1]])
    order = [2, 0, 1]
    relabelled = Patterns(patterns.values[order])
    starts = np.array([[0.5, 0.1, 0.05], [0.1, 0.4, 0.2], [0.3, 0.3, 0.2], [0.01, 0.0, 0.02]])
    grids = {"temperature": [0.2, 0.5, 1.5], "drive": [0.1, 0.9]}
    one = phase_diagram(patterns, starts=starts, **grids)
    other = phase_diagram(relabelled, starts=starts[:, order], **grids)
    assert np.array_equal(one["outcome"], other["outcome"])
    assert np.allclose(one["amplitude"], other["amplitude"], rtol=1e-3, equal_nan=True)


def test_turned_over_starts_end_alike():
    limit = HopfieldLimit(3, Glauber(0.2), 0.3)
    starts = np.zeros((6, 4, 3))
    starts[..., 1:] = np.random.default_rng(1).uniform(-0.6, 0.6, (6, 4, 2))
    up, down = follow(limit, starts), follow(limit, -starts)
    assert np.array_equal(up.fate, down.fate)
    assert np.array_equal(up.recalled, -down.recalled)


def test_a_network_that_repels_its_memories_retrieves_nothing():
    """With the sign of eq. (3) as printed, here as rates at minus the flip energy, no start ends at a pattern."""

    class Reversed:
        def __call__(self, flip_energy, spin_class=0):
            return Glauber(0.15)(-np.asarray(flip_energy), spin_class)

        def spin_classes(self, n_spins):
            return np.zeros(n_spins, np.int64)

        def to_dict(self):
            return {}

    starts = bloch((0.9, 0.1), (0.5, -0.3), (0.01, 0.01))
    assert (follow(HopfieldLimit(1, Glauber(0.15), 0.1), starts).fate == Fate.RETRIEVAL).all()
    assert (follow(HopfieldLimit(1, Reversed(), 0.1), starts).fate == Fate.PARAMAGNET).all()


def spiral(rate, amplitude=0.01, frequency=1.3):
    """A network whose overlap turns at a known rate of growth, in place of the integrator."""

    def tails(_limit, starts, end, window, *, samples, **_):
        t = np.linspace(end - window, end, samples)
        a, phase = np.hypot(starts[:, 0, 1], starts[:, 0, 2]), np.arctan2(starts[:, 0, 1], starts[:, 0, 2])
        paths = a[:, None] * np.exp(rate * t) * np.cos(frequency * t + phase[:, None])
        last = np.zeros((len(starts), 1, 3))
        last[:, 0, 2], last[:, 0, 1] = (
            a * np.exp(rate * end) * turned(phase + frequency * end) for turned in (np.cos, np.sin)
        )
        columns = [f(paths, axis=1)[:, None] for f in (np.max, np.min, np.mean)]
        return Tails(last, np.zeros((len(starts), 0)), *columns, np.zeros(len(starts)))

    return tails, np.array([[[0.0, 0.0, amplitude]]])


@pytest.mark.parametrize(
    ("rate", "fate", "time"),
    [
        (0.0, Fate.LIMIT_CYCLE, 100.0),
        (-3e-6, Fate.LIMIT_CYCLE, 100.0),  # 1.5e-4 in a window: below what is told apart
        (-1e-4, Fate.UNSETTLED, 3000.0),
        (-4e-3, Fate.PARAMAGNET, 1500.0),
        (1e-4, Fate.UNSETTLED, 3000.0),
        (1e-3, Fate.UNSETTLED, 3000.0),
    ],
)
def test_a_slow_spiral_is_told_from_a_cycle_by_its_growth(monkeypatch, rate, fate, time):
    tails, start = spiral(rate)
    monkeypatch.setattr(fates, "limit_tails", tails)
    found = follow(HopfieldLimit(1, Glauber(0.5)), start)
    assert Fate(int(found.fate[0])) is fate
    assert found.time[0] == time


def test_a_cavity_loses_its_paramagnet_where_its_small_fields_are_hot_enough():
    r"""In units of $\gamma = 2 W(0)$ and of $T_0 / k$ the flow at zero is that of Glauber's law: pitchfork at
    $[(1 - T)/8T]^{1/2}$, Hopf at 2/3. $N g^2 = \nu |z|^4 / 8 \omega^2$ at T = 1 for weak coupling.
    """
    spins = 10
    weak = np.sqrt(25 / 8 / spins)  # |z|^2 = 5 at loss 4
    platform = MultimodeDicke.from_patterns(Patterns(np.ones((1, spins))), g=weak, omega=1.0, loss=4.0, drive=0.01)
    with single_flips_assumed():
        diagram = cavity_phase_diagram(platform, coupling=[0.9, 1.1, 1.35], drive=[0.0, 0.1, 0.5], starts=4)
    heat = diagram["temperature"].values
    assert heat == pytest.approx([1 / 0.9**2, 1 / 1.1**2, 1 / 1.35**2], rel=0.06)  # weak coupling
    assert float(diagram["ratio"].max()) < 0.1
    zero = diagram["share"].sel(fate="paramagnet").values
    stable = (heat[:, None] > 1 / (1 + 8 * diagram["drive"].values ** 2)) & (heat[:, None] > 2 / 3)
    assert np.array_equal(zero == 1, stable)
    assert np.array_equal(zero == 0, ~stable)
    law = many_spins(platform).rate_law
    assert isinstance(law, CavityRates)
    assert float(diagram["drive_in_omega"][0, 2]) == pytest.approx(
        float(CavityRates(MultimodeDicke(platform.g * 0.9, 1.0, 4.0, drive=0.01))(0.0))
    )
