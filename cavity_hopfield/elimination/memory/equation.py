r"""Populations of the spins beyond rates: what the light remembers of earlier flips.

The projection on $\sum_\sigma p_\sigma |\sigma\rangle\langle\sigma| \otimes \rho_\sigma$, with the light in
$\rho_\sigma$ at rest under each configuration, gives closed equations for the populations in powers of the drive. Their
second order holds the kernel $K_i(\sigma; \tau) = 2 \Omega^2\, \mathrm{Re}\, F_i(\sigma; \tau)$ of each flip, whose
integral over all delays is the rate.
"""

import warnings
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import xarray as xr

from cavity_hopfield._checks import one_of, real_number, spin_array, time_grid
from cavity_hopfield._typing import ArrayLike, FloatArray, Json, SpinArray
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.elimination.certificate.certification import certificate_attribute
from cavity_hopfield.elimination.certificate.degeneracy import RESOLVED, flip_splitting
from cavity_hopfield.elimination.kernel.flip import delay_grid
from cavity_hopfield.elimination.memory.flip_memory import FlipKernels
from cavity_hopfield.elimination.memory.volterra import (
    METHODS,
    FlowNetwork,
    GaussCollocation,
    Populations,
    require_memory,
)
from cavity_hopfield.exceptions import RegimeWarning
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.operators import configurations, flip_partners

SMALLEST_RTOL = 1e-13
"""What round-off leaves of the probabilities."""


