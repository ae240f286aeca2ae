from importlib import import_module

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield.elimination.exact.fock_levels import at_enough_levels, first_levels, raised
from cavity_hopfield.elimination.exact.full_liouvillian import full_liouvillian, slowest_relaxation
from cavity_hopfield.elimination.exact.light_blocks import LightBlocks, ModeGenerator
from cavity_hopfield.elimination.exact.rates import exact_rates
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, RegimeWarning, SizeError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import configurations
from tests.strategies import models

ONE = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
TWO_MODES = MultimodeDicke(g=[[0.3, 0.2], [0.3, -0.1]], omega=[1.0, 1.4], loss=0.9, gain=[0.1, 0.0], drive=0.02)
BOTH = pytest.mark.parametrize("solve", [exact_rates, slowest_relaxation])


# Wrong input


@BOTH
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": 1}, "`levels` must be at least 2, but is 1"),
        ({"levels": 6.0}, "`levels` must be a whole number"),
        ({"levels": (6, 6)}, r"1 of them, one per mode, but is \(6, 6\)"),
        ({"tolerance": 0.0}, "`tolerance` must be at least 1e-12"),
        ({"memory_gib": -1.0}, "`memory_gib` must be greater than 0"),
    ],
)
def test_wrong_arguments_are_refused_by_name(solve, arguments, message):
    with pytest.raises(ArgumentError, match=message):
        solve(ONE, **arguments)


@BOTH
def test_the_drive_must_not_be_zero(solve):
    with pytest.raises(ArgumentError, match="must have a drive"):
        solve(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6))


@BOTH
def test_a_system_too_large_is_refused_with_the_numbers_before_it_is_begun(solve):
    large = MultimodeDicke(g=np.full((9, 2), 0.3), omega=1.0, loss=1.0, drive=0.01)
    with pytest.raises(SizeError, match=r"9 spins with \(\d+, \d+\) Fock levels need.* GiB, more than memory_gib=4"):
        solve(large)


def test_a_full_generator_too_large_is_refused_with_the_number():
    with pytest.raises(SizeError, match=r"1 spins with \(300,\) Fock levels needs about .* memory_gib=0.1"):
        full_liouvillian(ONE, 300, memory_gib=0.1)
    with pytest.raises(ArgumentError, match="`levels`"):
        full_liouvillian(ONE, (3, 3))


@BOTH
def test_levels_that_are_given_are_not_trusted(solve):
    with pytest.warns(RegimeWarning, match=r"\(5,\) Fock levels leave an error of about \d\.\de-0"):
        answer = solve(ONE, levels=5)
    assert answer.levels == (5,)
    assert answer.cutoff_error > 1e-4
    assert solve(ONE, levels=14).cutoff_error < 1e-6


def test_orders_that_cannot_be_summed_are_told(monkeypatch):
    module = import_module("cavity_hopfield.elimination.exact.rates")
    monkeypatch.setattr(module, "MOST_VECTORS", 2)
    monkeypatch.setattr(module, "MOST_CYCLES", 1)
    with pytest.raises(ConvergenceError, match=r"drive 0.3 could not be summed: the residual is .*, not 1e-13"):
        exact_rates(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.3))


def test_a_relaxation_lost_in_round_off_is_refused():
    slow = MultimodeDicke(g=[[2.0]], omega=1.0, loss=0.05, drive=0.001)
    with pytest.raises(ConvergenceError, match=r"5.\d+e-11, is known to a part in .* only.*Raise `tolerance`"):
        slowest_relaxation(slow)
    with pytest.raises(ConvergenceError, match=r"slower than \de-1\d, the round-off"):
        slowest_relaxation(MultimodeDicke(g=[[2.0]], omega=1.0, loss=0.05, drive=1e-6))


# Fock levels


@given(models())
def test_more_levels_are_more(dicke):
    levels = first_levels(dicke)
    assert all(size >= 6 for size in levels)
    assert all(more > size for more, size in zip(raised(dicke, levels), levels, strict=True))


@given(st.floats(0.1, 0.9), st.floats(1e-8, 1e-2))
def test_levels_are_raised_until_the_answer_moves_by_less_than_the_tolerance(ratio, tolerance):
    def solve(levels):
        return 1 - ratio ** levels[0]

    answer, levels, moved = at_enough_levels(ONE, None, tolerance, solve, lambda fine, coarse: abs(fine - coarse))
    assert answer == solve(levels)
    assert moved == abs(answer - solve((levels[0] - 4,))) <= tolerance
    coarser = (levels[0] - 4,)
    first = coarser == first_levels(ONE)
    assert first or abs(solve(coarser) - solve((levels[0] - 8,))) > tolerance


