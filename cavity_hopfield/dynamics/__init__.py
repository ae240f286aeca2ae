"""What an evolution is before any theory: the protocol of a theory, labelled results, streams of random numbers, and
exponentials of generators.
"""

from cavity_hopfield.dynamics.faber import Ellipse, Propagation, propagate
from cavity_hopfield.dynamics.protocol import Progress, Theory
from cavity_hopfield.dynamics.results import Observables, labelled_result
from cavity_hopfield.dynamics.streams import spawn_streams

__all__ = [
    "Ellipse",
    "Observables",
    "Progress",
    "Propagation",
    "Theory",
    "labelled_result",
    "propagate",
    "spawn_streams",
]
