r"""Initial conditions of ensembles of runs: near the memories, near the origin, on the patterns, anywhere."""

import numpy as np

from cavity_hopfield._checks import random_generator, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, Seed
from cavity_hopfield.analysis.class_dynamics import bloch_vectors, require_limit
from cavity_hopfield.network import HopfieldLimit
from cavity_hopfield.network.local_response import LocalResponse

START_KINDS = ("recall", "origin", "pattern", "random")
"""Kinds of starts, in turn: near a retrieval point, near the origin, on a pattern, anywhere."""
BESIDE = 0.01
"""Length of the push that takes a start off a point, which is moved towards the origin by as large a share first."""
ITERATIONS = 300


def start_kinds(count: int) -> list[str]:
    """The kind of each of `count` starts, which take turns."""
    return [START_KINDS[k % len(START_KINDS)] for k in range(count)]


def ensemble_starts(
    limit: HopfieldLimit, count: int, seed: Seed, drives: FloatArray, temperatures: FloatArray | None = None
) -> FloatArray:
    r"""Bloch vectors (R, S, C, 3) of S starts for each of R networks, those of `drives` and `temperatures`.

    The starts take turns among the kinds and, within a kind, among the patterns. What is random is the same for all
    networks, so that nothing but the network tells them apart. Near the retrieval point means near the solution of the
    equations at rest that iteration from the pattern finds, the origin where there is no other.
    """
    stream = random_generator(seed)
    n_classes, n_patterns = require_limit(limit).columns.shape
    starts = np.zeros((len(drives), count, n_classes, 3))
    for k, kind in enumerate(start_kinds(count)):
        pattern = (k // len(START_KINDS)) % n_patterns
        push, anywhere = BESIDE * _in_disc(stream, n_classes), _anywhere(stream, limit)
        here = starts[:, k, :, 1:]
        if kind == "recall":
            here[:] = (1 - BESIDE) * _at_retrieval(limit, pattern, drives, temperatures) + push
        elif kind == "origin":
            here[:] = push
        elif kind == "pattern":
            here[..., 1] = (1 - BESIDE) * limit.columns[:, pattern]
            here += push
        else:
            here[:] = anywhere
    return starts


def random_starts(limit: HopfieldLimit, count: int, stream: np.random.Generator) -> FloatArray:
    r"""Bloch vectors (R, C, 3): $(m^y_\xi, m^z_\xi) = \xi \cdot a$ with random overlaps $a$ of both, as large as the
    longest spin allows times a random length.
    """
    starts = np.zeros((count, len(limit.columns), 3))
    for start in starts:
        start[:, 1:] = _anywhere(stream, limit)
    return starts


def starts_for(
    limit: HopfieldLimit,
    starts: int | ArrayLike,
    seed: Seed,
    drives: FloatArray,
    temperatures: FloatArray | None = None,
) -> tuple[FloatArray, list[str]]:
    """Starts (R, S, C, 3) for each of R networks, and their kinds: an ensemble if a number is given."""
    if np.ndim(starts) == 0:
        count = whole_number("starts", starts, minimum=1)  # type: ignore[arg-type]
        return ensemble_starts(limit, count, seed, drives, temperatures), start_kinds(count)
    given = bloch_vectors(limit, "starts", starts)
    return np.broadcast_to(given, (len(drives), *given.shape)), ["given"] * len(given)


def _in_disc(stream: np.random.Generator, n_classes: int) -> FloatArray:
    """One (y, z) of length up to one for each class."""
    length, angle = np.sqrt(stream.random(n_classes)), 2 * np.pi * stream.random(n_classes)
    return np.stack([length * np.cos(angle), length * np.sin(angle)], axis=-1)


def _anywhere(stream: np.random.Generator, limit: HopfieldLimit) -> FloatArray:
    """One start (C, 2) as `random_starts` has them."""
    spins = limit.columns @ stream.standard_normal((limit.n_patterns, 2))
    return np.asarray(np.sqrt(stream.random()) * spins / np.linalg.norm(spins, axis=1).max())


def _at_retrieval(
    limit: HopfieldLimit, pattern: int, drives: FloatArray, temperatures: FloatArray | None
) -> FloatArray:
    r"""(y, z) of every class, (R, C, 2), by iterating $m^z = d s / (s^2 + 8 \Omega^2)$, $m^y = -4 \Omega m^z / s$."""
    response = None if temperatures is not None else LocalResponse.of(limit)
    fields_of = limit.columns * limit.strengths
    overlaps = limit.overlaps(limit.columns[:, pattern]) + np.zeros((len(drives), 1))
    turn = 8 * drives[:, None] ** 2
    for _ in range(ITERATIONS):
        h = overlaps @ fields_of.T
        if response is None:
            s = np.full_like(h, limit.rate_law(0.0) * 2)
            d = s * np.tanh(h / temperatures[:, None])  # type: ignore[index]
        else:
            s, d = response.sums(h), response.differences(h)
        z = d * s / (s**2 + turn)
        overlaps = limit.overlaps(z)
    return np.stack([-4 * drives[:, None] * z / s, z], axis=-1)
