r"""What follows the last sample of a Ramsey signal, once the light has settled.

$$F(t) \to A\, e^{-\lambda (t - t_s)}, \qquad \lambda = i\epsilon + \Gamma_\varphi, \qquad
\int_{t_\mathrm{end}}^\infty F\,dt = \frac{A}{\lambda}\, e^{-\lambda (t_\mathrm{end} - t_s)} .$$

A and lambda are fitted to the complex samples from $t_s$ on by weighted least squares. The start $t_s$ is one and a
half times the first one from which the exponential describes the data to within their noise.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import least_squares
from scipy.special import chdtrc

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.elimination.ramsey.signal import Signal

FEWEST_SAMPLES = 8
CANDIDATES = 20
ACCEPTED = 0.05
"""Smallest probability of a chi-square as large as that of the fit, among the samples where the fit exceeds their
noise; among all samples it may be a fifth of that."""
RESOLVED = 5.0
"""Smallest ratio of the decay rate to its standard error."""
CLEAR = 4.0
"""Contrast, in standard deviations of the noise, at which a phase can be read off one sample."""
LATER, EARLIER = 1.5, 0.8
FOLLOWED = 0.2
FARTHEST = 50.0
"""Largest exponent that matters when an exponential is followed back in time."""


@dataclass(frozen=True, eq=False)
class Tail:
    r"""$A\, e^{-\lambda (t - t_s)}$, fitted to the samples from number `start` on.

    Attributes
    ----------
    start : int
        Number of the first sample of the fit.
    amplitude, rate : complex
        $A$ and $\lambda$.
    estimator : (2, K) complex array
        Changes of $A$ and $\lambda$ with the samples of the whole signal, to first order.
    errors : (2,) array
        Standard errors of $A$ and $\lambda$ per quadrature, times the square root of the reduced chi-square where
        that exceeds one.
    probability : float
        Probability of so large a chi-square.
    stretch : float
        That square root, at least one.
    shape_error, rate_error : float
        Standard errors per quadrature, of the integral beyond the data and of $\lambda$, from the shape of the tail
        alone: how much they change if the fit starts at four fifths of the time, the integral at most by itself. A
        light that has not settled shows in them.
    """

    start: int
    amplitude: complex
    rate: complex
    estimator: ComplexArray
    errors: FloatArray
    probability: float
    stretch: float
    shape_error: float = 0.0
    rate_error: float = 0.0

    @cached_property
    def resolved(self) -> bool:
        """Whether the decay rate is known to a part in five."""
        return bool(self.rate.real > RESOLVED * self.errors[1])

    def integral(
        self, duration: float, amplitude: ComplexArray | complex, rate: ComplexArray | complex
    ) -> ComplexArray:
        """Integral beyond `duration` after the start, for parameters of any shape."""
        return np.asarray(amplitude * np.exp(-np.asarray(rate) * duration) / rate)

    def beyond(self, signal: Signal) -> complex:
        """Integral beyond the last sample."""
        duration = signal.end - float(signal.times[self.start])
        return complex(self.integral(duration, self.amplitude, self.rate))

    def log_weight(self, signal: Signal) -> float:
        r"""Logarithm of $|A|\, e^{\Gamma_\varphi t_s}$, the size of the exponential at time 0."""
        return float(np.log(abs(self.amplitude)) + self.rate.real * signal.times[self.start])

    def seen(self, signal: Signal) -> tuple[float, float]:
        """Time from which on all samples follow the exponential, to a fifth of it and four standard deviations of the
        noise, and time until which it exceeds the noise.
        """
        back = signal.times - signal.times[self.start]
        exponent = -self.rate * np.maximum(back, -FARTHEST / self.rate.real)
        fit = self.amplitude * np.exp(exponent)
        away = np.abs(signal.values - fit) > FOLLOWED * np.abs(fit) + CLEAR * np.sqrt(signal.variances)
        first = int(np.flatnonzero(away)[-1]) + 1 if away.any() else 0
        decays = max(float(np.log(abs(self.amplitude) / signal.noise)), 0.0)
        until = min(float(signal.times[self.start]) + decays / self.rate.real, signal.end)
        return float(signal.times[min(first, self.start)]), until

    def at(self, time: float | FloatArray, signal: Signal) -> ComplexArray:
        """The exponential at `time`."""
        return np.asarray(self.amplitude * np.exp(-self.rate * (time - signal.times[self.start])))


def settled_tail(signal: Signal, settled_after: float) -> Tail | None:
    """The tail, with the errors from its shape, or None where no decay is resolved after the time `settled_after`."""
    earliest = _first_accepted(signal, max(int(np.searchsorted(signal.times, settled_after)), 1))
    if earliest is None:
        return None
    first = float(signal.times[earliest.start])
    latest = signal.times.size - FEWEST_SAMPLES
    later = min(int(np.searchsorted(signal.times, LATER * first)), latest)
    starts = [start for start in (later, (later + earliest.start) // 2) if start > earliest.start]
    fits = (fitted_tail(signal, start) for start in starts)
    tail = next((fit for fit in fits if fit is not None and fit.resolved), earliest)
    return _with_shape_errors(tail, signal)


def _with_shape_errors(tail: Tail, signal: Signal) -> Tail:
    """The tail, with the errors from its shape."""
    before = fitted_tail(signal, int(np.searchsorted(signal.times, EARLIER * float(signal.times[tail.start]))))
    size = abs(tail.beyond(signal))
    change, rate_change = size, tail.rate.real
    if before is not None:
        change = min(abs(tail.beyond(signal) - before.beyond(signal)), size)
        rate_change = abs(tail.rate - before.rate)
    return replace(tail, shape_error=float(change / np.sqrt(2)), rate_error=float(rate_change / np.sqrt(2)))


def _first_accepted(signal: Signal, first: int) -> Tail | None:
    """The longest window, from sample `first` or a later one, that an exponential describes, else the one that it
    describes best.
    """
    clear = np.flatnonzero(np.abs(signal.values) > CLEAR * np.sqrt(signal.variances))
    latest = min(signal.times.size - FEWEST_SAMPLES, int(clear[-1]) - 3)
    if latest < first:
        return None
    best: Tail | None = None
    for start in np.unique(np.linspace(first, latest, CANDIDATES).astype(np.int64)):
        tail = fitted_tail(signal, int(start))
        if tail is None or not tail.resolved:
            continue
        if best is None or (tail.probability, -tail.stretch) > (best.probability, -best.stretch):
            best = tail
        if tail.probability > ACCEPTED:
            break
    return best


def fitted_tail(signal: Signal, start: int) -> Tail | None:
    """The fit to the samples from number `start` on; None if it grows, or exceeds the noise of fewer than four."""
    window = signal.since(start)
    rate = _fitted_rate(window)
    if rate.real <= 0:
        return None
    wave = np.exp(-rate * window.times)
    amplitude = _amplitude(window, wave)
    fit = amplitude * wave
    squares = np.abs(window.values - fit) ** 2 / window.variances
    seen = np.abs(fit) ** 2 > window.variances
    if np.count_nonzero(seen) < 4:
        return None
    counts = np.array([np.count_nonzero(seen), seen.size]) * 2 - 4
    sums = np.array([squares[seen].sum(), squares.sum()])
    probability = float(np.min(chdtrc(counts, sums) * np.array([1.0, 5.0])))
    stretch = float(np.sqrt(np.max(sums / counts, initial=1.0)))
    slopes = np.stack([wave, -window.times * fit], axis=1)
    weighted = slopes.conj().T / window.variances
    inverse = np.linalg.inv(weighted @ slopes)
    estimator = np.zeros((2, signal.times.size), np.complex128)
    estimator[:, start:] = inverse @ weighted
    errors = stretch * np.sqrt(inverse.diagonal().real)
    return Tail(start, amplitude, rate, estimator, errors, probability, stretch)


def _amplitude(window: Signal, wave: ComplexArray) -> complex:
    """The best factor of `wave`."""
    weighted = wave.conj() / window.variances
    return complex(weighted @ window.values / (weighted @ wave))


def _fitted_rate(window: Signal) -> complex:
    """Lambda by nonlinear least squares, where for every lambda A is the best one (variable projection)."""
    phases = window.times / window.end
    scale = 1 / np.sqrt(window.variances)

    def wave_and_amplitude(rate: FloatArray) -> tuple[ComplexArray, complex]:
        exponent = -complex(*rate) * phases
        # at most 1, for a growing wave as well: its factor does not matter
        wave = np.exp(exponent - max(0.0, exponent[-1].real))
        return scale * wave, _amplitude(window, wave)

    def misfit(rate: FloatArray) -> FloatArray:
        wave, amplitude = wave_and_amplitude(rate)
        return _quadratures(scale * window.values - amplitude * wave)

    def slopes(rate: FloatArray) -> FloatArray:
        wave, amplitude = wave_and_amplitude(rate)
        slope = amplitude * phases * wave
        slope -= wave * (wave.conj() @ slope) / (wave.conj() @ wave)
        return np.stack([_quadratures(slope), _quadratures(1j * slope)], axis=1)

    guess = _guessed_rate(window) * window.end
    found = least_squares(misfit, [guess.real, guess.imag], jac=slopes, method="lm", xtol=1e-8, max_nfev=100).x
    return complex(*found) / window.end


def _quadratures(values: ComplexArray) -> FloatArray:
    """Real parts, then imaginary parts."""
    return np.concatenate([values.real, values.imag])


def _guessed_rate(window: Signal) -> complex:
    """Lambda from the logarithms of the samples up to the first that is lost in its noise."""
    deviations = np.sqrt(window.variances)
    sizes = np.maximum(np.abs(window.values) / deviations, 1.0)
    lost = np.flatnonzero(sizes <= CLEAR)
    count = max(int(lost[0]) if lost.size else sizes.size, 3)
    logarithms = np.log((sizes * deviations)[:count]) + 1j * np.unwrap(np.angle(window.values[:count]))
    slope = complex(np.polyfit(window.times[:count], logarithms, 1, w=sizes[:count])[0])
    return complex(max(-slope.real, 0.3 / window.end), -slope.imag)
