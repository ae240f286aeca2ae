"""The theory `Cumulants` against mean field, closed forms, and the full master equation of few spins."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from cavity_hopfield import MeanField, MultimodeDicke
from cavity_hopfield.cavity import cavity_start
from cavity_hopfield.exceptions import ConvergenceError, RegimeWarning
from cavity_hopfield.model import ProductState, SpinChannels
from cavity_hopfield.theory.cumulants import Cumulants
from tests.twins.cumulants_exact import FullCavity
from tests.twins.dicke_ladder import DickeLadder

TIMES = np.linspace(0, 2, 5)
ALONG_X = SpinChannels(decay=0.3, dephasing=0.1)
ALONG_Z = SpinChannels(pumping=0.2, decay=0.1, dephasing=0.05, axis="z")


def largest(result, exact):
    return {name: float(np.abs(result[name].values - exact[name]).max()) for name in exact if name in result}


def exact_means(model, initial, times, levels):
    start = cavity_start(model, initial)
    return FullCavity(model, levels).means(start.bloch, start.amplitudes, start.thermal, times)


# Order 1 is mean field


@given(
    rows=st.lists(st.sampled_from([(0.3, 0.1), (-0.3, -0.1), (0.2, -0.4), (0.0, 0.5)]), min_size=1, max_size=5),
    signs=st.integers(0, 31),
    drive=st.sampled_from([0.0, 0.2, 0.7]),
    gain=st.sampled_from([0.0, 0.3]),
)
@settings(max_examples=20, deadline=None)
def test_order_one_is_mean_field(rows, signs, drive, gain):
    model = MultimodeDicke(g=rows, omega=[1.0, 1.4], loss=[0.7, 1.0], gain=[gain, 0.0], drive=drive)
    start = [1 - 2 * (signs >> k & 1) for k in range(len(rows))]
    found = Cumulants(order=1, rtol=1e-10, atol=1e-12).evolve(model, start, TIMES)
    expected = MeanField(atoms_per_spin=1e9, rtol=1e-10, atol=1e-12).evolve(model, start, TIMES)
    for name in ("magnetisation", "magnetisation_x", "magnetisation_y", "spin_z"):
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-8)
    for name in ("amplitude_real", "amplitude_imag"):
        np.testing.assert_allclose(found[name], expected[name] / np.sqrt(1e9), rtol=0, atol=1e-8)
    np.testing.assert_allclose(found["energy"], expected["energy"] / 1e9, rtol=0, atol=1e-8)
    coherent = found["amplitude_real"] ** 2 + found["amplitude_imag"] ** 2
    np.testing.assert_allclose(found["photons"] - coherent, model.thermal_occupation + 0 * coherent, atol=1e-12)


# Closed forms


@pytest.mark.parametrize("order", [1, 2])
def test_coherent_light_warms_up_with_the_gain(order):
    """Photons of spins that stand still are |alpha|^2 and nbar (1 - exp(-net_loss t)); from rest all of nbar."""
    model = MultimodeDicke([[0.3], [-0.2]], 1.0, 1.2, 0.4)
    start = ProductState([[0, 0, 1], [0, 0, -1]], [0.3 + 0.2j])
    found, at_rest = (Cumulants(order=order).evolve(model, one, TIMES) for one in (start, [1, -1]))
    z, thermal = 0.4 + 1j, 0.5 * (1 - np.exp(-0.8 * TIMES))
    alpha = -0.5j / z + (0.3 + 0.2j + 0.5j / z) * np.exp(-z * TIMES)
    np.testing.assert_allclose(found["photons"].values[:, 0], abs(alpha) ** 2 + thermal, atol=1e-7)
    np.testing.assert_allclose(at_rest["photons"], 0.25 / abs(z) ** 2 + 0.5, atol=1e-7)
    if order == 1:
        settled = Cumulants(order=1).steady_state(model, start)["photons"].item()
        assert settled == pytest.approx(0.25 / abs(z) ** 2 + 0.5, abs=1e-8)


@pytest.mark.parametrize("order", [2, 3])
def test_without_a_drive_light_follows_random_spins_exactly(order):
    r"""$a(t) = a_0 e^{-zt} - i S (1 - e^{-zt})/z$ with $S = \sum_i g_i \sigma^z_i$, independent spins."""
    g, z_means = np.array([0.3, 0.3, -0.2, 0.5]), np.array([0.6, 0.6, -0.1, 1.0])
    model = MultimodeDicke(g=g[:, None], omega=1.2, loss=0.9, gain=0.3)
    bloch = np.stack([np.sqrt(1 - z_means**2), 0 * z_means, z_means], axis=1)
    found = Cumulants(order=order, rtol=1e-11, atol=1e-13).evolve(model, ProductState(bloch, [0.4 - 0.7j]), TIMES)
    z = complex(model.pole[0])
    memory, pull = np.exp(-z * TIMES), (1 - np.exp(-z * TIMES)) / z
    amplitude = (0.4 - 0.7j) * memory - 1j * (g @ z_means) * pull
    variance = np.sum(g**2 * (1 - z_means**2))
    noise = float(model.thermal_occupation[0]) * (1 - np.exp(-2 * z.real * TIMES))
    pair = amplitude**2 - variance * pull**2
    for name, expected in (
        ("amplitude_real", amplitude.real),
        ("amplitude_imag", amplitude.imag),
        ("photons", abs(amplitude) ** 2 + variance * abs(pull) ** 2 + noise),
        ("pair_real", pair.real),
        ("pair_imag", pair.imag),
    ):
        np.testing.assert_allclose(found[name][:, 0], expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["spin_z"], z_means + 0 * found["spin_z"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("channels", [ALONG_X, ALONG_Z])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_atoms_without_light_obey_the_optical_bloch_equations(channels, order):
    """Three by three, written out; a coupling of zero keeps the atoms independent at every order."""
    model = MultimodeDicke(g=[[0.0]] * 3, omega=1.0, loss=1.0, drive=0.6, channels=channels)
    vector = np.array([0.3, -0.5, 0.6])
    found = Cumulants(order=order, rtol=1e-11, atol=1e-13).evolve(model, ProductState([vector] * 3, [0.0]), TIMES)
    total = channels.decay + channels.pumping
    across, along = total / 2 + 2 * channels.dephasing, total
    damping = {"x": np.diag([along, across, across]), "z": np.diag([across, across, along])}[channels.axis]
    matrix = np.zeros((4, 4))
    matrix[:3, :3] = 1.2 * np.array([[0, 0, 0], [0, 0, -1], [0, 1, 0]]) - damping
    matrix["xyz".index(channels.axis), 3] = channels.pumping - channels.decay
    expected = np.stack([expm(matrix * t) @ [*vector, 1] for t in TIMES])
    names = ("magnetisation_x", "magnetisation_y", "magnetisation")
    for name, values in zip(names, expected.T, strict=False):
        np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-9)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_thermal_light_is_bunched(order):
    """A mode that fills with thermal light from vacuum, and one that is thermal from the start: g2 = 2."""
    model = MultimodeDicke(g=[[0.0]], omega=1.0, loss=1.0, gain=0.4, drive=0.2)
    found = Cumulants(order=order).evolve(model, [1], [0.5, 3.0])
    np.testing.assert_allclose(found["g2"], 2.0, atol=1e-6)
    np.testing.assert_allclose(found["photons"], 0.4 / 0.6, atol=1e-8)
    coherent = Cumulants(order=order).evolve(model, ProductState([[0, 0, 1]], [2.0]), [0.0])
    assert coherent["g2"].item() == pytest.approx(1.0)


# The full master equation of few spins


def test_every_order_comes_closer_to_the_exact_answer():
    """Two spins of opposite couplings, with each kind of channels: the error falls at least to a half with the order.

    Measured for the photons, orders 1 to 4: 0.11, 5.7e-4, 4.9e-5, 2.7e-6 (channels along x).
    """
    for channels in (None, ALONG_X, ALONG_Z):
        model = MultimodeDicke([[0.3], [-0.3]], 1.0, 1.0, 0.1, 0.3, channels=channels)
        exact = exact_means(model, [1, 1], TIMES, 16)
        errors = [largest(Cumulants(order=order).evolve(model, [1, 1], TIMES), exact) for order in (1, 2, 3, 4)]
        for lower, higher in itertools.pairwise(errors):
            assert all(higher[name] < lower[name] / 2 for name in ("spin_z", "photons"))
        assert errors[0]["spin_z"] > 1e-2
        assert max(errors[3][name] for name in ("spin_z", "magnetisation_y", "photons", "pair_real")) < 1e-4
        assert errors[3]["g2"] < 3e-3  # its own moment at order 4, what the truncation makes of it below
        assert errors[2]["g2"] > 1e-2
        assert errors[3]["energy"] < 5e-5
        assert errors[1]["energy"] < errors[0]["energy"]


@pytest.mark.slow
def test_two_classes_and_two_modes_against_the_full_equation():
    model = MultimodeDicke([[0.3, 0.2], [0.3, 0.2], [0.2, -0.3]], [1.0, 1.3], [1.0, 0.8], 0.0, 0.3)
    times = np.linspace(0, 1, 3)
    exact = exact_means(model, [1, -1, 1], times, 6)
    errors = [largest(Cumulants(order=order).evolve(model, [1, -1, 1], times), exact) for order in (1, 2, 3)]
    names = ("spin_z", "magnetisation_x", "amplitude_real", "photons")
    for lower, higher in itertools.pairwise(errors):
        assert all(higher[name] < lower[name] / 5 for name in names)
    assert errors[2]["photons"] < 1e-5 < errors[0]["photons"]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_classes_are_their_spins_one_by_one(order):
    """Equal couplings up to a sign, starts that split a class, channels that tell signs apart or not."""
    rng = np.random.default_rng(3)
    vector = rng.normal(size=3)
    vector *= 0.8 / np.linalg.norm(vector)
    turned = vector * [1, -1, -1]
    for channels, g, vectors, classes in (
        (None, [[0.4], [0.4], [-0.4]], [vector, vector, turned], 1),
        (ALONG_X, [[0.4], [-0.4], [0.4]], [vector, turned, turned], 2),
        (ALONG_Z, [[0.4], [-0.4], [0.4]], [vector, turned, vector], 2),
        (SpinChannels(dephasing=0.2, axis="z"), [[0.4], [-0.4], [0.4]], [vector, turned, vector], 1),
    ):
        model = MultimodeDicke(g, 1.0, 0.9, 0.2, 0.4, channels=channels)
        start = ProductState(vectors, [0.2 - 0.1j])
        by_class = Cumulants(order=order, rtol=1e-10, atol=1e-12).evolve(model, start, TIMES)
        by_site = Cumulants(order=order, resolution="site", rtol=1e-10, atol=1e-12).evolve(model, start, TIMES)
        assert len(json.loads(by_class.attrs["structure"])["members"]) == classes
        assert by_class.attrs["moments"] < by_site.attrs["moments"]
        for name in by_class.data_vars:
            np.testing.assert_allclose(by_class[name], by_site[name], rtol=1e-7, atol=1e-8)


@pytest.fixture(scope="module")
def ladder():
    """The exact means of 4, 8 and 16 atoms from all atoms up and no photon."""
    times, found = np.array([0.5, 1.0]), {}
    for n in (4, 8, 16):
        space = DickeLadder(n, 16)
        states = space.evolve(space.upright(), times, omega=1.0, g=0.4 / np.sqrt(n), loss=1.0, gain=0.0, drive=0.4)
        found[n] = space.means(states)
        assert found[n]["last"].max() < 1e-8
    return times, found


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_error_falls_with_the_number_of_atoms_to_the_power_of_the_order(ladder, order):
    times, exact = ladder
    errors = {}
    for n, means in exact.items():
        model = MultimodeDicke(np.full((n, 1), 0.4 / np.sqrt(n)), 1.0, 1.0, 0.0, 0.4)
        start = ProductState(np.tile([0.0, 0.0, 1.0], (n, 1)), [0.0])
        found = Cumulants(order=order, rtol=1e-10, atol=1e-12).evolve(model, start, times)
        errors[n] = {
            "z": np.abs(found["magnetisation"].values - means["z"]),
            "photons": np.abs(found["photons"].values[:, 0] - means["photons"]) / n,
        }
    for name in ("z", "photons"):
        for n in (4, 8):
            slopes = np.log2(errors[n][name] / errors[2 * n][name])
            assert np.abs(slopes - order).max() < 0.05


def test_comparing_orders_tells_the_size_of_the_error(ladder):
    """The change with the last order is the error of the order below, to the accuracy of the higher one."""
    times, exact = ladder
    model = MultimodeDicke(np.full((8, 1), 0.4 / np.sqrt(8)), 1.0, 1.0, 0.0, 0.4)
    start = ProductState(np.tile([0.0, 0.0, 1.0], (8, 1)), [0.0])
    told = json.loads(Cumulants(order=3, compare=True).evolve(model, start, times).attrs["order_difference"])
    below = Cumulants(order=2).evolve(model, start, times)
    error = np.abs(below["magnetisation"].values - exact[8]["z"]).max()
    assert told["magnetisation"] == pytest.approx(error, rel=0.05)
    assert "g2" in told


# Where a truncation fails


def test_leaving_the_region_of_states_is_told_with_number_and_time():
    model = MultimodeDicke([[0.4]] * 4, 1.0, 1.0, 0.2, 0.4)
    start = ProductState(np.tile([0.0, 0.0, 1.0], (4, 1)), [0.0])
    with pytest.warns(RegimeWarning, match=r"order 2 are not those of a state: .* = 1\.\d+ at t = 5\.\d.* at most 1"):
        Cumulants(order=2).evolve(model, start, np.linspace(0, 8, 81))
    Cumulants(order=2).evolve(model, start, np.linspace(0, 2.9, 30))


def test_a_divergence_keeps_what_was_finished():
    model = MultimodeDicke(np.full((8, 1), 1 / np.sqrt(8)), 1.0, 0.5, 0.1, 0.4)
    times = np.linspace(0, 30, 61)
    with pytest.raises(ConvergenceError, match=r"order 3 cannot be integrated beyond t = 16\.0.* not those of a state"
                                               r".* 33 of the times") as caught:  # fmt: skip
        Cumulants(order=3).evolve(model, np.ones(8), times)
    partial = caught.value.partial
    assert partial.sizes["time"] == 33
    whole = Cumulants(order=3).evolve(model, np.ones(8), times[:9])
    np.testing.assert_allclose(partial["photons"][:9], whole["photons"], rtol=1e-6)
