"""Result files that remember how they were made."""

from cavity_hopfield.io.files import load, model_of, save

__all__ = ["load", "model_of", "save"]
