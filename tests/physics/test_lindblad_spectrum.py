"""The slowest decays of open networks: against a dense generator, published values, and what a spectrum must be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield import Glauber, OpenHopfield, Patterns
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.theory.lindblad import Lindblad
from cavity_hopfield.theory.lindblad import spectrum as routes
from cavity_hopfield.theory.lindblad.spectrum import solve_spectrum
from tests.systems.rate_laws import UnknownGlauber
from tests.twins import classical_generator as classical
from tests.twins import open_hopfield_lindblad as twin

GAPS = {2: 0.5, 3: 0.43937222, 4: 0.48906879, 5: 0.37266095, 6: 0.455578}
"""docs/check_values.md: minus the real part of the leading pair that turns faster than the drive."""


def glauber(n_spins, drive=0.6, temperature=0.4, seed=0):
    half = np.random.default_rng(seed).normal(size=(n_spins, n_spins))
    couplings = half + half.T
    return OpenHopfield(couplings, Glauber(temperature), drive=drive), classical.glauber(couplings, temperature)


def ferromagnet(n_spins, law):
    return OpenHopfield(np.full((n_spins, n_spins), 1 / n_spins), law, drive=2.0)


def turning_gap(network, k=16):
    found = Lindblad().spectrum(network, k)
    fast = np.abs(found["eigenvalue_imag"]) > network.drive
    return -float(found["eigenvalue_real"].values[fast].max())


def assert_same_set(found, exact):
    left = list(exact)
    for value in found:
        nearest = int(np.argmin(np.abs(np.array(left) - value)))
        assert abs(left.pop(nearest) - value) < 1e-7


@pytest.mark.parametrize("n_spins", [2, 3, 4, 5])
def test_published_gaps(n_spins):
    assert turning_gap(ferromagnet(n_spins, Glauber(1 / 500))) == pytest.approx(GAPS[n_spins], abs=1e-6)


@pytest.mark.slow
def test_published_gap_of_six_spins():
    assert turning_gap(ferromagnet(6, Glauber(1 / 500)), k=8) == pytest.approx(GAPS[6], abs=1e-6)


@pytest.mark.parametrize("n_spins", [3, 4])
def test_the_printed_sign_gives_other_gaps(n_spins):
    """Negative control: with spins driven against their fields the values are missed."""
    assert turning_gap(ferromagnet(n_spins, UnknownGlauber(1 / 500, sign=-1.0))) != pytest.approx(
        GAPS[n_spins], abs=1e-3
    )


@pytest.mark.parametrize("n_spins", [1, 2, 3, 4])
def test_all_eigenvalues_are_those_of_the_dense_generator(n_spins):
    network, rate = glauber(n_spins)
    found = solve_spectrum(network, 4**n_spins)
    exact = np.linalg.eigvals(twin.liouvillian(n_spins, rate, network.drive))
    assert found.values.size == exact.size
    assert_same_set(found.values, exact)
    assert found.residuals.max() < 1e-11


def test_the_filter_finds_the_slowest_of_all(monkeypatch):
    """Five spins by the route of large networks, equal eigenvalues among them, against all eigenvalues."""
    network = OpenHopfield(Patterns([[1, 1, -1, 1, 1]]), Glauber(0.5), drive=0.3)
    exact = solve_spectrum(network, 4**5)
    monkeypatch.setattr(routes, "LARGEST_DENSE", 1)
    monkeypatch.setattr(routes, "ADDED_BLOCKS", 6)
    found = solve_spectrum(network, 24)
    assert_same_set(found.values, exact.values)
    assert np.allclose(found.values.real, exact.values.real[: found.values.size], atol=1e-9)


def test_eigenmatrices_solve_the_equation_and_have_their_parity():
    network, rate = glauber(3)
    dense = twin.liouvillian(3, rate, network.drive)
    found = solve_spectrum(network, 12)
    for level, (value, parity) in enumerate(zip(found.values, found.parities, strict=True)):
        matrix = found.matrix(level)
        vector = matrix.ravel(order="F")
        assert np.linalg.norm(dense @ vector - value * vector) < 1e-12
        assert np.linalg.norm(vector) == pytest.approx(1)
        assert np.abs(matrix[::-1, ::-1] - parity * matrix).max() < 1e-12
    assert found.qobj(0).dims == [[2, 2, 2], [2, 2, 2]]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.floats(0.15, 3), st.floats(0, 2), st.integers(0, 100), st.integers(1, 20))
def test_it_is_closed_under_conjugation_and_decays_to_one_state(n_spins, temperature, drive, seed, k):
    stored = Patterns(np.random.default_rng(seed).choice([-1, 1], (2, n_spins)))
    found = Lindblad().spectrum(OpenHopfield(stored, Glauber(temperature), drive=drive), k=min(k, 4**n_spins))
    real, imag = found["eigenvalue_real"].values, found["eigenvalue_imag"].values
    assert (np.diff(real) <= 1e-12).all()
    assert real.max() < 1e-10
    assert np.sum(np.abs(real + 1j * imag) < 1e-12) == 1
    assert sorted(zip(real, imag, strict=True)) == sorted(zip(real, -imag, strict=True))
    assert set(found["parity"].values) <= {-1, 1}


def test_transitions_between_memories_are_slow_by_the_barrier():
    """Two temperatures of one memory without a drive: the gap of the classical chain."""
    stored = Patterns([[1, 1, 1, 1]])
    network = OpenHopfield(stored, Glauber(0.2))
    chain = classical.generator(4, classical.glauber(classical.hebb(stored.values), 0.2))
    slowest = np.sort(np.linalg.eigvals(chain).real)[-2]
    found = solve_spectrum(network, 2)
    assert found.values[1].real == pytest.approx(slowest, rel=1e-8)
    assert found.parities.tolist() == [1, -1]


def test_what_it_cannot_do_it_says():
    network, _ = glauber(2)
    with pytest.raises(ArgumentError, match="at most 16"):
        solve_spectrum(network, 17)
    with pytest.raises(ArgumentError, match="`k`"):
        solve_spectrum(network, 0)
    with pytest.raises(SizeError, match="GiB"):
        solve_spectrum(glauber(6)[0], 4, memory_gib=1e-4)