# Blocks of light


@pytest.mark.parametrize(("left", "right"), [(0.0, 0.0), (0.7, 0.7), (0.7, -0.3)])
def test_the_generator_of_a_mode_is_that_of_qutip(left, right):
    a = qutip.destroy(6)
    jumps = [np.sqrt(0.9) * a, np.sqrt(0.1) * a.dag()]
    ket, bra = (1.0 * a.dag() * a + force * (a + a.dag()) for force in (left, right))
    expected = qutip.liouvillian(0 * a, jumps) - 1j * (qutip.spre(ket) - qutip.spost(bra))
    mode = ModeGenerator.of(TWO_MODES, 0, 6)
    np.testing.assert_allclose(mode.between(left, right).toarray(), expected.full(), atol=1e-14)
    if left == right:
        relaxed = mode.relaxed(left)
        assert np.abs(expected.full() @ relaxed).max() < 1e-13
        assert np.trace(relaxed.reshape(6, 6)) == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("levels", [(5, 4), (4, 5), (3, 3)])
def test_the_inverse_of_all_blocks_inverts_what_is_not_relaxed(levels):
    blocks, stream = LightBlocks(TWO_MODES, levels), np.random.default_rng(1)
    light, forces = int(np.prod(levels)), TWO_MODES.force(configurations(2))
    size = light**2
    right = stream.standard_normal((size, 4, 4, 2)) + 1j * stream.standard_normal((size, 4, 4, 2))
    solution = blocks.solve(right)
    modes = [ModeGenerator.of(TWO_MODES, mode, levels[mode]) for mode in blocks.order]
    for ket in range(4):
        for bra in range(4):
            one, other = (
                mode.between(forces[ket, place], forces[bra, place]).toarray()
                for mode, place in zip(modes, blocks.order, strict=True)
            )
            whole = np.kron(one, np.eye(len(other))) + np.kron(np.eye(len(one)), other)
            expected = right[:, ket, bra].copy()
            if ket == bra:
                relaxed = blocks.relaxed[blocks.labels[ket]]
                expected -= np.outer(relaxed, blocks.trace @ expected)
                np.testing.assert_allclose(blocks.trace @ solution[:, ket, bra], 0, atol=1e-12)
                np.testing.assert_allclose(whole @ relaxed, 0, atol=1e-13)
            np.testing.assert_allclose(whole @ solution[:, ket, bra], expected, rtol=0, atol=1e-11)


def test_photon_rows_count_photons():
    blocks = LightBlocks(TWO_MODES, (8, 7))
    expected = np.abs(TWO_MODES.relaxed_amplitudes(configurations(2))) ** 2 + TWO_MODES.thermal_occupation
    found = (blocks.photon_rows() @ blocks.relaxed[blocks.labels].T).T
    np.testing.assert_allclose(found, expected, atol=5e-5)  # eight levels


# The full generator


def test_the_full_generator_is_that_of_qutip_in_the_order_of_its_products():
    levels = (3, 4)
    factors = [qutip.qeye(size) for size in (2, 2, *levels)]

    def on(place, operator):
        return qutip.tensor([operator if k == place else one for k, one in enumerate(factors)])

    hamiltonian, jumps = 0, []
    for mode, size in enumerate(levels):
        a = on(2 + mode, qutip.destroy(size))
        hamiltonian += TWO_MODES.omega[mode] * a.dag() * a
        for spin in range(2):
            hamiltonian += TWO_MODES.g[spin, mode] * on(spin, qutip.sigmaz()) * (a + a.dag())
        jumps += [np.sqrt(TWO_MODES.loss[mode]) * a, np.sqrt(TWO_MODES.gain[mode]) * a.dag()]
    hamiltonian += TWO_MODES.drive * (on(0, qutip.sigmax()) + on(1, qutip.sigmax()))
    expected = qutip.liouvillian(hamiltonian, jumps).full()
    np.testing.assert_allclose(full_liouvillian(TWO_MODES, levels).toarray(), expected, atol=1e-14)


@settings(deadline=None, max_examples=10)
@given(models(max_spins=2, max_modes=1))
def test_the_full_generator_keeps_the_trace(dicke):
    whole = full_liouvillian(dicke, 4)
    size = round(np.sqrt(whole.shape[0]))
    np.testing.assert_allclose(np.eye(size).reshape(-1) @ whole, 0, atol=1e-12)
