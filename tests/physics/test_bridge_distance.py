"""The bridged spins against spins with their light: check values, and the powers of the drive by which they differ."""

from itertools import pairwise

import numpy as np
import pytest

from cavity_hopfield.bridge import Bridge, bridge_distance, dressed
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.elimination.exact.rates import exact_rates
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke, ProductState
from cavity_hopfield.theory.lindblad import Lindblad
from tests.twins.projected_liouvillian import SpinsInModes

pytestmark = pytest.mark.filterwarnings("ignore::cavity_hopfield.exceptions.RegimeWarning")
PLATFORMS = {
    "unequal": ([0.4, 0.6], "individual", [1, -1]),
    "equal": ([0.5, 0.5], "sector", [1, 1]),
    "three unequal": ([0.3, 0.5, 0.4], "individual", [1, -1, 1]),
    "two of three equal": ([0.4, 0.4, 0.3], "sector", [1, -1, 1]),
}

POWERS = {"trace_distance": 1, "coherence_distance": 1, "population_distance": 2, "dressed_distance": 2}


def platform(g, drive):
    return MultimodeDicke(np.array(g)[:, None], 1.0, 1.0, drive=drive)


def test_two_spins_from_both_up():
    # docs/check_values.md: exactly .02347, in the sector equation .02191, for independent flips .0413
    pair = platform([0.5, 0.5], 0.05)
    late = {
        jumps: Bridge(pair, jumps=jumps).evolve([1, 1], [300.0])["probability"].values[0]
        for jumps in ("sector", "individual")
    }
    np.testing.assert_allclose(late["sector"][1:3], 0.02191, atol=1e-5)
    np.testing.assert_allclose(late["individual"][1:3], 0.0413, atol=5e-5)
    exact = np.diag(SpinsInModes.of(pair, (12,)).evolved(0, 300.0)).real
    assert exact[1] == pytest.approx(0.02347, abs=1e-5)
    apart = bridge_distance(pair, [1, 1], [300.0], jumps="sector", stationary=False)
    assert float(apart["population_distance"][0]) == pytest.approx(np.abs(exact - late["sector"]).sum() / 2, abs=2e-6)


def powers(name, drives, *, spectrum=False, **options):
    """Of every distance when the drive is halved, at fixed time times the square of the drive; of the spectrum, which
    takes long, at the last two drives.
    """
    g, jumps, start = PLATFORMS[name]
    found = [
        bridge_distance(
            platform(g, drive),
            start,
            [0.05 / drive**2],
            jumps=jumps,
            spectrum=spectrum and drive < drives[0],
            **options,
        )
        for drive in drives
    ]
    values = [{key: float(np.max(one[key])) for key in one if key.endswith("distance")} for one in found]
    return [{key: np.log2(a[key] / b[key]) for key in a.keys() & b.keys()} for a, b in pairwise(values)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["unequal", "equal"])
def test_two_spins_differ_by_the_predicted_powers_of_the_drive(name):
    first, last = powers(name, (0.02, 0.01, 0.005), spectrum=True)
    for moment in ("", "stationary_"):
        for key, power in POWERS.items():
            assert last[moment + key] == pytest.approx(power, abs=0.06)
            assert first[moment + key] == pytest.approx(power, abs=0.15)
    assert last["eigenvalue_distance"] == pytest.approx(2, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["three unequal", "two of three equal"])
def test_three_spins_differ_by_the_predicted_powers_of_the_drive(name):
    theory = Lindblad(resolution="site", fock=12)
    first, last = powers(name, (0.02, 0.01, 0.005), stationary=False, theory=theory)
    for key, power in POWERS.items():
        assert last[key] == pytest.approx(power, abs=0.06)
        assert first[key] == pytest.approx(power, abs=0.35)


def test_the_wrong_jumps_do_not_come_closer_with_a_weaker_drive():
    """Independent flips of two spins that the light cannot tell apart."""
    late = [
        bridge_distance(platform([0.5, 0.5], drive), [1, 1], [1.0], jumps="individual")[
            "stationary_population_distance"
        ]
        for drive in (0.02, 0.01)
    ]
    assert float(late[1]) > 0.9 * float(late[0]) > 0.03


def test_the_dressing_is_the_coherence_of_first_order():
    """Against the exact stationary state; with the sign turned round it makes things worse."""
    errors, wrong, plain = [], [], []
    for drive in (0.02, 0.01):
        dicke = platform([0.4, 0.6], drive)
        exact = exact_rates(dicke).steady_state()
        bridged = Bridge(dicke).stationary()
        added = dressed(dicke, bridged) - bridged
        coherences = exact - np.diag(np.diag(exact))
        errors.append(np.abs(coherences - added).max())
        wrong.append(np.abs(coherences - added.conj()).max())
        plain.append(np.abs(coherences).max())
    assert errors[0] < 0.05 * plain[0]
    assert np.log2(errors[0] / errors[1]) > 1.9
    assert np.log2(plain[0] / plain[1]) == pytest.approx(1, abs=0.02)
    current = bridged - dressed(dicke, Bridge(dicke).states([1, -1], [500.0])[0])
    assert np.abs(current.imag).max() > 1e-4  # away from rest sigma^y flows too


