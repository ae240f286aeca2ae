"""In which form a network is told: the one in which a flip costs least, chosen by the network alone."""

from cavity_hopfield.network import CountedHopfield, OpenHopfield, SpinClasses
from cavity_hopfield.network.ladders import Ladders
from cavity_hopfield.theory.kinetic.counts import Counts
from cavity_hopfield.theory.kinetic.sites import Sites
from cavity_hopfield.theory.kinetic.walks import Representation

FEW = 48
"""So few spins or classes are looked through one by one."""
LIKE = 8
"""More classes are counted if they have so many spins each, in the mean."""


def representation_of(model: OpenHopfield | CountedHopfield, accuracy: float) -> Representation:
    """The form of `model`, with its table of rates to `accuracy`."""
    if isinstance(model, CountedHopfield):
        return Counts.of(model, Ladders.counted(model), accuracy)
    if model.jumps == "collective":
        return Counts.of(model, Ladders.of(model), accuracy)
    classes = SpinClasses.of(model)
    if classes.n_classes <= FEW or LIKE * classes.n_classes <= model.n_spins:
        return Counts.of(model, Ladders.counted(model, classes), accuracy)
    return Sites.of(model, accuracy)
