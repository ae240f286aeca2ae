"""Emitted by `derivations/mean_field.py`. Never edited by hand: run `python -m derivations`."""

from cavity_hopfield._compiled import compiled


@compiled
def bloch_rates(drive: float, field: float, m_x: float, m_y: float, m_z: float) -> tuple[float, float, float]:
    r"""$\dot m_x, \dot m_y, \dot m_z$ of a spin in the field $h \sigma^z + \Omega \sigma^x$."""
    c0 = 2*drive
    return (
        -2*field*m_y,
        -c0*m_z + 2*field*m_x,
        c0*m_y,
    )


@compiled
def damped_bloch_rates(drive: float, m_x: float, m_y: float, m_z: float, rate_down: float, rate_up: float) -> tuple[float, float, float]:
    r"""$\dot m_x, \dot m_y, \dot m_z$ of a driven spin that jumps up and down at the rates $W_\pm$."""
    c0 = (1/2)*m_x
    c1 = (1/2)*m_y
    return (
        -c0*rate_down - c0*rate_up,
        -c1*rate_down - c1*rate_up - 2*drive*m_z,
        2*drive*m_y - m_z*rate_down - m_z*rate_up - rate_down + rate_up,
    )


@compiled
def channel_rates(decay: float, dephasing: float, m_across: float, m_along: float, pumping: float) -> tuple[float, float]:
    r"""$\dot m_\parallel$ and $\dot m_\perp$ from the channels of a single atom."""
    return (
        -decay - m_along*(decay + pumping) + pumping,
        m_across*(-1/2*decay - 2*dephasing - 1/2*pumping),
    )


@compiled
def amplitude_rates(amplitude_imag: float, amplitude_real: float, force: float, net_loss: float, omega: float) -> tuple[float, float]:
    r"""Real and imaginary part of $\dot\alpha = -z \alpha - i x$."""
    c0 = (1/2)*net_loss
    return (
        amplitude_imag*omega - amplitude_real*c0,
        -amplitude_imag*c0 - amplitude_real*omega - force,
    )
