r"""Hermite-Gauss modes from scipy's polynomials, one by one, and averages over clouds by quadrature.

$\Xi_{lm} = H_l(\sqrt2 x / w) H_m(\sqrt2 y / w) e^{-(x^2 + y^2) / w^2} / \sqrt{2^{l+m} l! m!}$. No generating function
is used.
"""

import math

import numpy as np
from scipy.special import eval_hermite, gammaln


def mode(left, right, x, y, waist):
    """One mode at points."""
    scale = math.exp(-0.5 * ((left + right) * math.log(2) + gammaln(left + 1) + gammaln(right + 1)))
    polynomials = eval_hermite(left, math.sqrt(2) * x / waist) * eval_hermite(right, math.sqrt(2) * y / waist)
    return polynomials * np.exp(-(x**2 + y**2) / waist**2) * scale


def cloud_mode(left, right, centre, spread, waist, points=80):
    """The mode averaged over a Gaussian density: Gauss-Hermite quadrature along both axes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    x, y = np.meshgrid(centre[0] + spread * nodes, centre[1] + spread * nodes, indexing="ij")
    return np.sum(np.outer(weights, weights) * mode(left, right, x, y, waist)) / np.sum(weights) ** 2


def family_sum(orders, heights, first, second, waist, damping=1.0):
    """Sum over all modes of the orders, each times its damping and a given height of its standing wave."""
    total = 0.0
    for order, height in zip(orders, heights, strict=True):
        for right in range(order + 1):
            product = mode(order - right, right, *first, waist) * mode(order - right, right, *second, waist)
            total += height * damping**order * product
    return total


def cloud_product(one, other, centre, spread, waist, points=40):
    """The product of two modes, each a pair of orders, averaged over a Gaussian density in the same way."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    x, y = np.meshgrid(centre[0] + spread * nodes, centre[1] + spread * nodes, indexing="ij")
    product = mode(*one, x, y, waist) * mode(*other, x, y, waist)
    return np.sum(np.outer(weights, weights) * product) / np.sum(weights) ** 2
