"""Right-hand side of the mean-field equations."""

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.formulas.mean_field import amplitude_rates, bloch_rates, channel_rates


@compiled
def derivative(
    g: FloatArray,
    members: FloatArray,
    omega: FloatArray,
    net_loss: FloatArray,
    drive: float,
    state: FloatArray,
    out: FloatArray,
) -> None:
    """Fill `out` with the time derivative of `state`, both of length `3 K + 2 M`.

    `state` holds K Bloch vectors (x, y, z), then the real and the imaginary parts of M amplitudes. `g` (K, M) are the
    couplings of the K groups of equal spins and `members` (K,) the numbers of spins in them.
    """
    n_groups, n_modes = g.shape
    real = 3 * n_groups
    imag = real + n_modes
    for mode in range(n_modes):
        force = 0.0
        for k in range(n_groups):
            force += members[k] * g[k, mode] * state[3 * k + 2]
        out[real + mode], out[imag + mode] = amplitude_rates(
            state[imag + mode], state[real + mode], force, net_loss[mode], omega[mode]
        )
    for k in range(n_groups):
        field = 0.0
        for mode in range(n_modes):
            field += g[k, mode] * 2.0 * state[real + mode]
        out[3 * k], out[3 * k + 1], out[3 * k + 2] = bloch_rates(
            drive, field, state[3 * k], state[3 * k + 1], state[3 * k + 2]
        )


@compiled
def add_channels(channels: FloatArray, axis: int, spins: int, state: FloatArray, out: FloatArray) -> None:
    """Add to `out` what decay, pumping and dephasing, `channels` (3,), do to the Bloch vectors of `state`.

    They act along `axis`, 0 for x or 2 for z; `spins` is the number of components that belong to Bloch vectors.
    """
    for k in range(spins):
        along, across = channel_rates(channels[0], channels[2], state[k], state[k], channels[1])
        out[k] += along if k % 3 == axis else across
