"""Every flip rate of a small network: a table over all configurations, from which no superoperator need be built."""

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.network.open_hopfield import OpenHopfield
from cavity_hopfield.operators import configurations


def configuration_rates(network: OpenHopfield) -> FloatArray:
    r"""$W_i(\epsilon_i(\sigma))$ for every spin and configuration, shape (N, 2^N); configurations in the product order.

    Fields are summed term by term, so that equal rows of couplings give equal bits, and the law is asked once for each
    flip energy.
    """
    spins = configurations(network.n_spins).T.astype(np.float64)
    rates = np.empty(spins.shape)
    for i, (label, row) in enumerate(zip(network.spin_classes, network.couplings, strict=True)):
        field = np.zeros(spins.shape[1])
        for coupling, spin in zip(row, spins, strict=True):
            field += coupling * spin
        energies, places = np.unique(2 * spins[i] * field, return_inverse=True)
        rates[i] = network.rate_law(energies, int(label))[places.reshape(-1)]
    return rates
