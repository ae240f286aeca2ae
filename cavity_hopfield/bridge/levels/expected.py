r"""How wrong a rung is likely to be, before it runs: what its own regime says.

Guides and no bounds, of the order of magnitude: relative errors of an observable of order one.

- Rates, by individual or collective flips: the `error_band` of the certificate; one, that is not at all, where it has
  none, or where spins flip neither singly nor together. The equation with memory corrects more than half of it, and
  only where spins flip singly.
- Spins alone: the coupling strength, and $1.6\,(2\Omega/|z|)^2$, which is the ten per cent that the mean-field
  threshold is off at $2\Omega/|z| = 1/4$.
- Expansions in the number of spins: $\varepsilon = \Gamma_\varphi t + \max_{i\mu} g_{i\mu}^2 / \sum_j g_{j\mu}^2$, the
  dephasing of one spin in the time and its share of a mode, is the error of mean field. Cumulants of order n have
  $\varepsilon^n$, truncated Wigner $\varepsilon^2 / 2$. At late times $\varepsilon$ is one over the size of the
  smallest class of like spins, which keeps its length; truncated Wigner is then taken to be off by one over the spins
  that a mode effectively sees, and by a quarter of it where these are as many as it asks for itself.
- Mean field of a network: $N^{-1/2}$.
- Runs: half a standard deviation of one over the root of their number, beside it.
"""

from typing import Any

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.bridge.levels.rungs import UNKNOWN, rung_of
from cavity_hopfield.bridge.levels.workload import Workload
from cavity_hopfield.elimination.kernel.flip import force_dephasing
from cavity_hopfield.elimination.weak_coupling import FAST_DRIVE, STRONG_COUPLING, coupling_strength
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.truncated_wigner.trust import FEW_SPINS, effective_spins

CORRECTED = 0.5
"""What the equation with memory leaves of the error of rates."""
PER_SQUARED_SPEED = 1.6
HALF = 0.5
"""Standard deviation of an overlap over runs, typically."""
AT_REST = 0.25
"""Error of truncated Wigner at late times, times the spins that a mode effectively sees."""
TINY = 1e-6
"""The error of a rung that is exact up to its tolerance."""


def expected_error(work: Workload, name: str, theory: Any) -> float:
    """The relative error to expect of the rung `name`; 1 where it says nothing."""
    own = _of_cavity(work, name) if isinstance(work.model, MultimodeDicke) else _of_network(work, name)
    runs = int(getattr(theory, "runs", 0))
    return float(min(1.0, np.hypot(own, HALF / np.sqrt(runs)) if runs else own))


def likely_error(model: Any, start: Any, times: FloatArray, theory: Any) -> float:
    """How wrong what a theory neglects is expected to make it, runs aside: 0 for what is exact, nan for a theory that
    is none of ours.
    """
    rung = rung_of(model, theory)
    if rung.exact or rung is UNKNOWN:
        return 0.0 if rung.exact else float("nan")
    name = type(theory).__name__
    order = int(theory.order) if name == "Cumulants" else 2
    work = Workload(model, start, float(times[-1]), times.size, order=order)
    own = _of_cavity(work, name) if isinstance(model, MultimodeDicke) else _of_network(work, name)
    return float(min(own, 1.0))


def rates_error(work: Workload, name: str) -> float:
    """Of a rung that rests on rates."""
    certificate = work.certificate
    if certificate is None or not work.rates_hold:
        return 1.0
    band = certificate.error_band
    if not np.isfinite(band) or not (certificate.flips_singly or certificate.flips_together):
        return 1.0
    if name == "MemoryEquation":
        return CORRECTED * band if certificate.flips_singly else 1.0
    return float(min(band, 1.0))


def single_spin_dephasing(model: MultimodeDicke) -> float:
    """The dephasing rate of the flip that the light sees best."""
    return float((4 * model.g**2 @ force_dephasing(model)).max())


def smallness(work: Workload) -> float:
    r"""$\varepsilon$ of an expansion in the number of spins."""
    cavity = work.cavity
    squares = cavity.g**2
    total = squares.sum(axis=0)
    share = float(np.max(squares.max(axis=0)[total > 0] / total[total > 0], initial=0.0))
    if not work.lasts:
        # at rest a spin has dephased, unless it is one of a large class, which keeps its length
        return max(share, 1 / float(work.classes.min()))
    return single_spin_dephasing(cavity) * work.duration + share


def _of_cavity(work: Workload, name: str) -> float:
    if name in {"Lindblad", "PermutationSymmetric", "QuantumJumps", "Heterodyne"}:
        return TINY
    if name == "AtomOnly":
        speed = 2 * work.cavity.drive / float(np.abs(work.cavity.pole).min())
        strength = coupling_strength(work.cavity)
        inside = speed <= FAST_DRIVE and strength <= STRONG_COUPLING
        return strength + PER_SQUARED_SPEED * speed**2 if inside else 1.0
    if name in {"MeanField", "Cumulants", "TruncatedWigner"}:
        if not work.lasts and work.rates_hold:
            # late times are then those of the rates
            return 1.0
        if name == "TruncatedWigner" and not work.lasts:
            seen = effective_spins(work.cavity)
            return (AT_REST if seen >= FEW_SPINS else 1.0) / seen
        small = smallness(work)
        return {"MeanField": small, "Cumulants": small**work.order, "TruncatedWigner": small**2 / 2}[name]
    return rates_error(work, name)


def _of_network(work: Workload, name: str) -> float:
    if name == "MeanField":
        # means differ by 1/N, but runs that go to either memory are no mean
        return float(1 / np.sqrt(work.spins))
    return 0.01 if name == "TauLeaping" else TINY
