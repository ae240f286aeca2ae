r"""Spins alone at any drive: the light eliminated to second order in the coupling.

Rates are of second order in the drive; here the drive is kept in full and the coupling is weak.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.sparse import csr_array, eye_array

from cavity_hopfield._checks import one_of, real_number, time_grid
from cavity_hopfield._typing import ArrayLike, ComplexArray
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.elimination.certificate.certification import certificate_attribute
from cavity_hopfield.elimination.dressed_light import (
    dressed_amplitudes,
    drive_energy,
    forces,
    pair_amplitudes,
    photon_numbers,
    threshold_ratio,
)
from cavity_hopfield.elimination.spin_generator import SpinGenerator
from cavity_hopfield.elimination.weak_coupling import FAST_DRIVE, STRONG_COUPLING, coupling_strength
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning, SizeError
from cavity_hopfield.model import MultimodeDicke, ProductState, require_dicke
from cavity_hopfield.operators import adjoint, lindbladian, pauli, turning, two_sided

FORMS = ("lindblad", "redfield")
BYTES_PER_TERM, BYTES_PER_ELEMENT = 120, 32
"""Peak memory for each element of the generator, and for each of the density matrix at each time."""
NEGATIVE = -1e-6
"""Smallest eigenvalue of a density matrix that passes without a warning; expectations are less accurate than this."""
GROWING = 1e-9
"""Growth beyond round-off, as a part of the largest element of the generator."""


@dataclass(frozen=True)
class AtomOnly:
    r"""$\dot\rho = -i [H, \rho] + \sum_\mu \gamma_\mu D[\hat\alpha_\mu] \rho
    + \kappa_\mu D[\hat\alpha_\mu^\dagger] \rho$ with $H = H_S + \frac12 \sum_\mu (S_\mu A_\mu + A_\mu^\dagger S_\mu)$,
    or the Redfield equation $\dot\rho = -i [H_S, \rho] - i \sum_\mu [S_\mu, A_\mu \rho + \rho A_\mu^\dagger]$.

    The spins $H_S = \Omega \sum_i \sigma^x_i$ exert the forces $S_\mu = \sum_i g_{i\mu} \sigma^z_i$ on the modes, whose
    amplitudes follow as $\hat\alpha_\mu$ (see `dressed_amplitudes`);
    $A_\mu = (\bar n_\mu + 1) \hat\alpha_\mu - \bar n_\mu \hat\alpha_\mu^\dagger$. Both forms are of second order in the
    coupling and differ by a change of frame of that order, which moves no relaxation rate: the Lindblad form is
    completely positive, the Redfield equation, from Born's and Markov's approximations, is not.

    Without a drive the forces stand still: the spins then have the energy
    $-\sum_\mu \omega_\mu S_\mu^2 / |z_\mu|^2$ and dephase. With one, $-i S_\mu / z_\mu$ in place of $\hat\alpha_\mu$ is
    wrong: it damps nothing, and the steady state is fully mixed.

    Parameters
    ----------
    form : {"lindblad", "redfield"}
        Which of the two equations.
    memory_gib : float
        Refuse a platform whose generator and states need more than this; the elements of the density matrix are $4^N$.

    Notes
    -----
    At weak coupling relaxation rates are off in fourth order and expectations in second order, see `coupling_strength`.
    Sources: S. B. Jäger et al., Phys. Rev. Lett. 129, 063601 (2022) for the Lindblad form; F. Damanet, A. J. Daley and
    J. Keeling, Phys. Rev. A 99, 033845 (2019) for the Redfield equation. The equations are written here with the names
    of this package; the dressed amplitude is derived in `derivations/atom_only.py`.

    Examples
    --------
    Two spins that couple alike never leave the singlet, and all other states cool in the light:

    >>> pair = MultimodeDicke(g=[[0.05], [0.05]], omega=1.0, loss=1.0, drive=0.1)
    >>> late = AtomOnly().evolve(pair, [1, 1], [0.0, 1e4])
    >>> late["magnetisation_x"].values.round(3)
    array([ 0.   , -0.399])
    """

    form: str = "lindblad"
    memory_gib: float = 4.0

    def __post_init__(self) -> None:
        one_of("form", self.form, FORMS)
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))

    def generator(self, model: MultimodeDicke) -> SpinGenerator:
        """The equation of one platform, on all elements of the density matrix.

        Raises
        ------
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.

        Warns
        -----
        RegimeWarning
            If the drive is fast for the light or the coupling is not weak, with the numbers that tell.
        """
        self._check_size(model, n_times=1)
        _warn_outside_regime(model)
        return self._assembled(model)

    def evolve(
        self,
        model: MultimodeDicke,
        initial: ArrayLike | ProductState,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Observables at `times`, from `initial` at time 0.

        The light follows the spins as if they had always been turning; memory of how it was itself is left out. Light
        that starts otherwise, at rest under a configuration or as a `ProductState` says, is described from a few times
        1/net_loss on; at time 0 the two agree where there is no drive.

        Parameters
        ----------
        model : MultimodeDicke
            The platform, with or without a drive.
        initial : (N,) array of +-1, (2^N, 2^N) array, or ProductState
            A configuration; a density matrix in the product basis, spin 0 first and up before down; or Bloch vectors,
            with amplitudes of the light that play no part.
        times : (T,) array
            Strictly increasing, not negative.
        progress : callable, optional
            Told the fraction of the times that are done.

        Returns
        -------
        xarray.Dataset
            `probability` (time, configuration); `spin_z` (time, spin), `magnetisation`, `magnetisation_x`,
            `magnetisation_y`, `energy` (time); `photons`, `amplitude_real`, `amplitude_imag`, `pair_real`, `pair_imag`
            (time, mode) as by `photon_numbers`, `dressed_amplitudes` and `pair_amplitudes`; `overlap`, `overlap_x`,
            `overlap_y` (time, pattern) if the platform has patterns. The function g2 would need the fourth order of
            the coupling. The attribute `lowest_eigenvalue` is the smallest of all density matrices.

        Raises
        ------
        ArgumentError
            If `initial` is no state of the spins or the times do not increase.
        SizeError
            As by `generator`.

        Warns
        -----
        RegimeWarning
            As by `generator`, and if a density matrix of the Redfield equation has a negative eigenvalue, with its
            size.
        """
        grid = time_grid(times)
        self._check_size(model, n_times=grid.size)
        _warn_outside_regime(model)
        generator = self._assembled(model)
        states = generator.states(_spins_of(model, initial), grid, progress=progress)
        lowest = self._lowest_eigenvalue(states)
        return labelled_result(
            model,
            self,
            generator.observables(states) | _light(model, states) | _transverse_overlaps(model, states),
            times=grid,
            patterns=model.stored,
            details={"lowest_eigenvalue": lowest} | certificate_attribute(model),
        )

    def steady_state(self, model: MultimodeDicke, initial: ArrayLike | ProductState | None = None) -> xr.Dataset:
        r"""Observables at late times; where spins couple alike the start decides.

        Parameters
        ----------
        model, initial
            As by `steady_density_matrix`.

        Returns
        -------
        xarray.Dataset
            As of `evolve`, without time.

        Raises
        ------
        ArgumentError, SizeError
            As by `steady_density_matrix`.

        Warns
        -----
        RegimeWarning
            As by `evolve`.

        Examples
        --------
        >>> dicke = MultimodeDicke(g=[[0.1]], omega=1.0, loss=1.0, drive=0.1)
        >>> round(AtomOnly().steady_state(dicke)["magnetisation_x"].item(), 4)
        -0.3101
        """
        generator, states = self._settled(model, initial)
        lowest = self._lowest_eigenvalue(states)
        found = generator.observables(states) | _light(model, states) | _transverse_overlaps(model, states)
        return labelled_result(
            model,
            self,
            {name: (dims[1:], values[0]) for name, (dims, values) in found.items()},
            patterns=model.stored,
            details={"lowest_eigenvalue": lowest} | certificate_attribute(model),
        )

    def steady_density_matrix(
        self, model: MultimodeDicke, initial: ArrayLike | ProductState | None = None
    ) -> ComplexArray:
        r"""The density matrix at late times, shape (2^N, 2^N); where spins couple alike the start decides.

        Parameters
        ----------
        model : MultimodeDicke
            The platform.
        initial : (N,) array of +-1, (2^N, 2^N) array, or ProductState, optional
            As for `evolve`. Needed if there are several stationary states: without a drive, and for spins that couple
            alike.

        Raises
        ------
        ArgumentError
            If there are several stationary states and no `initial`, or if a Redfield equation at strong coupling grows
            in place of relaxing.
        SizeError
            As by `generator`, or if there are too many elements for a dense decomposition.

        Warns
        -----
        RegimeWarning
            As by `evolve`.

        Examples
        --------
        >>> dicke = MultimodeDicke(g=[[0.1]], omega=1.0, loss=1.0, drive=0.1)
        >>> rho = AtomOnly().steady_density_matrix(dicke)
        >>> round(2 * float(rho[0, 1].real), 4)
        -0.3101
        """
        _, states = self._settled(model, initial)
        self._lowest_eigenvalue(states)
        return np.asarray(states[0])

    def _settled(
        self, model: MultimodeDicke, initial: ArrayLike | ProductState | None
    ) -> tuple[SpinGenerator, ComplexArray]:
        """The equation and its stationary state, (1, 2^N, 2^N)."""
        self._check_size(model, n_times=1)
        _warn_outside_regime(model, stacklevel=4)
        generator = self._assembled(model)
        steady = generator.steady_state(None if initial is None else _spins_of(model, initial))
        if self.form == "redfield":
            _require_decay(generator)
        return generator, steady[None]

    def _assembled(self, dicke: MultimodeDicke) -> SpinGenerator:
        matrix = _lindblad(dicke) if self.form == "lindblad" else _redfield(dicke)
        matrix.eliminate_zeros()
        return SpinGenerator(dicke, np.arange(4**dicke.n_spins), matrix)

    def _check_size(self, dicke: MultimodeDicke, *, n_times: int) -> None:
        require_dicke("model", dicke)
        n = dicke.n_spins
        in_a_row = 1 + 3 * n + 2 * n**2 if self.form == "lindblad" else 1 + 2 * n
        need = 4.0 ** min(n, 500) * (in_a_row * BYTES_PER_TERM + n_times * BYTES_PER_ELEMENT) / 2**30
        if need > self.memory_gib:
            raise SizeError(
                f"The density matrix of {n} spins has 4^{n} elements; their {self.form} equation at {n_times} "
                f"time{'s' * (n_times > 1)} needs about {need:.3g} GiB, more than memory_gib={self.memory_gib:g}. "
                "At a weak drive `KineticMonteCarlo` serves any number of spins, for many atoms `MeanField` any drive."
            )

    def _lowest_eigenvalue(self, states: ComplexArray) -> float:
        """The smallest eigenvalue of any of `states` (T, 2^N, 2^N); a warning if Redfield made it negative."""
        lowest = float(np.linalg.eigvalsh(states).min())
        if self.form == "redfield" and lowest < NEGATIVE:
            warnings.warn(
                f"The Redfield equation has left the density matrices: the most negative eigenvalue is {lowest:.2g}. "
                "The form 'lindblad' keeps all of them positive.",
                RegimeWarning,
                stacklevel=3,
            )
        return lowest


