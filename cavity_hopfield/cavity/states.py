"""States of spins and light that an evolution starts from, at the door of the theories of the Dicke model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import expm

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke, ProductState

SPARE, PER_AMPLITUDE = 40, 12
"""Fock states beside those kept in which a displacement is worked out: so many, and per unit of amplitude."""


@dataclass(frozen=True, eq=False)
class CavityStart:
    r"""Spins with Bloch vectors and modes in displaced thermal states, all uncorrelated.

    Attributes
    ----------
    bloch : (N, 3) array
        Bloch vectors of the spins.
    amplitudes : (M,) complex array
        $\alpha_\mu$.
    thermal : (M,) array
        Thermal photons around them.
    """

    bloch: FloatArray
    amplitudes: ComplexArray
    thermal: FloatArray


def cavity_start(model: MultimodeDicke, initial: Any) -> CavityStart:
    r"""The state that `initial` means: a configuration (N,) with every mode at rest under it, thermal light included,
    or a `ProductState` with coherent light.

    Raises
    ------
    ArgumentError
        If shapes do not fit the model.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=1.5, gain=0.5)
    >>> start = cavity_start(model, [1])
    >>> start.amplitudes, start.thermal
    (array([-0.4-0.2j]), array([0.5]))
    """
    if not isinstance(initial, ProductState):
        at_rest = ProductState.relaxed(model, initial)
        return CavityStart(at_rest.bloch, at_rest.amplitudes, model.thermal_occupation)
    found, wanted = (len(initial.bloch), len(initial.amplitudes)), (model.n_spins, model.n_modes)
    if found != wanted:
        raise ArgumentError(
            f"Argument `initial` must have {wanted[0]} spins and {wanted[1]} modes, but has {found[0]} and {found[1]}."
        )
    return CavityStart(initial.bloch, initial.amplitudes, np.zeros(model.n_modes))


def modes_at_start(
    start: CavityStart, displacement: ComplexArray, levels: tuple[int, ...]
) -> tuple[list[ComplexArray], FloatArray]:
    """The density matrix of every mode in the lowest `levels` Fock states about `displacement` (M,), and the
    probability that each leaves out, (M,).
    """
    found = [
        displaced_mode(complex(alpha), float(thermal), size)
        for alpha, thermal, size in zip(start.amplitudes - displacement, start.thermal, levels, strict=True)
    ]
    return [rho for rho, _ in found], np.array([left_out for _, left_out in found])


def displaced_mode(amplitude: complex, thermal: float, levels: int) -> tuple[ComplexArray, float]:
    r"""$D(\alpha) \frac{1}{\bar n + 1} \left(\frac{\bar n}{\bar n + 1}\right)^{a^\dagger a} D(\alpha)^\dagger$ in the
    lowest `levels` Fock states, and the probability that is left out.

    Examples
    --------
    >>> rho, lost = displaced_mode(0.5, 0.0, levels=10)
    >>> rho.trace().real.round(6), lost < 1e-6
    (np.float64(1.0), True)
    """
    size = levels + SPARE + int(np.ceil(PER_AMPLITUDE * abs(amplitude) + abs(amplitude) ** 2 + 40 * thermal))
    lowering = np.diag(np.sqrt(np.arange(1.0, size)), 1)
    shift = expm(amplitude * lowering.T - np.conj(amplitude) * lowering)[:levels]
    weights = (thermal / (thermal + 1)) ** np.arange(size) / (thermal + 1)
    rho = (shift * weights) @ shift.conj().T
    return rho, float(1 - rho.trace().real)
