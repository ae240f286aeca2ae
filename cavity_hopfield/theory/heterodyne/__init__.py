"""The light that leaves the modes, recorded by heterodyne detection, and the state that the record tells."""

from cavity_hopfield.theory.heterodyne.heterodyne import Heterodyne

__all__ = ["Heterodyne"]
