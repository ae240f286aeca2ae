"""How a certificate is made: rates, dephasing, memory and degeneracy over the configurations of a recall."""

import numpy as np

from cavity_hopfield._checks import spin_array
from cavity_hopfield._typing import ArrayLike, FloatArray, SpinArray
from cavity_hopfield.elimination.cavity_rates import SMALLEST_SQUARE, CavityRates, merged
from cavity_hopfield.elimination.certificate.certificate import LIMIT_DRIVE, Certificate
from cavity_hopfield.elimination.certificate.degeneracy import degeneracy
from cavity_hopfield.elimination.certificate.validity_map import expected_error
from cavity_hopfield.elimination.ensembles import SpinEnsembles
from cavity_hopfield.elimination.exact.fock_levels import first_levels
from cavity_hopfield.elimination.exact.full_liouvillian import SHOWS, slowest_relaxation
from cavity_hopfield.elimination.exact.rates import exact_rates
from cavity_hopfield.elimination.kernel.flip import force_dephasing
from cavity_hopfield.elimination.memory.slip import memory_slip
from cavity_hopfield.elimination.weak_coupling import coupling_strength
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke

ROUND_OFF = 1e-12
ROWS_AT_ONCE = 512
QUICK_LEVELS = 16
"""Fock levels to begin with at which the full equation of one spin is still solved quickly."""
LEAST_RATIO = 1e-6
"""Smallest r at which the relaxation is not lost in the round-off of the full equation."""


def certify(dicke: MultimodeDicke, at: ArrayLike | None = None, *, compare: bool | None = None) -> Certificate:
    r"""$r = [W(\epsilon) + W(-\epsilon)] / \Gamma_\varphi$ over the configurations of a recall, and what follows.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform, with a drive.
    at : (K, N) array of +-1, optional
        Configurations to look at. If omitted, the stored patterns and configurations on the way to them, with up to
        half of the spins flipped.
    compare : bool, optional
        Whether to solve the full Lindblad equation for its slowest relaxation and state the error of that of the rates
        as `exact_error`. If omitted, for one spin in one mode with few photons and r below 1, where it takes a fraction
        of a second; two or three spins take longer, and a larger system is refused before it is begun.

    Returns
    -------
    Certificate

    Raises
    ------
    ArgumentError
        If the drive is zero, a spin couples to nothing, or the model has no patterns and `at` is not given.
    SizeError
        If `compare` is asked for and the full equation is too large.
    ConvergenceError
        If `compare` is asked for and the relaxation is lost in the round-off of the full equation.

    Notes
    -----
    Rates are of second order in the drive and need it small against the *dephasing*, whatever the photon loss.

    Examples
    --------
    >>> certificate = certify(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02))
    >>> certificate.verdict, certificate.regime
    (<Verdict.GOOD: 'good'>, <Regime.INDEPENDENT_RATES: 'independent rates'>)
    """
    rates = CavityRates(dicke)
    configurations = rates.recall_configurations() if at is None else _configurations(at, dicke.n_spins)
    energies = merged(dicke.flip_energies(configurations))
    forward, both = _flip_rates(rates, energies)
    widths = rates.dephasing_rates()[rates.classes]
    ratios = both / widths
    worst = np.unravel_index(ratios.argmax(), ratios.shape)
    seen = dicke.g.any(axis=0)
    ratio, drive_ratio = float(ratios.max()), float(2 * dicke.drive / np.abs(dicke.pole[seen]).min())
    if compare not in {None, True, False}:
        raise ArgumentError(f"Argument `compare` must be True, False or None, but is {compare!r}.")
    compare = _comparable(dicke, ratio, drive_ratio) if compare is None else compare
    ensembles = SpinEnsembles.of(dicke)
    enhancement = (ensembles.sizes[ensembles.label] + 1) ** 2 // 4
    together = degeneracy(dicke, configurations, both)
    collective_ratio = float((ratios * enhancement).max())
    return Certificate(
        ratio=ratio,
        ratio_at_patterns=_ratio_at_patterns(rates, widths, ratio),
        drive_ratio=drive_ratio,
        memory_slip=float(memory_slip(dicke, energies[worst], int(rates.classes[worst[1]]))),
        one_spin_error=expected_error(collective_ratio, drive_ratio),
        exact_error=_exact_error(rates) if compare else None,
        drive=dicke.drive,
        dephasing_smallest=float(widths.min()),
        dephasing_largest=float(widths.max()),
        coupling_strength=coupling_strength(dicke),
        largest_flip_rate=float(both.max()),
        collective_ratio=collective_ratio,
        interruption_ratio=_interruption_ratio(dicke, forward, widths),
        settling_ratio=float(2 * forward.sum(axis=1).max() / dicke.net_loss[seen].min()),
        n_spins=dicke.n_spins,
        n_classes=ensembles.n_ensembles,
        largest_class=int(ensembles.sizes.max()),
        groups=together.groups,
        equal_forces=together.equal_forces,
        pair_ratio=together.pair_ratio,
        disorder_for_single_flips=float(0.5 * np.sqrt(both.max() / force_dephasing(dicke).max())),
    )


