"""Truncated Wigner, per run, against Heun's rule in numpy with all runs in one array, at equal error of the step.

Both begin from the same starts, drawn before the clock begins (`starts_s`), one thread each. The class row sums like
spins in both; the site row moves every spin, with matrix products for fields and forces in numpy. The errors are those
of the classical path without noise at t = 5, against a step a tenth as long: of mean spins, and of amplitudes over the
largest.
"""

import time
from dataclasses import replace

import numpy as np

from cavity_hopfield import MultimodeDicke, Patterns
from cavity_hopfield.cavity import cavity_start
from cavity_hopfield.theory.truncated_wigner import TruncatedWigner
from cavity_hopfield.theory.truncated_wigner.lanes import Ensemble
from cavity_hopfield.theory.truncated_wigner.sampling import SpinGroups, starts
from cavity_hopfield.theory.truncated_wigner.steps import Steps
from tests.benchmarks.interleaved import Row, interleaved

GOAL_CLASS, GOAL_SITE = 20.0, 5.0
LONG, SHORT = 50.0, 5.0
NAMES = ("truncated Wigner, N = 1e4, P = 1, classes", "truncated Wigner, N = 1000, P = 5, sites")


def heun(ensemble, spins, light, end, steps, quiet=False):
    """Spins (K, 3, R) and amplitudes (M, R) at the end, from the same arrays as ours."""
    model, g = ensemble.model, ensemble.groups.g
    h = end / steps
    generator = np.random.default_rng(1)
    x, y, z = (spins[:, axis].copy() for axis in range(3))
    alpha = light[:, 0] + 1j * light[:, 1]
    pole, spread = model.pole[:, None], 0.0 if quiet else np.sqrt((model.loss + model.gain) / 4 * h)[:, None]

    def slope(x, y, z, alpha):
        field = 2 * (g @ (2 * alpha.real))
        turn = 2 * model.drive
        return -field * y, field * x - turn * z, turn * y, -pole * alpha - 1j * (g.T @ z)

    for _ in range(steps):
        noise = spread * (generator.standard_normal(alpha.shape) + 1j * generator.standard_normal(alpha.shape))
        one = slope(x, y, z, alpha)
        two = slope(x + h * one[0], y + h * one[1], z + h * one[2], alpha + h * one[3] + noise)
        x += h / 2 * (one[0] + two[0])
        y += h / 2 * (one[1] + two[1])
        z += h / 2 * (one[2] + two[2])
        alpha = alpha + h / 2 * (one[3] + two[3]) + noise
    return np.stack([x, y, z], axis=1), alpha


def ours(ensemble, given):
    """The ends of all runs from `given` starts, side by side as the theory has them."""
    ends = [list(ensemble.moved(*(part.copy() for part in some)))[-1] for some in given]
    return np.concatenate([end.spins[-1] for end in ends], axis=-1)


def quiet_end(ensemble, end, step):
    steps = Steps.over(ensemble.model, np.array([end]), step)
    steps.modes[..., 6] = 0.0
    (told,) = replace(ensemble, steps=steps).along(0, 4)
    return summary(ensemble, told.spins[-1], told.alpha[-1])


def summary(ensemble, spins, alpha):
    """Mean spins by pattern, and amplitudes over the largest."""
    plain, turned = ensemble.groups.readings(ensemble.model)
    reads = [plain @ spins[:, 0], turned @ spins[:, 1], turned @ spins[:, 2]]
    return np.concatenate([np.concatenate(reads), alpha.real / abs(alpha).max(), alpha.imag / abs(alpha).max()])


def row(work, model, start, resolution, runs, end, step, peer_steps, goal):
    """One line."""
    state = cavity_start(model, start)
    groups = SpinGroups.of(model, state, resolution)
    ensemble = Ensemble(model, state, groups, Steps.over(model, np.array([end]), step), "discrete", 1)
    spins, light, _ = starts(groups, state, "discrete", 1, 0, runs)
    lanes = ensemble.lanes(runs)
    given = [starts(groups, state, "discrete", 1, k, min(k + lanes, runs)) for k in range(0, runs, lanes)]
    ours_s, peer_s = interleaved(
        lambda: ours(ensemble, given), lambda: heun(ensemble, spins, light, end, peer_steps), rounds=3
    )
    few = starts(groups, state, "discrete", 1, 0, 4)[:2]
    exact = quiet_end(ensemble, SHORT, step / 10)
    peer = summary(ensemble, *heun(ensemble, *few, SHORT, round(peer_steps * SHORT / end), quiet=True))
    errors = [float(np.abs(found - exact).max()) for found in (quiet_end(ensemble, SHORT, step), peer)]
    return Row(work, "numpy Heun", ours_s / runs, peer_s / runs, goal, *errors)


def class_row(runs=2048):
    """One pattern of ten thousand spins."""
    memory = Patterns([[1, -1] * 5000])
    model = MultimodeDicke.from_patterns(memory, 0.7, 1.0, 1.0, drive=0.4, scaling="intensive")
    start = memory.values[0].copy()
    start[:2000] *= -1
    return row(NAMES[0], model, start, "class", runs, LONG, 0.15, 1500, GOAL_CLASS)


def site_row(runs=64):
    """Five patterns of a thousand spins, each coupled in its own way."""
    memory = Patterns(np.random.default_rng(1).choice([-1, 1], (5, 1000)))
    model = MultimodeDicke.from_patterns(
        memory, 0.8, 1.0, 1.0, drive=0.4, scaling="intensive", disorder=0.1, seed=1
    )  # fmt: skip
    return row(NAMES[1], model, memory.values[0], "site", runs, SHORT, 0.15, 250, GOAL_SITE)


def starts_s(runs=2048):
    """Seconds that the start of a run of the class row takes."""
    memory = Patterns([[1, -1] * 5000])
    model = MultimodeDicke.from_patterns(memory, 0.7, 1.0, 1.0, drive=0.4, scaling="intensive")
    state = cavity_start(model, memory.values[0])
    groups = SpinGroups.of(model, state, "class")
    begun = time.perf_counter()
    starts(groups, state, "discrete", 1, 0, runs)
    return (time.perf_counter() - begun) / runs


def rows():
    """The table."""
    yield class_row()
    yield site_row()


def large(n=100_000, modes=100, runs=8, end=1.0, threads=1):
    """Seconds and steps of N = 1e5 spins in M = 100 modes, every spin by itself."""
    g = np.random.default_rng(1).choice([-1.0, 1.0], (n, modes)) * 0.7 / np.sqrt(n)
    model = MultimodeDicke(g, 1.0, 1.0, drive=0.4)
    theory = TruncatedWigner(runs=runs, seed=1, step=0.1, resolution="site", threads=threads)
    begun = time.perf_counter()
    result = theory.evolve(model, np.sign(g[:, 0]), [end])
    return time.perf_counter() - begun, result


if __name__ == "__main__":
    for line in rows():
        print(line, flush=True)
    print(f"starts: {starts_s() * 1e6:.1f} us a run")
