"""Updates without noise: where a network comes to rest."""

from cavity_hopfield.theory.zero_temperature.zero_temperature import ZeroTemperature

__all__ = ["ZeroTemperature"]
