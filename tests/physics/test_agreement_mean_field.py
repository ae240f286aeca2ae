"""Mean field against the exact equation, through `agreement`: the error falls as 1/N, and parts later."""

import numpy as np
import pytest

import cavity_hopfield as ch
from cavity_hopfield.bridge.levels.agreement import agreement

SPINS = np.array([2, 4, 8, 16])
TIMES = np.linspace(0.0, 3.0, 61)


@pytest.fixture(scope="module")
def found():
    """One pattern at a fixed coupling beside the threshold, from two to sixteen spins."""
    results = []
    for n in SPINS:
        memory = ch.Patterns(np.ones((1, n), np.int8))
        model = ch.MultimodeDicke.from_patterns(memory, 0.5, 1.0, 1.0, drive=0.25, scaling="intensive")
        theories = [ch.Lindblad(), ch.MeanField(), ch.Cumulants(order=2)]
        results.append(agreement(model, memory.values[0], TIMES, theories, observables=("overlap", "magnetisation_x")))
    return results


def largest(found, theory, name):
    return np.array(
        [abs(float(one.dataset["largest_difference"].sel(theory=theory, observable=name))) for one in found]
    )


@pytest.mark.parametrize("name", ["overlap", "magnetisation_x"])
def test_the_largest_difference_falls_as_one_over_n(found, name):
    errors = largest(found, "MeanField", name)[1:]
    slope = np.polyfit(np.log(SPINS[1:]), np.log(errors), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.2)


def test_cumulants_of_second_order_gain_a_power(found):
    errors = largest(found, "Cumulants", "magnetisation_x")[1:]
    slope = np.polyfit(np.log(SPINS[1:]), np.log(errors), 1)[0]
    assert slope == pytest.approx(-2.0, abs=0.4)


def test_mean_field_parts_later_with_more_spins(found):
    firsts = [float(one.dataset["first_disagreement"].sel(theory="MeanField").min()) for one in found]
    assert np.isfinite(firsts[:3]).all()
    assert (np.diff(np.nan_to_num(firsts, nan=np.inf)) > 0).all()


def test_lindblad_is_the_reference_and_mean_field_warns_of_few_spins(found):
    assert {one.reference for one in found} == {"Lindblad"}
    assert found[0]["MeanField"].warnings
    assert "dephasing" in found[0].summary