def _spins_of(dicke: MultimodeDicke, initial: ArrayLike | ProductState) -> ArrayLike:
    """`initial`, a product state as the density matrix (2^N, 2^N) of its spins."""
    if not isinstance(initial, ProductState):
        return initial
    if len(initial.bloch) != dicke.n_spins or initial.amplitudes.size not in {0, dicke.n_modes}:
        raise ArgumentError(
            f"Argument `initial` must have {dicke.n_spins} spins and {dicke.n_modes} modes, or no modes, but has "
            f"{len(initial.bloch)} and {initial.amplitudes.size}."
        )
    rho: ComplexArray = np.ones((1, 1), np.complex128)
    for x, y, z in initial.bloch:
        rho = np.kron(rho, np.array([[1 + z, x - 1j * y], [x + 1j * y, 1 - z]]) / 2).astype(np.complex128)
    return rho


def _responses(dicke: MultimodeDicke) -> list[csr_array]:
    r"""$A_\mu = (\bar n_\mu + 1) \hat\alpha_\mu - \bar n_\mu \hat\alpha_\mu^\dagger$."""
    return [
        csr_array((n + 1) * amplitude - n * adjoint(amplitude))
        for n, amplitude in zip(dicke.thermal_occupation, dressed_amplitudes(dicke), strict=True)
    ]


