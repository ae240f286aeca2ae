"""Where rates hold: the measured map of their error, and two equal spins as their couplings are drawn apart."""

import warnings
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.sparse.linalg import expm_multiply

import cavity_hopfield as ch
from cavity_hopfield.plots import house_style, plot_validity_map, save_figure

TIME, DRIVE = 300.0, 0.05


def pair(difference: float) -> ch.MultimodeDicke:
    """Two spins whose couplings differ by `difference`, in one mode."""
    return ch.MultimodeDicke([[0.5 - difference / 2], [0.5 + difference / 2]], omega=1.0, loss=1.0, drive=DRIVE)


def exact_population(dicke: ch.MultimodeDicke, levels: int) -> float:
    """The probability of up-down at `TIME`, from both up with the light at rest, by the full Lindblad equation."""
    amplitude = dicke.relaxed_amplitudes([1, 1])[0]
    powers = np.arange(levels)
    coherent = amplitude**powers / np.sqrt(np.cumprod(np.maximum(powers, 1), dtype=float))
    state = np.kron([1, 0, 0, 0], coherent / np.linalg.norm(coherent))
    start = np.outer(state.conj(), state).ravel()
    late = expm_multiply(ch.full_liouvillian(dicke, levels) * TIME, start).reshape(4, levels, 4, levels)
    return float(np.trace(late[1, :, 1, :]).real)


def single_flips(dicke: ch.MultimodeDicke) -> float:
    """The same by rates of single flips."""
    network = ch.OpenHopfield(dicke.ising_couplings(), ch.CavityRates(dicke))
    return float(ch.ClassicalMasterEquation().evolve(network, [1, 1], [TIME])["probability"][0, 1])


def flips_together(dicke: ch.MultimodeDicke) -> float:
    """The same by collective flips of equal spins: half of the population of the level m = 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ch.RegimeWarning)  # the drive is chosen to be strong enough to see
        network = ch.OpenHopfield.from_dicke(dicke, jumps="collective")
    late = ch.ClassicalMasterEquation().evolve(network, [1, 1], [TIME])
    return float(late["probability"].where(late["spin_projection"][:, 0] == 0).sum()) / 2


def main(quick: bool = False, folder: Path | None = None) -> tuple[float, float, float]:
    """Draw the figures into `folder`; return the population at the smallest and the largest difference, and for flips
    together.
    """
    levels, points = (8, 3) if quick else (12, 25)
    unit = ch.certify(pair(0.0), at=[[1, 1]]).disorder_for_single_flips
    differences = np.geomspace(0.03, 12.0, points) * unit
    exact = [exact_population(pair(difference), levels) for difference in differences]
    single = [single_flips(pair(difference)) for difference in differences]
    together = flips_together(pair(0.0))
    if folder is not None:
        draw_disorder(differences / unit, exact, single, together, folder / "disorder.png")
        save_figure(plot_validity_map(ch.measured_map()), folder / "validity_map.png")
    print(f"d_c = {unit:.3g}; population of up-down {exact[0]:.4f} below it, {exact[-1]:.4f} above")
    return exact[0], exact[-1], together


def draw_disorder(
    differences: np.ndarray, exact: list[float], single: list[float], together: float, path: Path
) -> None:
    """Population of up-down against the difference of the couplings."""
    with house_style():
        axes = Figure(figsize=(4.6, 2.9), layout="constrained").subplots()
        axes.semilogx(differences, exact, "o-", label="full Lindblad equation")
        axes.semilogx(differences, single, "--", label="single flips")
        axes.axhline(together, color="0.4", linestyle=":", label="flips together (sector equation)")
        axes.axvline(1.0, color="0.8")
        axes.set_xlabel(r"difference of the couplings / $d_c$")
        axes.set_ylabel(f"probability of up-down at t = {TIME:g}")
        axes.set_ylim(0, None)
        axes.legend()
        save_figure(axes, path)


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
