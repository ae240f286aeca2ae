"""Models stay frozen, whatever is done to them."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

from cavity_hopfield import (
    CavityRates,
    CountedHopfield,
    FlipEnergySample,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
    Ramp,
)
from cavity_hopfield._checks import ReadOnlyArrays

DICKE = MultimodeDicke([[0.5], [-0.3]], omega=1.0, loss=0.6, drive=0.02)
FROZEN = [
    DICKE,
    Patterns([[1, -1, 1]]),
    ProductState([[0, 0, 1]], [0.5j]),
    FlipEnergySample([0.1, 0.2]),
    OpenHopfield(Patterns([[1, -1, 1]]), Glauber(0.3)),
    OpenHopfield([[0, 1], [1, 0]], Glauber(0.3)),
    CountedHopfield(Patterns([[1, -1, 1]]), [3, 2, 1], Glauber(0.3)),
    Ramp([0.0, 1.0], [1.0, 0.5]),
    CavityRates(DICKE),
]


def arrays_of(model):
    """The arrays of a model and of what it is made of."""
    values = vars(model).values()
    inner = [array for value in values if isinstance(value, ReadOnlyArrays) for array in arrays_of(value)]
    return inner + [value for value in values if isinstance(value, np.ndarray)]


@pytest.mark.parametrize("model", FROZEN, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_as_read_only_as_the_original(model, copied):
    arrays = arrays_of(copied(model))
    assert arrays
    assert not any(array.flags.writeable for array in arrays)


def test_a_pickled_law_gives_the_same_rates():
    rates = CavityRates(DICKE)
    assert pickle.loads(pickle.dumps(rates))(0.1) == rates(0.1)


def test_new_couplings_bring_their_own_patterns_unless_some_were_given():
    assert replace(DICKE, g=[[-0.5], [-0.3]]).memory.values.tolist() == [[-1, -1]]
    given = replace(DICKE, patterns=Patterns([[1, 1]]))
    assert replace(given, g=[[-0.5], [-0.3]]).memory.values.tolist() == [[1, 1]]
