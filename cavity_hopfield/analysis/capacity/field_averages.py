r"""Averages of one spin in a Gaussian field, $\int Dz\, f[(z + x)/u]$ with $Dz = e^{-z^2/2} dz / \sqrt{2\pi}$."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from cavity_hopfield._typing import ArrayLike, FloatArray

STEP = 0.2
r"""Of the trapezoidal rule in either variable: the nearest poles, $\pi/2$ away, cost $e^{-\pi^2/h}$, below 1e-21."""
THERMAL = np.arange(-100, 101) * STEP
r"""The variable v, out to where $\mathrm{sech}^2 v$ is below 1e-16."""
GAUSSIAN = np.arange(-45, 46) * STEP
"""The variable z, out to where $e^{-z^2/2}$ is below 1e-17."""
SECH2 = 1 / np.cosh(THERMAL) ** 2
ROOT_2PI = math.sqrt(2 * math.pi)


def binary_entropy(argument: ArrayLike) -> FloatArray:
    r"""$\ln 2\cosh v - v \tanh v$, the entropy of a spin in the field $v T$."""
    size = np.abs(np.asarray(argument, dtype=np.float64))
    tail = np.exp(-2 * size)
    return np.asarray(np.log1p(tail) + 2 * size * tail / (1 + tail))


ENTROPY = binary_entropy(THERMAL)
WEIGHTS = STEP * np.exp(-(GAUSSIAN**2) / 2) / ROOT_2PI


@dataclass(frozen=True)
class FieldAverages:
    r"""With the field $(z + x)$ and the temperature u, both in units of the width of the field.

    Attributes
    ----------
    overlap : float
        $\int Dz \tanh[(z + x)/u]$.
    order : float
        $\int Dz \tanh^2[(z + x)/u]$.
    response : float
        $\frac1u \int Dz\, \mathrm{sech}^2[(z + x)/u]$, its derivative by x.
    fourth : float
        $\frac1u \int Dz\, \mathrm{sech}^4[(z + x)/u]$.
    entropy : float
        $\int Dz\, s[(z + x)/u]$ with $s(v) = \ln 2\cosh v - v \tanh v$.
    """

    overlap: float
    order: float
    response: float
    fourth: float
    entropy: float


def field_averages(signal: float, heat: float) -> FieldAverages:
    r"""The averages at x = `signal` and u = `heat`, zero included, to an absolute error of 1e-14.

    For u > 1 the trapezoidal rule in z. For u < 1 a tanh is a sign seen through the distribution $\frac12
    \mathrm{sech}^2 v$ of a threshold, $\tanh w = \frac12 \int dv\, \mathrm{sech}^2 v\, \mathrm{sgn}(w - v)$, so that
    every average is one over v of what it is at zero temperature with x shifted to $x - u v$: nothing turns steep as
    $u \to 0$.
    """
    return _warm(signal, heat) if heat > 1 else _cold(signal, heat)


def _cold(signal: float, heat: float) -> FieldAverages:
    places = signal - heat * THERMAL
    density = STEP * np.exp(-(places**2) / 2) / ROOT_2PI
    response = float(SECH2 @ density)
    return FieldAverages(
        overlap=float(STEP / 2 * (SECH2 @ erf(places / math.sqrt(2)))),
        order=1 - heat * response,
        response=response,
        fourth=float(SECH2**2 @ density),
        entropy=heat * float(ENTROPY @ density),
    )


def _warm(signal: float, heat: float) -> FieldAverages:
    arguments = (GAUSSIAN + signal) / heat
    mean: FloatArray = np.tanh(arguments)
    spread = 1 - mean**2
    return FieldAverages(
        overlap=float(WEIGHTS @ mean),
        order=float(WEIGHTS @ mean**2),
        response=float(WEIGHTS @ spread) / heat,
        fourth=float(WEIGHTS @ spread**2) / heat,
        entropy=float(WEIGHTS @ binary_entropy(arguments)),
    )
