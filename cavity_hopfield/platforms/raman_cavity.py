"""Raman-driven atoms in a cavity with one or many modes: from the laboratory to the Dicke model."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_number, whole_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.platforms.atoms import check_linewidth
from cavity_hopfield.platforms.gain import Gain
from cavity_hopfield.platforms.geometry import Geometry, require_geometry
from cavity_hopfield.platforms.platform import Step, changed
from cavity_hopfield.platforms.quantities import si_array, si_number
from cavity_hopfield.platforms.reductions import RamanLight
from cavity_hopfield.platforms.transverse_modes import TransverseModes

MOST_ROWS = 10_000
"""Largest number of spins that `every_atom` writes out: a certificate of so many takes seconds."""
BEAMS = 2
"""Pump beams of a balanced Raman pair; each scatters from both spin states."""
POSITIVE = ("coupling_rad_s", "atomic_linewidth_rad_s")
PER_MODE = ("photon_loss_rad_s", "mode_detuning_rad_s", "pump_rabi_rad_s")


SPACINGS = ("mode_spacing_rad_s", "pump_spacing_rad_s")


@dataclass(frozen=True, kw_only=True, eq=False)
class RamanCavity(ReadOnlyArrays):
    r"""$g_{i\mu} = \Xi_\mu(r_i)\, \frac{g_0 \Omega_\mu}{2 |\Delta_a|}, \quad \omega_\mu = \delta_\mu + \sum_i n\,
    \langle \Xi_\mu^2 \rangle_i \frac{g_0^2}{\Delta_a}, \quad \Omega = \frac{\omega_0}{2}$.

    Two ground states of an atom are coupled by the cavity and two pumps, a balanced pair of Raman transitions through
    excited states that are far detuned. One transition emits a photon while it raises the atom, the other while it
    lowers it. Without the excited states this is the Dicke model; its $\sigma^z$ is the component
    $|0\rangle\langle 1| + |1\rangle\langle 0|$ that the light sees, its $\sigma^x$ the population difference. Derived
    in `derivations/raman_elimination.py`.

    Parameters
    ----------
    coupling_rad_s : float
        $g_0$ of one atom to a mode where that is largest, $H = g_0 (a^\dagger |g\rangle\langle e| + \mathrm{h.c.})$.
    atomic_linewidth_rad_s : float
        $\Gamma_a$, decay rate of the excited population: the full width.
    photon_loss_rad_s : number or (M,) array
        Loss rate of the photon number: the full width of a mode, twice the half width that many papers call kappa.
    atomic_detuning_rad_s : float
        $\Delta_a$, frequency of the pumps minus that of the atoms: negative to the red. The modes are as far.
    mode_detuning_rad_s : number or (M,) array
        $\delta_\mu$, frequency of the empty mode minus the mean frequency of its two pumps. Atoms detuned to the red
        pull it down, and what is left must be positive. What the geometry knows of the modes' own distances, such as
        `TransverseModes(dispersion_rad_s=...)`, is added.
    pump_rabi_rad_s : number or (M,) array
        Rabi frequency of each pump, $H = \frac12 \Omega_\mu (|e\rangle\langle g| e^{-i w t} + \mathrm{h.c.})$. A number
        is one pair of pumps for all modes; an array is a pair for each mode, all of which scatter. Every pump also
        meets the modes of the others: that is neglected, and `steps` says how well if `pump_spacing_rad_s` is given.
    level_splitting_rad_s : float
        $\omega_0$, energy between the spin states where the pumps are resonant: the difference of their energies,
        light shifts included, minus half the difference of the pump frequencies.
    geometry : Geometry
        The mode functions $\Xi_\mu(r_i)$ at the atoms.
    atoms_per_ensemble : int
        n, atoms at each position.
    spin : {0.5, 1.0}
        Atoms with spin 1 are two spins 1/2 each, with equal couplings, in their symmetric states:
        $H = 2 g F_z (a + a^\dagger) + \omega_0 F_x$. Their `coupling_rad_s` and `pump_rabi_rad_s` are to be scaled by
        the Clebsch-Gordan coefficients of the transition so that this holds.
    gain : Gain, optional
        `RepumpGain` or `ParametricGain`; its rate must stay below the loss.
    species : str, optional
        A line such as "87Rb D2": its natural width is compared with `atomic_linewidth_rad_s`, and a factor of two pi
        or two is told.
    mode_spacing_rad_s : float, optional
        Distance to the nearest mode that is left out, such as the free spectral range. Without it `steps` says nothing
        on left-out modes.
    pump_spacing_rad_s : float, optional
        Smallest distance between the pump frequencies of two modes, where every mode has its own pair: about that of
        the modes. Without it `steps` says nothing on pumps that drive the modes of others.

    Raises
    ------
    ArgumentError
        If a number is out of range or its unit does not fit (see `si_array`), or the linewidth is not that of the
        species.

    Notes
    -----
    F. Dimer, B. Estienne, A. S. Parkins and H. J. Carmichael, Phys. Rev. A 75, 013804 (2007): there
    $\lambda / \sqrt N = g_{i\mu}$, and the photon number decays at $2 \kappa$. The sign of $\Delta_a$ in $g$ belongs to
    the phase of the mode.

    Examples
    --------
    >>> from cavity_hopfield import letters
    >>> from cavity_hopfield.platforms.written_modes import WrittenModes
    >>> lab = RamanCavity(coupling_rad_s="2pi * 1 MHz", atomic_linewidth_rad_s="2pi * 6.07 MHz", species="87Rb D2",
    ...                   photon_loss_rad_s="2pi * 260 kHz", atomic_detuning_rad_s="-2pi * 80 GHz",
    ...                   mode_detuning_rad_s="2pi * 1 MHz", pump_rabi_rad_s="2pi * 16 GHz",
    ...                   level_splitting_rad_s="2pi * 300 Hz", geometry=WrittenModes())
    >>> model = lab.to_dicke(letters("EV"))
    >>> model.g.shape, round(float(model.g[0, 0]), 4), round(float(model.omega[0]), 4)
    ((35, 2), 0.1, 0.9996)
    """

    coupling_rad_s: float
    atomic_linewidth_rad_s: float
    photon_loss_rad_s: float | FloatArray
    atomic_detuning_rad_s: float
    mode_detuning_rad_s: float | FloatArray
    pump_rabi_rad_s: float | FloatArray
    level_splitting_rad_s: float
    geometry: Geometry
    atoms_per_ensemble: int = 1
    spin: float = field(default=0.5, metadata={"knob": False})
    gain: Gain | None = None
    species: str | None = None
    mode_spacing_rad_s: float | None = None
    pump_spacing_rad_s: float | None = None

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {name: si_number(name, getattr(self, name), above=0.0) for name in POSITIVE}
        checked |= {name: _number_or_modes(name, getattr(self, name)) for name in PER_MODE}
        checked["level_splitting_rad_s"] = si_number("level_splitting_rad_s", self.level_splitting_rad_s, minimum=0.0)
        checked["atomic_detuning_rad_s"] = _detuning(self.atomic_detuning_rad_s)
        checked["atoms_per_ensemble"] = whole_number("atoms_per_ensemble", self.atoms_per_ensemble, minimum=1)
        checked["spin"] = _spin(self.spin)
        for name in SPACINGS:
            if getattr(self, name) is not None:
                checked[name] = si_number(name, getattr(self, name), above=0.0)
        require_geometry("geometry", self.geometry)
        if self.gain is not None and not isinstance(self.gain, Gain):
            raise ArgumentError(
                f"Argument `gain` must be a `RepumpGain` or a `ParametricGain`, but is {self.gain!r}. Leave it out "
                "for modes without gain."
            )
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.species is not None:
            check_linewidth(self.species, self.atomic_linewidth_rad_s)

    @property
    def spins_per_atom(self) -> int:
        """Spins 1/2 that an atom is made of: 1, or 2 for spin 1."""
        return round(2 * self.spin)

    @property
    def unit_rad_s(self) -> float:
        r"""The angular frequency that is one in the model: the mean of $|\delta_\mu|$, or of the loss where that is
        zero. (The shifted detunings would depend on the patterns.)
        """
        detuning = float(np.mean(np.abs(self.mode_detuning_rad_s)))
        return detuning if detuning > 0 else float(np.mean(self.photon_loss_rad_s))

    @property
    def cooperativity(self) -> FloatArray:
        r"""$C_\mu = 4 g_0^2 / (\mathtt{loss}_\mu \Gamma_a)$ of one atom, with full widths; of the shape of the loss.

        With half widths $\kappa$ and $\gamma$ it is $g_0^2 / \kappa \gamma$; some papers write half of that.
        """
        return np.asarray(4 * self.coupling_rad_s**2 / (self.photon_loss_rad_s * self.atomic_linewidth_rad_s))

    @property
    def raman_coupling_rad_s(self) -> FloatArray:
        r"""$g_0 \Omega_\mu / 2 |\Delta_a|$ of one atom where a mode is largest, shape () or (M,)."""
        return np.asarray(self.coupling_rad_s * self.pump_rabi_rad_s / (2 * abs(self.atomic_detuning_rad_s)))

    def dispersive_shifts_rad_s(self, patterns: Patterns | None = None) -> FloatArray:
        r"""$\sum_i n\, \langle \Xi_\mu \Xi_\nu \rangle_i\, g_0^2 / \Delta_a$, shape (M, M): the diagonal shifts the
        modes, the rest would mix them and is neglected. Atoms are averaged over their places in an ensemble.
        """
        return np.asarray(self._shift_rad_s * self.geometry.overlaps(patterns))

    @property
    def _shift_rad_s(self) -> float:
        return self.atoms_per_ensemble * self.coupling_rad_s**2 / self.atomic_detuning_rad_s

    def shifted_detunings_rad_s(self, patterns: Patterns | None = None) -> FloatArray:
        r"""$\omega_\mu$, the detunings of the modes as the geometry spreads and the atoms leave them, shape (M,).

        Raises
        ------
        ArgumentError
            If one is not positive.
        """
        shifts = np.diag(self.dispersive_shifts_rad_s(patterns))
        offsets = self.geometry.offsets_rad_s(patterns)
        shifted = self._of_modes("mode_detuning_rad_s", len(shifts)) + offsets + shifts
        if not (shifted > 0).all():
            worst = int(shifted.argmin())
            raise ArgumentError(
                f"Argument `mode_detuning_rad_s` must leave every mode above its pumps, but the dispersive shift "
                f"{shifts[worst]:.4g} rad/s of {self.atoms_per_ensemble * len(self.geometry.amplitudes(patterns))} "
                f"atoms leaves mode {worst} at {shifted[worst]:.4g} rad/s. Raise it above "
                f"{-shifts[worst] - offsets[worst]:.4g} rad/s: "
                f"atoms with a red detuning (negative) pull the modes down."
            )
        return shifted

    def to_dicke(
        self, patterns: Patterns | None = None, *, unit_rad_s: float | None = None, every_atom: bool = False
    ) -> MultimodeDicke:
        """The model, in units of `unit_rad_s`, its own unit if omitted.

        Parameters
        ----------
        patterns : Patterns, optional
            What is written, one spin per ensemble; not needed where the geometry has its own.
        unit_rad_s : float, optional
            The angular frequency that is one in the model.
        every_atom : bool
            Whether the n atoms of an ensemble are n spins. If not, one stands for all, with the coupling of one:
            `MeanField(atoms_per_spin=n)` counts the others, and the shifts of the modes do. Spins of one atom of
            spin 1, and atoms of one ensemble, follow one another.

        Raises
        ------
        ArgumentError
            If patterns are missing, shapes do not fit, a mode falls below its pumps, or the gain reaches the loss.
        SizeError
            If `every_atom` asks for more than 10 000 spins.
        """
        unit = self.unit_rad_s if unit_rad_s is None else si_number("unit_rad_s", unit_rad_s, above=0.0)
        amplitudes = self.geometry.amplitudes(patterns)
        copies = self.spins_per_atom * (self.atoms_per_ensemble if every_atom else 1)
        self._refuse_large(len(amplitudes) * copies)
        gain, loss = self._rates_rad_s(amplitudes.shape[1])
        couplings = amplitudes * self._of_modes("raman_coupling_rad_s", amplitudes.shape[1])
        return MultimodeDicke(
            g=np.repeat(couplings, copies, axis=0) / unit,
            omega=self.shifted_detunings_rad_s(patterns) / unit,
            loss=loss / unit,
            gain=gain / unit,
            drive=self.level_splitting_rad_s / 2 / unit,
            patterns=repeated(self.geometry.stored(patterns), copies),
        )

    def every_spin(self, patterns: Patterns | None = None, *, unit_rad_s: float | None = None) -> MultimodeDicke:
        """The model with all atoms of an ensemble as spins: `to_dicke` with `every_atom`."""
        return self.to_dicke(patterns, unit_rad_s=unit_rad_s, every_atom=True)

    def thinned(self, atoms_per_ensemble: int) -> "RamanCavity":
        r"""The same memory of fewer atoms, each coupled more: $n\, g_0^2$ stays, and with it all shifts, energies per
        atom, collective couplings and cooperativities. Flips of single atoms dephase faster, and fewer photons are in
        the modes.
        """
        fewer = whole_number("atoms_per_ensemble", atoms_per_ensemble, minimum=1)
        coupling = self.coupling_rad_s * np.sqrt(self.atoms_per_ensemble / fewer)
        return changed(self, {"coupling_rad_s": float(coupling), "atoms_per_ensemble": fewer})

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:
        """What is neglected: excited states, the mixing of modes, what the geometry and the gain neglect."""
        light = self._light(patterns)
        gained = () if self.gain is None else self.gain.steps(float(light.photons.max()), light.bandwidth_rad_s)
        return (*light.steps(), *self.geometry.steps(patterns), *self._crowding(), *gained)

    def _crowding(self) -> tuple[Step, ...]:
        if not isinstance(self.geometry, TransverseModes):
            return ()
        spacing = self.mode_spacing_rad_s
        return self.geometry.crowding(
            mode_detuning_rad_s=float(np.min(np.abs(self.mode_detuning_rad_s))),
            photon_loss_rad_s=float(np.min(self.photon_loss_rad_s)),
            free_spectral_range_rad_s=None if spacing is None else spacing * self.geometry.family.transverse,
        )

    def spontaneous_rate_per_s(self) -> float:
        r"""$\Gamma_a \sum_\mu 2\, \frac{\Omega_\mu^2}{4 \Delta_a^2}$, photons that one atom scatters out of the pumps.

        Both beams of each pair are taken to scatter from both spin states; where polarisation lets each state see one
        beam it is half of this. Not every scattered photon flips the spin.
        """
        return float(self.atomic_linewidth_rad_s * self._excited_by_pumps())

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}
        gain = None if self.gain is None else self.gain.to_dict()
        return {"platform": "RamanCavity", **plain, "geometry": self.geometry.to_dict(), "gain": gain}

    def _excited_by_pumps(self) -> float:
        rabi = np.atleast_1d(self.pump_rabi_rad_s)
        return float(BEAMS * np.sum(rabi**2) / (4 * self.atomic_detuning_rad_s**2))

    def _light(self, patterns: Patterns | None) -> RamanLight:
        model = self.to_dicke(patterns, unit_rad_s=1.0)
        return RamanLight(
            excited_per_atom=self._excited_by_pumps(),
            detuning_rad_s=self.atomic_detuning_rad_s,
            coupling_rad_s=self.coupling_rad_s,
            linewidth_rad_s=self.atomic_linewidth_rad_s,
            splitting_rad_s=self.level_splitting_rad_s,
            bare_rad_s=self.mode_detuning_rad_s + self.geometry.offsets_rad_s(patterns),
            amplitudes=self.geometry.amplitudes(patterns),
            shift_rad_s=self.dispersive_shifts_rad_s(patterns),
            shift_outside_rad_s=abs(self._shift_rad_s) * getattr(self.geometry, "overlap_outside", 0.0),
            model=model,
            atoms=self.atoms_per_ensemble,
            spacing_rad_s=self.mode_spacing_rad_s,
            pump_spacing_rad_s=self.pump_spacing_rad_s if np.ndim(self.pump_rabi_rad_s) else None,
        )

    def _rates_rad_s(self, n_modes: int) -> tuple[FloatArray, FloatArray]:
        """Gain and loss of the modes; an error that speaks SI where the gain reaches the loss."""
        loss = self._of_modes("photon_loss_rad_s", n_modes)
        if self.gain is None:
            return np.zeros(n_modes), loss
        gain, added = (self._gain_of_modes(rate, n_modes) for rate in (self.gain.rate_rad_s, self.gain.loss_rad_s))
        loss = loss + added
        if not (gain < loss).all():
            worst = int((gain - loss).argmax())
            raise ArgumentError(
                f"Argument `gain` must stay below the loss, but mode {worst} gains {gain[worst]:.4g} rad/s and loses "
                f"{loss[worst]:.4g} rad/s: it would lase. Weaken the gain."
            )
        return gain, loss

    def _of_modes(self, name: str, n_modes: int) -> FloatArray:
        value = np.asarray(getattr(self, name))
        if value.shape not in {(), (n_modes,)}:
            argument = "pump_rabi_rad_s" if name == "raman_coupling_rad_s" else name
            raise ArgumentError(
                f"Argument `{argument}` must be a number or have shape ({n_modes},), one per mode of the geometry, but "
                f"has shape {value.shape}."
            )
        return np.asarray(np.broadcast_to(value, (n_modes,)))

    def _gain_of_modes(self, rate: FloatArray, n_modes: int) -> FloatArray:
        if rate.shape not in {(), (n_modes,)}:
            raise ArgumentError(
                f"Argument `gain` must hold a number or have shape ({n_modes},), one per mode of the geometry, but its "
                f"rates have shape {rate.shape}. Give it as many couplings."
            )
        return np.asarray(np.broadcast_to(rate, (n_modes,)))

    def _refuse_large(self, rows: int) -> None:
        if rows <= MOST_ROWS:
            return
        fewer, one = self.atoms_per_ensemble * MOST_ROWS // rows, rows // self.atoms_per_ensemble
        raise SizeError(
            f"{self.atoms_per_ensemble} atoms in each ensemble make {rows} spins, above {MOST_ROWS}. Take "
            + (
                f"`thinned({fewer})`, which keeps the collective couplings, or one spin for each ensemble with "
                f"`MeanField(atoms_per_spin={self.atoms_per_ensemble})`."
                if fewer
                else f"fewer ensembles: with one atom in each they are {one}."
            )
        )


def repeated(stored: Patterns | None, copies: int) -> Patterns | None:
    """The patterns with every spin `copies` times in a row, for ensembles of spins; None stays None."""
    if stored is None or copies == 1:
        return stored
    return Patterns(np.repeat(stored.values, copies, axis=1), stored.names)


def _number_or_modes(name: str, value: Any) -> float | FloatArray:
    array = si_array(name, value)
    if array.ndim > 1 or array.size == 0:
        raise ArgumentError(f"Argument `{name}` must be a number or have shape (M,), but has shape {array.shape}.")
    if name != "mode_detuning_rad_s" and not (array > 0).all():
        raise ArgumentError(f"Argument `{name}` must be positive, but is {array.tolist()}.")
    return float(array) if array.ndim == 0 else np.asarray(frozen(array))


def _detuning(value: Any) -> float:
    number = si_number("atomic_detuning_rad_s", value)
    if number == 0:
        raise ArgumentError(
            "Argument `atomic_detuning_rad_s` must not be zero: resonant pumps excite the atoms. Pumps below the "
            "atomic line have a negative one."
        )
    return number


def _spin(value: float) -> float:
    number = real_number("spin", value)
    if number not in {0.5, 1.0}:
        raise ArgumentError(f"Argument `spin` must be 0.5 or 1.0, but is {number:g}.")
    return number
