"""The state of one mode from quantum jumps, and the gain of both unravellings, against the master equation."""

import json

import numpy as np
import pytest

from cavity_hopfield import (
    ArgumentError,
    Glauber,
    Lindblad,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
    wigner,
)
from cavity_hopfield.theory.heterodyne import Heterodyne
from cavity_hopfield.theory.jumps import QuantumJumps
from tests.twins.jumps_and_light import Twin, deviations

MODEL = MultimodeDicke(g=[[0.35, 0.25], [0.25, -0.2]], omega=[1.0, 1.3], loss=[1.0, 0.8], drive=0.4)
FOCK = (12, 9)
TIMES = [0.0, 1.0, 2.5]
BATCHES, STUDENT = 25, 6.0
"""Independent batches, and the largest deviation of their mean: chance exceeds it once in 300 000 cases."""


def matrix(result):
    return (result["light_state_real"] + 1j * result["light_state_imag"]).values


def largest(batches, exact):
    """The largest deviation of the mean over batches (B, ...) in units of its standard error."""
    worst = 0.0
    for found, wanted in ((batches.real, exact.real), (batches.imag, exact.imag)):
        spread = found.std(axis=0, ddof=1) / np.sqrt(len(found))
        difference = found.mean(axis=0) - wanted
        # what hardly scatters is all but certain
        worst = max(worst, float(np.abs(difference / np.maximum(spread, 1e-4)).max()))
    return worst


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "given", "wrong"),
    [(0, None, ("1", 0.5)), (1, ("1", 0.5), None), (0, ("2", -0.5), ("2", 0.5)), (0, ("1", 0.0), ("1", 0.5))],
)
def test_the_state_of_a_mode_is_that_of_the_master_equation(mode, given, wrong):
    """Another condition is resolved; the errors of the probability are those that it has."""
    found = [
        QuantumJumps(runs=60, seed=seed, fock=FOCK).light_state(MODEL, [1, 1], TIMES, mode=mode, given=given)
        for seed in range(BATCHES)
    ]
    exact, other = (
        Lindblad(fock=FOCK, displacement="none").light_state(MODEL, [1, 1], TIMES, mode=mode, given=condition)
        for condition in (given, wrong)
    )
    later = slice(1, None)
    matrices = np.array([matrix(one)[later] for one in found])
    assert largest(matrices, matrix(exact)[later]) < STUDENT
    assert largest(matrices, matrix(other)[later]) > STUDENT
    chance = np.array([one["probability"].values[later] for one in found])
    np.testing.assert_allclose(np.trace(matrices, axis1=2, axis2=3), np.ones_like(chance), atol=1e-9)
    if given is not None:
        assert largest(chance + 0j, exact["probability"].values[later]) < STUDENT
        errors = np.mean([one["probability_error"].values[later] for one in found], axis=0)
        # the spread of so many numbers is known to 14 %
        np.testing.assert_allclose(chance.std(axis=0, ddof=1), errors, rtol=0.6)


def test_the_state_of_a_mode_has_the_photons_of_the_runs():
    """The runs are those of `evolve`; in a frame of their own as well."""
    for options in ({}, {"displacement": (0.2 - 0.1j, 0.1j)}):
        theory = QuantumJumps(runs=20, seed=4, fock=FOCK, **options)
        light = theory.light_state(MODEL, [1, 1], TIMES, mode=1)
        shift = complex(light.attrs["displacement_real"], light.attrs["displacement_imag"])
        a = np.diag(np.sqrt(np.arange(1.0, 9)), 1) + shift * np.eye(9)
        evolved = theory.evolve(MODEL, [1, 1], TIMES)
        photons = np.einsum("tmn,nm->t", matrix(light), a.conj().T @ a)
        np.testing.assert_allclose(photons, evolved["photons"].mean("run")[:, 1], atol=1e-5)
        np.testing.assert_allclose(light["probability"], 1, atol=1e-12)
        np.testing.assert_allclose(light.attrs["contributing_runs"], 20)
        assert "given" not in light.attrs


