"""Steps: how long, and what a mode and the channels of a spin do in one."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity import CavityStart
from cavity_hopfield.model import MultimodeDicke, SpinChannels

PER_RATE = 0.1
"""A step by default, times the fastest rate."""
NO_CHANNELS = (-1.0,) * 5


@dataclass(frozen=True, eq=False)
class Steps:
    """Intervals between the times of a grid, each cut into equal steps, and what the kernels need to know of them.

    Attributes
    ----------
    counts : (T,) array of int
        Steps before each time, an even number.
    lengths : (T,) array
        Of one step.
    parts : int
        Stretches of which the noise of a step is made.
    modes : (T, M, 7) array
        See `_step_kernels.path`.
    chances : (T, 5) array
        See `_step_kernels.scatter`.
    axis : int
        0 or 2, the component of a spin that decays by itself.
    """

    counts: IntArray
    lengths: FloatArray
    parts: int
    modes: FloatArray
    chances: FloatArray
    axis: int

    @classmethod
    def over(cls, model: MultimodeDicke, grid: FloatArray, step: float, *, coarse: bool = False) -> "Steps":
        """Steps no longer than `step`; the `coarse` ones are pairs of these, with the same noise."""
        spans = np.diff(grid, prepend=0.0)
        # an even number, a little less than a whole one for what rounding adds
        halves = np.ceil(spans / (2 * step) * (1 - 1e-12)).astype(np.int64)
        counts = 2 * halves
        parts = 1
        if coarse:
            counts, parts = halves, 2
        lengths = np.divide(spans, counts, out=np.zeros_like(spans), where=counts > 0)
        modes = np.stack([mode_step(model, float(length), parts) for length in lengths])
        told = [chances(model.channels, float(length) / (2 * parts)) for length in lengths]
        axis = 0 if model.channels is None else "xyz".index(model.channels.axis)
        return cls(counts, lengths, parts, modes, np.array(told), axis)


def mode_step(model: MultimodeDicke, length: float, parts: int = 1) -> FloatArray:
    r"""$e^{-zh}$ and $(1 - e^{-zh})/z$ of a step, $e^{-zh'}$ of one of its `parts`, and the spread
    $[\frac14 (\gamma + \kappa) (1 - e^{-\Gamma h'}) / \Gamma]^{1/2}$ of either component of the noise of a part:
    an array (M, 7), of the complex numbers both parts.
    """
    part = length / parts
    decay, push, short = np.exp(-model.pole * length), shares(model.pole, length), np.exp(-model.pole * part)
    variance = (model.loss + model.gain) / 4 * -np.expm1(-model.net_loss * part) / model.net_loss
    columns = [decay.real, decay.imag, push.real, push.imag, short.real, short.imag, np.sqrt(variance)]
    return np.ascontiguousarray(np.stack(columns, axis=1))


def shares(pole: ComplexArray, length: float) -> ComplexArray:
    r"""$(1 - e^{-zh}) / z$."""
    return np.asarray(-np.expm1(-pole * length) / pole)


def chances(channels: SpinChannels | None, time: float) -> FloatArray:
    r"""Where the uniform number of `scatter` falls, for one atom over a time.

    It is a Markov process in time: $\tau^z$ acts at the rate $\gamma_\phi$ and changes both transverse signs; at the
    rate $\gamma_\downarrow + \gamma_\uparrow$ the component along the axis becomes +-1 with the mean of its rest, and
    every other time the transverse ones are drawn anew. Conditional means are those of the master equation, exactly,
    for any time.
    """
    if channels is None:
        return np.array(NO_CHANNELS)
    if time == 0:
        return np.ones(5)
    flips = -np.expm1(-2 * channels.dephasing * time) / 2
    stays, sets = np.exp(-channels.longitudinal * time), -np.expm1(-channels.longitudinal * time)
    if sets == 0:
        return np.array([1 - flips, 1.0, 1.0, 1.0, 1.0])
    # e^{-kt/2} - e^{-kt} over 1 - e^{-kt}, of what dephasing leaves
    half = np.exp(-channels.longitudinal * time / 2)
    kept = (1 - 2 * flips) * half / (1 + half)
    up = (1 + channels.rest) / 2
    events = [stays * (1 - flips), stays * flips, sets * kept * up, sets * kept * (1 - up), sets * (1 - kept) * up]
    # they sum to one, but for rounding
    return np.asarray(np.minimum(np.cumsum(events), 1.0), np.float64)


def default_step(model: MultimodeDicke, start: CavityStart) -> float:
    r"""A tenth of the inverse of the fastest rate: of $|z_\mu|$, of $2 (\Omega^2 + h^2)^{1/2}$ at a field that light at
    rest under spins in line with one another would have, with its noise, and of the channels of single atoms.
    """
    stiffness = float(np.linalg.norm(model.g, 2)) ** 2
    rows = np.sum(model.g**2 * model.noise_factor, axis=1)
    given = np.abs(model.g) @ np.abs(start.amplitudes)
    field = max(2 * stiffness / float(np.abs(model.pole).min()), 2 * float(given.max()))
    turning = 2 * float(np.sqrt(model.drive**2 + field**2 + rows.max()))
    own = 0.0 if model.channels is None else max(model.channels.transverse, model.channels.longitudinal)
    return float(PER_RATE / max(float(np.abs(model.pole).max()), turning, own))
