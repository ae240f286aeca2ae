r"""Mean-field equations of the multimode Dicke model, from the Heisenberg equations of one spin and one mode.

A spin sees $H = \Omega \sigma^x + h \sigma^z$ with the field $h = \sum_\mu g_\mu (a_\mu + a_\mu^\dagger)$ of the
modes; a mode sees $H = \omega a^\dagger a + x (a + a^\dagger)$ with the force $x = \sum_i g_i \sigma^z_i$. Mean field
replaces the operators $h$ and $x$ by their expectation values, exactly as $N \to \infty$.
Source: F. Carollo and I. Lesanovsky, arXiv:2009.13932 (2020). Slides of a talk on it normalise by N and drop the class
weights; the equations here hold site by site.
"""

import sympy as sp

from derivations.conventions import drive, force, gain, loss, net_loss, omega
from derivations.emission import Formula, require
from derivations.operators import a, ad, alpha, alpha_bar, gaussian_expectation, two_sided_generator

MODULE = "mean_field"

field = sp.Symbol("field", real=True)
m_x, m_y, m_z = sp.symbols("m_x m_y m_z", real=True)
amplitude_real, amplitude_imag = sp.symbols("amplitude_real amplitude_imag", real=True)

PAULI = (
    sp.Matrix([[0, 1], [1, 0]]),
    sp.Matrix([[0, -sp.I], [sp.I, 0]]),
    sp.Matrix([[1, 0], [0, -1]]),
)


def bloch_rates() -> tuple[sp.Expr, ...]:
    r"""$\dot m_a = \langle i [H, \sigma^a] \rangle$ with $\langle\sigma\rangle = m$."""
    hamiltonian = drive * PAULI[0] + field * PAULI[2]
    state = (sp.eye(2) + m_x * PAULI[0] + m_y * PAULI[1] + m_z * PAULI[2]) / 2
    return tuple(sp.expand(sp.trace(sp.I * (hamiltonian * sigma - sigma * hamiltonian) * state)) for sigma in PAULI)


def amplitude_rate() -> sp.Expr:
    r"""$\dot\alpha = \langle L^\dagger a \rangle$ under loss, gain and the force $x$."""
    hamiltonian = omega * ad * a + force * (a + ad)
    rate = gaussian_expectation(two_sided_generator(a, hamiltonian, hamiltonian, loss, gain))
    return rate.subs({alpha: amplitude_real + sp.I * amplitude_imag, alpha_bar: amplitude_real - sp.I * amplitude_imag})


def check() -> None:
    """The equations as they are usually written, and the conservation of the spin's length."""
    x_rate, y_rate, z_rate = bloch_rates()
    require("x", x_rate + 2 * field * m_y)
    require("y", sp.expand(y_rate + 2 * drive * m_z - 2 * field * m_x))
    require("z", z_rate - 2 * drive * m_y)
    require("the spin keeps its length", sp.expand(m_x * x_rate + m_y * y_rate + m_z * z_rate))
    amplitude = amplitude_real + sp.I * amplitude_imag
    usual = -(sp.I * omega + net_loss / 2) * amplitude - sp.I * force
    require("the amplitude decays at half the net loss", sp.expand(amplitude_rate() - usual))


def formulas() -> tuple[Formula, ...]:
    """The closed forms that the package evaluates."""
    return (
        Formula(
            name="bloch_rates",
            expressions=bloch_rates(),
            summary=r"$\dot m_x, \dot m_y, \dot m_z$ of a spin in the field $h \sigma^z + \Omega \sigma^x$.",
        ),
        Formula(
            name="amplitude_rates",
            expressions=tuple(sp.expand(part) for part in amplitude_rate().expand().as_real_imag()),
            summary=r"Real and imaginary part of $\dot\alpha = -z \alpha - i x$.",
        ),
    )
