"""From light to rates: the kernel of a spin flip, the rates it gives, and where they can be trusted."""

from cavity_hopfield.elimination.cavity_rates import CavityRates
from cavity_hopfield.elimination.certificate import Certificate, Verdict, certify
from cavity_hopfield.elimination.kernel import coherence

__all__ = ["CavityRates", "Certificate", "Verdict", "certify", "coherence"]