def certificate_of(dicke: MultimodeDicke) -> Certificate:
    """The certificate of any platform; one without patterns is looked at with all spins up."""
    return certify(dicke, at=None if dicke.stored is not None else np.ones((1, dicke.n_spins)))


def certificate_attribute(dicke: MultimodeDicke) -> dict[str, str]:
    """The certificate of a platform as an attribute of a result, as JSON; none where no spin can flip."""
    if dicke.drive**2 < SMALLEST_SQUARE or not dicke.g.any(axis=1).all():
        return {}
    return {"certificate": certificate_of(dicke).to_json()}


def _comparable(dicke: MultimodeDicke, ratio: float, drive_ratio: float) -> bool:
    """Whether the full equation of one spin is solved in a fraction of a second, and holds rates to compare with."""
    quick = dicke.g.shape == (1, 1) and first_levels(dicke)[0] <= QUICK_LEVELS
    return quick and LEAST_RATIO < ratio < 1 and drive_ratio < LIMIT_DRIVE


def _exact_error(rates: CavityRates) -> float | None:
    """The relative error of the slowest relaxation of the populations in second order, by collective flips where forces
    are equal; None where it oscillates.
    """
    dicke = rates.dicke
    second = 2 * float(rates(0.0)) if dicke.n_spins == 1 else _slowest_in_second_order(dicke)
    exact = slowest_relaxation(dicke)
    return second / exact.rate - 1 if exact.frequency == 0 else None


def _slowest_in_second_order(dicke: MultimodeDicke) -> float:
    second = exact_rates(dicke).second_order
    values, vectors = np.linalg.eig(second.matrix.toarray())
    row, column = np.divmod(second.places, second.dimension)
    shown = np.linalg.norm(vectors[row == column], axis=0) > SHOWS
    moving = np.abs(values) > ROUND_OFF * np.abs(values).max()
    return float(-values[shown & moving].real.max())


def _configurations(at: ArrayLike, n_spins: int) -> SpinArray:
    configurations = spin_array("at", at, n_spins=n_spins, ndim=2)
    if configurations.shape[0] == 0:
        raise ArgumentError(
            f"Argument `at` must hold at least one configuration, but has shape {configurations.shape}."
        )
    return configurations


def _interruption_ratio(dicke: MultimodeDicke, forward: FloatArray, widths: FloatArray) -> float:
    r"""$\max_i \frac{1}{\Gamma_i} \sum_{j \ne i} W_j \frac{(4 J_{ij})^2}{(4 J_{ij})^2 + \Gamma_i^2}$ at the flip rates
    `forward` (K, N).
    """
    worst = 0.0
    for start in range(0, dicke.n_spins, ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        changes = 4 * (dicke.g[rows] * dicke.mediation) @ dicke.g.T
        np.fill_diagonal(changes[:, start:], 0.0)
        felt = changes**2 / (changes**2 + widths[rows, None] ** 2)
        worst = max(worst, float((forward @ felt.T / widths[rows]).max()))
    return worst


def _ratio_at_patterns(rates: CavityRates, widths: FloatArray, ratio: float) -> float:
    """The ratio at the stored patterns; `ratio` itself for a platform without patterns."""
    memory = rates.dicke.stored
    if memory is None:
        return ratio
    return float((_flip_rates(rates, merged(rates.dicke.flip_energies(memory.values)))[1] / widths).max())


def _flip_rates(rates: CavityRates, energies: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""$W(\epsilon)$ and $W(\epsilon) + W(-\epsilon)$ of every spin in every configuration, each (K, N)."""
    classes = np.broadcast_to(rates.classes, energies.shape)
    forward = rates(energies, classes)
    return forward, forward + rates(-energies, classes)
