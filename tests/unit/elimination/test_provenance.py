"""Every reduced description says how its result was made, and where the platform stands."""

import json

import numpy as np
import pytest

from cavity_hopfield import (
    AtomOnly,
    MemoryEquation,
    MultimodeDicke,
    SectorEquation,
    certify,
    load,
    model_of,
    save,
)

DICKE = MultimodeDicke([[0.3, 0.1], [0.2, -0.4]], omega=[1.0, 1.3], loss=1.0, gain=0.1, drive=0.005)
THEORIES = [SectorEquation(), MemoryEquation(), AtomOnly(), AtomOnly("redfield")]


@pytest.mark.filterwarnings("ignore::cavity_hopfield.RegimeWarning")
@pytest.mark.parametrize("theory", THEORIES, ids=lambda theory: type(theory).__name__)
def test_a_result_carries_model_theory_and_certificate_through_a_file(theory, tmp_path):
    result = theory.evolve(DICKE, [1, -1], [0.0, 10.0])
    back = load(save(result, tmp_path / "result.nc"))
    assert model_of(back).to_dict() == DICKE.to_dict()
    assert json.loads(back.attrs["theory"])["name"] == type(theory).__name__
    assert json.loads(back.attrs["certificate"]) == certify(DICKE).to_dict()
    np.testing.assert_array_equal(back["probability"], result["probability"])
    np.testing.assert_allclose(back["probability"][0], [0, 1, 0, 0], atol=1e-15)


@pytest.mark.filterwarnings("ignore::cavity_hopfield.RegimeWarning")
def test_spins_that_cannot_flip_have_no_certificate():
    still = MultimodeDicke([[0.3], [0.2]], omega=1.0, loss=1.0)
    assert "certificate" not in AtomOnly().evolve(still, [1, -1], [0.0, 10.0]).attrs
