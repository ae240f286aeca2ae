"""What does not know channels of single atoms refuses a cavity that has them, by name; what knows them takes it."""

import numpy as np
import pytest

import cavity_hopfield as ch
from cavity_hopfield.analysis.retrieval.against_glauber import platform_against_glauber
from cavity_hopfield.elimination.dressed_light import (
    dressed_amplitudes,
    pair_amplitudes,
    photon_numbers,
    threshold_ratio,
)
from cavity_hopfield.elimination.weak_coupling import coupling_strength
from cavity_hopfield.model import SpinChannels
from cavity_hopfield.theory.linearised import Linearised

PATTERNS = ch.Patterns([[1, -1]])
PAIR = ch.MultimodeDicke(
    [[0.3], [-0.2]], omega=1.0, loss=1.0, drive=0.005, patterns=PATTERNS, channels=SpinChannels(decay=0.01)
)
DOORS = {
    "CavityRates": ch.CavityRates,
    "certify": ch.certify,
    "OpenHopfield.from_dicke": ch.OpenHopfield.from_dicke,
    "CountedHopfield.from_dicke": lambda model: ch.CountedHopfield.from_dicke(model, [10]),
    "HopfieldLimit.from_dicke": ch.HopfieldLimit.from_dicke,
    "MemoryEquation": lambda model: ch.MemoryEquation().evolve(model, [1, 1], [1.0]),
    "SectorEquation.evolve": lambda model: ch.SectorEquation().evolve(model, [1, 1], [1.0]),
    "SectorEquation.steady_state": lambda model: ch.SectorEquation().steady_state(model),
    "AtomOnly.evolve": lambda model: ch.AtomOnly().evolve(model, [1, 1], [1.0]),
    "AtomOnly.steady_state": lambda model: ch.AtomOnly().steady_state(model),
    "AtomOnly.generator": lambda model: ch.AtomOnly().generator(model),
    "dressed_amplitudes": dressed_amplitudes,
    "photon_numbers": photon_numbers,
    "pair_amplitudes": pair_amplitudes,
    "threshold_ratio": threshold_ratio,
    "coupling_strength": coupling_strength,
    "Linearised.steady_state": lambda model: Linearised().steady_state(model, [1, 1]),
    "Linearised.emission_spectrum": lambda model: Linearised().emission_spectrum(model, [1, 1], [1.0]),
    "exact_rates": ch.exact_rates,
    "slowest_relaxation": ch.slowest_relaxation,
    "memory_slip": lambda model: ch.memory_slip(model, 0.0),
    "slip_corrected_rate": lambda model: ch.slip_corrected_rate(model, 0.0),
    "lamb_shift": lambda model: ch.lamb_shift(model, 0.0),
    "coherence": lambda model: ch.coherence(model, 0, [1, 1], [1.0]),
    "spread": lambda model: ch.spread(model, [1.0]),
    "correlation": lambda model: ch.correlation(model, [1.0]),
    "transient_rates": lambda model: ch.transient_rates(model, [1, 1], [1.0]),
    "cavity_phase_diagram": lambda model: ch.cavity_phase_diagram(model, coupling=[1.0], drive=[0.1]),
    "platform_against_glauber": lambda model: platform_against_glauber(model, runs=2, seed=1),
}


@pytest.mark.parametrize("door", DOORS)
def test_channels_of_single_atoms_are_refused_by_name(door):
    with pytest.raises(
        ch.ArgumentError,
        match=r"must have no channels of single atoms, .*but has SpinChannels",
    ):
        DOORS[door](PAIR)


def test_what_knows_them_takes_them():
    assert ch.full_liouvillian(PAIR, 3).shape == (144, 144)
    with pytest.warns(ch.RegimeWarning):
        assert ch.MeanField().evolve(PAIR, [1, 1], [0.0, 10.0])["spin_z"].shape == (2, 2)
    assert ch.SpinEnsembles.of(PAIR).n_ensembles == 2
    assert np.isfinite(PAIR.energy([1, 1]))
