"""The classical master equation: every configuration, level or count of a network, with its probability."""

from cavity_hopfield.theory.master_equation.master_equation import ClassicalMasterEquation

__all__ = ["ClassicalMasterEquation"]
