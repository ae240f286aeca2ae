"""Mean-field evolution of the Dicke model, of the open network, and of its limit of many spins."""

import warnings
from dataclasses import dataclass

import numpy as np
import xarray as xr

from cavity_hopfield._checks import one_of, real_number, require_progress, time_grid
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.dynamics import Progress, labelled_result
from cavity_hopfield.dynamics.accuracy import checked_tolerance
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke, ProductState
from cavity_hopfield.network import HopfieldLimit, InitialState, OpenHopfield
from cavity_hopfield.theory.mean_field.dicke import (
    MARGINAL,
    DickeGroups,
    dicke_fixed_point,
    dicke_lanes,
    dicke_observables,
    dicke_path,
    dicke_starts,
    largest_dephasing,
    largest_share,
    length_drift,
    thermal_photons,
)
from cavity_hopfield.theory.mean_field.ensembles import dicke_parameters, fastest_mode, run_network, table_accuracy
from cavity_hopfield.theory.mean_field.lanes import Precision, run_lanes
from cavity_hopfield.theory.mean_field.network import (
    NetworkLanes,
    SpinGroups,
    limit_lanes,
    limit_observables,
    limit_starts,
    network_observables,
    packed,
    site_lanes,
    site_starts,
    unpacked,
)

RESOLUTIONS = ("class", "site")
NEGLIGIBLE_DEPHASING = 0.1
FINEST_ABSOLUTE = 1e-16
"""Smallest absolute tolerance, the round-off of a spin of length one."""


