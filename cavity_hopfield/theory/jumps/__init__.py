"""Quantum jumps: state vectors of single runs of the open Hopfield network, and of spins and light."""

from cavity_hopfield.theory.jumps.quantum_jumps import QuantumJumps

__all__ = ["QuantumJumps"]
