"""The spin-only network: couplings and a rate law, from patterns or from a cavity whose light was eliminated.

It stands above `elimination`, because a network may be made from a cavity, and below every theory that evolves it.
"""

from cavity_hopfield.network.open_hopfield import OpenHopfield

__all__ = ["OpenHopfield"]
