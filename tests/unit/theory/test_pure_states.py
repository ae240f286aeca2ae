"""State vectors of single runs: what they start from, how many Fock states they keep, what they tell."""

import re
import tracemalloc

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import poisson

from cavity_hopfield import (
    ArgumentError,
    ConvergenceError,
    MultimodeDicke,
    Patterns,
    ProductState,
    RegimeWarning,
    SizeError,
)
from cavity_hopfield.cavity import LightMoments
from cavity_hopfield.cavity.pure_states.diagonal_kernels import note_populations, reduce_mode
from cavity_hopfield.cavity.pure_states.enough_fock import Enough, Reach, at_enough_fock, holding, wanted
from cavity_hopfield.cavity.pure_states.readout import _coherence
from cavity_hopfield.cavity.pure_states.starts import PureStarts, ket_of, left_out
from cavity_hopfield.theory.heterodyne import Heterodyne
from cavity_hopfield.theory.heterodyne.heterodyne import _step_error
from cavity_hopfield.theory.jumps import QuantumJumps

WEAK = MultimodeDicke(g=[[0.001]], omega=1.0, loss=1.0, drive=0.25)
"""Light by itself, nearly."""
DICKE = MultimodeDicke(g=[[0.4, 0.3], [0.4, -0.3]], omega=1.0, loss=[1.0, 0.8], drive=0.3)
RUNGS = (QuantumJumps, Heterodyne)


@pytest.mark.parametrize("amplitude", [14.0, 16.0, 40.0, -9.0 + 13.0j])
@pytest.mark.parametrize("rung", RUNGS)
def test_bright_light_decays_as_it_should(rung, amplitude):
    r"""$|\alpha|^2 e^{-\gamma t}$: powers of the amplitude as large as these have no place among floating numbers."""
    found = rung(runs=1, seed=1).evolve(WEAK, ProductState([[0, 0, 1]], [amplitude]), [0.0, 0.01])
    np.testing.assert_allclose(found["photons"][0, :, 0], abs(amplitude) ** 2 * np.exp([0, -0.01]), rtol=2e-4)
    turned = amplitude * np.exp(-(0.5 + 1j) * np.array([0, 0.01]))
    amplitudes = found["amplitude_real"][0, :, 0] + 1j * found["amplitude_imag"][0, :, 0]
    np.testing.assert_allclose(amplitudes, turned, rtol=2e-4)


def test_coherent_light_has_its_amplitudes_and_their_phases():
    r"""$c_n = c_{n-1}\, \alpha / \sqrt n$."""
    alpha = 1.2 - 0.7j
    starts = PureStarts.of(WEAK, ProductState([[0, 0, 1]], [alpha]), None, None)
    column = starts.fock_matrices((12,))[0][:, 0]
    expected = [np.exp(-(abs(alpha) ** 2) / 2)]
    for n in range(1, 12):
        expected.append(expected[-1] * alpha / np.sqrt(n))
    np.testing.assert_allclose(column, expected, atol=1e-14)


@pytest.mark.parametrize("displacement", [None, ((0.4, 0.3),), "start"])
def test_displaced_number_states_are_those_of_the_exponential(displacement):
    model = MultimodeDicke(g=[[0.8]], omega=0.9, loss=1.5, gain=0.5)
    starts = PureStarts.of(model, [1], None, displacement)
    alpha = model.relaxed_amplitudes([1])[0] - starts.displacement[0]
    lowering = np.diag(np.sqrt(np.arange(1.0, 90)), 1)
    exact = expm(alpha * lowering.T - np.conj(alpha) * lowering)[:10, :8]
    np.testing.assert_allclose(starts.fock_matrices((10,))[0][:, :8], exact, atol=1e-12)


def test_a_state_that_is_not_finite_is_an_error_before_any_run():
    starts = PureStarts.of(WEAK, ProductState([[0, 0, 1]], [0.5]), None, None)
    with pytest.raises(ArgumentError, match="state vector is not finite"):
        ket_of(starts.pure, [np.full((8, 1), np.nan + 0j)])
    with pytest.raises(ArgumentError, match="state vector is not finite"):
        left_out([starts.pure], [np.full((8, 1), np.inf + 0j)])


@pytest.mark.parametrize("rung", RUNGS)
def test_light_that_the_given_fock_states_leave_out_is_told(rung):
    """The tail of a Poisson distribution; the state in it is not small."""
    start = ProductState([[0, 0, 1]], [1.5])
    with pytest.warns(
        RegimeWarning, match=r"\(5,\) Fock states leave out a probability of 7.8e-02 of the light"
    ) as told:
        found = rung(runs=1, seed=1, fock=5).evolve(WEAK, start, [0.0, 0.01])
    assert len(told) == 1
    assert found.attrs["left_out_at_start"] == pytest.approx(poisson.sf(4, 2.25))
    with pytest.raises(ArgumentError, match="`fock` leaves out all of the light that mode 0 has at the start"):
        rung(runs=1, seed=1, fock=5).evolve(WEAK, ProductState([[0, 0, 1]], [40.0]), [0.0, 0.01])
    assert rung(runs=1, seed=1).evolve(WEAK, start, [0.0, 0.01]).attrs["left_out_at_start"] < 1e-6


