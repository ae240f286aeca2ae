"""Models stay frozen, whatever is done to them."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

from cavity_hopfield import (
    CavityRates,
    FlipEnergySample,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
)

DICKE = MultimodeDicke([[0.5], [-0.3]], omega=1.0, loss=0.6, drive=0.02)
FROZEN = [
    DICKE,
    Patterns([[1, -1, 1]]),
    ProductState([[0, 0, 1]], [0.5j]),
    FlipEnergySample([0.1, 0.2]),
    OpenHopfield(Patterns([[1, -1, 1]]), Glauber(0.3)),
    CavityRates(DICKE),
]


@pytest.mark.parametrize("model", FROZEN, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_as_read_only_as_the_original(model, copied):
    arrays = [value for value in vars(copied(model)).values() if isinstance(value, np.ndarray)]
    assert arrays
    assert not any(array.flags.writeable for array in arrays)


def test_a_pickled_law_gives_the_same_rates():
    rates = CavityRates(DICKE)
    assert pickle.loads(pickle.dumps(rates))(0.1) == rates(0.1)


def test_new_couplings_bring_their_own_patterns_unless_some_were_given():
    assert replace(DICKE, g=[[-0.5], [-0.3]]).memory.values.tolist() == [[-1, -1]]
    given = replace(DICKE, patterns=Patterns([[1, 1]]))
    assert replace(given, g=[[-0.5], [-0.3]]).memory.values.tolist() == [[1, 1]]
