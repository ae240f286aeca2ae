"""The full density matrix of spins and light against the plain master equation, closed forms and published numbers."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from cavity_hopfield import MultimodeDicke, Patterns, PermutationSymmetric, ProductState
from cavity_hopfield.cavity import cavity_start
from cavity_hopfield.exceptions import RegimeWarning
from cavity_hopfield.model import SpinChannels
from cavity_hopfield.theory.lindblad import Lindblad
from tests.strategies import models_with_states
from tests.systems.damped_mode import DampedMode
from tests.twins.cavity_master_equation import CavityMasterEquation

TIMES = [0.0, 0.7, 2.0]
CHANNELS = {
    "none": None,
    "x": SpinChannels(decay=0.3, pumping=0.1, dephasing=0.2),
    "z": SpinChannels(decay=0.2, dephasing=0.1, axis="z"),
}


def two_modes(channels=None):
    return MultimodeDicke(
        g=[[0.3, 0.2], [-0.25, 0.3]], omega=[1, 1.3], loss=[1, 0.8], gain=[0.1, 0], drive=0.4, channels=channels
    )


def against_twin(model, initial, theory, levels, times=TIMES, tolerance=3e-6):
    found = theory.evolve(model, initial, times)
    twin, start = CavityMasterEquation(model, levels), cavity_start(model, initial)
    rho = twin.start(start.bloch, start.amplitudes, start.thermal)
    for k, time in enumerate(times):
        for name, wanted in twin.observables(twin.later(rho, time)).items():
            np.testing.assert_allclose(found[name].values[k], wanted, rtol=0, atol=tolerance, err_msg=f"{name} {time}")


@pytest.mark.filterwarnings("ignore:The highest of")
@pytest.mark.parametrize("kind", CHANNELS)
def test_two_spins_two_modes_with_gain_and_channels(kind):
    bloch = [[0.6, 0.0, 0.8], [0.0, 0.36, 0.48]]
    start = ProductState(bloch, [0.3 - 0.2j, 0.1j])
    against_twin(two_modes(CHANNELS[kind]), start, Lindblad(fock=(9, 7)), (9, 7), tolerance=3e-5)


@pytest.mark.parametrize("displacement", [None, "start", "none", [0.2 - 0.5j]])
def test_class_of_three_spins_in_any_displaced_states(displacement):
    model = MultimodeDicke(g=[[0.4], [-0.4], [0.4]], omega=1, loss=1, gain=0.1, drive=0.3)
    theory = Lindblad(displacement=displacement, cutoff_tolerance=1e-7)
    against_twin(model, [1, -1, 1], theory, (26,), times=[0.0, 1.5])


@pytest.mark.filterwarnings("ignore:The highest of")
@pytest.mark.parametrize("start", [[1, 1, 1, 1], [1, -1, 1, 1], [1, -1, -1, 1]])
def test_class_equals_site(start):
    model = MultimodeDicke(g=np.full((4, 1), 0.25), omega=1, loss=1, drive=0.3, patterns=Patterns([[1] * 4]))
    together = Lindblad(fock=12, displacement="none").evolve(model, start, TIMES)
    apart = Lindblad(fock=12, displacement="none", resolution="site").evolve(model, start, TIMES)
    for name in together.data_vars:
        if name != "spin_z":  # of which the classes know the mean over the order of the spins
            np.testing.assert_allclose(together[name], apart[name], rtol=0, atol=1e-7, equal_nan=True, err_msg=name)
    assert together.attrs["levels"] == [12]


def test_damped_mode():
    system = DampedMode()
    system.check(Lindblad(tolerance=1e-12, fock=36).evolve(system.model(), system.initial(), np.linspace(0, 4, 9)))
    with pytest.raises(AssertionError):
        system.check(
            Lindblad(tolerance=1e-12, fock=36).evolve(
                system.perturbed(1.05).model(), system.initial(), np.linspace(0, 4, 9)
            )
        )


def test_one_axis_coherence_of_a_spin_without_a_drive():
    r"""Without a drive $\langle\sigma^x\rangle$ of one spin in the light of no photons falls by the overlap of the two
    branches, $\exp(-4 g^2 \mathrm{Re} \int_0^t (t - s) e^{-zs} ds)$.
    """
    g, loss = 0.4, 0.6
    z = loss / 2 + 1j
    model = MultimodeDicke(g=[[g]], omega=1, loss=loss, drive=0.0)
    times = np.linspace(0, 5, 6)
    found = Lindblad().evolve(model, ProductState([[1, 0, 0]], [0.0]), times)
    kernel = times / z - (1 - np.exp(-z * times)) / z**2
    np.testing.assert_allclose(found["magnetisation_x"], np.exp(-4 * g**2 * kernel.real), rtol=0, atol=1e-6)


def test_error_of_the_cutoff_falls_with_the_levels():
    model = MultimodeDicke(g=np.full((3, 1), 0.4), omega=1, loss=1, drive=0.3)

    def photons(fock):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RegimeWarning)
            found = Lindblad(fock=fock, displacement="none").evolve(model, [1, 1, 1], [3.0])
        return found["photons"].item(), found.attrs["top_population"]

    exact = photons(24)[0]
    errors, tops = np.array([(abs(photons(fock)[0] - exact), photons(fock)[1]) for fock in (6, 9, 12)]).T
    assert errors[0] > 30 * errors[1] > 900 * errors[2]
    assert np.all(errors < 20 * tops)


def test_too_few_levels_warn_with_the_number():
    model = MultimodeDicke(g=[[1.5]], omega=1, loss=1, drive=0.2)
    with pytest.warns(RegimeWarning, match="hold a population of"):
        Lindblad(fock=4, displacement="none").evolve(model, [1], [1.0])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(models_with_states(max_spins=2, max_modes=1))
def test_trace_hermiticity_positivity(drawn):
    model, start = drawn
    theory = Lindblad(fock=14, resolution="site", displacement="none")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)
        found = theory.states(model, start, [0.0, 0.5, 1.5])
    for rho in (one.full() for one in found):
        np.testing.assert_allclose(rho.trace(), found[0].tr(), atol=1e-7)
        assert np.linalg.eigvalsh(rho).min() > -1e-7
        np.testing.assert_array_equal(rho, rho.conj().T)


def test_steady_state_of_two_spins():
    """docs/check_values.md."""
    model = MultimodeDicke(g=np.full((2, 1), 0.1 / np.sqrt(2)), omega=1, loss=1, drive=0.1)
    found = Lindblad().steady_state(model)
    assert found["magnetisation_x"].item() == pytest.approx(-0.394554, abs=6e-7)
    assert found.attrs["residual"] < 1e-8
    assert found.attrs["twice_lengths"] == [2]


@pytest.mark.filterwarnings("ignore:The highest of")
@pytest.mark.parametrize("kind", CHANNELS)
def test_steady_state_against_the_null_vector(kind):
    model = MultimodeDicke(g=[[0.3], [0.2]], omega=1, loss=1, gain=0.1, drive=0.3, channels=CHANNELS[kind])
    twin = CavityMasterEquation(model, (7,))
    found = Lindblad(fock=7).steady_state(model)
    for name, wanted in twin.observables(twin.steady()).items():
        np.testing.assert_allclose(found[name], wanted, rtol=0, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("coupling", [0.3, 0.5])
def test_photons_below_threshold_of_infinitely_many_spins(coupling):
    """P. Kirton et al., Adv. Quantum Technol. 2, 1800043 (2019), eq. (31): field decay 1 is the loss 2. Closer to the
    threshold, which is 1 here, corrections are no longer powers of 1/N at sizes that are quick.
    """
    published = coupling**2 / (4 * (1 - coupling**2))
    found, sizes = [], (6, 12, 24)
    for n in sizes:
        model = MultimodeDicke(g=np.full((n, 1), coupling / np.sqrt(n)), omega=1, loss=2, drive=1.0)
        found.append(Lindblad().steady_state(model)["photons"].item())
    limit = np.polynomial.Polynomial.fit(1 / np.array(sizes), found, 2).convert().coef[0]
    assert limit == pytest.approx(published, abs=2e-4)
    assert abs(found[-1] - published) > 0.02 * published


@pytest.mark.filterwarnings("ignore:The highest of")
def test_correlations_against_the_twin():
    model = MultimodeDicke(g=[[0.4], [0.4]], omega=1.2, loss=1, gain=0.1, drive=0.3)
    delays = np.array([0.0, 0.8, 2.0])
    twin = CavityMasterEquation(model, (12,))
    start = cavity_start(model, [1, -1])
    rho = twin.later(twin.start(start.bloch, start.amplitudes, start.thermal), 0.6)
    a = twin.a(0)
    theory = Lindblad(fock=12)
    found = theory.correlation(model, delays, initial=[1, -1], time=0.6)
    first = [np.trace(a.T @ twin.later(a @ rho, delay)) for delay in delays]
    second = [np.trace(a.T @ a @ twin.later(a @ rho @ a.T, delay)).real for delay in delays]
    np.testing.assert_allclose(found["first_order_real"] + 1j * found["first_order_imag"], first, rtol=0, atol=3e-5)
    np.testing.assert_allclose(found["second_order"], second, rtol=0, atol=1e-4)


def test_spectrum_integrates_to_the_flux_and_a_thermal_mode_is_a_lorentzian():
    model = MultimodeDicke(g=[[0.5], [0.5]], omega=1, loss=1, drive=0.4)
    frequencies = np.linspace(-150, 150, 6001)
    found = Lindblad().emission_spectrum(model, frequencies)
    photons = Lindblad().steady_state(model)["photons"].item()
    flux = float(np.trapezoid(found["emission"], frequencies))
    assert flux == pytest.approx(photons, rel=2e-3)
    assert found.attrs["truncation"] < 1e-6
    free = MultimodeDicke(g=[[0.0]], omega=1.5, loss=1, gain=0.2, drive=0.4, channels=SpinChannels(decay=0.5))
    nu = np.array([-1.0, 1.5, 2.0])
    thermal = Lindblad().emission_spectrum(free, nu)["emission"]
    lorentzian = 0.25 * 0.4 / np.pi / ((nu - 1.5) ** 2 + 0.4**2)
    np.testing.assert_allclose(thermal, lorentzian, rtol=0, atol=1e-5)


@pytest.mark.filterwarnings("ignore:The highest of")
def test_state_of_the_light_given_a_pattern():
    pattern = Patterns([[1, -1, 1]], names=["A"])
    model = MultimodeDicke.from_patterns(pattern, g=0.4, omega=1.0, loss=1.0, drive=0.3)
    start, times = [1, -1, 1], [0.0, 1.0]
    theory = Lindblad(fock=14, displacement="none")
    whole = theory.light_state(model, start, times)
    given_a = theory.light_state(model, start, times, given=("A", 0.5))
    against = theory.light_state(model, start, times, given=("A", -0.5))
    twin = CavityMasterEquation(model, (14,))
    at = cavity_start(model, start)
    rho = twin.later(twin.start(at.bloch, at.amplitudes, at.thermal), 1.0)
    overlaps = sum(s * np.diag(twin.sigma("z", i)).real for i, s in enumerate((1, -1, 1))) / 3
    for found, kept in ((whole, overlaps > -2), (given_a, overlaps > 0.4), (against, overlaps < -0.4)):
        part = np.einsum("snsm->nm", (rho * np.outer(kept, kept)).reshape(8, 14, 8, 14))
        probability = np.trace(part).real
        assert found["probability"].values[1] == pytest.approx(probability, abs=1e-5)
        light = (found["light_state_real"] + 1j * found["light_state_imag"]).values[1]
        np.testing.assert_allclose(light, part / probability, rtol=0, atol=3e-5)
    assert given_a["light_state_real"].dims == ("time", "level", "level_2")


@pytest.mark.parametrize("resolution", ["class", "site"])
def test_matrices_that_nobody_wanted_displaced_are_in_plain_fock_states(resolution):
    """Their photons are those of the observables, which no frame changes."""
    model = MultimodeDicke(g=[[0.4], [0.4]], omega=1, loss=1, drive=0.2)
    times = [0.0, 1.0, 3.0]
    theory = Lindblad(resolution=resolution)
    photons = theory.evolve(model, [1, 1], times)["photons"].values[:, 0]
    assert photons.min() > 0.3
    for rho, wanted in zip(theory.states(model, [1, 1], times), photons, strict=True):
        light = rho.ptrace(len(rho.dims[0]) - 1).full()
        assert np.arange(len(light)) @ light.diagonal().real == pytest.approx(wanted, abs=2e-6)
        assert light.trace().real == pytest.approx(1, abs=2e-6)
    about = ProductState.relaxed(model, [1, 1]).amplitudes
    shifted = Lindblad(displacement=about).states(model, [1, 1], [0.0])[0].ptrace(1).full()
    assert shifted[0, 0] == pytest.approx(1, abs=1e-9)


def test_the_start_in_every_rung_is_where_the_light_is():
    model = MultimodeDicke(g=[[0.4], [0.4]], omega=1, loss=1, drive=0.2)
    start = ProductState(np.tile([0.0, 0.0, 1.0], (2, 1)), [2.0 - 1.5j])
    for theory in (Lindblad(displacement="start"), PermutationSymmetric(displacement="start")):
        found = theory.light_state(model, start, [0.0])
        assert (found.attrs["displacement_real"], found.attrs["displacement_imag"]) == (2.0, -1.5)
        assert float(found["light_state_real"][0, 0, 0]) == pytest.approx(1, abs=1e-12)


def test_a_pattern_that_splits_a_class_is_told_and_its_overlap_known_by_sites():
    model = MultimodeDicke(g=[[0.3], [0.3]], omega=1, loss=1, drive=0.3, patterns=Patterns([[1, -1]], names=["A"]))
    assert Lindblad(resolution="site").evolve(model, [1, -1], [0.0])["overlap"].item() == pytest.approx(1)
    for theory in (Lindblad(), PermutationSymmetric()):
        with pytest.warns(RegimeWarning, match=r"averaged over their order, and 'A' .*resolution=.site."):
            found = theory.evolve(model, [1, -1], [0.0])
        assert found["overlap"].item() == pytest.approx(0)
        assert theory.evolve(model, [1, 1], [0.0])["overlap"].item() == pytest.approx(0)