@pytest.mark.parametrize("rung", RUNGS)
def test_what_is_drawn_of_thermal_light_fits_into_the_fock_states(rung):
    """Though the runs end before anything reaches their edge."""
    model = MultimodeDicke(g=[[0.0]], omega=1.0, loss=1.0, gain=0.6)
    with pytest.warns(RegimeWarning, match="leave out a probability of"):
        rung(runs=30, seed=2, fock=7, displacement=(0.3,)).evolve(model, [1], [0.0])
    found = rung(runs=30, seed=2, displacement=(0.3,)).evolve(model, [1], [0.0])
    assert found.attrs["left_out_at_start"] < 1e-6
    np.testing.assert_allclose(found["photons"], found["photons"].round(), atol=1e-3)
    assert found["photons"].max() > 4


@pytest.mark.parametrize(
    "call",
    [
        lambda start: QuantumJumps(runs=1, seed=1, fock=4).evolve(DICKE, start, [0.5]),
        lambda start: QuantumJumps(runs=1, seed=1, fock=4).records(DICKE, start, 0.5),
        lambda start: QuantumJumps(runs=1, seed=1, fock=4).light_state(DICKE, start, [0.5]),
        lambda start: Heterodyne(runs=1, seed=1, fock=4).evolve(DICKE, start, [0.5]),
    ],
    ids=["evolve", "records", "light_state", "heterodyne"],
)
def test_warnings_point_at_the_caller(call):
    with pytest.warns(RegimeWarning, match="Leave `fock` out") as told:
        call([1, 1])
    assert [one.filename for one in told] == [__file__]


@pytest.mark.parametrize("rung", RUNGS)
def test_averages_over_the_order_of_spins_are_told(rung):
    model = MultimodeDicke(g=[[0.4], [0.4]], omega=1.0, loss=1.0, patterns=Patterns([[1, -1]], names=["odd"]))
    with pytest.warns(RegimeWarning, match="'odd' would tell them apart") as told:
        rung(runs=1, seed=1).evolve(model, [1, -1], [0.1])
    assert [one.filename for one in told] == [__file__]
    rung(runs=1, seed=1, resolution="site").evolve(model, [1, -1], [0.1])


@pytest.mark.parametrize("bound", [1e-4, 1e-7])
@pytest.mark.parametrize(("mean", "size"), [(3.0, 12), (3.0, 15), (12.0, 25)])
def test_fock_states_are_raised_by_what_is_missing(mean, size, bound):
    """Of Poisson numbers, whose tail falls ever faster: enough, and hardly more than that."""
    least = next(n for n in range(int(mean) + 2, 200) if poisson.pmf([n - 2, n - 1], mean).sum() <= bound)
    found = size
    for _ in range(4):
        found = wanted(poisson.pmf(np.arange(found), mean), bound)
    assert max(least, size) <= found <= max(least + 3, size)


def test_fock_states_are_raised_until_they_hold_the_start():
    """Mode by mode, before any run; the second holds its light at once."""
    means = (30.0, 0.1)
    found = holding(lambda levels: poisson.sf(np.array(levels) - 1, means), (20, 9))
    assert found[1] == 9
    assert poisson.sf(found[0] - 1, 30.0) <= 1e-6 < poisson.sf(found[0] - 10, 30.0)


def test_flat_populations_raise_fock_states_by_half():
    assert wanted(np.full(20, 0.05), 1e-6) == 30
    assert wanted(np.full(4, 0.25), 1e-6) == 8
    assert wanted(np.array([1.0, 0.0, 1e-9]), 1e-6) == 3


def test_fock_states_that_need_too_much_memory_tell_what_fewer_gave():
    def run(levels):
        if levels[0] > 9:
            raise SizeError("Too large.")
        return Reach([np.full(levels[0], 1e-3)])

    with pytest.raises(SizeError, match=r"Too large. With \(8,\).* had a probability of 2.0e-03.*`fock=\(8,\)` gives"):
        at_enough_fock((4,), run, run)
    bright = MultimodeDicke(g=[[2.0], [2.0]], omega=1.0, loss=1.0, drive=0.0)
    quiet = ProductState([[0, 0, 1], [0, 0, 1]], [0.0])
    with pytest.raises(SizeError, match=r"need about .* With \(\d+,\) Fock states.*`fock=\(\d+,\)`") as told:
        QuantumJumps(runs=1, seed=1, memory_gib=0.0002).evolve(bright, quiet, [3.0])
    fewer = int(re.search(r"`fock=\((\d+),\)`", str(told.value)).group(1))
    with pytest.warns(RegimeWarning, match="two highest"):
        QuantumJumps(runs=1, seed=1, memory_gib=0.0002, fock=fewer).evolve(bright, quiet, [3.0])


