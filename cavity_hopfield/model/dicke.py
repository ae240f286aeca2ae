"""The multimode Dicke model with patterns in its couplings."""

import json
from dataclasses import dataclass, fields

import numpy as np

from cavity_hopfield._checks import (
    ReadOnlyArrays,
    from_json_text,
    frozen,
    keys_of,
    one_of,
    random_generator,
    real_array,
    real_number,
    spin_array,
)
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray, Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model.channels import SpinChannels

SCALINGS = ("extensive", "intensive")


@dataclass(frozen=True, eq=False, init=False)
class MultimodeDicke(ReadOnlyArrays):
    r"""$H = \sum_\mu \omega_\mu a_\mu^\dagger a_\mu + \sum_{i\mu} g_{i\mu} \sigma^z_i (a_\mu + a_\mu^\dagger)
    + \Omega \sum_i \sigma^x_i$, with loss $\sqrt{\gamma_\mu}\, a_\mu$ and gain $\sqrt{\kappa_\mu}\, a_\mu^\dagger$.

    Parameters
    ----------
    g : (N, M) array
        Spin-boson couplings, one row per spin and one column per mode.
    omega : number or (M,) array
        Mode frequencies (cavity detunings), positive. All rates, energies and times are in this unit, hbar = 1.
    loss : number or (M,) array
        Photon loss rates: the photon number decays at `loss`, the amplitude at half of it. Papers on cavities often
        write kappa for it, and some mean the half width.
    gain : number or (M,) array
        Photon gain rates, `0 <= gain < loss`.
    drive : number
        Transverse field, `drive * sum_i sigma^x_i` with Pauli matrices: a free spin turns at the rate `2 * drive`.
    patterns : Patterns, optional
        The memory that the couplings carry, for overlaps. If omitted, the signs of the couplings, one pattern per
        mode, where no coupling is zero; else the model has no patterns.
    channels : SpinChannels, optional
        What every atom does by itself: decay, pumping, dephasing. Theories that do not know it refuse it.

    Raises
    ------
    ArgumentError
        If a value is not finite, a shape does not fit, `omega <= 0`, `gain < 0` or `loss <= gain`.

    Notes
    -----
    Source: E. Fiorelli et al., Phys. Rev. Lett. 125, 070604 (2020), with its loss gamma = `loss` and its gain
    kappa = `gain`.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, gain=0.0, drive=0.02)
    >>> model.ising_couplings().shape, float(model.noise_factor[0])
    ((1, 1), 1.0)
    """

    g: FloatArray
    omega: FloatArray
    loss: FloatArray
    gain: FloatArray
    drive: float
    patterns: Patterns | None
    channels: SpinChannels | None

    def __init__(
        self,
        g: ArrayLike,
        omega: ArrayLike,
        loss: ArrayLike,
        gain: ArrayLike = 0.0,
        drive: float = 0.0,
        patterns: Patterns | None = None,
        channels: SpinChannels | None = None,
    ) -> None:
        couplings = _coupling_matrix(g)
        n_spins, n_modes = couplings.shape
        frequencies = _per_mode("omega", omega, n_modes)
        losses = _per_mode("loss", loss, n_modes)
        gains = _per_mode("gain", gain, n_modes)
        _check_modes(frequencies, losses, gains)
        if patterns is not None and not isinstance(patterns, Patterns):
            raise ArgumentError(
                f"Argument `patterns` must be `Patterns`, but is {patterns!r}. Wrap it: `Patterns(values)`."
            )
        if channels is not None and not isinstance(channels, SpinChannels):
            raise ArgumentError(f"Argument `channels` must be `SpinChannels`, but is {channels!r}.")
        if patterns is not None and patterns.n_spins != n_spins:
            raise ArgumentError(
                f"Argument `patterns` must have {n_spins} spins, one per row of `g`, but has {patterns.n_spins}."
            )
        values = {
            "g": frozen(couplings),
            "omega": frozen(frequencies),
            "loss": frozen(losses),
            "gain": frozen(gains),
            "drive": real_number("drive", drive, minimum=0.0),
            "patterns": patterns,
            "channels": channels,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_patterns(
        cls,
        patterns: Patterns,
        g: ArrayLike,
        omega: ArrayLike,
        loss: ArrayLike,
        gain: ArrayLike = 0.0,
        drive: float = 0.0,
        *,
        scaling: str = "extensive",
        disorder: float = 0.0,
        seed: int | None = None,
        channels: SpinChannels | None = None,
    ) -> "MultimodeDicke":
        r"""$g_{i\mu} = g_\mu \xi_i^\mu (1 + d\,\zeta_{i\mu})$: one mode per pattern, in the order of the patterns.

        Parameters
        ----------
        patterns : Patterns
            The memory, P patterns of N spins.
        g : number or (P,) array
            Coupling strength of each mode, positive.
        omega, loss, gain, drive
            As in `MultimodeDicke`.
        scaling : {"extensive", "intensive"}
            Couplings of size `g`, or `g / sqrt(N)`. With the second the energy per spin stays finite as N grows, but
            at a fixed drive the dephasing falls as 1/N: the mean-field limit and the limit of rates are different
            corners.
        disorder : float
            Relative standard deviation $d$ of the couplings, with independent standard normal $\zeta_{i\mu}$. Spins
            with equal couplings flip together (see `certify`); a spread of the couplings, which every apparatus has,
            lets them flip one by one.
        seed : int, optional
            Seed of the disorder; needed if `disorder > 0`, an error if not.
        channels : SpinChannels, optional
            As in `MultimodeDicke`.

        Returns
        -------
        MultimodeDicke
            With the patterns as its memory.

        Raises
        ------
        ArgumentError
            If a coupling strength is not positive, `scaling` is unknown, or disorder and seed do not come together.

        Examples
        --------
        >>> from cavity_hopfield import letters
        >>> MultimodeDicke.from_patterns(letters("AC"), g=0.4, omega=1.0, loss=1.0, drive=0.01).g.shape
        (35, 2)
        """
        if not isinstance(patterns, Patterns):
            raise ArgumentError(
                f"Argument `patterns` must be `Patterns`, but is {patterns!r}. Wrap it: `Patterns(values)`."
            )
        one_of("scaling", scaling, SCALINGS)
        strengths = _per_mode("g", g, patterns.n_patterns)
        if not (strengths > 0).all():
            raise ArgumentError(f"Argument `g` must be positive, but holds {strengths.min():g}.")
        couplings = patterns.values.T * strengths
        if scaling == "intensive":
            couplings = couplings / np.sqrt(patterns.n_spins)
        spread = real_number("disorder", disorder, minimum=0.0)
        if (spread > 0) != (seed is not None):
            raise ArgumentError(
                f"Arguments `disorder` and `seed` go together, but disorder={spread:g} and seed={seed!r}. "
                "Give both, or neither."
            )
        if seed is not None:
            couplings = couplings * (1 + spread * random_generator(seed).standard_normal(couplings.shape))
        return cls(couplings, omega, loss, gain, drive, patterns, channels)

    def __repr__(self) -> str:
        values = ("omega", "loss", "gain", "drive")
        told = ", ".join(f"{name}={_in_short(getattr(self, name))}" for name in values)
        return f"MultimodeDicke({self.n_spins} spins, {self.n_modes} modes: {told})"

    @property
    def n_spins(self) -> int:
        """Number of spins N."""
        return int(self.g.shape[0])

    @property
    def n_modes(self) -> int:
        """Number of modes M."""
        return int(self.g.shape[1])

    @property
    def net_loss(self) -> FloatArray:
        r"""$\Gamma_\mu = \gamma_\mu - \kappa_\mu$, the net damping of the photon number, shape (M,)."""
        return self.loss - self.gain

    @property
    def thermal_occupation(self) -> FloatArray:
        r"""$\bar n_\mu = \kappa_\mu / \Gamma_\mu$, the photon number sustained by the gain, shape (M,)."""
        return self.gain / self.net_loss

    @property
    def noise_factor(self) -> FloatArray:
        r"""$\nu_\mu = 2 \bar n_\mu + 1 = (\gamma_\mu + \kappa_\mu) / (\gamma_\mu - \kappa_\mu)$, shape (M,)."""
        return (self.loss + self.gain) / self.net_loss

    @property
    def pole(self) -> ComplexArray:
        r"""$z_\mu = \Gamma_\mu / 2 + i \omega_\mu$, shape (M,); its squared modulus is $\omega^2 + \Gamma^2 / 4$."""
        return self.net_loss / 2 + 1j * self.omega

    @property
    def eta(self) -> FloatArray:
        r"""$\eta_\mu = \Gamma_\mu / \omega_\mu$, shape (M,): the fluctuation parameter of the literature."""
        return self.net_loss / self.omega

    @property
    def stored(self) -> Patterns | None:
        """The patterns given, or else the signs of the couplings, one pattern per mode; None if some are zero."""
        if self.patterns is None and np.all(self.g != 0):
            return Patterns(np.sign(self.g.T))
        return self.patterns

    @property
    def memory(self) -> Patterns:
        """The patterns of the model; an error if it has none."""
        stored = self.stored
        if stored is None:
            raise ArgumentError(
                "The model carries no patterns, and some couplings are zero so that their signs cannot serve. "
                "Pass `patterns=` to `MultimodeDicke`."
            )
        return stored

    def force(self, sigma: ArrayLike) -> FloatArray:
        r"""$x_\mu = \sum_i g_{i\mu} \sigma_i$ of configurations `sigma` (..., N), shape (..., M)."""
        return spin_array("sigma", sigma, n_spins=self.n_spins) @ self.g

    def relaxed_amplitudes(self, sigma: ArrayLike) -> ComplexArray:
        r"""$\alpha_\mu = -i x_\mu / z_\mu$: the modes at rest under the configurations `sigma` (..., N)."""
        return -1j * self.force(sigma) / self.pole

    def ising_couplings(self) -> FloatArray:
        r"""$J_{ij} = \sum_\mu 2 \omega_\mu g_{i\mu} g_{j\mu} / |z_\mu|^2$, shape (N, N), in units of `omega`.

        The couplings of $E = -\frac12 \sum_{i \ne j} J_{ij} \sigma_i \sigma_j$ that a cavity mediates when it follows
        the spins at once. The diagonal enters no energy; it is twice the energy that the modes give way by,
        per spin.
        """
        return (self.g * self.mediation) @ self.g.T

    def flip_energies(self, sigma: ArrayLike) -> FloatArray:
        r"""$\epsilon_i = 2 \sigma_i \sum_{j \ne i} J_{ij} \sigma_j$, final minus initial energy of flipping spin i.

        For configurations `sigma` (..., N); shape (..., N), in units of `omega`.
        """
        spins = spin_array("sigma", sigma, n_spins=self.n_spins)
        total = (self.force(spins) * self.mediation) @ self.g.T
        own = np.sum(self.mediation * self.g**2, axis=1)
        return np.asarray(2 * (spins * total - own))

    def energy(self, sigma: ArrayLike) -> FloatArray:
        r"""$E = -\frac12 \sum_{i \ne j} J_{ij} \sigma_i \sigma_j$ of configurations `sigma` (..., N), shape (...)."""
        return self.mean_energy(spin_array("sigma", sigma, n_spins=self.n_spins))

    def mean_energy(self, spin_z: ArrayLike) -> FloatArray:
        r"""$-\frac12 \sum_{i \ne j} J_{ij} \langle\sigma^z_i\rangle \langle\sigma^z_j\rangle$ of uncorrelated spins.

        For expectations `spin_z` (..., N); shape (...), in units of `omega`. Another shape is an error.
        """
        z = real_array("spin_z", spin_z)
        if z.ndim == 0 or z.shape[-1] != self.n_spins:
            raise ArgumentError(
                f"Argument `spin_z` must have {self.n_spins} spins along its last axis, but has shape {z.shape}."
            )
        own = (z**2) @ np.sum(self.mediation * self.g**2, axis=1)
        return np.asarray(-0.5 * (np.sum(self.mediation * (z @ self.g) ** 2, axis=-1) - own))

    def coupling_classes(self) -> IntArray:
        """Label of each spin's class of equal coupling rows, shape (N,): spins of one class are indistinguishable
        to the light.
        """
        return np.unique(self.g, axis=0, return_inverse=True)[1].reshape(-1)

    def to_dict(self) -> Json:
        """A dictionary of plain lists and numbers that `from_dict` turns back into an equal model."""
        return {
            "model": "MultimodeDicke",
            "g": self.g.tolist(),
            "omega": self.omega.tolist(),
            "loss": self.loss.tolist(),
            "gain": self.gain.tolist(),
            "drive": self.drive,
            "patterns": None if self.patterns is None else self.patterns.to_dict(),
            "channels": None if self.channels is None else self.channels.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Json) -> "MultimodeDicke":
        """The model that `to_dict` described; an `ArgumentError` if keys are missing or unknown. Files of earlier
        versions know no `channels`.
        """
        data = {"channels": None, **data} if isinstance(data, dict) else data
        keys_of("data", data, {"model", *(field.name for field in fields(cls))}, "MultimodeDicke")
        patterns, channels = data["patterns"], data["channels"]
        return cls(
            g=data["g"],
            omega=data["omega"],
            loss=data["loss"],
            gain=data["gain"],
            drive=data["drive"],
            patterns=None if patterns is None else Patterns.from_dict(patterns),
            channels=None if channels is None else SpinChannels.from_dict(channels),
        )

    def to_json(self) -> str:
        """The model as JSON text, exact to the last bit."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> "MultimodeDicke":
        """The model that `to_json` wrote."""
        return cls.from_dict(from_json_text("text", text))

    @property
    def mediation(self) -> FloatArray:
        r"""$2 \omega_\mu / |z_\mu|^2$, the Ising energy that mode mu mediates per squared force, shape (M,)."""
        return np.asarray(2 * self.omega / np.abs(self.pole) ** 2)


def require_dicke(name: str, value: object, *, channels: bool = False) -> MultimodeDicke:
    """`value` if it is a `MultimodeDicke`; an error that names the argument if not, or if its atoms have channels of
    their own and the reader is not one for `channels`.
    """
    if not isinstance(value, MultimodeDicke):
        raise ArgumentError(
            f"Argument `{name}` must be a `MultimodeDicke`, but is a {type(value).__name__}. A network of spins alone "
            "has no light."
        )
    if value.channels is not None and not channels:
        raise ArgumentError(
            f"Argument `{name}` must have no channels of single atoms, which this reader does not know, but has "
            f"{value.channels}. `Lindblad`, `PermutationSymmetric`, `QuantumJumps`, `Heterodyne`, `Cumulants`, "
            "`TruncatedWigner` and `MeanField` do."
        )
    return value


def _coupling_matrix(g: ArrayLike) -> FloatArray:
    couplings = real_array("g", g)
    if couplings.ndim != 2 or 0 in couplings.shape:
        raise ArgumentError(
            f"Argument `g` must have shape (N, M), one row per spin and one column per mode, but has shape "
            f"{couplings.shape}. For one mode pass `g[:, None]`."
        )
    return couplings


def _per_mode(name: str, value: ArrayLike, n_modes: int) -> FloatArray:
    array = real_array(name, value)
    if array.shape not in {(), (n_modes,)}:
        raise ArgumentError(
            f"Argument `{name}` must be a number or have shape ({n_modes},), one per mode, but has shape {array.shape}."
        )
    return np.broadcast_to(array, (n_modes,)).astype(np.float64)


def _check_modes(omega: FloatArray, loss: FloatArray, gain: FloatArray) -> None:
    for mode, (frequency, lost, gained) in enumerate(zip(omega, loss, gain, strict=True)):
        if frequency <= 0:
            raise ArgumentError(
                f"Argument `omega` must be positive for every mode, but mode {mode} has omega={frequency:g}. "
                "A negative detuning inverts the memory; a mode at zero detuning mediates nothing."
            )
        if gained < 0:
            raise ArgumentError(f"Argument `gain` must not be negative, but mode {mode} has gain={gained:g}.")
        if lost <= gained:
            raise ArgumentError(
                f"Argument `loss` must exceed `gain` for every mode, but mode {mode} has loss={lost:g}, "
                f"gain={gained:g}. Such a mode has no steady state; raise the loss or lower the gain."
            )


def _in_short(value: FloatArray | float) -> str:
    """One number where all are equal."""
    different = np.unique(value)
    return f"{different[0]:g}" if different.size == 1 else f"{different[0]:g} to {different[-1]:g}"
