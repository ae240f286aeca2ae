"""Truncated Wigner: spins and light as classical numbers, drawn and driven with the noise of the quantum state."""

from cavity_hopfield.theory.truncated_wigner.truncated_wigner import TruncatedWigner

__all__ = ["TruncatedWigner"]