def test_the_dressing_carries_the_current_of_the_populations():
    r"""$\frac{d}{dt}\langle\sigma^z_i\rangle = 2 \Omega \langle\sigma^y_i\rangle$ of the full equation."""
    dicke = platform([0.4, 0.6], 0.01)
    bridge = Bridge(dicke)
    times = np.array([0.0, 1.0, 2.0]) + 300.0
    path = bridge.evolve([1, -1], times, dress=True)
    slope = (path["spin_z"].values[2] - path["spin_z"].values[0]) / 2
    mean_y = path["magnetisation_y"].values[1]
    assert 2 * dicke.drive * mean_y == pytest.approx(slope.mean(), rel=1e-5)
    plain = bridge.evolve([1, -1], times)
    assert abs(plain["magnetisation_y"].values).max() < 1e-15


@pytest.mark.parametrize("name", ["unequal", "equal"])
def test_rates_and_lamb_shift_are_the_second_order_of_the_elimination(name):
    """With the light kept, in a truncated Fock space, in place of the kernel."""
    g, _, _ = PLATFORMS[name]
    dicke = platform(g, 0.01)
    bridge = Bridge(dicke, jumps="sector")
    second = exact_rates(dicke, tolerance=1e-9).second_order.matrix.toarray()
    assert np.abs(bridge.lasting.matrix.toarray() - second).max() < 1e-6 * np.abs(second).max()
    if name == "equal":
        without = Bridge(dicke, jumps="sector", lamb_shift=False).lasting.matrix.toarray()
        assert np.abs(without - second).max() > 0.1 * np.abs(second).max()


def test_an_undressed_field_is_an_assumption():
    """Two fields that add up in one cavity do not do what a second, undressed field does."""
    apart = bridge_distance(
        platform([0.4, 0.6], 0.01), [1, -1], [200.0, 600.0], drive="independent", field=0.003, stationary=False
    )
    assert "dressed_distance" not in apart
    assert float(apart["population_distance"].max()) > 0.2
    assert apart.attrs["theory"].count("0.013") == 1


def test_one_drive_leaves_real_eigenvalues_and_a_second_brings_pairs():
    """One pattern: the flips obey detailed balance, so that what lasts relaxes without oscillation."""
    memory = MultimodeDicke([[0.5], [-0.5], [0.5]], 1.0, 4.0, drive=0.01)
    alone = Bridge(memory).spectrum(8, lasting=True)
    assert abs(alone["eigenvalue_imag"]).max() < 1e-15
    field = 0.8 * float(-alone["eigenvalue_real"].min()) / 3
    driven = Bridge(memory, "independent", field=field).spectrum(8)
    assert abs(driven["eigenvalue_imag"]).max() > field
    # of the whole generator the Lamb shift turns coherences, and nothing without it
    rate = 2 * float(CavityRates(memory)(0.0))
    assert abs(Bridge(memory).spectrum(64)["eigenvalue_imag"]).max() > 0.1 * rate
    assert abs(Bridge(memory, lamb_shift=False).spectrum(64)["eigenvalue_imag"]).max() < 1e-9 * rate


def test_the_reference_must_tell_every_spin():
    with pytest.raises(ArgumentError, match="Argument `theory`"):
        bridge_distance(platform([0.4, 0.6], 0.02), [1, -1], [1.0], theory=Lindblad())


@pytest.mark.parametrize("initial", [ProductState(np.zeros((2, 3)), np.zeros(0)), np.full(4, 0.5), np.eye(4) / 4])
def test_the_light_is_at_rest_under_a_configuration_alone(initial):
    with pytest.raises(ArgumentError, match="Argument `initial` must be a configuration, 2 entries"):
        bridge_distance(platform([0.4, 0.6], 0.02), initial, [1.0])


def test_choices_that_a_bridge_does_not_have_are_named():
    with pytest.raises(ArgumentError, match="Argument `jump` must be left out"):
        bridge_distance(platform([0.4, 0.6], 0.02), [1, -1], [1.0], jump="sector")


def test_the_spectrum_of_nearly_equal_forces_is_refused():
    with pytest.raises(ArgumentError, match="Argument `spectrum` must be False"):
        bridge_distance(platform([0.5, 0.501], 0.02), [1, -1], [1.0], spectrum=True)