@dataclass(frozen=True)
class MemoryEquation:
    r"""$\dot p_\sigma = \sum_i \int_0^t ds\, [K_i(F_i\sigma; t - s)\, p_{F_i\sigma}(s)
    - K_i(\sigma; t - s)\, p_\sigma(s)]$ with $K_i(\sigma; \tau) = 2 \Omega^2\, \mathrm{Re}\, F_i(\sigma; \tau)$: the
    populations of all configurations to second order in the drive, from light at rest.

    That is the Nakajima-Zwanzig equation. The time-convolutionless equation takes the populations at $t$ for those
    at $s$, so that rates $w_i(\sigma; t) = \int_0^t K_i\,d\tau$ remain; the Markov limit takes
    $w_i(\sigma; \infty)$, the rates of `CavityRates`. At a fixed $\Omega^2 t$ the errors of all three fall with the
    drive squared, unless spins flip together; those of the third are the largest, for it starts before the light has
    dephased.

    Parameters
    ----------
    method : {"nakajima_zwanzig", "time_convolutionless", "markov"}
        The equation to solve.
    splitting : float
        A bare splitting $b$ of the spins, $b \sum_i \sigma^z_i$ in the Hamiltonian beside the model, in units of omega.
    rtol : float
        Largest numerical error of a probability, relative to the total of one, at least 1e-13: the step of the
        integration is halved until the probabilities at the given times move by less.
    memory_gib : float
        Refuse a model whose kernels and populations need more than this.

    Notes
    -----
    Collocation at six Gauss points per step; the error of populations at the given times, measured by halving the
    step, is stated as `numerical_error`. Sources of the method: S. Nakajima, Prog. Theor. Phys. 20, 948 (1958);
    R. Zwanzig, J. Chem. Phys. 33, 1338 (1960); H.-P. Breuer and F. Petruccione, The Theory of Open Quantum Systems
    (Oxford University Press, 2002), chapter 9; F. Shibata, Y. Takahashi and N. Hashitsume, J. Stat. Phys. 17, 171
    (1977).

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.4]], omega=1.0, loss=0.6, gain=0.1, drive=0.05)
    >>> late = MemoryEquation(splitting=0.15).evolve(model, [1], [0.0, 600.0])["probability"].sel(time=600.0)
    >>> settled = MemoryEquation("markov", splitting=0.15).evolve(model, [1], [0.0, 600.0])["probability"]
    >>> bool(abs(late - settled.sel(time=600.0)).max() < 1e-3)
    True
    """

    method: str = "nakajima_zwanzig"
    splitting: float = 0.0
    rtol: float = 1e-8
    memory_gib: float = 4.0

    def __post_init__(self) -> None:
        one_of("method", self.method, METHODS)
        object.__setattr__(self, "splitting", real_number("splitting", self.splitting))
        object.__setattr__(self, "rtol", real_number("rtol", self.rtol, minimum=SMALLEST_RTOL))
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))

    def evolve(
        self, model: MultimodeDicke, initial: ArrayLike, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        """Probabilities and mean observables at `times`, from the configuration `initial` with the light at rest.

        Parameters
        ----------
        model : MultimodeDicke
            The platform, with a drive; every spin must couple to some mode.
        initial : (N,) array of +-1
            The configuration at time 0.
        times : (T,) array
            Strictly increasing, not negative, in units of 1/omega.
        progress : callable, optional
            Told a fraction of the work that is done; how often the step must be halved is not known before.

        Returns
        -------
        xarray.Dataset
            `probability` (time, configuration) in the product basis, spin 0 first and up before down; `spin_z`
            (time, spin), `magnetisation`, `energy` (without the bare splitting), and `overlap` (time, pattern) if the
            model has patterns: means. The attribute `numerical_error` is how far a probability moved when the `steps`
            were last halved, `memory_time` the delay beyond which the past is not summed, `pair_ratio` the largest
            ratio of flip rate to splitting of two spins, and `smallest_probability` what it says.

        Raises
        ------
        ArgumentError
            If shapes do not fit, the times do not increase, the drive is zero or a spin couples to nothing.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        ConvergenceError
            If `rtol` is not reached.

        Warns
        -----
        RegimeWarning
            If spins flip together because the light cannot tell them apart, or if a probability leaves [0, 1].
        """
        require_dicke("model", model)
        grid = time_grid(times)
        start = spin_array("initial", initial, n_spins=model.n_spins, ndim=1)
        require_memory(2.0 ** min(model.n_spins, 1000) * 200 * model.n_spins / 2**30, self.memory_gib, model.n_spins)
        sigma = configurations(model.n_spins)
        kernels, flip_kernel = FlipKernels.of(model, sigma, self.splitting)
        pair_ratio = _pair_ratio(model, sigma, kernels.energies[flip_kernel], kernels.settled_rates[flip_kernel])
        populations = Populations(
            method=self.method,
            kernels=kernels,
            network=FlowNetwork.of(flip_kernel, flip_partners(model.n_spins)),
            start=np.all(sigma == start, axis=1).astype(np.float64),
            rule=GaussCollocation.of(),
        )
        probability, error, steps = populations.converged(grid, self.rtol, self.memory_gib, progress)
        if progress is not None:
            progress(1.0)
        details = {
            "numerical_error": error,
            "steps": steps,
            "memory_time": kernels.memory_time,
            "pair_ratio": pair_ratio,
            "smallest_probability": float(probability.min()),
            **certificate_attribute(model),
        }
        _warn(details)
        return self._result(model, sigma, grid, probability, details)

    def _result(
        self, model: MultimodeDicke, sigma: SpinArray, grid: FloatArray, probability: FloatArray, details: Json
    ) -> xr.Dataset:
        spin_z = probability @ sigma
        observables: Observables = {
            "probability": (("time", "configuration"), probability),
            "magnetisation": (("time",), spin_z.mean(axis=1)),
            "energy": (("time",), probability @ model.energy(sigma)),
            "spin_z": (("time", "spin"), spin_z),
        }
        if model.stored is not None:
            observables["overlap"] = (("time", "pattern"), model.stored.overlaps(spin_z))
        return labelled_result(model, self, observables, times=grid, patterns=model.stored, details=details)


def transient_rates(dicke: MultimodeDicke, sigma: ArrayLike, times: ArrayLike, *, splitting: float = 0.0) -> FloatArray:
    r"""$w_i(\sigma; t) = 2 \Omega^2 \int_0^t \mathrm{Re}\, F_i(\sigma; \tau)\,d\tau$: the rates of the
    time-convolutionless equation, at a time $t$ after light at rest. They may be negative for a while.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform, with a drive; every spin must couple to some mode.
    sigma : (N,) array of +-1
        The configuration.
    times : (T,) array
        Times, not negative, in units of 1/omega.
    splitting : float
        A bare splitting of the spins, as in `MemoryEquation`.

    Returns
    -------
    (T, N) array
        Rates of the flip of every spin, in units of omega; late ones are those of `CavityRates`.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> early, late = transient_rates(model, [1], [0.01, 1e4])[:, 0]
    >>> bool(abs(early / (2 * 0.02**2 * 0.01) - 1) < 1e-4), round(2 * float(late), 8)
    (True, 0.0028594)
    """
    require_dicke("dicke", dicke)
    grid = delay_grid(times)
    spins = spin_array("sigma", sigma, n_spins=dicke.n_spins, ndim=1)
    kernels, which = FlipKernels.of(dicke, spins, real_number("splitting", splitting))
    ascending, places = np.unique(grid, return_inverse=True)
    return np.asarray(kernels.accumulated(ascending)[which][:, places.reshape(-1)].T)


def _pair_ratio(dicke: MultimodeDicke, sigma: SpinArray, energies: FloatArray, rates: FloatArray) -> float:
    r"""Largest ratio of flip rate to splitting of two spins, over configurations (S, N) and flips of given energies and
    rates (S, N).

    The configurations that the flips of two spins lead to split by
    $[\Gamma_{ij}^2 + (\epsilon_i - \epsilon_j)^2]^{1/2}$, with their mutual dephasing $\Gamma_{ij}$. Only such
    pairs count at second order in the drive: configurations of equal force that are three or more flips apart first
    meet at an order that is left out anyway.
    """
    n_spins = dicke.n_spins
    both = rates + np.take_along_axis(rates, flip_partners(n_spins), axis=0)
    largest = 0.0
    for i, j in combinations(range(n_spins), 2):
        splitting = flip_splitting(dicke, sigma, energies, i, j)
        faster = np.maximum(both[:, i], both[:, j])
        ratios = np.divide(faster, splitting, out=np.full(len(sigma), np.inf), where=splitting > 0)
        largest = max(largest, float(ratios.max()))
    return largest


def _warn(details: Json) -> None:
    if details["pair_ratio"] > RESOLVED:
        warnings.warn(
            "populations alone do not close: flips of two spins lead to configurations that the light cannot tell "
            f"apart, and such spins flip together (flip rate over splitting up to {details['pair_ratio']:.2g})",
            RegimeWarning,
            stacklevel=3,
        )
    if details["smallest_probability"] < -10 * details["numerical_error"] - 1e-12:
        warnings.warn(
            f"a probability falls to {details['smallest_probability']:.2g}: the drive is too strong for second order",
            RegimeWarning,
            stacklevel=3,
        )
