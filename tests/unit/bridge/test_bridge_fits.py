"""Fitted networks: what they find again, and what they say."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from cavity_hopfield import (
    ArgumentError,
    ConvergenceError,
    Glauber,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
)
from cavity_hopfield.bridge import Bridge, fit_liouvillian, fit_trajectories, trajectory_fits
from cavity_hopfield.model.energy_scale import memory_scale
from cavity_hopfield.network import density_matrix
from cavity_hopfield.theory.lindblad import Lindblad
from cavity_hopfield.theory.lindblad.door import sparse_liouvillian

pytestmark = pytest.mark.filterwarnings("ignore::cavity_hopfield.exceptions.RegimeWarning")
MEMORY = Patterns([[1, 1, -1]])
THERMAL = OpenHopfield(MEMORY, Glauber(0.4, 0.5), drive=0.2)
NEARLY_THERMAL = MultimodeDicke([[0.3], [0.34], [0.26]], 1.0, 4.0, drive=0.005)
APART = MultimodeDicke([[0.4], [0.6]], 1.0, 1.0, drive=0.01)


def test_a_thermal_network_is_found_again_by_its_liouvillian():
    found = fit_liouvillian(THERMAL)
    assert (found.temperature, found.rate, found.drive) == pytest.approx((0.4, 0.5, 0.2), rel=1e-7)
    assert found.residual < 1e-7
    assert found.rate_distance < 1e-7
    assert found.has_drive
    assert "An independent drive of 0.4 times the rate" in found.verdict
    assert found.relative_temperature is None
    json.dumps(found.to_dict())


def test_a_thermal_network_is_found_again_by_its_trajectories():
    found = fit_trajectories(THERMAL, [1, 1, 1], np.linspace(0.5, 8, 9))
    assert (found.temperature, found.rate, found.drive) == pytest.approx((0.4, 0.5, 0.2), rel=1e-5)
    assert found.residual < 1e-7
    assert found.own_drive == pytest.approx(0.2, rel=1e-5)


@pytest.mark.parametrize("drive", [1.0, 5.0])
def test_a_strong_drive_is_found_again(drive):
    pair = OpenHopfield([[0, 0.7], [0.7, 0]], Glauber(0.5, 1.0), drive=drive)
    found = fit_trajectories(pair, [1, -1], np.linspace(0, 5, 9)[1:])
    assert (found.temperature, found.rate, found.drive) == pytest.approx((0.5, 1.0, drive), rel=1e-6)
    assert found.residual < 1e-9
    assert found.own_residual < 1e-4


def test_a_search_that_misses_is_an_error(monkeypatch):
    """A start far from the drive, and few steps: what is left is told, not returned."""
    pair = OpenHopfield([[0, 0.7], [0.7, 0]], Glauber(0.5, 1.0), drive=5.0)
    monkeypatch.setattr(trajectory_fits, "_shares", lambda _: [0.01])
    with pytest.raises(ConvergenceError, match=r"missed the best one|without a minimum"):
        fit_trajectories(pair, [1, -1], np.linspace(0, 5, 9)[1:])


def test_an_observable_that_stands_still_up_to_round_off_plays_no_part():
    """The magnetisation of a pair that starts opposite is zero at all times; a change of it is round-off."""
    pair = OpenHopfield([[0, 0.7], [0.7, 0]], Glauber(0.5, 1.0), drive=0.2)
    names = ("spin_z", "energy", "magnetisation")
    reader = trajectory_fits._Reader(pair, np.array([1.0, 2.0]), density_matrix([1, -1], 2), names)
    wanted = reader(trajectory_fits.own(pair))
    wanted[:, -1] = [1.2e-16, -2e-16]
    assert np.isinf(reader.scales(wanted)).tolist() == [False, False, False, True]
    wanted[:, -1] = [1e-6, 2e-6]  # small, but a motion
    assert np.isfinite(reader.scales(wanted)).all()


@pytest.mark.parametrize("times", [[2.0], [0.0, 2.0], [30.0, 40.0]])
def test_the_change_is_that_since_the_start(times):
    found = fit_trajectories(THERMAL, [1, 1, 1], times)
    assert (found.temperature, found.rate, found.drive) == pytest.approx((0.4, 0.5, 0.2), rel=1e-6)
    # spins that stand at one value from the first time on have changed since the start
    reader = trajectory_fits._Reader(THERMAL, np.array(times), density_matrix([1, 1, 1], 3), ("magnetisation",))
    values = np.full((len(times), 1), 0.25)
    assert reader.scales(values).tolist() == [0.75]


def test_a_thermal_network_without_drive_has_none():
    still = OpenHopfield(MEMORY, Glauber(0.4, 0.5))
    for found in (fit_liouvillian(still), fit_trajectories(still, [1, 1, 1], [1.0, 2.0, 3.0, 4.0])):
        assert found.temperature == pytest.approx(0.4, rel=1e-3)
        assert not found.has_drive
        assert found.verdict.startswith("No independent drive: beside the platform's own rates it is compatible with")


def test_one_drive_is_used_up_and_a_second_is_found():
    alone = fit_liouvillian(NEARLY_THERMAL)
    assert alone.drive == 0.0
    assert not alone.has_drive
    driven = fit_liouvillian(NEARLY_THERMAL, drive="independent", field=0.0004)
    assert driven.drive == pytest.approx(0.0004, rel=1e-12)
    assert driven.temperature == pytest.approx(alone.temperature, rel=1e-6)
    assert driven.has_drive


def test_the_fit_is_the_best_one():
    """No neighbour does better: brute force over temperature, with rate and drive by least squares."""
    found = fit_liouvillian(APART)
    wanted = Bridge(APART).sparse_liouvillian().toarray().ravel()

    def misfit(temperature):
        flips = sparse_liouvillian(OpenHopfield(found.network.interactions, Glauber(temperature))).toarray().ravel()
        rate = np.vdot(flips, wanted).real / np.vdot(flips, flips).real
        return np.linalg.norm(wanted - rate * flips) / np.linalg.norm(wanted), rate

    assert misfit(found.temperature) == pytest.approx((found.residual, found.rate), rel=1e-9)
    for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2.0):
        assert misfit(factor * found.temperature)[0] > found.residual


def test_flips_of_the_sector_are_compared_where_the_light_lets_them_live():
    """Unequal forces: by brute force among the populations, with rates from the cavity alone."""
    cavity = MultimodeDicke([[0.4], [0.6]], 1.0, 1.0, drive=0.02)
    network = OpenHopfield.from_dicke(cavity)
    spins = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])

    def chain(rates):
        matrix = -np.diag(rates.sum(axis=1))
        for k, i in np.ndindex(4, 2):
            after = spins[k] * np.where(np.arange(2) == i, -1, 1)
            matrix[(spins == after).all(axis=1), k] += rates[k, i]
        return matrix.ravel()

    def left(temperature):
        flips = chain(1 / (1 + np.exp(network.flip_energies(spins) / temperature)))
        wanted = chain(network.rates(spins))
        return np.sqrt(1 - (flips @ wanted) ** 2 / (flips @ flips) / (wanted @ wanted))

    found = fit_liouvillian(cavity, jumps="sector")
    best = minimize_scalar(left, bounds=(0.05, 2.0), method="bounded", options={"xatol": 1e-10})
    assert (found.temperature, found.residual) == pytest.approx((best.x, best.fun), rel=1e-4)
    assert found.temperature == pytest.approx(fit_liouvillian(cavity).temperature, rel=0.01)
    driven = fit_liouvillian(cavity, jumps="sector", drive="independent", field=0.0003)
    assert driven.drive == pytest.approx(0.0003, rel=1e-9)


def test_rates_without_a_temperature_are_told_with_the_reason():
    constant = OpenHopfield([[0, 1], [1, 0]], Glauber(1e9))
    with pytest.raises(ConvergenceError, match=r"highest one .* do not depend on the flip energy"):
        fit_liouvillian(constant)


def test_flips_together_are_named():
    equal = MultimodeDicke([[0.3], [0.3], [0.3]], 1.0, 4.0, drive=0.002)
    found = fit_liouvillian(equal, jumps="sector")
    assert found.together
    assert "Spins flip together" in found.verdict
    assert fit_liouvillian(OpenHopfield.from_dicke(equal)).together
    assert not fit_liouvillian(APART).together


def test_verdicts_say_no_more_than_is_known():
    found = fit_liouvillian(APART)
    assert "compatible with zero." in found.verdict  # and not "at most 0 times"
    assert "is not told" in replace(found, own_drive_bound=0.8 * found.rate).verdict
    assert "at most 0.1 times" in replace(found, own_drive_bound=0.1 * found.rate).verdict
    # in units of the rate beside which it was fitted
    assert "drive of 2 times" in replace(found, own_drive=2.0, own_drive_bound=2.1, own_rate=1.0).verdict


@pytest.mark.parametrize("field", [None, 0.0003])
def test_trajectories_of_a_bridge_tell_whether_there_is_a_field(field):
    choices = {"drive": "eliminated"} if field is None else {"drive": "independent", "field": field}
    times = np.linspace(0, 4, 5)[1:] / fit_liouvillian(NEARLY_THERMAL).rate
    found = fit_trajectories(NEARLY_THERMAL, [1, -1, 1], times, **choices)
    assert found.has_drive is (field is not None)
    assert found.own_drive == pytest.approx(field or 0.0, rel=1e-4, abs=1e-2 * found.rate)
    assert found.relative_temperature == pytest.approx(found.temperature / memory_scale(NEARLY_THERMAL))
    assert set(found.uncertainties) == {"temperature", "rate", "drive_squared"}


@pytest.mark.slow
def test_a_cavity_with_its_light_shows_no_independent_drive():
    """The statement that one drive is used up, asked of the full master equation."""
    cavity = MultimodeDicke([[0.4], [0.6]], 1.0, 1.0, drive=0.02)
    times = np.linspace(0, 3, 9)[1:] / fit_liouvillian(cavity).rate
    found = fit_trajectories(cavity, [1, -1], times, theory=Lindblad(resolution="site", fock=12))
    assert not found.has_drive
    assert found.own_drive < 0.1 * found.rate
    assert "No independent drive" in found.verdict


@pytest.mark.parametrize(
    ("arguments", "options", "text"),
    [
        ((THERMAL, [1, 1, 1], [1.0]), {"observables": ("magnetisation_y",)}, "Argument `observables` must hold some"),
        ((THERMAL, [1, 1, 1], [1.0]), {"jumps": "sector"}, "must be left out for a OpenHopfield"),
        ((THERMAL, [1, 1, 1], [0.0]), {}, "must span some motion"),
        ((THERMAL, [1, 1, 1], [1.0]), {"observables": "energy"}, r"tuple of names, such as \('energy',\)"),
        ((APART, [1, 1], [1.0]), {"jump": "sector"}, "Argument `jump` must be left out"),
        ((APART, ProductState(np.zeros((2, 3)), np.zeros(0)), [1.0]), {}, "must be a configuration, 2 entries"),
        ((APART, np.full(4, 0.5), [1.0]), {}, "must be a configuration, 2 entries"),
        (("cavity", [1, 1], [1.0]), {}, "Argument `source` must be"),
        ((OpenHopfield([[0, 1], [1, 0]], Glauber(0.3)), [1, 1], [1.0]), {"observables": ("overlap",)}, "no patterns"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, options, text):
    with pytest.raises(ArgumentError, match=text):
        fit_trajectories(*arguments, **options)


def test_without_flip_energies_there_is_no_temperature():
    with pytest.raises(ArgumentError, match="no temperature is told"):
        fit_liouvillian(OpenHopfield([[0.0, 0.0], [0.0, 0.0]], Metropolis(0.3)))
