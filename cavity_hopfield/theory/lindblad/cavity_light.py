"""What the light tells: its reduced state, its correlations in time, its spectrum."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.sparse import csr_array

from cavity_hopfield._checks import real_number, whole_number
from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavitySpace
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.lindblad.cavity_generator import functionals, hermitian_parts, packed, unpacked
from cavity_hopfield.theory.lindblad.cavity_members import Member, Observe, evolve_members, observe_at_once

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

Given = tuple[str, float] | None


@dataclass(frozen=True)
class LightSpectrum:
    """Density (F,), the coherent flux, what the connected correlation is at the end of the window beside its start, the
    change of the density with every other sample left out, the length of the window.
    """

    density: FloatArray
    coherent: float
    truncation: float
    quadrature_error: float
    window: float


def checked_mode(model: MultimodeDicke, mode: int) -> int:
    """`mode` if the model has it."""
    if whole_number("mode", mode, minimum=0) >= model.n_modes:
        raise ArgumentError(f"Argument `mode` must be less than {model.n_modes}, but is {mode}.")
    return int(mode)


def checked_given(model: MultimodeDicke, given: object) -> tuple[FloatArray, float] | None:
    """The pattern (N,) and the bound of the overlap that `given` names."""
    if given is None:
        return None
    if not (isinstance(given, tuple) and len(given) == 2):
        raise ArgumentError(
            f'Argument `given` must be a pattern and an overlap, such as `("A", 0.5)`, but is {given!r}.'
        )
    memory, names = model.memory, list(model.memory.names)
    if given[0] not in names:
        raise ArgumentError(f"Argument `given` must name one of the patterns {names}, but names {given[0]!r}.")
    bound = real_number("given", given[1], minimum=-1.0)
    if bound > 1:
        raise ArgumentError(f"Argument `given` must have an overlap of at most 1, but has {bound:g}.")
    return np.asarray(memory.values[names.index(given[0])], np.float64), bound


def light_rows(mode: int, given: tuple[FloatArray, float] | None) -> Observe:
    """Rows (L^2) of the packed reduced matrix of a mode, of the part of the state that `given` keeps."""

    def rows(space: CavitySpace) -> csr_array:
        kept = np.ones(space.size)
        if given is not None:
            pattern, bound = given
            overlaps = space.overlap(pattern)
            rounding = 1e-9
            kept[(overlaps < bound - rounding) if bound >= 0 else (overlaps > bound + rounding)] = 0.0
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


def first_order(members: list[Member], mode: int, delays: FloatArray, tolerance: float) -> ComplexArray:
    r"""$\langle a^\dagger(\tau) a(0) \rangle$ of the members, shape (T,)."""
    kicked = [_kicked(member, mode, 0j) for member in members]
    return _followed(kicked, mode, delays, tolerance)[0]


def second_order(members: list[Member], mode: int, delays: FloatArray, tolerance: float) -> FloatArray:
    r"""$\langle a^\dagger(0) a^\dagger(\tau) a(\tau) a(0) \rangle$ of the members, shape (T,)."""
    after = []
    for member in members:
        a = member.generator.space.annihilation(mode)
        size = member.generator.size
        once = np.asarray(a @ unpacked(member.x.reshape(size, size)))
        after.append(Member(member.weight, member.generator, packed(np.asarray(a @ once.conj().T)).ravel()))

    def photons(space: CavitySpace) -> csr_array:
        a = space.annihilation(mode)
        return functionals([csr_array(a.conj().T @ a)])

    return evolve_members(after, delays, photons, tolerance).values[:, 0]


def light_spectrum(
    model: MultimodeDicke, steady: Member, mode: int, frequencies: FloatArray, tolerance: float
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
    if left > WARNS:
        warnings.warn(
            f"The light still remembers {left:.1e} of its correlation after a delay of {done:.3g}: lines narrower than "
            f"{1 / done:.1e} are not resolved.",
            RegimeWarning,
            stacklevel=3,
        )
    scale = float(model.loss[mode]) / np.pi
    moved = float(np.abs(total[0] - total[1]).max() * scale)
    return LightSpectrum(scale * total[0], float(model.loss[mode]) * abs(amplitude) ** 2, left, moved, done)


def _transform(times: FloatArray, values: ComplexArray, frequencies: FloatArray) -> ComplexArray:
    r"""$\int e^{-i \nu \tau} c(\tau) d\tau$ of the cubic spline through samples (T,), exact for any $\nu$."""
    width = times[1] - times[0]
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    within = width * (nodes + 1) / 2
    pieces = CubicSpline(times, values).c  # (4, T - 1), the highest power first
    found = np.empty(frequencies.size, np.complex128)
    for at in np.array_split(np.arange(frequencies.size), max(1, frequencies.size // 64)):
        nu = frequencies[at, None]
        moments = [np.exp(-1j * nu * within) @ (weights * width / 2 * within**power) for power in (3, 2, 1, 0)]
        sums = np.exp(-1j * nu * times[:-1]) @ pieces.T
        found[at] = np.sum(np.array(moments).T * sums, axis=1)
    return found


def _amplitude(mode: int) -> Observe:
    return lambda space: functionals(hermitian_parts(space.annihilation(mode)))


def _kicked(member: Member, mode: int, amplitude: complex) -> tuple[Member, Member]:
    r"""P and Q of $(a - \langle a \rangle) \rho = P + iQ$, both Hermitian."""
    size = member.generator.size
    rho = unpacked(member.x.reshape(size, size))
    after = np.asarray(member.generator.space.annihilation(mode) @ rho) - amplitude * rho
    turned = after.conj().T
    parts = (packed((after + turned) / 2), packed((after - turned) / 2j))
    first, second = (Member(member.weight, member.generator, part.ravel()) for part in parts)
    return first, second


def _followed(
    kicked: list[tuple[Member, Member]], mode: int, delays: FloatArray, tolerance: float
) -> tuple[ComplexArray, list[tuple[Member, Member]]]:
    r"""$\mathrm{tr}\, a^\dagger e^{\mathcal{L} \tau} (P + iQ)$, and P and Q at the last delay."""
    found = np.zeros(delays.size, np.complex128)
    ends = []
    for pair in kicked:
        of_p, of_q = (evolve_members([part], delays, _amplitude(mode), tolerance) for part in pair)
        (px, py), (qx, qy) = of_p.values.T, of_q.values.T
        found += px + qy + 1j * (qx - py)
        ends.append((of_p.ends[0], of_q.ends[0]))
    return found, ends
