"""Few spins against the limit cycle of many: how fast the gap closes in three phases, and how fast the frequency comes.

P. Rotondo et al., J. Phys. A 51, 115301 (2018) saw eigenvalues near the imaginary axis for few spins and took them to
become imaginary as N grows: then the oscillation never ends. Here N reaches 120, by counts. N spins follow the cycle of
the mean field in the end, and the noise of N single spins blurs its phase, so that the gap must close as D / N with a D
that follows from the cycle alone.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp

import cavity_hopfield as ch
from cavity_hopfield.plots.style import BLUE, GREEN, GREY, VERMILION, house_style
from cavity_hopfield.theory.symmetric import PermutationSymmetric

CYCLE, MEMORY, PARAMAGNET = (0.15, 0.8), (0.15, 0.3), (0.9, 0.5)
"""Temperature and drive in the three phases."""
SIZES = (4, 6, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100, 120)
MEMORY_SIZES = (4, 6, 8, 10, 15, 20, 30, 40, 50, 60, 70, 80)
QUICK_SIZES = (4, 6, 8, 12, 16, 20)
LATE = 0.4
"""Fits use sizes above this share of the largest."""


@dataclass(frozen=True)
class MeanFieldCycle:
    """The limit cycle of infinitely many spins, and how N spins spread along it.

    Attributes
    ----------
    frequency : float
        Angular frequency.
    diffusion : float
        D: the pair of eigenvalues next to the frequency has the real part -D / N.
    """

    frequency: float
    diffusion: float


@dataclass(frozen=True)
class Findings:
    """What the study found; errors are one standard deviation of the fit.

    Attributes
    ----------
    sizes, gap, frequency : arrays
        Of the leading odd pair in the phase of the limit cycle.
    power, power_error, prefactor : float
        Of `gap = prefactor * N**power` over the largest sizes.
    cycle : MeanFieldCycle
        Of infinitely many spins.
    limit, limit_error : float
        N gap as N grows, by a parabola in 1/N.
    frequency_limit : float
        The frequency as N grows, likewise.
    memory_gap : array
        The leading odd eigenvalue in the retrieval phase, at `memory_sizes`.
    memory_rate, memory_rate_error : float
        Of `exp(-rate * N)`, over the largest sizes.
    paramagnet_gap : array
        The leading odd pair in the paramagnet, at `memory_sizes`.
    dropped : dict
        For each temperature the size and the largest deviations from the closed equations of sigma^y and sigma^x,
        shape (sizes, 3).
    """

    sizes: np.ndarray
    gap: np.ndarray
    frequency: np.ndarray
    power: float
    power_error: float
    prefactor: float
    cycle: MeanFieldCycle
    limit: float
    limit_error: float
    frequency_limit: float
    memory_sizes: np.ndarray
    memory_gap: np.ndarray
    memory_rate: float
    memory_rate_error: float
    paramagnet_gap: np.ndarray
    dropped: dict[float, np.ndarray]


def network(n_spins: int, temperature: float, drive: float) -> ch.OpenHopfield:
    """One pattern, which may as well be all up."""
    return ch.OpenHopfield(ch.Patterns(np.ones((1, n_spins), np.int8)), ch.Glauber(temperature), drive)


def leading(n_spins: int, point: tuple[float, float], near: complex) -> complex:
    """The odd eigenvalue of smallest decay among the three nearest to `near`, above the real axis."""
    found = PermutationSymmetric().spectrum(network(n_spins, *point), k=3, near=near, parity=-1)
    values = found["eigenvalue_real"].values + 1j * np.abs(found["eigenvalue_imag"].values)
    return complex(values[values.real.argmax()])


def mean_field_cycle(temperature: float, drive: float) -> MeanFieldCycle:
    r"""The cycle of $\dot m^y = -2\Omega m^z - m^y/2$, $\dot m^z = 2\Omega m^y + \tanh(m^z/T) - m^z$, and
    $D = \frac12 \langle Z^T \Gamma Z \rangle$ over a period with the phase response Z ($\dot Z = -J^T Z$,
    $Z \cdot \dot m = \omega$) and the noise of single spins
    $\Gamma = ((1, -m^y \tanh), (-m^y \tanh, 2 - 2 m^z \tanh))$.
    """

    def flow(_: float, m: np.ndarray) -> np.ndarray:
        y, z = m
        return np.array([-2 * drive * z - y / 2, 2 * drive * y + np.tanh(z / temperature) - z])

    def jacobian(m: np.ndarray) -> np.ndarray:
        steep = (1 - np.tanh(m[1] / temperature) ** 2) / temperature - 1
        return np.array([[-0.5, -2 * drive], [2 * drive, steep]])

    def rising(_: float, m: np.ndarray) -> float:
        return float(m[1])

    rising.direction = 1  # type: ignore[attr-defined]
    precise: Any = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-12}
    late = solve_ivp(flow, (0, 200), [0.3, 0.5], **precise).y[:, -1]
    crossings: Any = solve_ivp(flow, (0, 30), late, events=rising, **precise)
    start, period = crossings.y_events[0][0], float(np.diff(crossings.t_events[0])[0])
    turn: Any = solve_ivp(flow, (0, period), start, dense_output=True, **precise).sol
    response = np.array([1.0, 1.0])
    for _ in range(8):  # backwards in time the response along the cycle is all that stays
        back: Any = solve_ivp(
            lambda t, z: -jacobian(turn(t)).T @ z, (period, 0), response, dense_output=True, **precise
        )
        response = back.y[:, -1] / np.linalg.norm(back.y[:, -1])
    frequency, spread = 2 * np.pi / period, []
    for t in np.arange(2000) * period / 2000:
        (y, z), z_of = turn(t), back.sol(t)
        z_of = z_of * frequency / (z_of @ flow(t, turn(t)))
        pull = np.tanh(z / temperature)
        noise = np.array([[1, -y * pull], [-y * pull, 2 - 2 * z * pull]])
        spread.append(z_of @ noise @ z_of / 2)
    return MeanFieldCycle(frequency, float(np.mean(spread)))


def line(x: np.ndarray, y: np.ndarray, degree: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of a polynomial fit, the constant first, with standard deviations from its residuals."""
    design = np.vander(x, degree + 1, increasing=True)
    found, *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ found
    variance = residual @ residual / max(y.size - degree - 1, 1)
    return found, np.sqrt(np.diag(variance * np.linalg.inv(design.T @ design)))


