"""What a chain of ions neglects on its way to the Dicke model, each with its number."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.platforms.platform import Step

SMALL = 0.1


@dataclass(frozen=True, eq=False)
class PushedModes(ReadOnlyArrays):
    """The motion of N ions and the light that pushes K of its modes.

    Attributes
    ----------
    frequencies_rad_s : (N,) array
        Of all modes.
    lamb_dicke : (N, N) array
        Of all ions and modes.
    rabi_rad_s : (N,) array
        The force on each ion.
    chosen : (K,) array
        The modes that are meant.
    detunings_rad_s, loss_rad_s, gain_rad_s : (K,) arrays
        Of the chosen modes.
    """

    frequencies_rad_s: FloatArray
    lamb_dicke: FloatArray
    rabi_rad_s: FloatArray
    chosen: IntArray
    detunings_rad_s: FloatArray
    loss_rad_s: FloatArray
    gain_rad_s: FloatArray

    def steps(self, signs: FloatArray) -> tuple[Step, ...]:
        """The steps where the forces have these `signs` (N, K)."""
        frequencies = self.frequencies_rad_s[self.chosen]
        return (
            Step(
                "the force is uniform over the motion",
                "largest eta^2 (2 n + 1) of an ion, all modes, n with the displacement of a stored pattern",
                self.debye_waller(),
                SMALL,
                "Cool further, confine the ions more strongly, detune further, or use a longer fringe.",
            ),
            Step(
                "each beat note moves one mode",
                "Ising energy through other modes over that through the chosen ones",
                self.crowding(signs),
                SMALL,
                "Bring the beat note closer to its mode, or choose a mode that stands apart.",
            ),
            Step(
                "rotating wave",
                "response at the wrong sign of the beat note over that at the right one, delta / (2 omega - delta)",
                float(np.max(self.detunings_rad_s / (2 * frequencies - self.detunings_rad_s))),
                SMALL,
                "Bring the beat note closer to its mode, or confine the ions more strongly.",
            ),
            Step(
                "the carrier averages out",
                "share of the drive that it takes, (force Rabi frequency over beat note) squared, of all beat notes",
                float(np.sum((self.rabi_rad_s.max() / (frequencies - self.detunings_rad_s)) ** 2)),
                SMALL,
                "Lower the force, or confine the ions more strongly.",
            ),
            Step(
                "damping is slower than the motion",
                "loss over the frequency of the mode",
                float(np.max(self.loss_rad_s / frequencies)),
                SMALL,
                "Cool less strongly.",
            ),
        )

    def debye_waller(self) -> float:
        r"""$\max_i \sum_m \eta_{im}^2 (2 n_m + 1)$ over all modes, with
        $n_k = \bar n_k + (\sum_i |g_{ik}|)^2 / |z_k|^2$ of the chosen ones, and the others as warm as the warmest of
        these.
        """
        net = self.loss_rad_s - self.gain_rad_s
        force = 0.5 * (np.abs(self.lamb_dicke[:, self.chosen]) * self.rabi_rad_s[:, None]).sum(axis=0)
        thermal = self.gain_rad_s / net
        quanta = np.full(self.frequencies_rad_s.size, float(thermal.max()))
        quanta[self.chosen] = thermal + force**2 / (self.detunings_rad_s**2 + net**2 / 4)
        return float((self.lamb_dicke**2 @ (2 * quanta + 1)).max())

    def crowding(self, signs: FloatArray) -> float:
        """Norm of the couplings between ions through modes that a beat note does not mean, over that of the rest."""
        net = self.loss_rad_s - self.gain_rad_s
        meant = np.zeros((self.rabi_rad_s.size, self.rabi_rad_s.size))
        left_out = np.zeros_like(meant)
        for place, mode in enumerate(self.chosen):
            detuning = self.detunings_rad_s[place]
            forces = 0.5 * self.lamb_dicke * (self.rabi_rad_s * signs[:, place])[:, None]
            offsets = self.frequencies_rad_s - self.frequencies_rad_s[mode] + detuning
            if (offsets == 0).any():
                return float("inf")
            weights = 2 / offsets
            weights[mode] = 0.0
            left_out += (forces * weights) @ forces.T
            pole = detuning**2 + net[place] ** 2 / 4
            meant += 2 * detuning / pole * np.outer(forces[:, mode], forces[:, mode])
        others = ~np.eye(len(meant), dtype=bool)
        return float(np.linalg.norm(left_out[others]) / np.linalg.norm(meant[others])) if others.any() else 0.0