def _lindblad(dicke: MultimodeDicke) -> csr_array:
    energy = drive_energy(dicke)
    for force, response in zip(forces(dicke), _responses(dicke), strict=True):
        energy = csr_array(energy + (force @ response + adjoint(response) @ force) / 2)
    amplitudes = dressed_amplitudes(dicke)
    lost = zip(dicke.loss.tolist(), amplitudes, strict=True)
    gained = zip(dicke.gain.tolist(), map(adjoint, amplitudes), strict=True)
    return lindbladian(energy, [*lost, *gained])


def _redfield(dicke: MultimodeDicke) -> csr_array:
    one = csr_array(eye_array(2**dicke.n_spins))
    total = turning(drive_energy(dicke))
    for force, response in zip(forces(dicke), _responses(dicke), strict=True):
        total = csr_array(total + turning(force) @ (two_sided(response, one) + two_sided(one, adjoint(response))))
    return total


def _light(dicke: MultimodeDicke, states: ComplexArray) -> Observables:
    """What the modes show in density matrices (T, 2^N, 2^N)."""
    named = {"photons": photon_numbers, "amplitude": dressed_amplitudes, "pair": pair_amplitudes}
    values = {name: _expectations(operators(dicke), states) for name, operators in named.items()}
    parts = {"photons": values.pop("photons").real}
    for name, complex_values in values.items():
        parts |= {f"{name}_real": complex_values.real, f"{name}_imag": complex_values.imag}
    return {name: (("time", "mode"), part) for name, part in parts.items()}


