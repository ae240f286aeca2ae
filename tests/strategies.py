"""Small models and states, drawn by hypothesis."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cavity_hopfield import MultimodeDicke, Patterns, ProductState

SIGNS = st.sampled_from([-1, 1])


def floats(low, high):
    return st.floats(low, high, allow_subnormal=False)


@st.composite
def models(draw, max_spins=4, max_modes=3):
    """A cavity with couplings (sixteenths), rates and drive of order one; every mode couples to some spin."""
    n, m = draw(st.integers(1, max_spins)), draw(st.integers(1, max_modes))
    net_loss = draw(hnp.arrays(float, m, elements=floats(0.2, 3)))
    gain = draw(hnp.arrays(float, m, elements=floats(0, 2)))
    return MultimodeDicke(
        g=draw(hnp.arrays(np.int64, (n, m), elements=st.integers(-16, 16)).filter(lambda g: g.any(axis=0).all())) / 16,
        omega=draw(hnp.arrays(float, m, elements=floats(0.3, 3))),
        loss=gain + net_loss,
        gain=gain,
        drive=draw(floats(0, 1)),
        patterns=Patterns(draw(hnp.arrays(np.int8, (2, n), elements=SIGNS))),
    )


@st.composite
def states(draw, model):
    """Bloch vectors of length at most one and amplitudes of order one."""
    directions = draw(hnp.arrays(float, (model.n_spins, 3), elements=floats(-1, 1)))
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    real, imag = draw(hnp.arrays(float, (2, model.n_modes), elements=floats(-2, 2)))
    return ProductState(directions / np.maximum(lengths, 1) * (1 - 1e-12), real + 1j * imag)


@st.composite
def models_with_states(draw, max_spins=4, max_modes=3):
    model = draw(models(max_spins, max_modes))
    return model, draw(states(model))


@st.composite
def couplings_with_spins(draw, max_spins=5):
    """A symmetric matrix with a diagonal, and a configuration."""
    n = draw(st.integers(1, max_spins))
    half = draw(hnp.arrays(float, (n, n), elements=floats(-2, 2)))
    return half + half.T, draw(hnp.arrays(np.int8, n, elements=SIGNS))