def dropped_term(n_spins: int, temperature: float, drive: float) -> tuple[float, float]:
    r"""The largest $|\dot m^y + 2\Omega m^z + m^y/2|$ and $|\dot m^x + m^x/2|$ on the way from a product state off
    every plane, whose derivatives are those of five points.
    """
    step = 0.01
    times = np.arange(801) * step
    start = ch.ProductState(np.tile([0.6, 0.0, 0.8], (n_spins, 1)))
    path = PermutationSymmetric(tolerance=1e-12).evolve(network(n_spins, temperature, drive), start, times)
    x, y, z = (path[f"magnetisation{axis}"].values for axis in ("_x", "_y", ""))

    def slope(m: np.ndarray) -> np.ndarray:
        return np.asarray((m[:-4] - 8 * m[1:-3] + 8 * m[3:-1] - m[4:]) / (12 * step))

    inner = slice(2, -2)
    of_y = slope(y) + 2 * drive * z[inner] + y[inner] / 2
    of_x = slope(x) + x[inner] / 2
    return float(np.abs(of_y).max()), float(np.abs(of_x).max())


def main(quick: bool = False, folder: Path | None = None) -> Findings:
    """Find the eigenvalues and fit them; draw `finite_limit_cycle.png` into `folder`; print the fits."""
    sizes = np.array(QUICK_SIZES if quick else SIZES)
    smaller = np.array(QUICK_SIZES if quick else MEMORY_SIZES)
    cycle = mean_field_cycle(*CYCLE)
    pairs = np.array([leading(n, CYCLE, cycle.frequency * 1j) for n in sizes])
    gap, frequency = -pairs.real, pairs.imag
    memory = np.array([-leading(n, MEMORY, 0j).real for n in smaller])
    paramagnet = np.array([-leading(n, PARAMAGNET, 0.95j).real for n in smaller])
    late, later = sizes > LATE * sizes[-1], smaller > LATE * smaller[-1]
    (logarithm, power), (_, power_error) = line(np.log(sizes[late]), np.log(gap[late]))
    (limit, *_), (limit_error, *_) = line(1 / sizes[late], (sizes * gap)[late], 2)
    (frequency_limit, *_), _ = line(1 / sizes[late], frequency[late], 2)
    (_, slope), (_, slope_error) = line(smaller[later].astype(float), np.log(memory[later]))
    few = (10, 20) if quick else (10, 20, 40, 60)
    found = Findings(
        sizes=sizes,
        gap=gap,
        frequency=frequency,
        power=float(power),
        power_error=float(power_error),
        prefactor=float(np.exp(logarithm)),
        cycle=cycle,
        limit=float(limit),
        limit_error=float(limit_error),
        frequency_limit=float(frequency_limit),
        memory_sizes=smaller,
        memory_gap=memory,
        memory_rate=-float(slope),
        memory_rate_error=float(slope_error),
        paramagnet_gap=paramagnet,
        dropped={t: np.array([(n, *dropped_term(n, t, CYCLE[1])) for n in few]) for t in (CYCLE[0], 2.0)},
    )
    if folder is not None:
        draw(found, folder / "finite_limit_cycle.png")
    report(found)
    return found


