r"""The symbols of every derivation. Their names are the names of the model's fields.

$\hbar = 1$; $\sigma$ are Pauli matrices; `loss` and `gain` are photon-number rates with the jump operators
$\sqrt{\mathtt{loss}}\,a$ and $\sqrt{\mathtt{gain}}\,a^\dagger$.
"""

import sympy as sp

omega = sp.Symbol("omega", positive=True)
"""Frequency of the mode."""
gain = sp.Symbol("gain", nonnegative=True)
"""Photon gain rate, jump operator `sqrt(gain) a^dagger`."""
net_loss = sp.Symbol("net_loss", positive=True)
"""Net damping rate of the photon number, `loss - gain`; a stable mode needs it positive."""
loss = net_loss + gain
"""Photon loss rate, jump operator `sqrt(loss) a`."""
thermal_occupation = gain / net_loss
r"""$\bar n$, the photon number that loss and gain alone sustain."""
noise_factor = 2 * thermal_occupation + 1
r"""$\nu = 2 \bar n + 1 = (\mathtt{loss} + \mathtt{gain}) / (\mathtt{loss} - \mathtt{gain})$."""
pole = net_loss / 2 + sp.I * omega
"""$z$, the complex pole of the mode."""
pole_squared = net_loss**2 / 4 + omega**2
"""$|z|^2$."""
drive = sp.Symbol("drive", real=True)
r"""Transverse field, $H \ni \mathtt{drive} \sum_i \sigma^x_i$."""
t = sp.Symbol("t", nonnegative=True)
"""Time."""
force = sp.Symbol("force", real=True)
r"""$x = \sum_i g_i \sigma_i$, the force of the spins on the mode before the flip."""
delta = sp.Symbol("delta", real=True)
r"""The change of `force` by the flip; a flip of spin $i$ has $\delta = -2 g_i \sigma_i$."""

z, z_bar = sp.symbols("z z_bar")
"""Stand-ins for the pole and its conjugate in printed equations; see `in_poles`."""

SYMBOL_NAMES = {
    drive: r"\Omega",
    force: "x",
    gain: r"\mathtt{gain}",
    net_loss: r"\Gamma",
    z_bar: "z^*",
}
"""How the symbols are written in equations."""


def in_poles(expression: sp.Expr) -> sp.Expr:
    r"""`expression` with $\Gamma = z + z^*$ and $\omega = (z - z^*) / 2i$, which is often shorter to print."""
    return sp.expand(expression.subs({net_loss: z + z_bar, omega: (z - z_bar) / (2 * sp.I)}, simultaneous=True))
