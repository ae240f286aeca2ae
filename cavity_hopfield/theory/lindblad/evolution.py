r"""$\rho(t)$ of an open quantum Hopfield network: its parts in the turned frame, one after the other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import spin_array
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.dynamics import Progress, Propagation, propagate
from cavity_hopfield.exceptions import SizeError
from cavity_hopfield.model import ProductState
from cavity_hopfield.network import (
    InitialState,
    OpenHopfield,
    bloch_vectors,
    configuration_index,
    density_matrix,
)
from cavity_hopfield.operators import configurations
from cavity_hopfield.theory.lindblad.door import frame_phases
from cavity_hopfield.theory.lindblad.matrix_free import MatrixFree

VECTORS = 5
"""Packed matrices held at a time: the start, three of the recurrence and the end of the step."""
MOST_PROBABILITIES = 2**22
"""Numbers in `probability` (time, configuration) beyond which it is left out."""

Part = tuple[MatrixFree, FloatArray]
"""A generator and a packed matrix, symmetric or antisymmetric."""


@dataclass(frozen=True)
class Evolution:
    """What is recorded along the way.

    Attributes
    ----------
    bloch : (T, N, 3) array
        Expectations of the Pauli matrices of every spin.
    energy, trace : (T,) arrays
        Of the density matrix.
    probability : (T, 2^N) array or None
        The diagonal; None if that is too many numbers.
    error : float
        Estimated error of the density matrix relative to its norm.
    products : int
        Products with the generator.
    """

    bloch: FloatArray
    energy: FloatArray
    trace: FloatArray
    probability: FloatArray | None
    error: float
    products: int


def check_size(model: OpenHopfield, initial: InitialState, n_times: int, memory_gib: float, states: int = 0) -> None:
    """An error if more memory is needed than `memory_gib`, for `n_times` of observables or that many `states`."""
    n = min(model.n_spins, 500)
    tiles = 4.0**n / 2 * 8
    need = VECTORS * tiles + 2.0**n * 8 * (3 * n + 100) + n_times * 8 * (4 * n + 2.0**n)
    if _is_dense(model, initial):
        # complex density matrices on the way to the real parts, and the part that waits
        need += 5 * 16 * 4.0**n
    need += states * 16 * 4.0**n + (3 * 16 * 4.0**n if states else 0)
    if need / 2**30 > memory_gib:
        raise SizeError(
            f"The density matrix of {model.n_spins} spins needs about {need / 2**30:.3g} GiB to evolve, more than "
            f"memory_gib={memory_gib:g}. Use `QuantumJumps`, whose memory grows as 2^N, or `PermutationSymmetric` for "
            "spins that are alike; or start from a configuration, the cheapest."
        )


def parts_of(model: OpenHopfield, initial: InitialState) -> list[Part]:
    r"""$\rho' = S + iA$ in the turned frame: S, and A if there is any. A configuration has none. An S that does not
    change when all spins are turned over never does, and takes half the work.
    """
    spins = _configuration(model, initial)
    if spins is not None:
        symmetric = MatrixFree.of(model)
        start = np.zeros(symmetric.size)
        start[_diagonal(symmetric)[configuration_index(spins, model.n_spins)]] = 1.0
        return [(symmetric, start)]
    phases = frame_phases(model.n_spins)
    turned = density_matrix(initial, model.n_spins) * np.outer(phases, phases.conj())
    # each part exactly, for round-off elsewhere would not be seen
    parts = [_in_its_sector(model, (turned.real + turned.real.T) / 2)]
    if np.any(turned.imag):
        antisymmetric = MatrixFree.of(model, antisymmetric=True)
        parts.append((antisymmetric, antisymmetric.pack((turned.imag - turned.imag.T) / 2)))
    return parts


def _in_its_sector(model: OpenHopfield, symmetric: FloatArray) -> Part:
    even = MatrixFree.of(model, "even")
    packed = even.pack(symmetric)
    if np.array_equal(even.unpack(packed), symmetric):
        return even, packed
    every = MatrixFree.of(model)
    return every, every.pack(symmetric)


def evolve_parts(
    model: OpenHopfield, parts: list[Part], times: FloatArray, tolerance: float, progress: Progress | None
) -> Evolution:
    """Observables of the sum of `parts` at `times`."""
    n, spins = model.n_spins, configurations(model.n_spins).astype(np.float64)
    whole = times.size * 2**n <= MOST_PROBABILITIES
    energies = model.energy(spins)
    reduce = None if whole else np.column_stack([spins, energies, np.ones(2**n)]).T.copy()
    found = []
    for k, (generator, start) in enumerate(parts):
        record = _recorder(generator, reduce)
        found.append(_run(generator, start, times, record, tolerance, _share(progress, k, len(parts))))
    symmetric = found[0].values
    bloch = np.zeros((times.size, n, 3))
    bloch[..., 1] = -2 * symmetric[:, :n]
    if len(found) > 1:
        bloch[..., 0] = -2 * found[1].values[:, :n]
    diagonal = symmetric[:, n:]
    if whole:
        bloch[..., 2], energy, trace = diagonal @ spins, diagonal @ energies, diagonal.sum(axis=1)
    else:
        bloch[..., 2], energy, trace = diagonal[:, :n], diagonal[:, n], diagonal[:, n + 1]
    error, products = sum(part.error for part in found), sum(part.products for part in found)
    return Evolution(bloch, energy, trace, diagonal if whole else None, error, products)


def density_matrices(
    model: OpenHopfield, parts: list[Part], times: FloatArray, tolerance: float, progress: Progress | None
) -> list[ComplexArray]:
    """The sum of `parts` at each of `times`, in the frame of the model."""
    phases = frame_phases(model.n_spins)
    back = np.outer(phases.conj(), phases)
    now = [start for _, start in parts]
    found, before = [], 0.0
    for k, time in enumerate(times):
        if time > before:
            step = np.array([time - before])
            now = [
                _run(generator, start, step, _nothing, tolerance, None).end
                for (generator, _), start in zip(parts, now, strict=True)
            ]
        turned = sum(
            (1j if generator.antisymmetric else 1) * generator.unpack(end)
            for (generator, _), end in zip(parts, now, strict=True)
        )
        found.append(np.asarray(turned * back))
        before = float(time)
        if progress is not None:
            progress((k + 1) / times.size)
    return found


def _run(
    generator: MatrixFree,
    start: FloatArray,
    times: FloatArray,
    record: Callable[[FloatArray], FloatArray],
    tolerance: float,
    progress: Progress | None,
) -> Propagation:
    return propagate(
        generator.apply,
        start,
        times,
        generator.ellipse,
        record,
        tolerance=tolerance,
        progress=progress,
        advance=generator.advance,
    )


def _recorder(generator: MatrixFree, reduce: FloatArray | None) -> Callable[[FloatArray], FloatArray]:
    """Sums of the elements one flip of each spin off the diagonal, and the diagonal or `reduce` (R, 2^N) times it.

    In the even sector the sums, which are means of sigma^y there, vanish.
    """
    diagonal, beside = _diagonal(generator), _beside(generator)
    weight = 0.0 if generator.sector == "even" else 1.0

    def record(x: FloatArray) -> FloatArray:
        sums = weight * x[beside].sum(axis=1)
        populations = x[diagonal]
        return np.concatenate([sums, populations if reduce is None else reduce @ populations])

    return record


def _nothing(x: FloatArray) -> FloatArray:  # noqa: ARG001
    return np.empty(0)


def _diagonal(generator: MatrixFree) -> IntArray:
    """Where every configuration's population is packed, shape (2^N,)."""
    every = np.arange(2**generator.network.n_spins)
    return generator.places(every, every)


