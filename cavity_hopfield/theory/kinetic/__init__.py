"""Classical kinetics of the open Hopfield network: single trajectories, and the master equation for small networks."""

from cavity_hopfield.theory.kinetic.master_equation import ClassicalMasterEquation
from cavity_hopfield.theory.kinetic.monte_carlo import KineticMonteCarlo
from cavity_hopfield.theory.kinetic.tau_leaping import TauLeaping
from cavity_hopfield.theory.kinetic.zero_temperature import ZeroTemperature

__all__ = ["ClassicalMasterEquation", "KineticMonteCarlo", "TauLeaping", "ZeroTemperature"]