def test_a_run_that_lost_its_state_is_an_error():
    with pytest.raises(ConvergenceError, match=r"with \(4,\) Fock states has lost its state"):
        at_enough_fock((4,), lambda _: Reach([np.full(4, np.nan)]), lambda _: Reach([np.zeros(4)]))


def test_what_is_told_of_fock_states():
    assert Enough((4,), 1e-7, 1e-7).told is None
    text = Enough((4,), 1e-3, 0.1).told
    assert "probability of 1.0e-01 of the light" in text
    assert "up to 1.0e-03" in text


@pytest.mark.parametrize("mode", [0, 1])
def test_populations_and_matrices_of_one_mode(mode):
    levels, rng = (3, 4), np.random.default_rng(1)
    ket = rng.normal(size=(2, 3, 4)) + 1j * rng.normal(size=(2, 3, 4))
    x = np.stack([ket.real, ket.imag]).reshape(2, -1)
    square = float((x**2).sum())
    strides, populations = np.array([4, 1]), np.zeros((2, 4))
    note_populations(np.array(levels), strides, x, square, populations)
    weights = np.repeat([1.0, 0.0], 12)
    for kept, weight in ((2, np.ones(24)), (1, weights)):
        moved = np.moveaxis(ket, 1 + mode, -1)[:kept].reshape(-1, levels[mode])
        exact = moved.T @ moved.conj() / square
        rho = np.empty((2, levels[mode], levels[mode]))
        reduce_mode(strides[mode], weight, x, square, rho)
        np.testing.assert_allclose(rho[0] + 1j * rho[1], exact, atol=1e-14)
        if kept == 2:
            np.testing.assert_allclose(populations[mode, : levels[mode]], np.diag(exact).real, atol=1e-14)


def test_the_error_of_the_coherence_is_how_it_scatters():
    """Samples of light with exponential intensities, again and again."""
    rng, repeats, runs = np.random.default_rng(3), 400, 500
    found = []
    for _ in range(repeats):
        photons = rng.exponential(0.7, size=(runs, 1, 1))
        nothing = np.zeros_like(photons, np.complex128)
        found.append(np.ravel(_coherence(LightMoments(photons, nothing, nothing, photons**2))))
    values, errors = np.transpose(found)
    # the standard deviation of 400 numbers is known to 4 %
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.15)
    assert values.mean() == pytest.approx(2, abs=0.02)


def test_the_error_of_the_step_is_what_order_two_tells():
    """Means off by c h^2, c (2h)^2: the error of the finer ones, in units of the largest value of each or of one."""
    exact, c = np.array([[0.5, 40.0], [0.2, 20.0]]), np.array([[0.0, 0.0], [0.01, 0.8]])
    assert _step_error(exact + c, exact + 4 * c) == pytest.approx(0.02, rel=0.01)


@pytest.mark.parametrize(
    "call",
    [
        lambda theory: theory(QuantumJumps).evolve(DICKE, [1, 1], np.linspace(0.0001, 0.01, 300)),
        lambda theory: theory(Heterodyne).evolve(DICKE, [1, 1], np.linspace(0.0001, 0.01, 300)),
        lambda theory: theory(QuantumJumps, fock=(30, 3)).light_state(DICKE, [1, 1], np.linspace(0.0001, 0.01, 300)),
    ],
    ids=["jumps", "heterodyne", "light_state"],
)
@pytest.mark.filterwarnings("ignore:.*Fock states")
def test_the_memory_that_is_told_is_the_memory_that_is_taken(call):
    def theory(gib):
        return lambda rung, fock=(3, 3): rung(runs=80, seed=1, fock=fock, memory_gib=gib)

    # whatever is made but once
    call(theory(4.0))
    tracemalloc.start()
    try:
        call(theory(4.0))
        peak = tracemalloc.get_traced_memory()[1] / 2**30
    finally:
        tracemalloc.stop()
    with pytest.raises(SizeError):
        call(theory(peak))
    call(theory(1.6 * peak))


@pytest.mark.parametrize("rung", RUNGS)
def test_a_frame_may_be_given_by_its_amplitudes(rung):
    options = {"runs": 3, "seed": 2, "fock": 16}
    plain = rung(**options).evolve(DICKE, [1, 1], [0.5, 1.0])
    moved = rung(**options, displacement=np.array([-0.2 - 0.3j, 0.1])).evolve(DICKE, [1, 1], [0.5, 1.0])
    assert moved.attrs["displacement_imag"] == [-0.3, 0.0]
    np.testing.assert_allclose(moved["amplitude_real"], plain["amplitude_real"], atol=5e-3)
    with pytest.raises(ArgumentError, match=r"`displacement` must have shape \(2,\)"):
        rung(**options, displacement=(0.1,)).evolve(DICKE, [1, 1], [0.5])
