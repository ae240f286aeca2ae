"""One pattern across the superradiant transition, from four spins to ten thousand, at every level of theory."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

import cavity_hopfield as ch
from cavity_hopfield.plots import plot_transition, save_figure

OMEGA, LOSS, DRIVE = 1.0, 1.0, 0.1
CRITICAL = float(np.sqrt(DRIVE * (OMEGA**2 + LOSS**2 / 4) / (2 * OMEGA)))
LATE = 600.0
"""The time at which evolutions count as stationary; the light damps the spins at a rate of about a fiftieth."""


def cavity(spins: int, ratio: float) -> ch.MultimodeDicke:
    """One pattern of `spins` at a coupling in units of the critical one."""
    memory = ch.Patterns(np.ones((1, spins), np.int8))
    return ch.MultimodeDicke.from_patterns(
        memory, ratio * CRITICAL, OMEGA, LOSS, drive=DRIVE, scaling="intensive"
    )  # fmt: skip


def quiet(model: ch.MultimodeDicke) -> ch.ProductState:
    """All spins down along the transverse field, no light."""
    return ch.ProductState(np.tile([-1.0, 0.0, 0.0], (model.n_spins, 1)), np.zeros(1))


def order(model: ch.MultimodeDicke, energy: np.ndarray) -> np.ndarray:
    r"""$\langle m^2 \rangle^{1/2}$ from $E = -\frac12 J (N^2 \langle m^2 \rangle - N)$; the sign of $m$ is free."""
    n, coupling = model.n_spins, float(model.mediation[0] * model.g[0, 0] ** 2)
    return np.asarray(np.sqrt(np.maximum(1 / n - 2 * energy / (coupling * n**2), 0.0)))


def point(model: ch.MultimodeDicke, result: xr.Dataset) -> dict[str, float]:
    """Order and photons per spin, averaged over the times of `result` if there are some."""
    over = [dim for dim in result["energy"].dims if dim in {"time", "run"}]
    found = result[["energy", "photons"]].mean(over)
    told = {
        "order": float(order(model, found["energy"].values)),
        "photons_per_spin": float(found["photons"][0]) / model.n_spins,
    }
    if "photons_error" in result:  # of the mean over the runs; averaging over time is not relied on
        told["photons_per_spin_error"] = float(result["photons_error"].mean()) / model.n_spins
    return told


def curve(rung: str, spins: int, ratios: np.ndarray, solve: Callable[[ch.MultimodeDicke], xr.Dataset]) -> xr.Dataset:
    """One level of theory for one size."""
    rows = []
    for ratio in ratios:
        model = cavity(spins, float(ratio))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ch.RegimeWarning)  # where levels fail is what the figure shows
            rows.append(point(model, solve(model)))
    values = {name: ("coupling", [row[name] for row in rows]) for name in rows[0]}
    at = " ".join(f"{ratio:.2f}: {row['photons_per_spin']:.5f}" for ratio, row in zip(ratios, rows, strict=True))
    print(f"{rung:21} N = {spins:<6} photons per spin at g/g_c = {at}")
    return xr.Dataset(values, {"coupling": ratios}, {"rung": rung, "spins": spins})


def main(quick: bool = False, folder: Path | None = None) -> list[xr.Dataset]:
    """Draw the figure into `folder`; return the curves."""
    wide = np.array([0.6, 1.0, 1.4]) if quick else np.linspace(0.5, 1.5, 11)
    few = np.array([0.6, 1.4]) if quick else np.linspace(0.6, 1.4, 5)
    late = np.linspace(LATE / 2, LATE, 3 if quick else 31)

    def exact(model: ch.MultimodeDicke) -> xr.Dataset:
        return ch.Lindblad().steady_state(model)

    def jumps(model: ch.MultimodeDicke) -> xr.Dataset:
        return ch.QuantumJumps(runs=4 if quick else 60, seed=1, threads=2).evolve(model, quiet(model), late)

    def symmetric(model: ch.MultimodeDicke) -> xr.Dataset:
        return ch.PermutationSymmetric(tolerance=1e-7).evolve(model, quiet(model), [LATE])

    def atoms(model: ch.MultimodeDicke) -> xr.Dataset:
        return ch.AtomOnly().evolve(model, np.ones(model.n_spins), late)

    def sampled(model: ch.MultimodeDicke) -> xr.Dataset:
        runs = 100 if quick else 2000
        return ch.TruncatedWigner(runs=runs, seed=1, threads=2).evolve(model, quiet(model), late)

    def cumulants(model: ch.MultimodeDicke) -> xr.Dataset:
        return ch.Cumulants(order=2).evolve(model, quiet(model), late)

    def mean_field(model: ch.MultimodeDicke) -> xr.Dataset:
        return ch.MeanField().steady_state(model, model.memory.values[0])

    def linearised(model: ch.MultimodeDicke) -> xr.Dataset:
        return ch.Linearised().steady_state(model, model.memory.values[0])

    count = 2 if quick else 10
    # on either side of the threshold, where fluctuations about mean field diverge
    sides = np.linspace(0.5, 0.95, count), np.linspace(1.05, 1.5, count)
    curves = [curve("Lindblad", size, wide, exact) for size in ((4, 8) if quick else (4, 16))]
    curves += [
        curve("QuantumJumps", 8 if quick else 16, few, jumps),
        curve("PermutationSymmetric", 4, few, symmetric),
        curve("AtomOnly", 4, few, atoms),
        *(curve("TruncatedWigner", size, wide, sampled) for size in (100, 10_000)),
        *(curve("Cumulants", size, wide, cumulants) for size in (16, 100, 10_000)),
        *(curve("Linearised", size, side, linearised) for size in (100, 10_000) for side in sides),
        *(curve("MeanField", 10_000, side, mean_field).assign_attrs(spins=0) for side in sides),
    ]
    if folder is not None:
        save_figure(plot_transition(curves), folder / "transition.png")
    return curves


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
