"""Trapped ions whose phonons are the modes: a spin-dependent optical force, cooling, and a microwave."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from scipy import constants

from cavity_hopfield._checks import ReadOnlyArrays, frozen, one_of, real_number, whole_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.platforms.ion_crystal import (
    NODE,
    NormalModes,
    equilibrium_positions,
    length_scale_m,
    normal_modes,
    require_straight,
)
from cavity_hopfield.platforms.ion_steps import PushedModes
from cavity_hopfield.platforms.platform import Step
from cavity_hopfield.platforms.quantities import si_array, si_number

FORCE_SIGNS = ("shared", "per_mode")


@dataclass(frozen=True, kw_only=True, eq=False)
class IonChain(ReadOnlyArrays):
    r"""$H / \hbar = \sum_k \delta_k a_k^\dagger a_k + \sum_{ik} g_{ik} \sigma^z_i (a_k + a_k^\dagger)
    + \frac{\Omega_{mw}}{2} \sum_i \sigma^x_i$ with $g_{ik} = \pm \frac12 \eta_{ik} \Omega_i$ of ions in a linear trap.

    The force. Two beams with wave vectors $\Delta k = 2 \pi / \lambda_f$ apart make $H = \hbar \Omega_i
    \cos(\Delta k\, x_i - \mu_k t)\, \sigma^z_i$, to first order the force $F_i = \hbar \Omega_i \Delta k$ times
    $\cos \mu_k t$ on the motion; each chosen mode k has a beat note $\mu_k = \omega_k - \delta_k$ of its own. In the
    frame of the beat notes, slow terms only,

    $$g_{ik} = \frac{F_i}{2 \hbar} \sqrt{\frac{\hbar}{2 m \omega_k}}\, b_{ik} = \frac{\eta_{ik} \Omega_i}{2}, \qquad
    \eta_{ik} = \Delta k \sqrt{\frac{\hbar}{2 m \omega_k}}\, b_{ik}.$$

    The factor 1/2 comes with the slow terms. Ions thus interact as $-\sum_{i<j} J_{ij} \sigma^z_i \sigma^z_j$ with
    $J_{ij} = \Omega_i \Omega_j \frac{\hbar \Delta k^2}{2 m} \frac{b_{ik} b_{jk}}{\omega_k^2 - \mu_k^2}$ close to a
    mode, as in K. Kim et al., Phys. Rev. Lett. 103, 120502 (2009), where $J$ has the opposite sign.

    Damping. Cooling at the net rate W towards $n_c$ quanta (of coolant ions beside the chain, say) is loss
    $W (n_c + 1)$ and gain $W n_c$. Heating by field noise at $\dot n$ quanta a second is a bath of infinite
    temperature, which adds $\dot n$ to both. So $\gamma_k = W_k (n_c + 1) + \dot n_k$, $\kappa_k = W_k n_c + \dot n_k$,
    and the mode settles at $\bar n_k = \kappa_k / (\gamma_k - \kappa_k) = n_c + \dot n_k / W_k$.

    Patterns. A mode with vector $b_k$ stores $\xi_i = s_i\, \mathrm{sign}\, b_{ik}$ with the sign $s_i$ of the force on
    ion i. With one sign for each ion ("shared") one mode stores any one pattern, and several modes those of which the
    products $\xi_i^k \xi_i^l$ are the products of the signs of their vectors, up to a sign of each pattern. With a sign
    for each ion and beat note ("per_mode"; the phase of each tone at each ion) any patterns are stored, one a mode.

    Parameters
    ----------
    ions : int
        N.
    mass_kg : float
        Mass of an ion, such as `"171 u"`; singly charged.
    axial_rad_s : float
        $\omega_z$ of one ion along the axis.
    radial_rad_s : float, optional
        $\omega_r$ across it; needed for radial modes, and checked against a zigzag if given.
    axis : {"axial", "radial"}
        The motion that carries the memory.
    modes : int or ints
        Which modes, counted from the lowest frequency: axially 0 is the common motion, radially N - 1.
    mode_detuning_rad_s : number or (K,) array
        $\delta_k$, by how much the beat note is below the mode; positive.
    force_rabi_rad_s : number or (N,) array
        $\Omega_i$, positive.
    fringe_m : float
        $\lambda_f = 2 \pi / \Delta k$, the period of the moving light pattern along the motion.
    cooling_per_s : number or (K,) array
        W, net damping of the number of quanta, positive.
    heating_per_s : number or (K,) array
        $\dot n$.
    cooling_limit : float
        $n_c$, what the cooling alone would reach.
    microwave_rabi_rad_s : float
        $\Omega_{mw}$; the drive of the model is half of it.
    force_signs : {"shared", "per_mode"}
        Which signs of the force can be chosen.
    atomic_linewidth_rad_s, atomic_detuning_rad_s : float
        Decay rate of the excited state, and how far the beams are from it: see `spontaneous_rate_per_s`. Without
        them spontaneous emission is left out.

    Raises
    ------
    ArgumentError
        If a value is out of range, a beat note is not positive, the chain buckles, or modes are counted wrongly.

    Notes
    -----
    Source: D. F. V. James, Appl. Phys. B 66, 181 (1998) for the modes; D. Porras and J. I. Cirac, Phys. Rev. Lett. 92,
    207901 (2004) for spins and phonons; M. Pons et al., Phys. Rev. Lett. 98, 023003 (2007) for modes as memories.

    Examples
    --------
    >>> chain = IonChain(ions=4, mass_kg="171 u", axial_rad_s="2pi * 0.5 MHz", modes=1,
    ...                  mode_detuning_rad_s="2pi * 20 kHz", force_rabi_rad_s="2pi * 40 kHz", fringe_m="0.25 um",
    ...                  cooling_per_s=2e4, heating_per_s=100, microwave_rabi_rad_s="2pi * 20 Hz")
    >>> chain.to_dicke().stored.values
    array([[-1, -1,  1,  1]], dtype=int8)
    >>> round(float(chain.to_dicke().thermal_occupation[0]), 9)
    0.005
    """

    ions: int
    mass_kg: Any
    axial_rad_s: Any
    mode_detuning_rad_s: Any
    force_rabi_rad_s: Any
    fringe_m: Any
    cooling_per_s: Any
    heating_per_s: Any = 0.0
    cooling_limit: float = 0.0
    microwave_rabi_rad_s: Any = 0.0
    radial_rad_s: Any = None
    axis: str = "axial"
    modes: Any = (0,)
    force_signs: str = "shared"
    atomic_linewidth_rad_s: Any = 0.0
    atomic_detuning_rad_s: Any = None

    def __post_init__(self) -> None:
        whole_number("ions", self.ions, minimum=1)
        one_of("force_signs", self.force_signs, FORCE_SIGNS)
        object.__setattr__(self, "modes", _chosen(self.modes, self.ions))
        for name in ("mass_kg", "axial_rad_s", "fringe_m"):
            object.__setattr__(self, name, si_number(name, getattr(self, name), above=0.0))
        for name in ("microwave_rabi_rad_s", "atomic_linewidth_rad_s"):
            object.__setattr__(self, name, si_number(name, getattr(self, name), minimum=0.0))
        for name in ("radial_rad_s", "atomic_detuning_rad_s"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, si_number(name, getattr(self, name)))
        object.__setattr__(self, "cooling_limit", real_number("cooling_limit", self.cooling_limit, minimum=0.0))
        for name in ("mode_detuning_rad_s", "cooling_per_s", "heating_per_s"):
            bound = {"minimum": 0.0} if name == "heating_per_s" else {"above": 0.0}
            object.__setattr__(self, name, _numbers(name, getattr(self, name), len(self.modes), "mode", **bound))
        rabi = _numbers("force_rabi_rad_s", self.force_rabi_rad_s, self.ions, "ion", above=0.0)
        object.__setattr__(self, "force_rabi_rad_s", rabi)
        self._check_light()
        if self.radial_rad_s is not None:
            require_straight(equilibrium_positions(self.ions), self.axial_rad_s, self.radial_rad_s)
        self._check_beat_notes()

    @cached_property
    def normal_modes(self) -> NormalModes:
        """All N modes along the axis of the motion."""
        return normal_modes(self.ions, self.axial_rad_s, self.radial_rad_s, axis=self.axis)

    @property
    def positions_m(self) -> FloatArray:
        """The ions at rest along the axis, ascending, shape (N,)."""
        return equilibrium_positions(self.ions) * length_scale_m(self.mass_kg, self.axial_rad_s)

    @property
    def lamb_dicke(self) -> FloatArray:
        r"""$\eta_{im} = \frac{2 \pi}{\lambda_f} \sqrt{\hbar / 2 m \omega_m}\, b_{im}$ of all modes, shape (N, N)."""
        spread = np.sqrt(constants.hbar / (2 * self.mass_kg * self.normal_modes.frequencies_rad_s))
        return np.asarray(2 * np.pi / self.fringe_m * spread * self.normal_modes.vectors)

    @property
    def couplings_rad_s(self) -> FloatArray:
        r"""$\frac12 \eta_{ik} \Omega_i$ of the chosen modes under equal signs of the force, shape (N, K)."""
        rabi = np.broadcast_to(self.force_rabi_rad_s, (self.ions,))
        return np.asarray(0.5 * self.lamb_dicke[:, self.modes] * rabi[:, None])

    @property
    def loss_rad_s(self) -> FloatArray:
        r"""$\gamma_k = W_k (n_c + 1) + \dot n_k$, shape (K,)."""
        return self._per_mode(self.cooling_per_s * (self.cooling_limit + 1) + self.heating_per_s)

    @property
    def gain_rad_s(self) -> FloatArray:
        r"""$\kappa_k = W_k n_c + \dot n_k$, shape (K,)."""
        return self._per_mode(self.cooling_per_s * self.cooling_limit + self.heating_per_s)

    @property
    def detunings_rad_s(self) -> FloatArray:
        r"""$\delta_k$, shape (K,)."""
        return self._per_mode(self.mode_detuning_rad_s)

    @property
    def unit_rad_s(self) -> float:
        """The angular frequency that is one in the model: the mean detuning of the chosen modes."""
        return float(np.mean(self.detunings_rad_s))

    def to_dicke(self, patterns: Patterns | None = None, *, unit_rad_s: float | None = None) -> MultimodeDicke:
        """The model.

        Parameters
        ----------
        patterns : Patterns, optional
            One for each chosen mode, in their order, written by the signs of the force. If omitted, all ions are pushed
            alike, and the signs of the mode vectors are stored; none where an ion is at a node.
        unit_rad_s : float, optional
            The angular frequency that is one in the model; the platform's own unit if omitted.

        Returns
        -------
        MultimodeDicke
            The model.

        Raises
        ------
        ArgumentError
            If the modes and the signs of the force cannot store the patterns.
        """
        unit = self.unit_rad_s if unit_rad_s is None else si_number("unit_rad_s", unit_rad_s, above=0.0)
        couplings = self.couplings_rad_s
        if patterns is not None:
            self._force_signs(patterns)
            couplings = np.asarray(patterns.values.T * np.abs(couplings), dtype=np.float64)
        return MultimodeDicke(
            couplings / unit,
            self.detunings_rad_s / unit,
            self.loss_rad_s / unit,
            self.gain_rad_s / unit,
            self.microwave_rabi_rad_s / 2 / unit,
            patterns,
        )

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:
        """Lamb-Dicke expansion, other modes, rotating wave, carrier and damping, each with its number."""
        signs = np.ones((self.ions, len(self.modes))) if patterns is None else self._force_signs(patterns)
        return PushedModes(
            self.normal_modes.frequencies_rad_s,
            self.lamb_dicke,
            np.broadcast_to(self.force_rabi_rad_s, (self.ions,)),
            np.array(self.modes),
            self.detunings_rad_s,
            self.loss_rad_s,
            self.gain_rad_s,
        ).steps(signs)

    def spontaneous_rate_per_s(self) -> float:
        r"""$K\, \Gamma_a \max_i \Omega_i / |\Delta_a|$ with K beat notes; 0 without a linewidth.

        Two equal beams of Rabi frequency $\Omega_1$ make $\Omega = \Omega_1^2 / 2 |\Delta_a|$ and scatter at the rate
        $2\, \Gamma_a \Omega_1^2 / 4 \Delta_a^2$.
        """
        if self.atomic_detuning_rad_s is None:
            return 0.0
        rate = self.atomic_linewidth_rad_s * np.max(self.force_rabi_rad_s) / abs(self.atomic_detuning_rad_s)
        return float(len(self.modes) * rate)

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}
        return {"platform": "IonChain", **plain, "modes": list(self.modes)}

    def _per_mode(self, values: Any) -> FloatArray:
        return np.broadcast_to(np.asarray(values, dtype=np.float64), (len(self.modes),)).copy()

    def _force_signs(self, patterns: Patterns) -> FloatArray:
        """Sign of the force of each ion and beat note that writes `patterns`, (N, K), or an error that says why not."""
        if patterns.values.shape != (len(self.modes), self.ions):
            raise ArgumentError(
                f"Argument `patterns` must hold {len(self.modes)} patterns of {self.ions} spins, one for each of "
                f"`modes`={list(self.modes)}, but holds {patterns.n_patterns} of {patterns.n_spins}."
            )
        vectors = self.normal_modes.vectors[:, self.modes]
        if (vectors == 0).any():
            ion, place = (int(index) for index in np.argwhere(vectors == 0)[0])
            centre = 2 * ion == self.ions - 1
            raise ArgumentError(
                f"Argument `patterns` cannot be stored: ion {ion} "
                + ("is at a node of" if centre else f"moves by less than {NODE:g} of the whole in")
                + f" mode {self.modes[place]}. Choose another of the `modes`"
                + (", or an even number of ions." if centre else ": this one is confined to a part of the chain.")
            )
        signs = patterns.values.T * np.sign(vectors)
        turned = signs * signs[0]
        if self.force_signs == "shared" and (turned != turned[:, :1]).any():
            ion, place = (int(index) for index in np.argwhere(turned != turned[:, :1])[0])
            raise ArgumentError(
                f"Argument `patterns` cannot be stored with one sign of the force for each ion: at ion {ion} pattern "
                f"{patterns.names[place]!r} on mode {self.modes[place]} wants another than {patterns.names[0]!r} on "
                f'mode {self.modes[0]}. Choose the signs for each beat note, `force_signs="per_mode"`, or other modes.'
            )
        return np.asarray(signs, dtype=np.float64)

    def _check_light(self) -> None:
        if (self.atomic_linewidth_rad_s > 0) != (self.atomic_detuning_rad_s is not None):
            raise ArgumentError(
                "Arguments `atomic_linewidth_rad_s` and `atomic_detuning_rad_s` go together, but are "
                f"{self.atomic_linewidth_rad_s:g} and {self.atomic_detuning_rad_s!r}. Give both, or neither."
            )
        if self.atomic_detuning_rad_s == 0:
            raise ArgumentError("Argument `atomic_detuning_rad_s` must not be zero: the beams would excite the ions.")

    def _check_beat_notes(self) -> None:
        for mode, detuning in zip(self.modes, self.detunings_rad_s, strict=True):
            frequency = self.normal_modes.frequencies_rad_s[mode]
            if detuning >= frequency:
                raise ArgumentError(
                    f"Argument `mode_detuning_rad_s` must be below the frequency of its mode, but is {detuning:.6g} "
                    f"for mode {mode} at {frequency:.6g} rad/s: its beat note would not be positive."
                )


def _chosen(modes: Any, ions: int) -> tuple[int, ...]:
    given = tuple(modes) if isinstance(modes, Iterable) else (modes,)
    chosen = tuple(whole_number("modes", mode, minimum=0) for mode in given)
    if not chosen or len(set(chosen)) < len(chosen) or max(chosen) >= ions:
        raise ArgumentError(
            f"Argument `modes` must name different modes from 0 to {ions - 1}, at least one, but is {list(chosen)}."
        )
    return chosen


def _numbers(
    name: str, value: Any, count: int, of: str, *, minimum: float | None = None, above: float | None = None
) -> float | FloatArray:
    """`value` as one float, or as (count,)."""
    array = si_array(name, value)
    if array.shape not in {(), (count,)}:
        raise ArgumentError(
            f"Argument `{name}` must be a number or have shape ({count},), one per {of}, but has shape {array.shape}."
        )
    real_number(name, float(array.min()), minimum=minimum, above=above)
    if array.ndim == 0:
        return float(array)
    values: FloatArray = frozen(array)
    return values
