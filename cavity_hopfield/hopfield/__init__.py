"""The memory, no light in it: patterns, where they come from, and the couplings and energies they define."""

from cavity_hopfield.hopfield.couplings import hebb, pseudo_inverse
from cavity_hopfield.hopfield.energy import energy, flip_energies, local_fields
from cavity_hopfield.hopfield.image_files import load_images
from cavity_hopfield.hopfield.interactions import (
    Factorised,
    Interactions,
    Pairwise,
    interactions_from_dict,
    interactions_of,
)
from cavity_hopfield.hopfield.patterns import Patterns, equal_up_to_sign
from cavity_hopfield.hopfield.sources import correlated_patterns, letters, load_patterns, random_patterns

__all__ = [
    "Factorised",
    "Interactions",
    "Pairwise",
    "Patterns",
    "correlated_patterns",
    "energy",
    "equal_up_to_sign",
    "flip_energies",
    "hebb",
    "interactions_from_dict",
    "interactions_of",
    "letters",
    "load_images",
    "load_patterns",
    "local_fields",
    "pseudo_inverse",
    "random_patterns",
]
