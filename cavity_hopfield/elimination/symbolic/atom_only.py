r"""Spins alone, after their modes have been eliminated to second order in the coupling, at any drive.

A mode couples to the spins by $S X$ with $X = a + a^\dagger$, and remembers for a time $1/|z|$ only,
$C(t) = \langle X(t) X(0) \rangle = (\bar n + 1) e^{-z t} + \bar n e^{-z^* t}$. What it remembers of the moving spins is
the dressed amplitude $\hat\alpha = -i \int_0^\infty e^{-z t} S(-t)\,dt$, with $S(-t) = e^{-i H_S t} S e^{i H_S t}$.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import sympy as sp

from cavity_hopfield.elimination.symbolic.algebra import Monomial, Operator, Scalar, commutator, total
from cavity_hopfield.elimination.symbolic.generators import (
    Jump,
    adjoint,
    adjoint_dissipator,
    require_hermitian,
)
from cavity_hopfield.exceptions import ClosureError

LARGEST_SPAN = 64


def dressed_amplitude(hamiltonian: Operator, coupling: Operator, pole: Scalar) -> Operator:
    r"""The solution $\hat\alpha$ of $i [H_S, \hat\alpha] = -z \hat\alpha - i S$.

    It is the amplitude of a mode that follows the moving spins. The equation is solved in the span of the monomials
    that repeated commutation with $H_S$ makes of $S$.

    Parameters
    ----------
    hamiltonian : Operator
        $H_S$, the energy of the spins without the mode.
    coupling : Operator
        $S$, the Hermitian operator of the spins that the mode sees.
    pole : scalar
        $z$ with a positive real part.

    Raises
    ------
    ArgumentError
        If the Hamiltonian or the coupling is not Hermitian.
    ClosureError
        If the span exceeds 64 monomials, as for many interacting spins.

    Examples
    --------
    >>> from cavity_hopfield.elimination.symbolic import Spin
    >>> g, drive, z = sp.Symbol("g", real=True), sp.Symbol("Omega", real=True), sp.Symbol("z")
    >>> dressed_amplitude(drive * Spin().x, g * Spin().z, z)
    2*I*Omega*g/(4*Omega**2 + z**2) sy - I*g*z/(4*Omega**2 + z**2) sz
    """
    require_hermitian("hamiltonian", hamiltonian)
    require_hermitian("coupling", coupling)
    basis = _span(hamiltonian, coupling)
    place = {monomial: row for row, monomial in enumerate(basis)}
    equations = sp.eye(len(basis)) * sp.sympify(pole)
    for column, monomial in enumerate(basis):
        for image, value in commutator(hamiltonian, monomial.operator()).terms.items():
            equations[place[image], column] += sp.I * value
    source = sp.Matrix([-sp.I * coupling.coefficient(monomial) for monomial in basis])
    (solution,) = sp.linsolve((equations, source))
    return Operator(dict(zip(basis, solution, strict=True)))


def _span(hamiltonian: Operator, coupling: Operator) -> list[Monomial]:
    """The monomials that repeated commutation with `hamiltonian` makes of `coupling`."""
    found: dict[Monomial, None] = dict.fromkeys(coupling.terms)
    waiting = list(found)
    while waiting:
        images = commutator(hamiltonian, waiting.pop(0).operator()).terms
        fresh = [monomial for monomial in images if monomial not in found]
        found.update(dict.fromkeys(fresh))
        waiting += fresh
        if len(found) > LARGEST_SPAN:
            raise ClosureError(
                f"The commutators of the coupling with the Hamiltonian do not close on {LARGEST_SPAN} operators: "
                f"{fresh[0]!r} is still missing. Use fewer spins, or a Hamiltonian without interactions."
            )
    return list(found)


@dataclass(frozen=True)
class EliminatedMode:
    r"""A mode coupled to the spins by $S X$ and eliminated: what it leaves in their equation.

    Build it with `following`; give $\hat\alpha$ yourself to keep symbols for its coefficients.

    Parameters
    ----------
    coupling : Operator
        $S$, Hermitian.
    amplitude : Operator
        $\hat\alpha$, see `dressed_amplitude`.
    loss, gain : scalar
        Photon-number rates of the mode.
    """

    coupling: Operator
    amplitude: Operator
    loss: Scalar
    gain: Scalar

    @classmethod
    def following(
        cls, hamiltonian: Operator, coupling: Operator, *, omega: Scalar, loss: Scalar, gain: Scalar = 0
    ) -> Self:
        r"""The mode of frequency `omega` that follows spins under `hamiltonian`.

        Parameters
        ----------
        hamiltonian, coupling : Operator
            $H_S$ and $S$, both Hermitian.
        omega, loss, gain : scalar
            Frequency and photon-number rates of the mode.

        Raises
        ------
        ArgumentError
            If the Hamiltonian or the coupling is not Hermitian.
        ClosureError
            If the dressed amplitude does not close.
        """
        pole = (sp.sympify(loss) - gain) / 2 + sp.I * omega
        return cls(coupling, dressed_amplitude(hamiltonian, coupling, pole), loss, gain)

    @property
    def thermal_occupation(self) -> sp.Expr:
        r"""$\bar n = \mathtt{gain} / (\mathtt{loss} - \mathtt{gain})$."""
        return sp.sympify(self.gain) / (self.loss - self.gain)

    @cached_property
    def response(self) -> Operator:
        r"""$A = (\bar n + 1) \hat\alpha - \bar n \hat\alpha^\dagger = -i \int_0^\infty C(t) S(-t)\,dt$."""
        occupation = self.thermal_occupation
        return self.amplitude.scaled(occupation + 1) - self.amplitude.dagger().scaled(occupation)

    @cached_property
    def energy(self) -> Operator:
        r"""$(S A + A^\dagger S) / 2$, the energy that the mode lends the spins."""
        return (self.coupling * self.response + self.response.dagger() * self.coupling).scaled(sp.S.Half)

    @property
    def jumps(self) -> tuple[Jump, Jump]:
        r"""$(\mathtt{loss}, \hat\alpha)$ and $(\mathtt{gain}, \hat\alpha^\dagger)$."""
        return (self.loss, self.amplitude), (self.gain, self.amplitude.dagger())


def redfield_adjoint(observable: Operator, hamiltonian: Operator, modes: Sequence[EliminatedMode]) -> Operator:
    r"""$i [H_S, O] - i \sum_\mu \left( [O, S_\mu] A_\mu + A_\mu^\dagger [O, S_\mu] \right)$, the adjoint of
    $\dot\rho = -i [H_S, \rho] - i \sum_\mu [S_\mu, A_\mu \rho + \rho A_\mu^\dagger]$.

    Parameters
    ----------
    observable : Operator
        $O$, of the spins.
    hamiltonian : Operator
        $H_S$.
    modes : sequence of EliminatedMode
        What was eliminated.

    Examples
    --------
    Without a drive a lossy mode dephases a spin, at twice $2 g^2 \mathtt{loss} / |z|^2$:

    >>> from cavity_hopfield.elimination.symbolic import Spin
    >>> g, omega, loss = sp.symbols("g omega loss", positive=True)
    >>> rest = 0 * Spin().x
    >>> mode = EliminatedMode.following(rest, g * Spin().z, omega=omega, loss=loss)
    >>> redfield_adjoint(Spin().x, rest, [mode]).simplified()
    -8*g**2*loss/(loss**2 + 4*omega**2) sx
    """
    parts = [adjoint(observable, hamiltonian)]
    for mode in modes:
        change = commutator(observable, mode.coupling)
        parts.append((change * mode.response + mode.response.dagger() * change).scaled(-sp.I))
    return total(parts)


def lindblad_adjoint(observable: Operator, hamiltonian: Operator, modes: Sequence[EliminatedMode]) -> Operator:
    r"""The completely positive form: $H_S + \sum_\mu (S_\mu A_\mu + A_\mu^\dagger S_\mu) / 2$ with the jumps
    $\sqrt{\mathtt{loss}_\mu}\, \hat\alpha_\mu$ and $\sqrt{\mathtt{gain}_\mu}\, \hat\alpha_\mu^\dagger$.

    Parameters
    ----------
    observable : Operator
        $O$, of the spins.
    hamiltonian : Operator
        $H_S$.
    modes : sequence of EliminatedMode
        What was eliminated.

    Examples
    --------
    Without a drive a lossy mode dephases a spin, at twice $2 g^2 \mathtt{loss} / |z|^2$:

    >>> from cavity_hopfield.elimination.symbolic import Spin
    >>> g, omega, loss = sp.symbols("g omega loss", positive=True)
    >>> rest = 0 * Spin().x
    >>> mode = EliminatedMode.following(rest, g * Spin().z, omega=omega, loss=loss)
    >>> lindblad_adjoint(Spin().x, rest, [mode]).simplified()
    -8*g**2*loss/(loss**2 + 4*omega**2) sx
    """
    energy = total([hamiltonian, *(mode.energy for mode in modes)])
    return adjoint(observable, energy, [jump for mode in modes for jump in mode.jumps])


def dropped_derivative(observable: Operator, hamiltonian: Operator, modes: Sequence[EliminatedMode]) -> Operator:
    r"""$[\mathcal{L}_0^\dagger, \mathcal{Q}^\dagger] O$ with $\mathcal{L}_0 = -i [H_S, \cdot]$ and
    $\mathcal{Q} = \sum_\mu (\bar n_\mu + 1) D[\hat\alpha_\mu] + \bar n_\mu D[\hat\alpha_\mu^\dagger]$.

    It is what the Redfield equation has beyond the Lindblad form. Seen from the frame that moves with $H_S$ it is the
    total time derivative of $\mathcal{Q}$, so $\rho \to (1 - \mathcal{Q}) \rho$ removes it to second order.

    Parameters
    ----------
    observable : Operator
        $O$, of the spins.
    hamiltonian : Operator
        $H_S$.
    modes : sequence of EliminatedMode
        What was eliminated.

    Examples
    --------
    Without a drive there is none:

    >>> from cavity_hopfield.elimination.symbolic import Spin
    >>> g, omega, loss = sp.symbols("g omega loss", positive=True)
    >>> rest = 0 * Spin().x
    >>> mode = EliminatedMode.following(rest, g * Spin().z, omega=omega, loss=loss)
    >>> dropped_derivative(Spin().x, rest, [mode])
    0
    """

    def settled(operator: Operator) -> Operator:
        return total(adjoint_dissipator(operator, jump) for jump in jumps)

    jumps: list[Jump] = []
    for mode in modes:
        occupation = mode.thermal_occupation
        jumps += [(occupation + 1, mode.amplitude), (occupation, mode.amplitude.dagger())]
    return adjoint(settled(observable), hamiltonian) - settled(adjoint(observable, hamiltonian))
