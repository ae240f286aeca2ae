"""From light to rates: the kernel of a spin flip, the reduced descriptions it gives, and where they can be trusted."""

from cavity_hopfield.elimination.atom_only import AtomOnly
from cavity_hopfield.elimination.cavity_rates import CavityRates
from cavity_hopfield.elimination.certificate.certificate import Certificate, Regime, Verdict
from cavity_hopfield.elimination.certificate.certification import certify
from cavity_hopfield.elimination.certificate.validity_map import measured_map, validity_map
from cavity_hopfield.elimination.ensembles import SpinEnsembles, spin_lengths
from cavity_hopfield.elimination.exact.full_liouvillian import Relaxation, full_liouvillian, slowest_relaxation
from cavity_hopfield.elimination.exact.rates import ExactRates, exact_rates
from cavity_hopfield.elimination.kernel.flip import coherence, correlation, lamb_shift, spread
from cavity_hopfield.elimination.memory.equation import MemoryEquation, transient_rates
from cavity_hopfield.elimination.memory.slip import memory_slip, slip_corrected_rate
from cavity_hopfield.elimination.ramsey.rates import RamseyRate, rates_from_ramsey
from cavity_hopfield.elimination.sectors import SectorEquation
from cavity_hopfield.elimination.spin_generator import SpinGenerator

__all__ = [
    "AtomOnly",
    "CavityRates",
    "Certificate",
    "ExactRates",
    "MemoryEquation",
    "RamseyRate",
    "Regime",
    "Relaxation",
    "SectorEquation",
    "SpinEnsembles",
    "SpinGenerator",
    "Verdict",
    "certify",
    "coherence",
    "correlation",
    "exact_rates",
    "full_liouvillian",
    "lamb_shift",
    "measured_map",
    "memory_slip",
    "rates_from_ramsey",
    "slip_corrected_rate",
    "slowest_relaxation",
    "spin_lengths",
    "spread",
    "transient_rates",
    "validity_map",
]
