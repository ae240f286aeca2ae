"""Mean field of the multimode Dicke model."""

from cavity_hopfield.theory.mean_field.dicke import MeanField

__all__ = ["MeanField"]
