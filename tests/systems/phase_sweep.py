"""Sweeps that processes of their own can be told to run: a phase diagram, one with seeds, one with larger files."""

import sys

import numpy as np

from cavity_hopfield import Glauber, KineticMonteCarlo, OpenHopfield, letters, phase_diagram
from cavity_hopfield.sweep import Evolution, sweep

GRID = {"temperature": np.linspace(0.1, 1.2, 40), "drive": np.linspace(0.0, 1.0, 50)}
LETTERS = letters("AC")
NETWORKS = {f"T = {heat}": OpenHopfield(LETTERS, rate_law=Glauber(temperature=heat)) for heat in (0.1, 0.3, 0.9)}
COARSE = {"temperature": np.linspace(0.1, 1.2, 12), "drive": np.linspace(0.0, 1.0, 15)}
WAVES = {"x": np.linspace(0.0, 1.0, 60)}
REPLICAS = {"model": NETWORKS, "replica": 4}


def phase(temperature, drive):
    """Where the overlap with one pattern is after a while, if it starts on the pattern."""
    diagram = phase_diagram(1, temperature=[temperature], drive=[drive], starts=[[1.0]], end=20.0)
    return diagram[["share", "phase", "amplitude", "outcome"]]


def map_phases(store, executor=None, *, grid=GRID, **options):
    """The phase diagram, its result in `store`."""
    return sweep(phase, grid, store=store, executor=executor, **options)


def recall(store, executor=None, **options):
    """How often a letter is recalled by chance, for some networks and streams of chance."""
    start = LETTERS.corrupted("A", flips=0.2, seed=1)
    study = Evolution(NETWORKS["T = 0.3"], KineticMonteCarlo(runs=5, seed=0), start, [0.0, 1.0, 2.0])
    return sweep(study, REPLICAS, store=store, executor=executor, seed=7, **options)


def wave(x):
    """A few thousand bytes for each point."""
    return {"wave": ("place", np.cos(x * np.arange(400)))}


def draw_waves(store, **options):
    """A wave at each point, one after another."""
    return sweep(wave, WAVES, store=store, executor="serial", **options)


def as_one_command():
    """Make the command line in the file the same wherever the sweep runs."""
    sys.argv = ["cavity-hopfield", "sweep"]
