"""Result files that remember how they were made."""

from cavity_hopfield.io.contents import description
from cavity_hopfield.io.files import load, save
from cavity_hopfield.io.models import model_of
from cavity_hopfield.io.overview import describe

__all__ = ["describe", "description", "load", "model_of", "save"]