def _beside(generator: MatrixFree) -> IntArray:
    """Where the elements between spin i up and spin i down are packed, shape (N, 2^N / 2)."""
    n = generator.network.n_spins
    every = np.arange(2**n)
    flips = 1 << np.arange(n)[::-1]
    return np.array([generator.places(every[every & flip == 0], every[every & flip > 0]) for flip in flips])


def _share(progress: Progress | None, part: int, parts: int) -> Progress | None:
    """Progress of one of several equal parts."""
    if progress is None:
        return None
    return lambda fraction: progress((part + fraction) / parts)


def _configuration(model: OpenHopfield, initial: InitialState) -> FloatArray | None:
    """The configuration that `initial` is, exactly; None for any other state."""
    if isinstance(initial, ProductState):
        bloch = bloch_vectors(initial, model.n_spins)
        sharp = bool((bloch[:, :2] == 0).all() and (np.abs(bloch[:, 2]) == 1).all())
        return bloch[:, 2] if sharp else None
    try:
        shape = np.shape(initial)
    except ValueError:  # of no regular shape: `density_matrix` says so
        return None
    if shape == (model.n_spins,) and np.isin(initial, (-1, 1)).all():
        return spin_array("initial", initial, n_spins=model.n_spins, ndim=1).astype(np.float64)
    return None


def _is_dense(model: OpenHopfield, initial: InitialState) -> bool:
    return _configuration(model, initial) is None
