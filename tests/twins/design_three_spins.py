"""N equal spins and one pattern in one mode without gain, from the definitions: rates by quadrature of the kernel, and
what an operating point is made of, as plain functions of the laboratory's numbers.
"""

import numpy as np
from scipy.integrate import quad


def rate(energy, g, omega, loss, drive):
    r"""$2 \Omega^2 \mathrm{Re} \int F dt$ of one spin, with $F = e^{-i \epsilon t} e^{-i s t - 4 g^2 \phi}$."""
    z = loss / 2 + 1j * omega
    shift = 4 * g**2 * omega / abs(z) ** 2

    def real_part(t):
        spread = 4 * g**2 * (t / z - (1 - np.exp(-z * t)) / z**2)
        return (np.exp(-1j * (energy + shift) * t - spread)).real

    end = 40 / (4 * g**2 * (1 / z).real)
    return 2 * drive**2 * quad(real_part, 0, end, epsrel=1e-11, epsabs=0, limit=20_000)[0]


def numbers(knobs):
    """Temperature of detailed balance over J0, largest collective r, photons at the pattern, and J0, of three spins."""
    g, omega, loss, drive = (
        knobs[f"{name}_rad_s"] / 1e6 for name in ("coupling", "mode_detuning", "photon_loss", "drive")
    )
    size = abs(loss / 2 + 1j * omega) ** 2
    pair = 2 * omega * g**2 / size
    dephasing = 4 * g**2 * (loss / 2) / size
    met = [0.0, 4 * pair]  # the other two spins agree or not
    both = [rate(e, g, omega, loss, drive) + rate(-e, g, omega, loss, drive) for e in met]
    ratio = rate(-met[1], g, omega, loss, drive) / rate(met[1], g, omega, loss, drive)
    return {
        "balance_temperature": met[1] / np.log(ratio) / (3 * pair),
        "ratio": max(both) / dephasing * 4,  # (n + 1)^2 / 4 for three spins
        "photons": (3 * g) ** 2 / size,
        "energy_scale_rad_s": 3 * pair * 1e6,
    }