@dataclass(frozen=True)
class MeanField:
    r"""Every spin in the mean field of the others. `MultimodeDicke`: $\dot m_x = -2 h m_y,\ \dot m_y = -2\Omega m_z +
    2 h m_x,\ \dot m_z = 2\Omega m_y$ in the field $h_i = \sum_\mu 2 g_{i\mu} \mathrm{Re}\,\alpha_\mu$, with
    $\dot\alpha_\mu = -z_\mu \alpha_\mu - i \sum_i g_{i\mu} m_{z,i}$. `OpenHopfield` and `HopfieldLimit`:
    $\dot m_x = -\frac s2 m_x,\ \dot m_y = -2\Omega m_z - \frac s2 m_y,\ \dot m_z = 2\Omega m_y + d - s\, m_z$ with
    $s = W(-2h) + W(2h),\ d = W(-2h) - W(2h),\ h_i = \sum_j J_{ij} m_{z,j}$.

    Exact as $N \to \infty$: for the Dicke model with couplings $\propto 1/\sqrt N$ at a fixed drive, for a network
    with finitely many patterns. A finite network keeps its own fields, without self-coupling; `HopfieldLimit` is the
    limit itself.

    In the Dicke model photon noise, and with it the gain beyond its effect on the net loss, drops out at this order.
    Every spin keeps its length, and spins with equal couplings keep the angle between them: among them a pixel that
    starts upside down stays so. Where noise flips the spins one by one, ask the rates, or a network, instead. What is
    left out, above all the dephasing of single spins, falls with the number of atoms. A model whose spins each stand
    for an ensemble of n atoms, coupled $1/\sqrt n$ as strongly, obeys the same equations: say so with
    `atoms_per_spin`. Channels of single atoms, whose rates do not fall with N, add the damping and the source that
    `SpinChannels` tells; spins then forget how they started.

    Parameters
    ----------
    atoms_per_spin : float
        Number of atoms n in each spin of a Dicke model. Energies and coherent photons of the result are n times,
        amplitudes $\sqrt n$ times those of single atoms; spins are means over an ensemble.
    resolution : {"class", "site"}
        Integrate one Bloch vector for all spins that couple and start alike, or one for each spin. The observables
        are the same. `HopfieldLimit` has classes only.
    rtol, atol : float
        Tolerances of the integrator, the eighth-order method of Dormand and Prince, at most 1e-2; `rtol` at least
        1e-12, `atol` at least 1e-16. A rate law other than `Glauber`
        is read from a table of a tenth of `rtol`.

    Notes
    -----
    Source for the network: P. Rotondo et al., J. Phys. A 51, 115301 (2018), eqs. (16) and (17), with any rate law and
    with the component x, which decays by itself.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=0.6, drive=0.2)
    >>> MeanField(atoms_per_spin=100).evolve(model, [1, 1], [0.0, 1.0])["overlap"].shape
    (2, 1)

    Three runs of the limit of many spins, from three overlaps with one pattern:

    >>> from cavity_hopfield import Glauber
    >>> limit = HopfieldLimit(1, rate_law=Glauber(temperature=0.5))
    >>> late = MeanField().evolve(limit, [[0.9], [0.1], [-0.1]], [60.0])
    >>> late["overlap"].values[:, 0, 0].round(4)
    array([ 0.9575,  0.9575, -0.9575])
    """

    atoms_per_spin: float = 1.0
    resolution: str = "class"
    rtol: float = 1e-8
    atol: float = 1e-10

    def __post_init__(self) -> None:
        atoms = real_number("atoms_per_spin", self.atoms_per_spin, minimum=1.0)
        object.__setattr__(self, "atoms_per_spin", atoms)
        one_of("resolution", self.resolution, RESOLUTIONS)
        object.__setattr__(self, "rtol", checked_tolerance("rtol", self.rtol))
        object.__setattr__(self, "atol", checked_tolerance("atol", self.atol, finest=FINEST_ABSOLUTE))

    def evolve(
        self,
        model: MultimodeDicke | OpenHopfield | HopfieldLimit,
        initial: InitialState,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        r"""The observables at `times`, from `initial` at time 0.

        Parameters
        ----------
        model : MultimodeDicke, OpenHopfield or HopfieldLimit
            The model, N spins and M modes, C classes or P patterns. Networks with individual jumps only.
        initial : (N,) array of +-1, or ProductState
            A configuration, with every mode at rest under it; or Bloch vectors and coherent light. For `HopfieldLimit`
            overlaps (P,), or the Bloch vectors of its C classes as `ProductState(bloch)`. Overlaps alone leave the
            class means open where C > P: taken are $m_\xi = \max(-1, \min(1, \xi \cdot \lambda))$, those of least
            mean square; for one overlap with random patterns $m_\xi = \xi_\mu m_\mu$. For many runs a list of
            ProductStates, or for a network an array with one more dimension, the first.
        times : (T,) array
            Strictly increasing, not negative, in units of 1/omega.
        progress : callable, optional
            Told the fraction of the time that is done; of networks and of many runs, only the end.

        Returns
        -------
        xarray.Dataset
            `overlap`, `overlap_x`, `overlap_y` (time, pattern) if the model has patterns, `magnetisation`,
            `magnetisation_x`, `magnetisation_y`, `energy` (time), `spin_z` (time, spin); of a Dicke model `photons`,
            `amplitude_real`, `amplitude_imag` (time, mode). Of a `HopfieldLimit` overlaps and `energy`, that of one
            spin, alone. Many runs have a leading dimension `run`.

            Attributes of a Dicke model: `length_drift` is the largest change of the length of a spin, a measured
            error; with channels of single atoms, which change it, it is left out. Two say what mean field neglects:
            `dephased`, how often the fastest atom dephases by 1/e, and `largest_share`, the largest share
            $g_{i\mu}^2 / \sum_j g_{j\mu}^2$ of one atom in a mode, 1/N for equal couplings. `photons` are $|\alpha|^2$
            and the thermal light that gain feeds: $\bar n$ from a configuration on, and from coherent light
            $\bar n (1 - e^{-\Gamma t})$. Attribute of a network: `rate_error`, the largest relative
            error of a rate in the table.

        Raises
        ------
        ArgumentError
            If shapes do not fit, the times do not increase, overlaps are out of reach, jumps are collective, or
            `atoms_per_spin` is given for a network.
        RateTableError
            If the rate law cannot be tabulated.
        ConvergenceError
            If the integrator gives up.

        Warns
        -----
        RegimeWarning
            If a single atom of a Dicke model dephases in the given time, which mean field neglects, with the number
            that tells.
        """
        grid = time_grid(times)
        require_progress(progress)
        if isinstance(model, (OpenHopfield, HopfieldLimit)):
            self._require_no_atoms(model)
            result = (
                self._network(model, initial, grid)
                if isinstance(model, OpenHopfield)
                else self._limit(model, initial, grid)
            )
        else:
            _require_dicke(model, "Or give an `OpenHopfield` or a `HopfieldLimit`.")
            dephased = largest_dephasing(model) * float(grid[-1]) / self.atoms_per_spin
            if dephased > NEGLIGIBLE_DEPHASING:
                warnings.warn(
                    f"mean field neglects the dephasing of single atoms, here {dephased:.2g} times 1/e within t = "
                    f"{grid[-1]:g}. Set `atoms_per_spin` if each spin stands for an ensemble.",
                    RegimeWarning,
                    stacklevel=2,
                )
            result = self._dicke(model, initial, grid, dephased, progress)
        if progress is not None:
            progress(1.0)
        return result

    def steady_state(self, model: MultimodeDicke, initial: InitialState) -> xr.Dataset:
        r"""$\mathbf m_i = -|\mathbf m_i|\, \mathbf B_i / B_i$: the fixed point of lowest energy near `initial`.

        Every spin lies against its field $\mathbf B_i = (\Omega, 0, h_i)$, where $h_i = -\sum_j J_{ij} m_{z,j}$ and $J$
        keeps its diagonal. Found by descending $-\frac12 m J m - \Omega \sum_i (|\mathbf m_i|^2 - m_{z,i}^2)^{1/2}$
        from the z components of `initial`, then polished by Newton's method. It is stationary; whether it is reached
        is a question to `evolve`. A start of high symmetry stays symmetric and may end on a saddle; without a drive,
        where `evolve` keeps every configuration, spins still turn against their field.

        With channels of single atoms no energy is lowest: the flow is followed from `initial` until it is so near a
        root of all rates that Newton's method converges there at once, and to no root that the flow is leaving. A start
        that stays on an unstable root, as one without any magnetisation above threshold, is told.

        Parameters
        ----------
        model : MultimodeDicke
            The model. A network, which is damped, has fixed points of its own: `analysis` finds them.
        initial : (N,) array of +-1, or ProductState
            Where the descent starts; the lengths of its Bloch vectors are kept. With channels, where the flow starts.

        Returns
        -------
        xarray.Dataset
            As of `evolve`, without time; the attribute `residual` is the largest component of the time derivative, and
            with channels `growth_rate` is the largest real part of an eigenvalue of the linearised equations.

        Raises
        ------
        ConvergenceError
            If the residual does not fall below 1e-10; with channels, if the flow comes to no fixed point within about
            2000 times the slowest time of damping, as where light and spins go on oscillating.

        Warns
        -----
        RegimeWarning
            With channels, if the fixed point is not stable, with the rate at which deviations grow.
        """
        _require_dicke(
            model, "Use `cavity_hopfield.analysis` for the fixed points of a network, or `evolve` it for long."
        )
        states, many = dicke_starts(model, initial)
        if many:
            raise ArgumentError("Argument `initial` must be one state, but holds many. Ask for one after the other.")
        start = DickeGroups.of(model, states, self.resolution)
        fixed, found = dicke_fixed_point(model, start)
        if found.get("growth_rate", 0.0) > MARGINAL:
            warnings.warn(
                f"this fixed point is not stable: a deviation grows at the rate {found['growth_rate']:.3g}. Start with "
                "a magnetisation.",
                RegimeWarning,
                stacklevel=2,
            )
        observables = dicke_observables(
            model, fixed, fixed.bloch[0], fixed.amplitudes[0], model.thermal_occupation, self.atoms_per_spin
        )
        details = {
            **_length_drift(model, start, fixed.bloch),
            "largest_share": largest_share(model) / self.atoms_per_spin,
            **found,
        }
        return labelled_result(model, self, observables, patterns=model.stored, details=details)

    def _dicke(
        self, model: MultimodeDicke, initial: InitialState, grid: FloatArray,
        dephased: float, progress: Progress | None,
    ) -> xr.Dataset:  # fmt: skip
        states, many = dicke_starts(model, initial)
        groups = DickeGroups.of(model, states, self.resolution)
        if many:
            parameters = dicke_parameters(np.full(len(states), model.drive), np.ones(len(states)))
            runs = run_lanes(
                dicke_lanes(model, groups), groups.states(), parameters, grid, Precision(self.rtol, self.atol, 1),
                fastest=fastest_mode(model), keep=True,
            )  # fmt: skip
            bloch, amplitudes = groups.unpacked(runs.paths)
        else:
            bloch, amplitudes = dicke_path(model, groups, grid, self.rtol, self.atol, progress or _silent)
        lead = ("run", "time") if many else ("time",)
        thermal = thermal_photons(model, grid, coherent=many or isinstance(initial, ProductState))
        observables = dicke_observables(model, groups, bloch, amplitudes, thermal, self.atoms_per_spin, *lead)
        details = {
            **_length_drift(model, groups, bloch if many else bloch[None]),
            "largest_share": largest_share(model) / self.atoms_per_spin,
            "dephased": dephased,
        }
        return labelled_result(model, self, observables, times=grid, patterns=model.stored, details=details)

    def _network(self, model: OpenHopfield, initial: InitialState, grid: FloatArray) -> xr.Dataset:
        starts, many = site_starts(model, initial)
        groups = SpinGroups.of(model, starts, self.resolution)
        lanes = site_lanes(model, groups, with_x=bool(starts[..., 0].any()), accuracy=table_accuracy(self.rtol))
        bloch = self._paths(lanes, model, starts[:, groups.first], grid)[..., groups.labels, :]
        lead = ("run", "time") if many else ("time",)
        observables = network_observables(model, bloch if many else bloch[0], *lead)
        details = {"rate_error": lanes.rate_error}
        return labelled_result(model, self, observables, times=grid, patterns=model.patterns, details=details)

    def _limit(self, model: HopfieldLimit, initial: InitialState, grid: FloatArray) -> xr.Dataset:
        starts, many = limit_starts(model, initial)
        lanes = limit_lanes(model, with_x=bool(starts[..., 0].any()), accuracy=table_accuracy(self.rtol))
        bloch = self._paths(lanes, model, starts, grid)
        lead = ("run", "time") if many else ("time",)
        observables = limit_observables(model, bloch if many else bloch[0], *lead)
        details = {"rate_error": lanes.rate_error}
        return labelled_result(model, self, observables, times=grid, patterns=model.patterns, details=details)

    def _paths(
        self, lanes: NetworkLanes, model: OpenHopfield | HopfieldLimit, starts: FloatArray, grid: FloatArray
    ) -> FloatArray:
        """Bloch vectors (R, T, K, 3) of a network from `starts` (R, K, 3)."""
        parameters = lanes.parameters(model.rate_law, np.full(len(starts), model.drive), None)
        states = packed(starts, lanes.system.axes)
        runs = run_network(lanes, states, parameters, grid, Precision(self.rtol, self.atol, 1), keep=True)
        return unpacked(runs.paths, lanes.system.axes)

    def _require_no_atoms(self, model: OpenHopfield | HopfieldLimit) -> None:
        if self.atoms_per_spin != 1:
            raise ArgumentError(
                f"Argument `atoms_per_spin` must be 1 for an {type(model).__name__}, which has no light to scale, but "
                f"is {self.atoms_per_spin:g}. Leave it out."
            )
        if self.resolution == "site" and isinstance(model, HopfieldLimit):
            raise ArgumentError(
                "Argument `resolution` must be 'class' for a HopfieldLimit, whose spins are told by their pattern "
                "columns alone, but is 'site'. Use an `OpenHopfield` of N spins."
            )


def _length_drift(model: MultimodeDicke, groups: DickeGroups, bloch: FloatArray) -> dict[str, float]:
    """The change of the lengths of the spins, a measured error where they are conserved: without channels."""
    return {} if model.channels is not None else {"length_drift": length_drift(groups, bloch)}


def _silent(_: float) -> None:
    """Tell nobody."""


def _require_dicke(model: object, remedy: str) -> None:
    if not isinstance(model, MultimodeDicke):
        raise ArgumentError(
            f"Argument `model` must be a `MultimodeDicke` for MeanField, but is a {type(model).__name__}. {remedy}"
        )
