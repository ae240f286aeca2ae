"""What is neglected between driven four-level atoms in a cavity and the Dicke model, each step with its number."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.platforms.platform import Step

SMALL = 0.1
"""Bound on a small number whose first power is neglected."""
EXCITED = 0.01
"""Bound on what is lost to the excited states."""


@dataclass(frozen=True, eq=False)
class RamanLight:
    r"""The numbers of a Raman-driven cavity that decide what may be neglected.

    Attributes
    ----------
    excited_per_atom : float
        $\sum_p \Omega_p^2 / 4 \Delta_a^2$ over all pump beams.
    detuning_rad_s : float
        $\Delta_a$ of the atoms.
    coupling_rad_s : float
        $g_0$.
    linewidth_rad_s : float
        $\Gamma_a$.
    splitting_rad_s : float
        $\omega_0$.
    bare_rad_s : (M,) array
        $\delta_\mu$ without atoms.
    amplitudes : (N, M) array
        $\Xi_\mu(r_i)$.
    shift_rad_s : (M, M) array
        $\sum_i n\, \langle \Xi_\mu \Xi_\nu \rangle_i\, g_0^2 / \Delta_a$.
    shift_outside_rad_s : float
        What couples the modes in the same way to combinations of modes that no ensemble sees as a whole.
    model : MultimodeDicke
        In rad/s, one spin for each ensemble.
    atoms : int
        n, atoms in each ensemble.
    spacing_rad_s : float or None
        Distance of the nearest mode that is left out.
    pump_spacing_rad_s : float or None
        Smallest distance between the pumps of two modes, where each has its own.
    """

    excited_per_atom: float
    detuning_rad_s: float
    coupling_rad_s: float
    linewidth_rad_s: float
    splitting_rad_s: float
    bare_rad_s: FloatArray
    amplitudes: FloatArray
    shift_rad_s: FloatArray
    shift_outside_rad_s: float
    model: MultimodeDicke
    atoms: int
    spacing_rad_s: float | None
    pump_spacing_rad_s: float | None = None

    @property
    def photons(self) -> FloatArray:
        r"""$(n \sum_i |g_{i\mu}|)^2 / |z_\mu|^2 + \bar n_\mu$, the most that a mode holds, (M,): all spins push it."""
        forces = self.atoms * np.abs(self.model.g).sum(axis=0)
        return np.asarray(forces**2 / np.abs(self.model.pole) ** 2 + self.model.thermal_occupation)

    @property
    def bandwidth_rad_s(self) -> float:
        r"""Largest $|z_\mu|$: so far from resonance the light may be."""
        return float(np.abs(self.model.pole).max())

    def steps(self) -> tuple[Step, ...]:
        """All of them; those about other modes and pumps if their distances are known."""
        known = (self.excited, self.slow, self.dispersive, self.state_independent, self.unmixed)
        spaced = (self.apart, self.below) if self.spacing_rad_s is not None else ()
        pumped = (self.own_pumps,) if self.pump_spacing_rad_s is not None else ()
        return tuple(step() for step in (*known, *pumped, *spaced))

    def excited(self) -> Step:
        """The excited states are empty."""
        at_atoms = float((self.amplitudes**2 @ self.photons).max())
        by_light = at_atoms * self.coupling_rad_s**2 / self.detuning_rad_s**2
        return Step(
            "the excited states are eliminated",
            "excited population, sum of rabi^2 / (4 detuning^2) over the pump beams + photons at it g0^2 / detuning^2",
            self.excited_per_atom + by_light,
            EXCITED,
            "Detune the pumps further from the atoms, or weaken them.",
        )

    def slow(self) -> Step:
        """The excited states follow everything else at once."""
        frequencies = np.append(np.abs(self.bare_rad_s) + self.splitting_rad_s, self.linewidth_rad_s / 2)
        return Step(
            "the excited states follow at once",
            "larger of two-photon detuning and half linewidth / detuning from the atoms",
            float(frequencies.max() / abs(self.detuning_rad_s)),
            EXCITED,
            "Detune the pumps further from the atoms.",
        )

    def dispersive(self) -> Step:
        """A photon of a mode is hardly ever in the atoms."""
        shifts = np.linalg.eigvalsh(self.shift_rad_s)
        return Step(
            "photons are not atoms",
            "share of a photon in the atoms, atoms g0^2 / detuning^2",
            float(np.abs(shifts).max() / abs(self.detuning_rad_s)),
            EXCITED,
            "Detune further from the atoms, or take fewer.",
        )

    def state_independent(self) -> Step:
        """The dispersive shift does not depend on the spins."""
        return Step(
            "both spin states shift the modes alike",
            "dispersive shift / detuning of the mode; what they shift differently is a share of it",
            float(np.max(np.abs(np.diag(self.shift_rad_s)) / self.model.omega)),
            SMALL,
            "Detune further from the atoms, or take polarisations for which both states shift the modes alike.",
        )

    def unmixed(self) -> Step:
        """The atoms do not scatter photons from mode to mode."""
        size = np.sqrt(np.abs(self.model.pole))
        between = (self.shift_rad_s - np.diag(np.diag(self.shift_rad_s))) / np.outer(size, size)
        return Step(
            "the modes are not mixed by the atoms",
            "dispersive shift between modes / |z|, the largest for any light in them",
            float(np.hypot(np.linalg.norm(between, 2), self.shift_outside_rad_s / size.min() ** 2)),
            SMALL,
            "Detune further from the atoms, or place them where the modes are orthogonal.",
        )

    def own_pumps(self) -> Step:
        """No pump drives the mode of another."""
        model = self.model
        mediated = np.abs(model.pole) ** 2 / (model.omega * (self.pump_spacing_rad_s or np.inf))
        return Step(
            "each pair of pumps drives its own mode",
            "interaction by a pump through the modes of the others, (modes - 1) |z|^2 / (omega spacing of the pumps)",
            float((len(mediated) - 1) * mediated.max()),
            SMALL,
            "Take modes that are further apart, or tune each pump closer to its mode.",
        )

    def apart(self) -> Step:
        """Modes that are left out mediate little."""
        model = self.model
        mediated = np.abs(model.pole) ** 2 / (model.omega * (self.spacing_rad_s or np.inf))
        return Step(
            "modes left out mediate nothing",
            "interaction through the nearest mode left out, |z|^2 / (omega spacing)",
            float(mediated.max()),
            SMALL,
            "Take a shorter or a less degenerate cavity, or tune closer to the mode.",
        )

    def below(self) -> Step:
        """The atoms do not mix in modes that are left out."""
        collective = np.sqrt(self.atoms * np.sum(self.model.g**2, axis=0)).max()
        width = self.model.net_loss.max()
        return Step(
            "modes left out are resolved",
            "larger of collective coupling and linewidth / mode spacing",
            float(max(collective, width) / (self.spacing_rad_s or np.inf)),
            SMALL,
            "Take fewer atoms or weaker pumps, or include the neighbouring modes.",
        )