def report(found: Findings) -> None:
    """Print the fits."""
    n, last, cycle = int(found.sizes[-1]), found.gap[-1], found.cycle
    local = np.diff(np.log(found.gap)) / np.diff(np.log(found.sizes))
    print(f"limit cycle, (T, drive) = {CYCLE}: gap {last:.6g} at N = {n}, local power {local[-1]:.3f}")
    print(f"  gap = {found.prefactor:.3g} N^({found.power:.3f} +- {found.power_error:.3f})")
    print(f"  N gap -> {found.limit:.3f} +- {found.limit_error:.3f} (fit); phase diffusion D = {cycle.diffusion:.4f}")
    print("  N (N gap - D):", np.round(found.sizes * (found.sizes * found.gap - cycle.diffusion), 1))
    print("  N (frequency - mean field):", np.round(found.sizes * (found.frequency - cycle.frequency), 3))
    print(f"  frequency {found.frequency[-1]:.6f} -> {found.frequency_limit:.5f}; mean field {cycle.frequency:.6f}")
    print(f"memory, {MEMORY}: gap ~ exp(-({found.memory_rate:.4f} +- {found.memory_rate_error:.4f}) N)")
    print(f"paramagnet, {PARAMAGNET}: gap {found.paramagnet_gap[-1]:.6f} -> {paramagnet_gap():.6f} of the mean field")
    for temperature, table in found.dropped.items():
        powers = np.polyfit(np.log(table[-2:, 0]), np.log(table[-2:, 1:]), 1)[0]
        print(f"dropped at T = {temperature}: falls as N^{powers[0]:.2f} (y), N^{powers[1]:.2f} (x)")
        for size, of_y, of_x in table:
            bound = 8 / (27 * temperature**2 * size)
            print(f"  N = {size:3.0f}: {of_y:.5f} (y), {of_x:.5f} (x); 8 beta^2 / 27 N = {bound:.5f}")


def paramagnet_gap() -> float:
    """Decay rate about m = 0 in the mean field."""
    temperature, drive = PARAMAGNET
    about_zero = np.array([[-0.5, -2 * drive], [2 * drive, 1 / temperature - 1]])
    return -float(np.linalg.eigvals(about_zero).real.max())


def draw(found: Findings, path: Path) -> None:
    """The gap against N in three phases, and the frequency."""
    with house_style():
        figure = Figure(figsize=(7.0, 3.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        size = np.geomspace(4, 1.3 * found.sizes[-1], 50)
        left.loglog(found.sizes, found.gap, "o", color=BLUE, label="limit cycle")
        left.loglog(size, found.cycle.diffusion / size, "-", color=BLUE, label="$D/N$, phase diffusion")
        left.loglog(found.memory_sizes, found.memory_gap, "s", color=VERMILION, label="retrieval")
        decay = found.memory_gap[-1] * np.exp(-found.memory_rate * (size - found.memory_sizes[-1]))
        shown = (size > 15) & (size < 1.1 * found.memory_sizes[-1])
        left.loglog(size[shown], decay[shown], "--", color=VERMILION, label=f"$e^{{-{found.memory_rate:.3f} N}}$")
        left.loglog(found.memory_sizes, found.paramagnet_gap, "^", color=GREEN, label="paramagnet")
        left.axhline(paramagnet_gap(), color=GREEN, linestyle=":", label="mean field")
        left.set(xlabel="spins N", ylabel="gap of the leading odd pair", ylim=(0.5 * found.memory_gap.min(), 1.5))
        left.legend(loc="lower left")
        right.plot(1 / found.sizes, found.frequency, "o", color=BLUE)
        right.axhline(found.cycle.frequency, color=GREY, label="limit cycle of the mean field")
        right.set(xlabel="1 / N", ylabel=r"Im $\lambda$", xlim=(0, None))
        right.legend()
        figure.savefig(path)


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
