"""Mean-field evolution and fixed points of the multimode Dicke model."""

import warnings
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.integrate import solve_ivp
from scipy.optimize import root

from cavity_hopfield._checks import one_of, real_number, time_grid
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.elimination.kernel.flip import dephasing
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke, ProductState
from cavity_hopfield.theory.mean_field._kernels import derivative

RESOLUTIONS = ("class", "site")
DESCENT_STEPS = 500
FIXED_POINT_TOLERANCE = 1e-10
NEGLIGIBLE_DEPHASING = 0.1


@dataclass(frozen=True)
class MeanField:
    r"""$\dot m_x = -2 h m_y,\ \dot m_y = -2\Omega m_z + 2 h m_x,\ \dot m_z = 2\Omega m_y$ for every spin, in the field
    $h_i = \sum_\mu 2 g_{i\mu} \mathrm{Re}\,\alpha_\mu$;
    $\dot\alpha_\mu = -z_\mu \alpha_\mu - i \sum_i g_{i\mu} m_{z,i}$.

    Exact as $N \to \infty$ with couplings $\propto 1/\sqrt N$ at a fixed drive. Photon noise, and with it the gain
    beyond its effect on the net loss, drops out at this order. Every spin keeps its length, and spins with equal
    couplings keep the angle between them: among them a pixel that starts upside down stays so. Where noise flips the
    spins one by one, ask the rates instead.

    What is left out, above all the dephasing of single spins, falls with the number of atoms. A model whose spins each
    stand for an ensemble of n atoms, coupled $1/\sqrt n$ as strongly, obeys the same equations: say so with
    `atoms_per_spin`.

    Parameters
    ----------
    atoms_per_spin : float
        Number of atoms n in each spin. Energies and coherent photons of the result are n times, amplitudes
        $\sqrt n$ times those of single atoms; spins are means over an ensemble.
    resolution : {"class", "site"}
        Integrate one Bloch vector for all spins that couple and start alike, or one for each spin. The observables
        are the same.
    rtol, atol : float
        Tolerances of the integrator (DOP853 of scipy).

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=0.6, drive=0.2)
    >>> MeanField(atoms_per_spin=100).evolve(model, [1, 1], [0.0, 1.0])["overlap"].shape
    (2, 1)
    """

    atoms_per_spin: float = 1.0
    resolution: str = "class"
    rtol: float = 1e-8
    atol: float = 1e-10

    def __post_init__(self) -> None:
        atoms = real_number("atoms_per_spin", self.atoms_per_spin, minimum=1.0)
        object.__setattr__(self, "atoms_per_spin", atoms)
        one_of("resolution", self.resolution, RESOLUTIONS)
        object.__setattr__(self, "rtol", real_number("rtol", self.rtol, above=0.0))
        object.__setattr__(self, "atol", real_number("atol", self.atol, above=0.0))

    def evolve(
        self,
        model: MultimodeDicke,
        initial: ArrayLike | ProductState,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        r"""The observables at `times`, from `initial` at time 0.

        Parameters
        ----------
        model : MultimodeDicke
            The model, N spins and M modes.
        initial : (N,) array of +-1, or ProductState
            A configuration, with every mode at rest under it; or Bloch vectors and amplitudes.
        times : (T,) array
            Strictly increasing, not negative, in units of 1/omega.
        progress : callable, optional
            Told the fraction of the time that is done.

        Returns
        -------
        xarray.Dataset
            `overlap` (time, pattern) if the model has patterns, `magnetisation`, `magnetisation_x`, `magnetisation_y`,
            `energy` (time), `spin_z` (time, spin), `photons`, `amplitude_real`, `amplitude_imag` (time, mode). The
            attribute `length_drift` is the largest change of the length of a spin, a measured error. Two attributes
            say what mean field neglects: `dephased`, how often the fastest atom dephases by 1/e, and `largest_share`,
            the largest share $g_{i\mu}^2 / \sum_j g_{j\mu}^2$ of one atom in a mode, 1/N for equal couplings. `photons`
            are $|\alpha|^2$ and the thermal occupation that gain sustains.

        Raises
        ------
        ArgumentError
            If shapes do not fit or the times do not increase.
        ConvergenceError
            If the integrator gives up.

        Warns
        -----
        RegimeWarning
            If a single atom dephases in the given time, which mean field neglects, with the number that tells.
        """
        grid = time_grid(times)
        _require_dicke(model)
        groups = _Groups.of(model, _product_state(model, initial), self.resolution)
        end = float(grid[-1])
        dephased = _largest_dephasing(model) * end / self.atoms_per_spin
        if dephased > NEGLIGIBLE_DEPHASING:
            warnings.warn(
                f"mean field neglects the dephasing of single atoms, here {dephased:.2g} times 1/e within t = {end:g}. "
                "Set `atoms_per_spin` if each spin stands for an ensemble.",
                RegimeWarning,
                stacklevel=2,
            )

        def rate(time: float, state: FloatArray) -> FloatArray:
            if progress is not None and end > 0:
                progress(min(time / end, 1.0))
            out = np.empty_like(state)
            derivative(groups.g, groups.members, model.omega, model.net_loss, model.drive, state, out)
            return out

        start = groups.state()
        if end == 0:
            path = start[:, None]
        else:
            solution = solve_ivp(rate, (0.0, end), start, method="DOP853", t_eval=grid, rtol=self.rtol, atol=self.atol)
            if not solution.success:
                raise ConvergenceError(
                    f"The mean-field integration stopped at t = {solution.t[-1]:g}: {solution.message}"
                )
            path = solution.y
        if progress is not None:
            progress(1.0)
        return self._result(model, groups, path.T, times=grid, details={"dephased": dephased})

    def steady_state(self, model: MultimodeDicke, initial: ArrayLike | ProductState) -> xr.Dataset:
        r"""$\mathbf m_i = -|\mathbf m_i|\, \mathbf B_i / B_i$: the fixed point of lowest energy near `initial`.

        Every spin lies against its field $\mathbf B_i = (\Omega, 0, h_i)$, where $h_i = -\sum_j J_{ij} m_{z,j}$ and $J$
        keeps its diagonal. Found by descending $-\frac12 m J m - \Omega \sum_i (|\mathbf m_i|^2 - m_{z,i}^2)^{1/2}$
        from the z components of `initial`, then polished by Newton's method. It is stationary; whether it is reached
        is a question to `evolve`. A start of high symmetry stays symmetric and may end on a saddle; without a drive,
        where `evolve` keeps every configuration, spins still turn against their field.

        Parameters
        ----------
        model : MultimodeDicke
            The model.
        initial : (N,) array of +-1, or ProductState
            Where the descent starts; the lengths of its Bloch vectors are kept.

        Returns
        -------
        xarray.Dataset
            As of `evolve`, without time; the attribute `residual` is the largest component of the time derivative.

        Raises
        ------
        ConvergenceError
            If the residual does not fall below 1e-10.
        """
        _require_dicke(model)
        start = _Groups.of(model, _product_state(model, initial), self.resolution)
        fixed = _descend(model, start)
        slope = np.empty_like(fixed.state())
        derivative(fixed.g, fixed.members, model.omega, model.net_loss, model.drive, fixed.state(), slope)
        residual = float(np.abs(slope).max())
        if residual > FIXED_POINT_TOLERANCE:
            raise ConvergenceError(
                f"No fixed point was found to {FIXED_POINT_TOLERANCE:g}: the time derivative is still {residual:.2g}. "
                "Start from another configuration; exactly at a threshold the approach is slow."
            )
        return self._result(model, fixed, fixed.state()[None, :], details={"residual": residual})

    def _result(
        self,
        model: MultimodeDicke,
        groups: "_Groups",
        states: FloatArray,
        *,
        times: FloatArray | None = None,
        details: dict[str, float] | None = None,
    ) -> xr.Dataset:
        n_groups = groups.g.shape[0]
        bloch = states[:, : 3 * n_groups].reshape(-1, n_groups, 3)
        atoms = self.atoms_per_spin
        amplitudes = np.sqrt(atoms) * states[:, 3 * n_groups :].reshape(-1, 2, model.n_modes)
        lengths = np.linalg.norm(bloch, axis=2)
        spin_z = bloch[:, groups.labels, 2]
        means = np.einsum("tka,k->at", bloch, groups.members) / model.n_spins
        observables: Observables = {
            "magnetisation": (("time",), means[2]),
            "magnetisation_x": (("time",), means[0]),
            "magnetisation_y": (("time",), means[1]),
            "energy": (("time",), atoms * model.mean_energy(spin_z)),
            "spin_z": (("time", "spin"), spin_z),
            "photons": (("time", "mode"), np.sum(amplitudes**2, axis=1) + model.thermal_occupation),
            "amplitude_real": (("time", "mode"), amplitudes[:, 0]),
            "amplitude_imag": (("time", "mode"), amplitudes[:, 1]),
        }
        stored = model.stored
        if stored is not None:
            observables["overlap"] = (("time", "pattern"), stored.overlaps(spin_z))
        if times is None:
            observables = {name: (dims[1:], values[0]) for name, (dims, values) in observables.items()}
        weight = np.sum(model.g**2, axis=0)
        share = float(np.max(np.max(model.g**2, axis=0)[weight > 0] / weight[weight > 0], initial=0.0)) / atoms
        drift = float(np.abs(lengths - np.linalg.norm(groups.bloch, axis=1)).max())
        return labelled_result(
            model,
            self,
            observables,
            times=times,
            patterns=stored,
            details={"length_drift": drift, "largest_share": share, **(details or {})},
        )


@dataclass(frozen=True, eq=False)
class _Groups:
    """Groups of spins that couple and start alike, and therefore move alike."""

    g: FloatArray
    members: FloatArray
    labels: IntArray
    bloch: FloatArray
    amplitudes: ComplexArray

    @classmethod
    def of(cls, model: MultimodeDicke, start: ProductState, resolution: str) -> "_Groups":
        if resolution == "site":
            labels = np.arange(model.n_spins)
            first = labels
            members = np.ones(model.n_spins)
        else:
            rows = np.hstack([model.g, start.bloch])
            _, first, labels, counts = np.unique(
                rows, axis=0, return_index=True, return_inverse=True, return_counts=True
            )
            members = counts.astype(np.float64)
        return cls(
            np.ascontiguousarray(model.g[first]),
            members,
            labels.reshape(-1),
            np.ascontiguousarray(start.bloch[first]),
            start.amplitudes,
        )

    def state(self) -> FloatArray:
        """The vector that the integrator moves."""
        return np.concatenate([self.bloch.ravel(), self.amplitudes.real, self.amplitudes.imag])


def _descend(model: MultimodeDicke, start: _Groups) -> _Groups:
    """Align every spin against its field, again and again, then by Newton's method."""
    lengths = np.linalg.norm(start.bloch, axis=1)

    def aligned(z: FloatArray) -> FloatArray:
        pull = (start.g * model.mediation) @ (start.g.T @ (start.members * z))
        size = np.hypot(model.drive, pull)
        return np.asarray(np.divide(lengths * pull, size, out=np.zeros_like(pull), where=size > 0))

    def mismatch(trial: FloatArray) -> FloatArray:
        return np.asarray(aligned(trial) - trial)

    z = start.bloch[:, 2].copy()
    for _ in range(DESCENT_STEPS):
        z = aligned(z)
    z = np.asarray(root(mismatch, np.ravel(z), tol=1e-15).x)
    amplitudes = -1j * (start.g.T @ (start.members * z)) / model.pole
    field = start.g @ (2 * amplitudes.real)
    size = np.hypot(model.drive, field)
    x = -lengths * np.divide(model.drive, size, out=np.ones_like(size), where=size > 0)
    return _Groups(start.g, start.members, start.labels, np.stack([x, 0 * x, z], axis=1), amplitudes)


def _largest_dephasing(model: MultimodeDicke) -> float:
    """The dephasing rate of the flip that the light sees best."""
    return max(dephasing(model, 2 * row) for row in np.unique(np.abs(model.g), axis=0))


def _require_dicke(model: MultimodeDicke) -> None:
    if not isinstance(model, MultimodeDicke):
        raise ArgumentError(
            f"Argument `model` must be a `MultimodeDicke` for MeanField, but is a {type(model).__name__}."
        )


def _product_state(model: MultimodeDicke, initial: ArrayLike | ProductState) -> ProductState:
    if not isinstance(initial, ProductState):
        return ProductState.relaxed(model, initial)
    if initial.bloch.shape[0] != model.n_spins or initial.amplitudes.shape[0] != model.n_modes:
        raise ArgumentError(
            f"Argument `initial` must have {model.n_spins} spins and {model.n_modes} modes, but has "
            f"{initial.bloch.shape[0]} and {initial.amplitudes.shape[0]}."
        )
    return initial
