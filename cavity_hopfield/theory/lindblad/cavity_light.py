"""What the light tells: its reduced state, its correlations in time, its spectrum."""

from dataclasses import dataclass

import numpy as np
import scipy
from scipy.sparse import csr_array

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavitySpace
from cavity_hopfield.cavity.options import Given, allowed
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.lindblad.cavity_generator import functionals, hermitian_parts, packed, unpacked
from cavity_hopfield.theory.lindblad.cavity_members import LadderState, Observe, evolve_members, observe_at_once

SPAN, MOST_SPANS = 15.0, 40
"""Length of a window in time, in units of the inverse of the smallest net loss, and how many at most."""
FORGOTTEN = 1e-7
"""Correlation, beside that at no delay, at which the window ends."""
WARNS = 1e-4
"""Correlation at the end of the longest window that is too large to be silent about."""
FINENESS = 0.06
"""Angle by which the fastest phase turns from one sample to the next."""
NODES = 40
"""Of the quadrature of one phase between two samples: enough for some ten turns."""


@dataclass(frozen=True)
class LightSpectrum:
    """Density (F,), the coherent flux, what the connected correlation is at the end of the window beside its start, the
    change of the density with every other sample left out, the length of the window, and a text if it was too short.
    """

    density: FloatArray
    coherent: float
    truncation: float
    quadrature_error: float
    window: float
    told: str | None


def light_rows(mode: int, given: Given | None) -> Observe:
    """Rows (L^2) of the packed reduced matrix of a mode, of the part of the state that `given` keeps."""

    def rows(space: CavitySpace) -> csr_array:
        kept = np.ones(space.size)
        if given is not None:
            (name, bound), memory = given, space.model.memory
            kept[~allowed(space.overlap(memory.values[memory.names.index(name)]), bound)] = 0.0
        levels, every = space.levels[mode], np.arange(space.size)
        stride = int(np.prod(space.dimensions[len(space.twice_lengths) + mode + 1 :], dtype=int))
        here = every // stride % levels
        places = every[:, None] + (np.arange(levels) - here[:, None]) * stride
        entries = (here[:, None] * levels + np.arange(levels)).ravel()
        columns = (every[:, None] * space.size + places).ravel()
        shape = (levels**2, space.size**2)
        return csr_array((np.repeat(kept, levels), (entries, columns)), shape=shape)

    return rows


def reduced_states(values: FloatArray, *, conditioned: bool) -> tuple[ComplexArray, FloatArray]:
    """Density matrices (..., L, L) from values of `light_rows`, divided by the probability if there is a condition, and
    the probability (...).
    """
    levels = round(np.sqrt(values.shape[-1]))
    x = values.reshape(*values.shape[:-1], levels, levels)
    turned = np.swapaxes(x, -1, -2)
    rho = (x + turned) / 2 + 0.5j * (x - turned)
    probability = np.trace(x, axis1=-2, axis2=-1)
    if conditioned:
        whole = np.broadcast_to(probability[..., None, None], rho.shape)
        rho = np.divide(rho, whole, out=np.full_like(rho, np.nan), where=whole > 0)
    return np.asarray(rho), np.asarray(probability)


def first_order(members: list[LadderState], mode: int, delays: FloatArray, tolerance: float) -> ComplexArray:
    r"""$\langle a^\dagger(\tau) a(0) \rangle$ of the members, shape (T,)."""
    kicked = [_kicked(member, mode, 0j) for member in members]
    return _followed(kicked, mode, delays, tolerance)[0]


def second_order(members: list[LadderState], mode: int, delays: FloatArray, tolerance: float) -> FloatArray:
    r"""$\langle a^\dagger(0) a^\dagger(\tau) a(\tau) a(0) \rangle$ of the members, shape (T,)."""
    after = []
    for member in members:
        a = member.generator.space.annihilation(mode)
        size = member.generator.size
        once = np.asarray(a @ unpacked(member.x.reshape(size, size)))
        after.append(LadderState(member.weight, member.generator, packed(np.asarray(a @ once.conj().T)).ravel()))

    def photons(space: CavitySpace) -> csr_array:
        a = space.annihilation(mode)
        return functionals([csr_array(a.conj().T @ a)])

    return evolve_members(after, delays, photons, tolerance).values[:, 0]