def test_wigner_functions_of_the_states_are_those_of_coherent_light():
    """Of a mode at rest under a spin that never flips, in either frame; and of nothing where there is no such run."""
    model = MultimodeDicke(g=[[0.7]], omega=1.0, loss=1.0)
    grid = np.linspace(-3, 3, 61)
    alpha = -0.7j / (0.5 + 1j)
    for frame in ("none", "start"):
        theory = QuantumJumps(runs=3, seed=1, displacement=frame)
        light = theory.light_state(model, [1], [2.0], given=("1", 0.5))
        assert json.loads(light.attrs["given"]) == ["1", 0.5]
        found = wigner(light, grid, grid)
        exact = 2 / np.pi * np.exp(-2 * np.abs(grid + 1j * grid[:, None] - alpha) ** 2)
        np.testing.assert_allclose(found["wigner"][0], exact, atol=2e-3)
        assert float(found["weight"][0]) == pytest.approx(1, abs=1e-3)
        never = theory.light_state(model, [1], [2.0], given=("1", -0.5))
        assert np.isnan(matrix(never)).all()
        assert never["probability"].values == [0]
        assert never.attrs["contributing_runs"] == [0]


def test_the_sum_over_runs_depends_on_neither_threads_nor_what_is_drawn():
    """A start whose collective spins have several lengths."""
    model = MultimodeDicke(g=[[0.4], [0.4], [-0.4]], omega=1.0, loss=1.0, drive=0.4)
    one, two = (
        QuantumJumps(runs=7, seed=2, fock=20, threads=threads).light_state(model, [1, -1, -1], TIMES, given=("1", 0.3))
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(matrix(one), matrix(two))
    start = matrix(one)[0]
    probability = float(one["probability"][0])
    assert probability == pytest.approx(0) or np.trace(start).real == pytest.approx(1)


def test_conditions_and_modes_that_do_not_fit_are_refused():
    theory = QuantumJumps(runs=1, seed=1)
    with pytest.raises(ArgumentError, match="`mode` must be from 0 to 1, but is 2"):
        theory.light_state(MODEL, [1, 1], TIMES, mode=2)
    with pytest.raises(ArgumentError, match="`given` must be one of '1', '2'"):
        theory.light_state(MODEL, [1, 1], TIMES, given=("odd", 0.5))
    split = MultimodeDicke(g=[[0.4], [0.4]], omega=1.0, loss=1.0, patterns=Patterns([[1, -1]], names=["odd"]))
    with pytest.raises(ArgumentError, match="splits a class"):
        theory.light_state(split, [1, 1], TIMES, given=("odd", 0.5))
    with pytest.raises(ArgumentError, match="`model` must be a `MultimodeDicke`"):
        theory.light_state(OpenHopfield([[0, 1], [1, 0]], Glauber(0.5)), [1, 1], TIMES)


@pytest.mark.slow
@pytest.mark.parametrize(("rung", "runs"), [(QuantumJumps, 4000), (Heterodyne, 2500)])
def test_gain_of_another_size_is_resolved(rung, runs):
    """Photons that enter, in the motion between jumps as well as in them: 15 % more or fewer are seen."""
    model = MultimodeDicke(g=[[0.3]], omega=1.0, loss=1.2, gain=0.4, drive=0.5)
    initial, times = ProductState([[0, 0, 1]], [0.0]), np.array([0.8, 2.5])
    result = rung(runs=runs, seed=31).evolve(model, initial, times)

    def worst(gain):
        twin = Twin(model.g, model.omega, model.loss, gain, model.drive, (22,))
        return max(deviations(result, twin, twin.evolve(twin.start([[0, 0, 1]], [0]), times)[0]).values())

    assert worst(0.4) < 4.5
    assert worst(0.4 * 1.15) > 4.5
    assert worst(0.4 / 1.15) > 4.5
