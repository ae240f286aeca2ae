"""Classical kinetics of the network, run by run: exact events, or leaps over many."""

from cavity_hopfield.theory.kinetic.monte_carlo import KineticMonteCarlo
from cavity_hopfield.theory.kinetic.tau_leaping import TauLeaping

__all__ = ["KineticMonteCarlo", "TauLeaping"]
