"""Random numbers: one stream for every run, whatever else is done."""

import numpy as np


def run_stream(seed: int, run: int, *purpose: int) -> np.random.Generator:
    """The generator of one run; with a `purpose`, another one of the same run."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(run, *purpose)))


def spawn_streams(seed: int, runs: int) -> list[np.random.Generator]:
    """Independent generators, the k-th of which is the same for any number of `runs`."""
    return [run_stream(seed, run) for run in range(runs)]
