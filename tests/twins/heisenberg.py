r"""Mean-field equations of the multimode Dicke model, spin by spin and mode by mode, from the definition.

$$h_i = \sum_\mu g_{i\mu} 2\,\mathrm{Re}\,\alpha_\mu,\quad \dot m_x = -2 h m_y,\ \dot m_y = -2\Omega m_z + 2 h m_x,\
\dot m_z = 2\Omega m_y,\quad \dot\alpha_\mu = -(i\omega_\mu + (\gamma_\mu - \kappa_\mu)/2) \alpha_\mu
- i \sum_i g_{i\mu} m_{z,i}.$$
"""

import numpy as np
from scipy.integrate import solve_ivp


def slopes(model, bloch, amplitudes):
    """Time derivatives of the Bloch vectors (N, 3) and of the amplitudes (M,)."""
    turned, pushed = np.zeros((len(bloch), 3)), np.zeros(len(amplitudes), complex)
    for i, (x, y, z) in enumerate(bloch):
        h = sum(model.g[i, mu] * 2 * amplitudes[mu].real for mu in range(len(amplitudes)))
        turned[i] = -2 * h * y, -2 * model.drive * z + 2 * h * x, 2 * model.drive * y
    for mu in range(len(amplitudes)):
        z = 1j * model.omega[mu] + (model.loss[mu] - model.gain[mu]) / 2
        force = sum(model.g[i, mu] * bloch[i][2] for i in range(len(bloch)))
        pushed[mu] = -z * amplitudes[mu] - 1j * force
    return turned, pushed


def evolve(model, bloch, amplitudes, times):
    """Bloch vectors (T, N, 3) and amplitudes (T, M) by scipy's LSODA at tolerance 1e-12."""
    n = len(bloch)

    def rate(_, state):
        turned, pushed = slopes(model, state[: 3 * n].reshape(n, 3), state[3 * n :: 2] + 1j * state[3 * n + 1 :: 2])
        return np.concatenate([turned.ravel(), np.stack([pushed.real, pushed.imag], axis=1).ravel()])

    waves = np.stack([np.real(amplitudes), np.imag(amplitudes)], axis=1).ravel()
    start = np.concatenate([np.ravel(bloch), waves])
    path = solve_ivp(rate, (0, times[-1]), start, "LSODA", times, rtol=1e-12, atol=1e-13).y.T
    return path[:, : 3 * n].reshape(-1, n, 3), path[:, 3 * n :: 2] + 1j * path[:, 3 * n + 1 :: 2]
