"""The interval of a share that was counted."""

import numpy as np
import scipy

from cavity_hopfield._typing import ArrayLike, FloatArray


def clopper_pearson(successes: ArrayLike, runs: ArrayLike, confidence: float) -> tuple[FloatArray, FloatArray]:
    r"""$P(K \ge k \mid p_<) = P(K \le k \mid p_>) = \frac{1 - c}{2}$, $K$ binomial: the exact interval of a share.

    It holds the true probability with at least the confidence c, whatever that probability is.

    Parameters
    ----------
    successes, runs : arrays of int
        k out of n.
    confidence : float
        c.

    Returns
    -------
    tuple of two arrays
        Lower and upper ends.

    Notes
    -----
    Source: C. J. Clopper and E. S. Pearson, Biometrika 26, 404 (1934).

    Examples
    --------
    >>> low, high = clopper_pearson(10, 10, 0.95)
    >>> round(float(low), 4), float(high)
    (0.6915, 1.0)
    """
    k, n = np.broadcast_arrays(np.asarray(successes, np.float64), runs)
    tail = (1 - confidence) / 2
    inner = (k > 0), (k < n)
    low = np.where(inner[0], scipy.stats.beta.ppf(tail, np.where(inner[0], k, 1), n - k + 1), 0.0)
    high = np.where(inner[1], scipy.stats.beta.ppf(1 - tail, k + 1, np.where(inner[1], n - k, 1)), 1.0)
    return low, high
