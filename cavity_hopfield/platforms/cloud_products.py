"""What one atom of a cloud does to the light: averages of products of mode functions, not products of averages."""

import numpy as np
from scipy.special import roots_hermite

from cavity_hopfield._checks import real_array
from cavity_hopfield._typing import ArrayLike, FloatArray


def cloud_products(places: ArrayLike, variances: ArrayLike, highest_order: int) -> FloatArray:
    r"""$\left\langle H_l(u) H_m(u)\, e^{-u^2} \right\rangle / \sqrt{2^{l+m} l! m!}$ over $u \sim \mathcal N(u_0, a^2)$.

    Both Gaussians make one, of the centre $u_0 / (1 + 2 a^2)$ and the variance $a^2 / (1 + 2 a^2)$, times
    $e^{-u_0^2 / (1 + 2 a^2)} / \sqrt{1 + 2 a^2}$; the polynomial before it is integrated by as many of Gauss' nodes as
    make that exact. For `places` $u_0$ (N,) and `variances` $a^2$ (N,), one axis; shape (N, L, L) with
    L = highest_order + 1.
    """
    centre, variance = real_array("places", places), real_array("variances", variances)
    nodes, weights = roots_hermite(highest_order + 1)
    widened = 1 + 2 * variance
    points = (centre / widened)[:, None] + np.sqrt(2 * variance / widened)[:, None] * nodes
    height = np.exp(-(centre**2) / widened) / np.sqrt(np.pi * widened)
    values = hermite_functions(points, highest_order)
    # the functions carry their Gaussian, and so do not overflow; the weights give it back
    scaled = values * np.exp(points[..., None] ** 2 / 2 + 0.5 * np.log(weights)[:, None])
    return np.asarray(height[:, None, None] * np.einsum("nql,nqm->nlm", scaled, scaled))


def hermite_functions(places: FloatArray, highest_order: int) -> FloatArray:
    r"""$H_l(u)\, e^{-u^2/2} / \sqrt{2^l l!}$, of the shape of `places` and one axis more, of the orders l."""
    values = np.zeros((*places.shape, highest_order + 1))
    values[..., 0] = np.exp(-(places**2) / 2)
    for order in range(highest_order):
        before = values[..., order - 1] if order else 0.0
        values[..., order + 1] = np.sqrt(2 / (order + 1)) * places * values[..., order]
        values[..., order + 1] -= np.sqrt(order / (order + 1)) * before
    return values
