"""Spins and light to the first order beyond mean field, in the stationary state."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_array
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.cavity import (
    CollectiveSpins,
    LightMoments,
    aligned_fixed_point,
    cavity_observables,
    cavity_start,
)
from cavity_hopfield.dynamics import Observables, labelled_result
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.theory.linearised.fluctuations import Fluctuations

FIXED_POINT_TOLERANCE = 1e-10
POLARISED = 1e-9
"""How far from one the length of a Bloch vector may be."""


@dataclass(frozen=True)
class Linearised:
    r"""$A V + V A^T + D = 0$: spins and light fluctuate about a stable fixed point of the mean field, with the Jacobian
    $A$ of its equations and the noise $D$ of loss and gain.

    Each class of $n_c$ spins is fully polarised along its mean direction, and a boson across it (Holstein and
    Primakoff). With couplings $\propto 1/\sqrt N$ at a fixed drive photon numbers are exact to the order $N^0$: below
    threshold they are all the light there is, above it they add to $|\alpha|^2 \propto N$. Where no quadrature of the
    spins is dark the fluctuations also move the means, by parts of $1/N$: amplitudes, Bloch vectors and $|\alpha|^2$
    are then exact to that order as well. Else those are of mean field; the attribute `means` tells. The state is
    Gaussian about one fixed point: of several the start decides, and no jumps from one to the other are told. Near a
    threshold fluctuations diverge and linear order fails within $|g - g_c| \sim N^{-1/2}$.

    Atoms with channels of their own are not polarised; such models are refused. So are models without a drive, whose
    spins keep every configuration and turn to none.

    Notes
    -----
    P. Kirton, M. M. Roses, J. Keeling and E. G. Dalla Torre, Adv. Quantum Technol. 2, 1800043 (2019), with its
    $\omega_0 = 2\Omega$, its $\lambda = g$ for couplings $g/\sqrt N$, and its decay rate of the field = `loss` / 2. Its
    eq. (31), the photons below threshold: $\lambda^2 / [2 \omega_0 \omega (1 - \lambda^2/\lambda_c^2)]$.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.05]] * 100, omega=1.0, loss=2.0, drive=1.0)
    >>> found = Linearised().steady_state(model, [1] * 100)
    >>> round(found["photons"].item(), 6)
    0.083333
    """

    def steady_state(self, model: MultimodeDicke, initial: Any) -> xr.Dataset:
        """Observables in the Gaussian state about the fixed point that `initial` descends to.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity, without channels of single atoms.
        initial : (N,) array of +-1, or ProductState
            Where the descent starts, as for `MeanField.steady_state`. Spins must be polarised.

        Returns
        -------
        xarray.Dataset
            The observables of every theory of the cavity, `pair_real`, `pair_imag` and `g2` among them; `energy` with
            the fluctuations of the forces; and `eigenvalue_real`, `eigenvalue_imag` (eigenvalue), those of $A$ that the
            light sees, the slowest first. Attributes: `residual`, the largest time derivative at the fixed point;
            `dark`, the number of quadratures of the spins that the light does not see; `means`, "first order" if
            amplitudes and Bloch vectors have their corrections of order 1/N, else "mean field".

        Raises
        ------
        ArgumentError
            If a spin of `initial` is not polarised, or the model has no drive or channels of single atoms.
        ConvergenceError
            If no fixed point is found, or the one found is not stable, with the rate at which deviations grow.
        """
        about, residual = _fluctuations(model, initial)
        means, moments, energy = _moments(about)
        observables = cavity_observables(model, about.spins.spin_means(means), energy, moments)
        observables |= _eigenvalues(about)
        details = {
            "residual": residual,
            "dark": about.dark,
            "means": "mean field" if about.dark else "first order",
        }
        return labelled_result(model, self, observables, patterns=model.stored, details=details)

    def emission_spectrum(self, model: MultimodeDicke, initial: Any, frequencies: ArrayLike) -> xr.Dataset:
        r"""$S_\mu(\nu) = \frac{\gamma_\mu}{2\pi} \int dt\, e^{-i \nu t}
        \langle \delta a_\mu^\dagger(t)\, \delta a_\mu(0) \rangle
        = \frac{\gamma_\mu}{\pi}\,\mathrm{Re}\; r^\dagger (i \nu - A)^{-1} \langle v\, \delta a_\mu \rangle$: the
        incoherent light that each mode emits, $\int d\nu\, S_\mu = \gamma_\mu
        \langle \delta a_\mu^\dagger \delta a_\mu \rangle$.

        Beside it stands a line of weight $\gamma_\mu |\alpha_\mu|^2$ at $\nu = 0$, the frequency of the frame: that of
        the drives that make the couplings. A free mode shines at $\nu = +\omega$.

        Parameters
        ----------
        model, initial
            As by `steady_state`.
        frequencies : (K,) array
            In units of omega.

        Returns
        -------
        xarray.Dataset
            `emission` (mode, frequency).

        Raises
        ------
        ArgumentError
            As by `steady_state`, or if a frequency is not finite.

        Examples
        --------
        >>> model = MultimodeDicke(g=[[0.0]], omega=1.0, loss=1.5, gain=0.5, drive=0.1)  # a thermal line at omega
        >>> Linearised().emission_spectrum(model, [1], [1.0])["emission"].item()  # 2 nbar loss / (pi net_loss)
        0.477464829...
        """
        grid = real_array("frequencies", frequencies)
        if grid.ndim != 1 or not grid.size:
            raise ArgumentError(f"Argument `frequencies` must have shape (K,), but has shape {grid.shape}.")
        about, residual = _fluctuations(model, initial)
        lights = _annihilation(about)
        onto = about.across @ about.bright
        rows = lights @ onto
        start = onto.T @ (about.covariance @ lights.T + 1j * _half_commutators(about) @ lights.T)
        size = len(about.bright_drift)
        solved = np.linalg.solve(1j * grid[:, None, None] * np.eye(size) - about.bright_drift, start[None])
        values = model.loss[:, None] / np.pi * np.einsum("ms,ksm->mk", rows.conj(), solved).real
        result = labelled_result(
            model, self, {"emission": (("mode", "frequency"), values)}, details={"residual": residual}
        )
        return result.assign_coords(
            frequency=xr.Variable("frequency", grid, {"long_name": "frequency", "units": "unit of omega"})
        )


def _fluctuations(model: MultimodeDicke, initial: Any) -> tuple[Fluctuations, float]:
    """The linear equations about the fixed point that `initial` descends to, and how far from rest that is."""
    start = cavity_start(require_dicke("model", model), initial).bloch
    if model.drive == 0:
        raise ArgumentError(
            "Argument `model` has no drive: every configuration is then at rest, none is left for another, and nothing "
            "damps the spins. Give it a drive; `MeanField.evolve` keeps the configuration."
        )
    lengths = np.linalg.norm(start, axis=1)
    if np.abs(lengths - 1).max() > POLARISED:
        worst = int(np.argmax(np.abs(lengths - 1)))
        raise ArgumentError(
            f"Argument `initial` must have polarised spins, but the Bloch vector of spin {worst} has the length "
            f"{lengths[worst]:g}. Give a configuration, or vectors of length one."
        )
    rows, first, label, members = np.unique(
        np.hstack([model.g, start]), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    g = np.ascontiguousarray(rows[:, : model.n_modes])
    bloch, amplitudes = aligned_fixed_point(model, g, members.astype(np.float64), start[first])
    turning = 2 * (model.drive * bloch[:, 2] - (g @ (2 * amplitudes.real)) * bloch[:, 0])
    residual = float(np.abs(turning).max())
    if not residual <= FIXED_POINT_TOLERANCE:
        raise ConvergenceError(
            f"No fixed point was found to {FIXED_POINT_TOLERANCE:g}: the time derivative is still {residual:.2g}. "
            "Start from another configuration; exactly at a threshold the approach is slow."
        )
    spins = CollectiveSpins.alike(model)
    means = spins.class_means(bloch[label.reshape(-1)])
    return Fluctuations(model, spins, means, amplitudes), residual


def _annihilation(about: Fluctuations) -> ComplexArray:
    r"""$\delta a_\mu$ as combinations of the fluctuations, (M, 3 C + 2 M)."""
    n_modes = about.model.n_modes
    spins = np.zeros((n_modes, 3 * len(about.bloch)))
    return np.hstack([spins, np.eye(n_modes), 1j * np.eye(n_modes)])


def _half_commutators(about: Fluctuations) -> FloatArray:
    r"""$\frac{1}{2i} [v, v^T]$ where one of the two is a mode: $[\mathrm{Re}\,a, \mathrm{Im}\,a] = i/2$."""
    spins, n_modes = 3 * len(about.bloch), about.model.n_modes
    matrix = np.zeros((len(about.whole),) * 2)
    matrix[spins : spins + n_modes, spins + n_modes :] = np.eye(n_modes) / 4
    matrix[spins + n_modes :, spins : spins + n_modes] = -np.eye(n_modes) / 4
    return matrix


def _moments(about: Fluctuations) -> tuple[FloatArray, LightMoments, FloatArray]:
    """Bloch vectors (C, 3), the light, and the energy."""
    model, spins, lights, covariance = about.model, about.spins, _annihilation(about), about.covariance
    bloch, amplitude = about.bloch, about.amplitudes
    if not about.dark:
        bloch = bloch + about.shift[: bloch.size].reshape(-1, 3) / np.sqrt(spins.sizes)[:, None]
        amplitude = amplitude + lights @ about.shift
    photons = np.einsum("mi,ij,mj->m", lights.conj(), covariance, lights).real - 0.5
    pair = np.einsum("mi,ij,mj->m", lights, covariance, lights)
    coherent = np.abs(amplitude) ** 2
    quartic = (
        coherent**2
        + 4 * coherent * photons
        + 2 * (np.conj(amplitude) ** 2 * pair).real
        + 2 * photons**2
        + np.abs(pair) ** 2
    )
    onto = np.zeros((model.n_modes, len(covariance)))
    onto[:, 2 : bloch.size : 3] = about.collective.T
    force = (spins.g * spins.sizes[:, None]).T @ bloch[:, 2]
    squared = force**2 + np.einsum("mi,ij,mj->m", onto, covariance, onto)
    energy = -0.5 * float(np.sum(model.mediation * (squared - np.sum(model.g**2, axis=0))))
    light = LightMoments(coherent + photons, amplitude, amplitude**2 + pair, quartic)
    return bloch, light, np.asarray(energy)


def _eigenvalues(about: Fluctuations) -> Observables:
    values = about.eigenvalues
    return {
        "eigenvalue_real": (("eigenvalue",), values.real),
        "eigenvalue_imag": (("eigenvalue",), values.imag),
    }