def _transverse_overlaps(dicke: MultimodeDicke, states: ComplexArray) -> Observables:
    """Overlaps of the components x and y in density matrices (T, 2^N, 2^N)."""
    memory, n = dicke.stored, dicke.n_spins
    if memory is None:
        return {}
    found: Observables = {}
    for axis in "xy":
        means = _expectations([pauli(axis, spin, n) for spin in range(n)], states).real
        found[f"overlap_{axis}"] = (("time", "pattern"), memory.overlaps(means))
    return found


def _expectations(operators: list[csr_array], states: ComplexArray) -> ComplexArray:
    """Expectations of K operators in density matrices (T, 2^N, 2^N), shape (T, K)."""
    entries = [operator.tocoo() for operator in operators]
    return np.stack([states[:, one.col, one.row] @ one.data for one in entries], axis=1)


def _require_decay(generator: SpinGenerator) -> None:
    growth = float(np.linalg.eigvals(generator.matrix.toarray()).real.max())
    if growth > GROWING * np.abs(generator.matrix.data).max(initial=0.0):
        raise ArgumentError(
            f"Argument `form` is 'redfield', but at this coupling the Redfield equation grows at the rate {growth:.2g} "
            "and reaches no steady state. Use 'lindblad', or couplings that are weak."
        )


def _warn_outside_regime(dicke: MultimodeDicke, *, stacklevel: int = 3) -> None:
    speeds = 2 * dicke.drive / np.abs(dicke.pole)
    mode = int(np.argmax(speeds))
    if speeds[mode] > FAST_DRIVE:
        ratio = float(threshold_ratio(dicke)[mode])
        found = f"{ratio:.3g} times the right one" if np.isfinite(ratio) else "infinite"
        warnings.warn(
            f"2 drive/|z| = {speeds[mode]:.3g} in mode {mode}, above {FAST_DRIVE:g}: the light does not follow spins "
            f"that turn so fast once they also turn one another. The mean-field threshold of a pattern in this mode "
            f"would be {found}.",
            RegimeWarning,
            stacklevel=stacklevel,
        )
    strength = coupling_strength(dicke)
    if strength > STRONG_COUPLING:
        warnings.warn(
            f"The coupling strength of all spins together is {strength:.3g}, above {STRONG_COUPLING:g}: relaxation "
            f"rates may be off by {100 * strength:.2g} per cent, a steady polarisation by {strength / 2:.2g}.",
            RegimeWarning,
            stacklevel=stacklevel,
        )
