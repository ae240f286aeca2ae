"""Mean field of the multimode Dicke model, of the open network and of its limit; ensembles of trajectories."""

from cavity_hopfield.theory.mean_field.ensembles import Tails, dicke_paths, dicke_tails, limit_paths, limit_tails
from cavity_hopfield.theory.mean_field.mean_field import MeanField

__all__ = ["MeanField", "Tails", "dicke_paths", "dicke_tails", "limit_paths", "limit_tails"]
