"""Spins that no coupling tells apart: their density matrix by counts alone, polynomial in N."""

from cavity_hopfield.theory.symmetric.permutation_symmetric import PermutationSymmetric

__all__ = ["PermutationSymmetric"]
