"""How far from equilibrium a network is: cycles, currents, entropy, temperatures."""

from cavity_hopfield.analysis.nonequilibrium.boltzmann_distance import boltzmann_distance
from cavity_hopfield.analysis.nonequilibrium.detailed_balance import kolmogorov_cycles
from cavity_hopfield.analysis.nonequilibrium.effective_temperature import effective_temperature, temperature_spread
from cavity_hopfield.analysis.nonequilibrium.entropy_production import entropy_production, entropy_production_of_runs
from cavity_hopfield.analysis.nonequilibrium.fluctuation_dissipation import fluctuation_dissipation
from cavity_hopfield.analysis.nonequilibrium.stationary_currents import net_currents

__all__ = [
    "boltzmann_distance",
    "effective_temperature",
    "entropy_production",
    "entropy_production_of_runs",
    "fluctuation_dissipation",
    "kolmogorov_cycles",
    "net_currents",
    "temperature_spread",
]
