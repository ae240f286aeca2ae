"""Emitted by `derivations/atom_only.py`. Never edited by hand: run `python -m derivations`."""

from cavity_hopfield._compiled import compiled


@compiled
def dressed_amplitude(drive: float, net_loss: float, omega: float) -> tuple[float, float, float, float]:
    r"""Real, imaginary parts of $c_z, c_y$ in $\hat\alpha = \sum_i g_i (c_z \sigma^z_i + c_y \sigma^y_i)$."""
    c0 = omega**2
    c1 = drive**2
    c2 = net_loss**2
    c3 = (1/4)*c2
    c4 = 4*c1 + c3
    c5 = -c0 + c4
    c6 = 1/(c0*c2 + c5**2)
    c7 = c6*omega
    c8 = 2*drive
    return (
        c7*(-c0 + 4*c1 - c3),
        -1/2*c6*net_loss*(c0 + c4),
        c7*c8*net_loss,
        c5*c6*c8,
    )