def light_spectrum(
    model: MultimodeDicke, steady: LadderState, mode: int, frequencies: FloatArray, tolerance: float
) -> LightSpectrum:
    r"""$S(\nu) = \frac{\gamma}{\pi} \mathrm{Re} \int_0^\infty e^{-i \nu \tau}
    (\langle a^\dagger(\tau) a(0) \rangle - |\langle a \rangle|^2)\, d\tau$, by samples in time.
    """
    real, imag = observe_at_once([steady], _amplitude(mode)).values[0]
    amplitude = complex(real, imag)
    kicked = [_kicked(steady, mode, amplitude)]
    span = SPAN / float(model.net_loss.min())
    fastest = 2 * float(model.omega.max()) + 4 * abs(model.drive)
    steps = 2 * int(np.ceil(span * fastest / FINENESS / 2))
    times = np.linspace(0.0, span, steps + 1)
    total = np.zeros((2, frequencies.size))
    first, left, done = 0.0, 1.0, 0.0
    for _ in range(MOST_SPANS):
        values, kicked = _followed(kicked, mode, times, tolerance)
        first = first or max(abs(values[0]), 1e-300)
        phase = np.exp(-1j * frequencies * done)
        for k, step in enumerate((1, 2)):
            total[k] += (phase * _transform(times[::step], values[::step], frequencies)).real
        done += span
        left = float(np.abs(values[-max(steps // 8, 2) :]).max() / first)
        if left <= FORGOTTEN:
            break
    told = None
    if left > WARNS:
        told = (
            f"The light still remembers {left:.1e} of its correlation after a delay of {done:.3g}: lines narrower than "
            f"{1 / done:.1e} are not resolved."
        )
    scale = float(model.loss[mode]) / np.pi
    moved = float(np.abs(total[0] - total[1]).max() * scale)
    return LightSpectrum(scale * total[0], float(model.loss[mode]) * abs(amplitude) ** 2, left, moved, done, told)


def _transform(times: FloatArray, values: ComplexArray, frequencies: FloatArray) -> ComplexArray:
    r"""$\int e^{-i \nu \tau} c(\tau) d\tau$ of the cubic spline through samples (T,), exact for any $\nu$."""
    width = times[1] - times[0]
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    within = width * (nodes + 1) / 2
    pieces = scipy.interpolate.CubicSpline(times, values).c  # (4, T - 1), the highest power first
    found = np.empty(frequencies.size, np.complex128)
    for at in np.array_split(np.arange(frequencies.size), max(1, frequencies.size // 64)):
        nu = frequencies[at, None]
        moments = [np.exp(-1j * nu * within) @ (weights * width / 2 * within**power) for power in (3, 2, 1, 0)]
        sums = np.exp(-1j * nu * times[:-1]) @ pieces.T
        found[at] = np.sum(np.array(moments).T * sums, axis=1)
    return found


def _amplitude(mode: int) -> Observe:
    return lambda space: functionals(hermitian_parts(space.annihilation(mode)))


def _kicked(member: LadderState, mode: int, amplitude: complex) -> tuple[LadderState, LadderState]:
    r"""P and Q of $(a - \langle a \rangle) \rho = P + iQ$, both Hermitian."""
    size = member.generator.size
    rho = unpacked(member.x.reshape(size, size))
    after = np.asarray(member.generator.space.annihilation(mode) @ rho) - amplitude * rho
    turned = after.conj().T
    parts = (packed((after + turned) / 2), packed((after - turned) / 2j))
    first, second = (LadderState(member.weight, member.generator, part.ravel()) for part in parts)
    return first, second


def _followed(
    kicked: list[tuple[LadderState, LadderState]], mode: int, delays: FloatArray, tolerance: float
) -> tuple[ComplexArray, list[tuple[LadderState, LadderState]]]:
    r"""$\mathrm{tr}\, a^\dagger e^{\mathcal{L} \tau} (P + iQ)$, and P and Q at the last delay."""
    found = np.zeros(delays.size, np.complex128)
    ends = []
    for pair in kicked:
        of_p, of_q = (evolve_members([part], delays, _amplitude(mode), tolerance) for part in pair)
        (px, py), (qx, qy) = of_p.values.T, of_q.values.T
        found += px + qy + 1j * (qx - py)
        ends.append((of_p.ends[0], of_q.ends[0]))
    return found, ends
