"""A design of four knobs against scipy's differential evolution on the same worth: evaluations of the model until the
same misfit and objective are reached.

The columns of time are evaluations here, not seconds: an evaluation costs the same in both. The peer gets the worth
of every point as one number, the defaults of scipy without its final polish, and the same seed. Errors: the misfit in
units of the tolerance.
"""

from contextlib import suppress

import numpy as np
from scipy.optimize import differential_evolution

from cavity_hopfield import letters
from cavity_hopfield.design import GlauberTarget
from cavity_hopfield.design.design import OBJECTIVES
from cavity_hopfield.design.problem import Problem, SpentError
from cavity_hopfield.design.search import search
from cavity_hopfield.platforms import BareCavity
from tests.benchmarks.interleaved import Row

GOAL = 3.0
MOST = 6000
WITHIN = 1e-3
"""How near the objective must come."""
TURN = 2 * np.pi


def problem():
    lab = BareCavity(
        coupling_rad_s=TURN * 1e5, mode_detuning_rad_s=TURN * 1e6, photon_loss_rad_s=TURN * 3e5, drive_rad_s=TURN * 100
    )
    vary = {
        "coupling_rad_s": (TURN * 5e3, TURN * 5e5),
        "drive_rad_s": (TURN, TURN * 1e4),
        "photon_loss_rad_s": (TURN * 5e4, TURN * 3e6),
        "mode_detuning_rad_s": (TURN * 5e5, TURN * 4e6),
    }
    return Problem.of(GlauberTarget(temperature=0.6), lab, vary, letters("EV"), (), OBJECTIVES)


def reached(found, worth):
    """After how many evaluations a worth was reached first."""
    worths = [one.worth for one in found.known.values()]
    return next((k + 1 for k, value in enumerate(worths) if value <= worth + WITHIN), np.inf)


def by_evolution(seed):
    found = problem()
    found.allowed = MOST
    with suppress(SpentError):
        differential_evolution(
            lambda u: found.at(u).worth, [(0, 1)] * len(found.knobs), seed=seed, polish=False, maxiter=10_000, tol=0
        )
    return found


def rows():
    """The table: one design, three seeds."""
    for seed in (1, 2, 3):
        ours, theirs = problem(), by_evolution(seed)
        search(ours, seed, 600)
        worth = ours.best.worth
        counts = [float(reached(found, worth)) for found in (ours, theirs)]
        yield Row(f"evaluations of a design, seed {seed}", "differential_evolution", *counts, GOAL, ours.best.misfit,
                  theirs.best.misfit)  # fmt: skip
