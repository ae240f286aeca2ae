"""What an evolution is before any theory: the protocol of a theory, labelled results, streams of random numbers."""

from cavity_hopfield.dynamics.protocol import Progress, Theory
from cavity_hopfield.dynamics.results import Observables, labelled_result
from cavity_hopfield.dynamics.streams import spawn_streams

__all__ = ["Observables", "Progress", "Theory", "labelled_result", "spawn_streams"]
