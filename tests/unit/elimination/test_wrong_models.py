"""What is no platform is refused by name at every door; what is shared cannot be spoilt."""

import numpy as np
import pytest

import cavity_hopfield as ch

NETWORK = ch.OpenHopfield(ch.Patterns([[1, 1, -1]]), rate_law=ch.Glauber(temperature=0.5))
PAIR = ch.MultimodeDicke([[0.3], [0.2]], omega=1.0, loss=1.0, drive=0.005)
DOORS = {
    "SectorEquation": lambda model: ch.SectorEquation().evolve(model, [1, 1], [1.0]),
    "AtomOnly": lambda model: ch.AtomOnly().evolve(model, [1, 1], [1.0]),
    "MemoryEquation": lambda model: ch.MemoryEquation().evolve(model, [1, 1], [1.0]),
    "exact_rates": ch.exact_rates,
    "slowest_relaxation": ch.slowest_relaxation,
    "full_liouvillian": lambda model: ch.full_liouvillian(model, 4),
    "memory_slip": lambda model: ch.memory_slip(model, 0.0),
    "slip_corrected_rate": lambda model: ch.slip_corrected_rate(model, 0.0),
    "lamb_shift": lambda model: ch.lamb_shift(model, 0.0),
    "coherence": lambda model: ch.coherence(model, 0, [1, 1], [1.0]),
    "spread": lambda model: ch.spread(model, [1.0]),
    "correlation": lambda model: ch.correlation(model, [1.0]),
    "transient_rates": lambda model: ch.transient_rates(model, [1, 1], [1.0]),
    "CavityRates": ch.CavityRates,
    "certify": ch.certify,
    "from_dicke": ch.OpenHopfield.from_dicke,
    "SpinEnsembles": ch.SpinEnsembles.of,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("model", [None, [[0.4]], NETWORK], ids=["None", "list", "network"])
def test_what_is_no_platform_is_refused_by_name(door, model):
    with pytest.raises(ch.ArgumentError, match="must be a `MultimodeDicke`, but is a"):
        DOORS[door](model)


@pytest.mark.parametrize("function", [ch.lamb_shift, ch.memory_slip, lambda d, e, c: ch.CavityRates(d)(e, c)])
def test_classes_that_do_not_fit_the_energies_are_refused(function):
    with pytest.raises(ch.ArgumentError, match="`spin_class` must fit `flip_energy`"):
        function(PAIR, [0.1, 0.2], [0, 0, 0])


def test_the_measured_map_is_a_copy():
    spoilt = ch.measured_map()
    spoilt["error"].values[...] = 0.0
    assert np.abs(ch.measured_map()["error"]).max() > 0.1


def test_a_tolerance_below_round_off_is_refused():
    with pytest.raises(ch.ArgumentError, match="`tolerance` must be at least 1e-12"):
        ch.exact_rates(PAIR, tolerance=1e-30)


def test_a_coupling_beyond_all_cutoffs_is_refused_before_any_work():
    with pytest.raises(ch.ConvergenceError, match="Fock levels to begin with"):
        ch.validity_map([1.0], [20.0], [0.1], [0.0])


def test_an_evolution_of_few_spins_costs_no_more_for_a_long_time():
    late = ch.SectorEquation().evolve(PAIR, [1, 1], [1e3, 1e12, 2e12])["probability"]
    steady = ch.SectorEquation().steady_state(PAIR).diagonal().real
    np.testing.assert_allclose(late[1], steady, atol=1e-9)
    np.testing.assert_allclose(late[1], late[2], atol=1e-9)


def test_an_evolution_of_many_spins_over_too_long_a_time_is_refused():
    many = ch.MultimodeDicke(np.linspace(0.2, 0.9, 9)[:, None], omega=1.0, loss=1.0, drive=1e-3)
    with pytest.raises(ch.SizeError, match="products with the generator"):
        ch.SectorEquation().evolve(many, [1] * 9, [1e15])


@pytest.mark.parametrize("compare", ["yes", 2])
def test_compare_is_yes_or_no(compare):
    with pytest.raises(ch.ArgumentError, match="`compare`"):
        ch.certify(PAIR, compare=compare)


def test_a_certificate_goes_through_json():
    certificate = ch.certify(PAIR)
    assert ch.Certificate.from_json(certificate.to_json()) == certificate
    with pytest.raises(ch.ArgumentError, match="must describe a certificate, but lacks"):
        ch.Certificate.from_dict({})
