"""What `AtomOnly` accepts, refuses, warns of and returns."""

import copy
import json
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, MultimodeDicke, Patterns, ProductState, RegimeWarning, SizeError
from cavity_hopfield.elimination.atom_only import (
    FORMS,
    AtomOnly,
    coupling_strength,
    dressed_amplitudes,
    photon_numbers,
)

WEAK = MultimodeDicke([[0.1], [0.06]], 1.0, 1.0, drive=0.05, patterns=Patterns([[1, 1], [1, -1]]))
EQUAL = MultimodeDicke([[0.1], [0.1]], 1.0, 1.0, drive=0.05)


def told(action):
    """The texts of all regime warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    assert all(issubclass(w.category, RegimeWarning) and w.filename == __file__ for w in caught)
    return [str(w.message) for w in caught]


@pytest.mark.parametrize("form", FORMS)
def test_a_result_is_labelled(form):
    seen = []
    theory = AtomOnly(form)
    result = theory.evolve(WEAK, [1, -1], [0.0, 1.0, 5.0], progress=seen.append)
    assert dict(result.sizes) == {"time": 3, "configuration": 4, "spin": 2, "mode": 1, "pattern": 2}
    assert {"probability", "spin_z", "magnetisation_x", "energy", "photons", "overlap"} <= set(result.data_vars)
    assert json.loads(result.attrs["theory"]) == {"name": "AtomOnly", "form": form, "memory_gib": 4.0}
    assert MultimodeDicke.from_json(result.attrs["model"]).to_json() == WEAK.to_json()
    assert seen == [1 / 3, 2 / 3, 1.0]


def test_the_start_is_the_configuration_and_without_a_drive_the_light_is_at_rest_under_it():
    dicke = MultimodeDicke([[0.1], [0.06]], 1.0, 1.2, 0.2)
    result = AtomOnly().evolve(dicke, [1, -1], [0.0])
    assert result["probability"].values[0].tolist() == [0.0, 1.0, 0.0, 0.0]
    # without a drive the photons are those of a displaced thermal state
    assert result["photons"].item() == pytest.approx(0.04**2 / 1.25 + 0.2, rel=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_light_follows_the_turning_spins_after_its_memory(form):
    """From rest under a turning spin: exact at time 0 is -i g/z, ours the dressed amplitude; then both agree."""
    dicke = MultimodeDicke([[0.02]], 1.0, 1.0, drive=0.1)
    found = AtomOnly(form).evolve(dicke, [1], [0.0, 20.0])
    amplitude = found["amplitude_real"].values[:, 0] + 1j * found["amplitude_imag"].values[:, 0]
    z, times = 0.5 + 1j, np.linspace(0, 20, 20001)
    history = np.trapezoid(np.exp(-z * (20 - times)) * np.cos(0.2 * times), times)
    exact = -0.02j * (np.exp(-z * 20) / z + history)  # spins that turn by the drive alone
    assert amplitude[1] == pytest.approx(exact, abs=2e-4)
    assert amplitude[0] == pytest.approx(-0.02j * z / (z**2 + 0.04), rel=1e-12)
    assert abs(amplitude[0] + 0.02j / z) > 5e-4


@pytest.mark.parametrize("form", FORMS)
def test_a_product_state_is_the_product_of_its_spins(form):
    """Bloch vectors come back, and a configuration or density matrix means the same; amplitudes play no part."""
    theory, bloch = AtomOnly(form), np.array([[0.6, 0.0, 0.8], [0.0, -0.3, 0.4]])
    found = theory.evolve(WEAK, ProductState(bloch, [0.5j]), [0.0, 3.0])
    np.testing.assert_allclose(found["spin_z"].values[0], bloch[:, 2], atol=1e-15)
    assert found["magnetisation_x"].values[0] == pytest.approx(0.3)
    assert found["magnetisation_y"].values[0] == pytest.approx(-0.15)
    assert found["probability"].values[0, 1] == pytest.approx(0.9 * 0.3)
    assert found.identical(theory.evolve(WEAK, ProductState(bloch), [0.0, 3.0]))
    by_name, upright = (theory.evolve(WEAK, one, [2.0]) for one in ([1, -1], ProductState.relaxed(WEAK, [1, -1])))
    assert by_name.identical(upright)
    start = ProductState([[0.0, 0.0, 1.0]] * 2)
    settled = [AtomOnly(form).steady_density_matrix(EQUAL, one) for one in ([1, 1], start)]
    np.testing.assert_array_equal(*settled)


@pytest.mark.parametrize("start", [ProductState([[0, 0, 1]], [0.0]), ProductState([[0, 0, 1]] * 2, [0.0, 0.0])])
def test_a_product_state_that_does_not_fit_is_told(start):
    with pytest.raises(ArgumentError, match="`initial` must have 2 spins and 1 modes, or no modes, but has"):
        AtomOnly().evolve(WEAK, start, [1.0])


def test_photons_of_the_dataset_are_the_expectations_of_their_operators():
    steady = AtomOnly().steady_density_matrix(WEAK)
    late = AtomOnly().evolve(WEAK, [1, 1], [1e5])
    expected = np.trace(photon_numbers(WEAK)[0].toarray() @ steady).real
    assert late["photons"].item() == pytest.approx(expected, rel=1e-9)


def test_the_generator_evolves_and_settles():
    generator = AtomOnly().generator(WEAK)
    assert generator.places.size == 16
    np.testing.assert_allclose(generator.states([1, 1], [1e5])[0], AtomOnly().steady_density_matrix(WEAK), atol=1e-10)


def test_no_drive_is_fine_and_then_every_configuration_stays():
    still = MultimodeDicke([[0.1], [0.06]], 1.0, 1.0)
    result = AtomOnly().evolve(still, [1, -1], [0.0, 100.0])
    np.testing.assert_allclose(result["spin_z"].values, [[1, -1], [1, -1]], atol=1e-14)
    np.testing.assert_allclose(AtomOnly().steady_density_matrix(still, [1, -1]), np.diag([0, 1, 0, 0]), atol=1e-15)


def test_a_spin_that_couples_to_nothing_keeps_turning():
    dicke = MultimodeDicke([[0.1], [0.0]], 1.0, 1.0, drive=0.05)
    spin_z = AtomOnly().evolve(dicke, [1, 1], [0.0, 10.0])["spin_z"].values[1, 1]
    assert spin_z == pytest.approx(np.cos(2 * 0.05 * 10), abs=1e-12)


def test_a_theory_is_frozen_and_travels():
    theory = AtomOnly("redfield", memory_gib=1)
    assert pickle.loads(pickle.dumps(theory)) == copy.deepcopy(theory) == theory
    with pytest.raises(AttributeError):
        theory.form = "lindblad"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "secular"}, "`form` must be one of 'lindblad', 'redfield', but is 'secular'"),
        ({"memory_gib": 0}, "`memory_gib` must be greater than 0"),
    ],
)
def test_wrong_options_are_told(options, message):
    with pytest.raises(ArgumentError, match=message):
        AtomOnly(**options)


@pytest.mark.parametrize(
    ("initial", "times", "message"),
    [
        ([1, 0], [1.0], "`initial` must hold only -1 and"),
        ([1, 1, 1], [1.0], "`initial` must have 2 spins"),
        (np.eye(4), [1.0], "`initial` must be Hermitian with trace 1, but its trace is 4"),
        (np.eye(3) / 3, [1.0], "configuration of 2 spins or a finite density matrix"),
        ([1, 1], [1.0, 0.5], "`times` must increase"),
    ],
)
def test_wrong_starts_and_times_are_told(initial, times, message):
    with pytest.raises(ArgumentError, match=message):
        AtomOnly().evolve(WEAK, initial, times)


def test_a_model_of_another_kind_is_told():
    with pytest.raises(ArgumentError, match="`model` must be a `MultimodeDicke`, but is a str"):
        AtomOnly().generator("cavity")


def test_spins_that_couple_alike_need_a_start():
    with pytest.raises(ArgumentError, match=r"2 stationary states, .* Give `initial`"):
        AtomOnly().steady_density_matrix(EQUAL)


@pytest.mark.parametrize(("form", "n_spins"), [("lindblad", 12), ("redfield", 14), ("lindblad", 2000)])
def test_a_platform_too_large_is_told_its_need(form, n_spins):
    large = MultimodeDicke(np.full((n_spins, 1), 1e-3), 1.0, 1.0, drive=0.05)
    with pytest.raises(SizeError, match=rf"{n_spins} spins has 4\^{n_spins} elements.* GiB, more than memory_gib=4"):
        AtomOnly(form).generator(large)


def test_many_times_count():
    with pytest.raises(SizeError, match=r"at 100000 times needs about 12\.2 GiB"):
        AtomOnly().evolve(MultimodeDicke(np.full((6, 1), 1e-3), 1.0, 1.0), [1] * 6, np.arange(100000.0))


@pytest.mark.parametrize("form", FORMS)
def test_the_need_that_is_told_is_the_peak_within_a_factor_of_two(form):
    dicke = MultimodeDicke(np.linspace(0.01, 0.02, 18).reshape(6, 3), 1.0, 1.0, 0.1, 0.05)
    AtomOnly(form).generator(dicke)
    tracemalloc.start()
    AtomOnly(form).generator(dicke)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    limit = 2.0**-30
    with pytest.raises(SizeError) as refused:
        AtomOnly(form, memory_gib=limit).generator(dicke)
    need = float(str(refused.value).split("about ")[1].split(" GiB")[0]) * 2**30
    assert need / 2 < peak < need


# --- warnings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "use",
    [
        lambda theory, dicke: theory.generator(dicke),
        lambda theory, dicke: theory.evolve(dicke, [1], [0.0]),
        lambda theory, dicke: theory.steady_density_matrix(dicke),
        lambda theory, dicke: theory.steady_state(dicke),
    ],
    ids=["generator", "evolve", "density matrix", "steady state"],
)
def test_a_fast_drive_is_told_once_with_the_ratio_of_thresholds(form, use):
    fast = MultimodeDicke([[0.05]], 1.0, 1.0, drive=0.5)
    (text,) = told(lambda: use(AtomOnly(form), fast))
    assert "2 drive/|z| = 0.894 in mode 0, above 0.25" in text
    assert "would be 1.84 times the right one" in text
    slow = MultimodeDicke([[0.05]], 1.0, 1.0, drive=0.05)
    assert told(lambda: use(AtomOnly(form), slow)) == []


def test_the_slowest_mode_decides():
    dicke = MultimodeDicke([[0.02, 0.02]], [3.0, 0.5], [1.0, 1.0], drive=0.2)
    (text,) = told(lambda: AtomOnly().generator(dicke))
    assert "in mode 1" in text


def test_a_drive_beyond_the_light_has_no_threshold_at_all():
    (text,) = told(lambda: AtomOnly().generator(MultimodeDicke([[0.05]], 1.0, 1.0, drive=0.6)))
    assert "would be infinite" in text


def test_a_strong_coupling_is_told_with_the_errors_to_expect():
    # 2 nu g^2 / (net_loss |z - 2i drive|), with noise factor 2 and couplings g / sqrt(2)
    strong = MultimodeDicke(np.full((2, 1), 0.5), 1.0, 1.5, 0.5, 0.1)
    strength = 2 * 2 * 0.5 / abs(0.5 + 0.8j)
    assert coupling_strength(strong) == pytest.approx(strength, rel=1e-12)
    (text,) = told(lambda: AtomOnly().generator(strong))
    assert f"is {strength:.3g}, above 0.1" in text
    assert f"by {100 * strength:.2g} per cent" in text
    assert f"polarisation by {strength / 2:.2g}" in text


def test_modes_that_see_the_same_pattern_add_up_and_others_do_not():
    def strength(g):
        return coupling_strength(MultimodeDicke(g, 1.0, 1.0, drive=0.1))

    one = strength([[0.1], [0.1]])
    assert strength([[0.1, 0.1], [0.1, 0.1]]) == pytest.approx(2 * one)
    assert strength([[0.1, 0.1], [0.1, -0.1]]) == pytest.approx(one)


def test_the_redfield_equation_that_grows_has_no_steady_state():
    strong = MultimodeDicke([[1.0]], 1.0, 1.0, drive=0.1)
    with pytest.warns(RegimeWarning), pytest.raises(ArgumentError, match=r"'redfield'.*grows at the rate 0\.02"):
        AtomOnly("redfield").steady_density_matrix(strong)
    with pytest.warns(RegimeWarning):
        assert np.trace(AtomOnly("lindblad").steady_density_matrix(strong)) == pytest.approx(1.0)


def test_the_redfield_equation_warns_of_negative_eigenvalues_and_the_lindblad_form_has_none():
    polar = np.pi / 12
    ket = np.array([np.cos(polar / 2), np.exp(2j * np.pi / 3) * np.sin(polar / 2)])
    rho, dicke = np.outer(ket, ket.conj()), MultimodeDicke([[0.2]], 1.0, 1.0, drive=0.1)
    (text,) = told(lambda: AtomOnly("redfield").evolve(dicke, rho, [0.0, 1.75]))
    assert "most negative eigenvalue is -0.0014" in text
    assert told(lambda: AtomOnly("lindblad").evolve(dicke, rho, [0.0, 1.75])) == []


def test_amplitudes_are_one_matrix_for_each_mode():
    dicke = MultimodeDicke(np.full((3, 2), 0.1), 1.0, 1.0, drive=0.1)
    assert [amplitude.shape for amplitude in dressed_amplitudes(dicke)] == [(8, 8), (8, 8)]
