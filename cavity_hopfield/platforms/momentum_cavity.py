"""A condensate that orders itself in a cavity: the two spin states are momentum states, the drive is the recoil."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import brentq

from cavity_hopfield._checks import real_number, whole_number
from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.platforms.platform import Step, changed
from cavity_hopfield.platforms.pump_lattice import PumpLattice
from cavity_hopfield.platforms.quantities import si_number

EXCITED, MIXED = 0.01, 0.1
"""Largest shares of the excited state, and of what else the model leaves out."""
SHALLOWEST, DEEPEST = 1e-3, 1e3
"""Depths of the pump in recoils between which a transition is looked for; below, there is only one."""


@dataclass(frozen=True, kw_only=True)
class MomentumCavity:
    r"""$g = \eta\, e$, $\eta = \frac{g_0 \Omega_p}{|\Delta_a|}$, $\Omega = \frac{\omega_0}{2}$,
    $\omega = \delta + \frac{N}{2} \frac{g_0^2}{\Delta_a}$: atoms at rest in a standing pump across a standing mode.

    Derivation. With the excited state eliminated, an atom moves in $\frac{\Omega_p^2}{\Delta_a} \cos^2 k y
    + \frac{g_0^2}{\Delta_a} \cos^2 k x\, a^\dagger a + \eta \cos k x \cos k y\, (a + a^\dagger)$, with the pump
    $\Omega_p \cos k y\, (|e\rangle\langle g| + h.c.)$, so that $\Omega_p$ is half of a Rabi frequency, and its lattice
    $V_0 = \Omega_p^2 / |\Delta_a|$ deep. Its lowest bands $u_0$ at rest and $u_1$ at the edge of the zone, even in y,
    are taken as they are (`PumpLattice`). The last term takes $|0\rangle = u_0(y)$ to
    $|1\rangle = \sqrt2 \cos k x\, u_1(y)$, above it by $\omega_0 = \omega_r (1 + E_1 - E_0)$ with
    $\omega_r = \hbar k^2 / 2 m$, with the matrix element $e = \langle u_0 | \cos k y | u_1 \rangle / \sqrt2$, and
    $\langle \cos^2 k x \rangle = \frac12$ shifts the mode. In these two states, with
    $\sigma^z = |0\rangle\langle 1| + h.c.$ and $\sigma^x = |1\rangle\langle 1| - |0\rangle\langle 0|$,

    $$H = \left(\delta + \frac{N g_0^2}{2 \Delta_a}\right) a^\dagger a
    + \eta\, e \sum_i \sigma^z_i (a + a^\dagger) + \frac{\omega_0}{2} \sum_i \sigma^x_i.$$

    A shallow pump, of $v = V_0 / \omega_r$ recoils, has $e = \frac12 (1 \pm \frac{v}{16})$ and
    $\omega_0 = 2 \omega_r (1 \mp \frac{v}{8})$, the upper signs to the red, where $|1\rangle$ has more of the light. So
    $\sigma^z = \pm 1$ is an atom at the even or the odd sites of the checkerboard, and $\omega_0$ moves it between
    them. Where $|\Delta_a|$ stands, its sign is left to the even and odd sites.

    Parameters
    ----------
    coupling_rad_s : float
        $g_0$ of one atom at an antinode of the mode.
    atomic_linewidth_rad_s : float
        Decay rate of the excited population.
    photon_loss_rad_s : float
        Loss of the photon number, twice the half width that is often called kappa.
    atomic_detuning_rad_s : float
        $\Delta_a$, pump minus atom; negative is red.
    mode_detuning_rad_s : float
        $\delta$, empty mode minus pump.
    pump_depth : float
        $V_0 / \hbar \omega_r$, the depth of the pump's lattice in recoils.
    recoil_rad_s : float
        $\omega_r$.
    atoms : int
        N, the atoms that shift the mode. The spins of the model are those of the patterns, each an atom: a model of
        fewer keeps the collective coupling only of `thinned` atoms, and `steps` says so.

    Raises
    ------
    ArgumentError
        If a number is out of range, or its unit does not fit.

    Notes
    -----
    Pump and cavity cross at a right angle. Contact interactions and the trap are left out. Source: D. Nagy, G. Konya,
    G. Szirmai and P. Domokos, Phys. Rev. Lett. 104, 130401 (2010), without the pump's lattice; K. Baumann, C. Guerlin,
    F. Brennecke and T. Esslinger, Nature 464, 1301 (2010).

    Examples
    --------
    >>> lab = MomentumCavity(coupling_rad_s="2pi * 2 MHz", atomic_linewidth_rad_s="2pi * 6 MHz", pump_depth=4.0,
    ...                      photon_loss_rad_s="2pi * 300 kHz", atomic_detuning_rad_s="2pi * -80 GHz",
    ...                      mode_detuning_rad_s="2pi * 15 MHz", recoil_rad_s="2pi * 4 kHz", atoms=10_000)
    >>> round(lab.spin_coupling_rad_s / 2 / np.pi, 1)
    530.6
    """

    coupling_rad_s: float
    atomic_linewidth_rad_s: float
    photon_loss_rad_s: float
    atomic_detuning_rad_s: float
    mode_detuning_rad_s: float
    pump_depth: float
    recoil_rad_s: float
    atoms: int

    def __post_init__(self) -> None:
        for name in ("coupling_rad_s", "atomic_linewidth_rad_s", "photon_loss_rad_s", "recoil_rad_s"):
            object.__setattr__(self, name, si_number(name, getattr(self, name), above=0.0))
        for name in ("atomic_detuning_rad_s", "mode_detuning_rad_s"):
            object.__setattr__(self, name, si_number(name, getattr(self, name)))
        object.__setattr__(self, "pump_depth", real_number("pump_depth", self.pump_depth, above=0.0))
        object.__setattr__(self, "atoms", whole_number("atoms", self.atoms, minimum=1))
        if self.atomic_detuning_rad_s == 0:
            raise ArgumentError("Argument `atomic_detuning_rad_s` must not be zero: the excited state is eliminated.")
        if self.unit_rad_s <= 0:
            raise ArgumentError(
                f"Argument `mode_detuning_rad_s` must leave the mode above the pump, but with its shift by the atoms, "
                f"{self.dispersive_shift_rad_s:g} rad/s, it is {self.unit_rad_s:g} rad/s. Raise it, or take fewer."
            )

    @property
    def lattice(self) -> PumpLattice:
        """The standing wave of the pump, in recoils."""
        return self._lattice_of(self.pump_depth)

    @property
    def splitting_rad_s(self) -> float:
        r"""$\omega_0 = \omega_r (1 + E_1 - E_0)$; $2 \omega_r$ in a weak pump."""
        return self.recoil_rad_s * (1 + self.lattice.gap)

    @property
    def spin_coupling_rad_s(self) -> float:
        r"""$\eta\, e$ with $\Omega_p^2 = V_0 |\Delta_a|$; $\eta / 2$ in a weak pump."""
        return float(self._scattering_rad_s * self.lattice.element / np.sqrt(2))

    @property
    def _scattering_rad_s(self) -> float:
        pump = np.sqrt(self.pump_depth * self.recoil_rad_s * abs(self.atomic_detuning_rad_s))
        return float(self.coupling_rad_s * pump / abs(self.atomic_detuning_rad_s))

    def _lattice_of(self, depth: float) -> PumpLattice:
        return PumpLattice(float(np.copysign(depth, self.atomic_detuning_rad_s)))

    @property
    def dispersive_shift_rad_s(self) -> float:
        r"""$N g_0^2 / 2 \Delta_a$."""
        return self.atoms * self.coupling_rad_s**2 / (2 * self.atomic_detuning_rad_s)

    @property
    def unit_rad_s(self) -> float:
        """The detuning of the mode from the pump, with the atoms in it."""
        return self.mode_detuning_rad_s + self.dispersive_shift_rad_s

    @property
    def critical_depth(self) -> float:
        r"""The pump depth at which all atoms order, where $N g^2 = \omega_0 |z|^2 / 4 \omega$ (mean field), the
        lowest; infinite if there is none up to 1000 recoils.
        """
        squared = self.unit_rad_s**2 + self.photon_loss_rad_s**2 / 4
        needed = self.recoil_rad_s * squared / (4 * self.unit_rad_s)
        given = self.atoms * self._scattering_rad_s**2 / (2 * self.pump_depth)

        def excess(depth: float) -> float:
            lattice = self._lattice_of(depth)
            return float(given * depth * lattice.element**2 - needed * (1 + lattice.gap))

        depths = np.geomspace(SHALLOWEST, DEEPEST, 100)
        ordered = np.array([excess(depth) for depth in depths]) > 0
        if not ordered.any():
            return float("inf")
        first = int(np.argmax(ordered))
        return float(brentq(excess, depths[first - 1] if first else 0.0, depths[first]))

    def thinned(self, atoms: int) -> "MomentumCavity":
        r"""The same cavity with fewer atoms, each coupled more: $N g_0^2$ stays, and with it the shift of the mode, the
        collective coupling and the critical depth. Single atoms dephase faster, and fewer photons are in the mode.
        """
        fewer = whole_number("atoms", atoms, minimum=1)
        return changed(self, {"coupling_rad_s": self.coupling_rad_s * np.sqrt(self.atoms / fewer), "atoms": fewer})

    def to_dicke(self, patterns: Patterns | None = None, *, unit_rad_s: float | None = None) -> MultimodeDicke:
        """The model of as many atoms as the one pattern has spins, in units of `unit_rad_s`, its own if omitted.

        All `atoms` shift the mode, and each spin has the coupling of one atom: take `thinned` for a model of fewer.

        Raises
        ------
        ArgumentError
            If `patterns` are not exactly one: there is one mode.
        """
        if patterns is None or patterns.n_patterns != 1:
            given = "none" if patterns is None else patterns.n_patterns
            raise ArgumentError(f"Argument `patterns` must be one pattern, for there is one mode, but is {given}.")
        unit = self.unit_rad_s if unit_rad_s is None else si_number("unit_rad_s", unit_rad_s, above=0.0)
        return MultimodeDicke.from_patterns(
            patterns,
            g=self.spin_coupling_rad_s / unit,
            omega=self.unit_rad_s / unit,
            loss=self.photon_loss_rad_s / unit,
            drive=self.splitting_rad_s / 2 / unit,
        )

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:
        """The excited state, other momentum states, the mode's shift by either, and atoms that are no spins."""
        known = (
            Step(
                "the excited state is eliminated",
                "its share at an antinode of the pump, (Omega_p / Delta_a)^2",
                self.pump_depth * self.recoil_rad_s / abs(self.atomic_detuning_rad_s),
                EXCITED,
                "Detune the pump further from the atom, or pump less.",
            ),
            Step(
                "two momentum states suffice",
                "share of others that the light of all atoms along a pattern mixes in, to second order",
                self.lattice.mixed(self._ordered_light_rad_s / self.recoil_rad_s),
                MIXED,
                "Pump less or detune further, so that the order stays weak, or add states.",
            ),
            Step(
                "both momentum states shift the mode alike",
                "difference of the shifts over the detuning of the mode, N g0^2 / (4 Delta_a omega)",
                abs(self.dispersive_shift_rad_s) / (2 * self.unit_rad_s),
                MIXED,
                "Detune further from the atoms, or the mode further from the pump.",
            ),
        )
        if patterns is None:
            return known
        spins = patterns.n_spins
        return (
            *known,
            Step(
                "every atom is a spin of the model",
                "share of the atoms that shift the mode and are no spins",
                abs(1 - spins / self.atoms),
                MIXED,
                f"Take `thinned({spins})`, which keeps the shift and the collective coupling.",
            ),
        )

    @property
    def _ordered_light_rad_s(self) -> float:
        r"""$2 \eta\, \mathrm{Re}\, \alpha$ with all atoms along a pattern, $\alpha = N g / z$."""
        squared = self.unit_rad_s**2 + self.photon_loss_rad_s**2 / 4
        return 2 * self._scattering_rad_s * self.atoms * self.spin_coupling_rad_s * self.unit_rad_s / squared

    def spontaneous_rate_per_s(self) -> float:
        r"""$\frac{\Gamma_a}{2} \frac{\Omega_p^2}{\Delta_a^2}$, averaged over the standing wave of the pump."""
        share = self.pump_depth * self.recoil_rad_s / abs(self.atomic_detuning_rad_s)
        return float(self.atomic_linewidth_rad_s * share / 2)

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {"platform": "MomentumCavity", **asdict(self)}
