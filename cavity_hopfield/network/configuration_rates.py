"""Every flip rate of a small network: a table over all configurations, from which no superoperator need be built."""

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import RateLaw
from cavity_hopfield.network.open_hopfield import OpenHopfield


def configuration_rates(network: OpenHopfield) -> FloatArray:
    r"""$W_i(\epsilon_i(\sigma))$ for every spin and configuration, shape (N, 2^N); configurations in the product order.

    Fields are summed term by term, so that equal rows of couplings give equal bits, and the law is asked once for each
    field.

    Raises
    ------
    ArgumentError
        If a rate is negative or not finite.
    """
    n = network.n_spins
    rates = np.empty((n, 2**n))
    for i, (label, row) in enumerate(zip(network.spin_classes, network.couplings, strict=True)):
        fields, places = np.unique(_fields_of_others(row, i), return_inverse=True)
        by_spin = rates[i].reshape(2**i, 2, -1)
        for place, sign in enumerate((1, -1)):
            rate = checked_rates(network.rate_law, 2 * sign * fields, int(label))[places.reshape(-1)]
            by_spin[:, place] = rate.reshape(2**i, -1)
    return rates


def checked_rates(law: RateLaw, energies: FloatArray, label: int) -> FloatArray:
    r"""$W_c(\epsilon)$ at the flip `energies` (K,) for spins of class `label`; an `ArgumentError` unless all are rates.

    Their roots are amplitudes of jumps, and their sums losses: a negative or endless one would spread as nan.
    """
    rates = np.asarray(law(energies, label), dtype=np.float64)
    wrong = ~(np.isfinite(rates) & (rates >= 0))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ArgumentError(
            f"Argument `model` must have finite rates that are not negative, but its rate law {type(law).__name__} "
            f"gives {rates[first]:g} at flip energy {energies[first]:g} for spins of class {label}."
        )
    return rates


def _fields_of_others(row: FloatArray, spin: int) -> FloatArray:
    """The field on `spin` in every configuration of the others, shape (2^(N-1),)."""
    field = np.zeros(1)
    for coupling in np.delete(row, spin):
        field = np.add.outer(field, coupling * np.array([1.0, -1.0])).reshape(-1)
    return field
