"""Streams of random numbers: one per run, so that no answer depends on threads, chunks or the order of runs."""

import numpy as np


def spawn_streams(seed: int, runs: int) -> list[np.random.Generator]:
    """Independent generators, the k-th of which is the same for any number of `runs`."""
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(runs)]
