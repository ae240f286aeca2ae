"""Flip rates from measured Ramsey data: no model of the light is needed."""

import math
import warnings
from dataclasses import asdict, dataclass

import numpy as np

from cavity_hopfield._checks import random_generator, real_number, whole_number
from cavity_hopfield._typing import ArrayLike, ComplexArray, IntArray, Json, Seed
from cavity_hopfield.elimination.ramsey.noisy_quadrature import (
    IntegralRule,
    Roughness,
    integral_rule,
    likeliest_roughness,
)
from cavity_hopfield.elimination.ramsey.settled_tail import Tail, settled_tail
from cavity_hopfield.elimination.ramsey.signal import Signal, measured_signal
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning

MOST_TAIL = 0.2
"""Largest part of the integral that may lie beyond the last sample."""
MOST_DOUBT = 0.1
"""Largest standard error of that part, and of what lies between the samples, in units of the integral."""
SHIFT_PER_ERROR = 3.5
"""The error of the spline is of third order in the spacing at t = 0. Of the two halves one has twice the first spacing
and eight times the error, the other the same: in the mean 3.5 times the error is added."""
LARGEST_WEIGHT = 2.0
"""Largest size at time 0 of the exponential of a settled light. One that is larger was fitted to a collapse, and is not
split off before the rest is integrated."""
UNLIKELY = 1e-3
"""Probability of the chi-square below which a tail counts for nothing, if the data end in noise."""
SEEN = 3.0
"""Smallest ratio of the times until which and from which the exponential is seen, for the light to be taken as settled
on the evidence of the data."""
STRONG_DRIVE = 0.1
"""Ratio of rate to dephasing above which there is no rate."""


@dataclass(frozen=True)
class RamseyRate:
    r"""$W = 2 \Omega^2\, \mathrm{Re} \int_0^\infty F\,dt$ from Ramsey data, with its errors. Built by
    `rates_from_ramsey`; rates and energies in the inverse unit of the times.

    Attributes
    ----------
    rate, standard_error : float
        $W$ and its standard error: noise, fit of the tail, `sampling_error` and `tail_error`.
    interval : (float, float)
        95 % interval of $W$.
    lamb_shift, lamb_shift_error : float
        $\Lambda = \Omega^2\, \mathrm{Im} \int_0^\infty F\,dt$ and its standard error.
    tail_rate : float
        The part of `rate` that lies beyond the last sample, from the fit.
    tail_error : float
        Standard error of `tail_rate` that comes from the shape of the tail, were the light not settled.
    sampling_error : float
        Standard error of `rate` from what the signal may do between the samples, given the roughness of the data and
        the `halving_shift`.
    halving_shift : float
        Change of the integral, as a rate, if every second sample is left out.
    dephasing_rate, dephasing_error : float
        Decay rate of the tail, $\Gamma_\varphi$ where the light settles before the signal is lost in the noise, and
        its standard error; NaN if no exponential decay is seen before.
    flip_energy, flip_energy_error : float
        $\epsilon$ of the tail, final minus initial, and its standard error; NaN likewise.
    tail_start : float
        Time from which the tail is fitted; NaN likewise.
    noise : float
        Root mean square of the noise in each quadrature, as given or as found in the data.
    drive : float
        $\Omega$.
    """

    rate: float
    standard_error: float
    interval: tuple[float, float]
    lamb_shift: float
    lamb_shift_error: float
    tail_rate: float
    tail_error: float
    sampling_error: float
    halving_shift: float
    dephasing_rate: float
    dephasing_error: float
    flip_energy: float
    flip_energy_error: float
    tail_start: float
    noise: float
    drive: float

    def to_dict(self) -> Json:
        """Plain values, for JSON; undefined numbers become None."""
        values = {name: None if value != value else value for name, value in asdict(self).items()}  # noqa: PLR0124
        return values | {"interval": list(self.interval)}

    def __str__(self) -> str:
        low, high = self.interval
        rows = [
            ("W", f"{self.rate:.5g} +- {self.standard_error:.2g}"),
            ("95 % interval", f"{low:.5g} .. {high:.5g}"),
            ("beyond the data", f"{self.tail_rate:.2g} +- {self.tail_error:.2g} for its shape"),
            ("between the samples", f"+- {self.sampling_error:.2g}"),
            ("Lamb shift", f"{self.lamb_shift:.5g} +- {self.lamb_shift_error:.2g}"),
            ("dephasing rate", f"{self.dephasing_rate:.4g} +- {self.dephasing_error:.2g}"),
            ("flip energy", f"{self.flip_energy:.4g} +- {self.flip_energy_error:.2g}"),
            ("noise per quadrature", f"{self.noise:.2g}"),
        ]
        return "\n".join(f"{name:22s} {value}" for name, value in rows)


def rates_from_ramsey(
    times: ArrayLike,
    contrast: ArrayLike,
    phase: ArrayLike,
    drive: float,
    *,
    noise: ArrayLike | None = None,
    settled_after: float = 0.0,
    seed: Seed,
    resamples: int = 4000,
) -> RamseyRate:
    r"""$W = 2 \Omega^2\, \mathrm{Re} \left[\int_0^{t_\mathrm{end}} F\,dt + \frac{A}{\lambda}\,
    e^{-\lambda (t_\mathrm{end} - t_s)}\right]$ from $F(t_k) = \mathtt{contrast}_k\, e^{i\, \mathtt{phase}_k}$.

    Without a drive, the contrast and phase of one spin's Ramsey signal are the kernel of its flip (see `coherence`);
    a weak drive $\Omega$ then flips it at the rate $W$. No model of the light enters, except that the signal ends in
    an exponential, $A\, e^{-\lambda (t - t_s)}$ with $\lambda = i \epsilon + \Gamma_\varphi$.

    Parameters
    ----------
    times : (T,) array
        Increasing times, unevenly spaced as they may be, in units of 1/omega (or any other: rates, energies and
        `drive` are then in its inverse). $F(0) = 1$ is taken as exact; a sample at time 0 only serves to check it.
    contrast : (T,) array
        Measured contrast. Noise may take it above 1 or below 0; do not clip it, and do not subtract the noise floor
        of a modulus: $F$ itself is free of bias, $|F|$ is not.
    phase : (T,) array
        Measured phase in radians, wrapped or not, in the frame that turns with the drive; it falls as $-\epsilon t$
        for a flip that costs $\epsilon$. The opposite sign changes `lamb_shift` and `flip_energy` alone.
    drive : float
        Transverse field $\Omega$ at which the rate is wanted, `drive * sigma_x` with the Pauli matrix.
    noise : number or (T,) array, optional
        Standard deviation of the noise in each quadrature of $F$. If omitted, one number is found from the data.
    settled_after : float
        Time from which the light is known to have settled, a few times 2/`net_loss` of the slowest mode: the data
        must reach beyond it, and the tail is fitted to later samples alone. If omitted, the data decide. They cannot
        know of what comes after them: a light of low loss brings the contrast back a period after it was lost.
    seed : int, numpy.random.Generator or numpy.random.SeedSequence
        Seed of the bootstrap.
    resamples : int
        Draws of the bootstrap.

    Returns
    -------
    RamseyRate

    Raises
    ------
    ArgumentError
        If an array has the wrong shape, a value that is not finite, or times that do not increase; if there are fewer
        than 16 times; if the phase turns by more than 3 pi/4 between samples; if a fifth of the integral lies
        beyond the data, or what lies beyond them is uncertain by a tenth of it; if the integral changes by a tenth
        when half of the samples are left out; if the sample at time 0 is not 1.

    Warns
    -----
    RegimeWarning
        If `settled_after` is not given, and the exponential decay is seen for less than twice as long as what came
        before it, or falls more steeply: the contrast may then come back after the data. If the data scatter more
        than twice as much as `noise` says. If the rate exceeds a tenth of the dephasing rate: the drive is too strong
        for a rate.

    Notes
    -----
    The integral is a weighted sum of the complex samples, with the smallest mean square error for a curve as rough as
    these data are (`elimination/noisy_quadrature.py`), after the fitted exponential is split off and its rotation
    taken out. It reaches to the last sample: every sample far beyond the decay adds noise. The tail is fitted by
    weighted complex least squares (`elimination/settled_tail.py`). The errors are those of a parametric bootstrap:
    Gaussian noise on the samples, refits of the tail to first order in it, the integral of each refitted tail in
    closed form; the errors of sampling and of the tail's shape are added as independent Gaussian draws. Where they,
    and not the noise, limit the accuracy, the interval is wider than need be.

    The signal as the kernel of the flip: derived in `derivations/adiabatic_elimination.py`; the rates: E. Fiorelli
    et al., Phys. Rev. Lett. 125, 070604 (2020).

    Examples
    --------
    >>> import numpy as np
    >>> times = np.linspace(0.2, 12.0, 60)
    >>> noise = np.random.default_rng(1).normal(0.0, 0.01, (2, 60))
    >>> signal = np.exp(-(0.5 + 0.3j) * times) + noise[0] + 1j * noise[1]
    >>> found = rates_from_ramsey(times, np.abs(signal), np.angle(signal), drive=0.01, seed=1)
    >>> exact = 2 * 0.01**2 * (1 / (0.5 + 0.3j)).real
    >>> bool(found.interval[0] < exact < found.interval[1]), bool(found.standard_error < 0.02 * exact)
    (True, True)
    """
    strength = real_number("drive", drive, above=0.0)
    stream = random_generator(seed)
    count = whole_number("resamples", resamples, minimum=100)
    settling = real_number("settled_after", settled_after, minimum=0.0)
    signal = measured_signal(times, contrast, phase, noise)
    if signal.end <= settling:
        raise ArgumentError(
            f"Argument `times` must reach beyond `settled_after` = {settling:g}, but ends at {signal.end:g}: the light "
            "may still bring the contrast back. Measure longer."
        )
    estimate = _Estimate.of(signal, settling)
    body, beyond = estimate.resampled(signal, count, stream)
    estimate.check(signal, float(np.std(beyond)) / np.sqrt(2))
    systematic = math.hypot(estimate.sampling_error, estimate.shape_error)
    draws = body + beyond + _spread(systematic, count, stream)
    result = _result(signal, estimate, strength, draws)
    if settling == 0:
        estimate.warn_of_collapse(signal)
    if result.rate > STRONG_DRIVE * result.dephasing_rate:
        warnings.warn(
            f"the rate is {result.rate / result.dephasing_rate:.2g} of the dephasing rate: the drive is too strong "
            f"for a rate, which needs less than {STRONG_DRIVE:g}",
            RegimeWarning,
            stacklevel=2,
        )
    return result


@dataclass(frozen=True, eq=False)
class _Estimate:
    """The integral of the signal, over the data and beyond them, with its errors per quadrature."""

    integral: complex
    rule: IntegralRule
    sampling_error: float
    halving_shift: float
    tail: Tail | None
    beyond: complex
    shape_error: float

    @classmethod
    def of(cls, signal: Signal, settled_after: float) -> "_Estimate":
        tail, shape_error = _tail(signal, settled_after)
        energy = signal.turning if tail is None else tail.rate.imag
        still = np.exp(1j * energy * signal.times)
        split_off, rest = _split(signal, tail)
        roughness, _ = likeliest_roughness(signal.times, still * rest, signal.variances, scaled=False)
        everything = np.arange(signal.times.size)
        rule = _rule(signal, everything, roughness, energy)
        halves = [_rule(signal, half, roughness, energy).weights @ (still * rest)[half] for half in _halves(everything)]
        body = complex(rule.weights @ (still * rest))
        shift = float(abs(np.mean(halves) - body))
        beyond = 0j if tail is None else tail.beyond(signal)
        return cls(
            integral=split_off + body + beyond,
            rule=IntegralRule(rule.weights * still, rule.noise, rule.sampling),
            sampling_error=math.hypot(rule.sampling, shift / SHIFT_PER_ERROR),
            halving_shift=shift,
            tail=tail,
            beyond=beyond,
            shape_error=shape_error,
        )

    def resampled(self, signal: Signal, count: int, stream: np.random.Generator) -> tuple[ComplexArray, ComplexArray]:
        """Deviations (count,) of the integral over the data and beyond them, in repetitions of the experiment.

        To first order in the noise, the sum over the data and the two parameters of the tail are jointly Gaussian.
        """
        functionals = self.rule.weights[None]
        if self.tail is not None:
            functionals = np.concatenate([functionals, self.tail.stretch * self.tail.estimator])
        covariance = (functionals * signal.variances) @ functionals.conj().T
        deviations = np.sqrt(covariance.diagonal().real)
        factor = deviations[:, None] * np.linalg.cholesky(covariance / np.outer(deviations, deviations))
        draws = factor @ _spread(1.0, (len(functionals), count), stream)
        if self.tail is None:
            return draws[0], np.zeros(count, np.complex128)
        duration = signal.end - float(signal.times[self.tail.start])
        tails = self.tail.integral(duration, self.tail.amplitude + draws[1], self.tail.rate + draws[2])
        return draws[0], tails - self.beyond

    def check(self, signal: Signal, fit_error: float) -> None:
        """Refuse data that leave too much of the integral beyond or between the samples."""
        size = abs(self.integral)
        share, doubt = abs(self.beyond) / size, float(np.hypot(fit_error, self.shape_error)) / size
        for name, value, limit in (("lies", share, MOST_TAIL), ("is in doubt", doubt, MOST_DOUBT)):
            if value > limit:
                decay = self.tail.rate.real if self.tail is not None else 1 / signal.end
                raise ArgumentError(
                    f"Argument `times` must cover the decay, but beyond the last time, {signal.end:g}, {name} a part "
                    f"{value:.2g} of the integral of F, where {limit:g} is allowed. "
                    f"Measure to t >= {signal.end + np.log(value / limit) / decay:.3g}."
                )
        coarse = max(self.sampling_error, self.halving_shift) / size
        if coarse > MOST_DOUBT:
            gap = int(np.argmax(np.diff(signal.times)))
            raise ArgumentError(
                f"Argument `times` must resolve the signal, but a part {coarse:.2g} of the integral of F depends on "
                f"what it does between the samples, where {MOST_DOUBT:g} is allowed. Measure more densely, early "
                f"above all; the widest gap is from t = {signal.times[gap]:g} to {signal.times[gap + 1]:g}."
            )

    def warn_of_collapse(self, signal: Signal) -> None:
        """Say so if the exponential is seen for a shorter time than what came before it."""
        start, until, weight = 0.0, 0.0, math.inf
        if self.tail is not None:
            weight = self.tail.log_weight(signal)
            start, until = self.tail.seen(signal)
        if until <= SEEN * start or weight > math.log(LARGEST_WEIGHT):
            warnings.warn(
                "the signal is lost before the light is seen to have settled: an exponential decay is seen from "
                f"t = {start:.3g} to {until:.3g} alone, and would have started at a contrast of "
                f"{math.exp(min(weight, 99.0)):.2g}. The contrast may come back after the data: measure for a few "
                "times 2 / net_loss of the slowest mode, and say so with `settled_after`",
                RegimeWarning,
                stacklevel=3,
            )


def _tail(signal: Signal, settled_after: float) -> tuple[Tail | None, float]:
    """The tail and the standard error from its shape; no tail where none is resolved before the signal is lost."""
    tail = settled_tail(signal, settled_after)
    if tail is not None and tail.probability > UNLIKELY:
        return tail, tail.shape_error
    end = signal.since(signal.values.size - signal.values.size // 4)
    excess = float(np.mean(np.abs(end.values) ** 2 / end.variances)) - 2
    if tail is not None and excess > 1:
        return tail, tail.shape_error
    return None, _hidden_tail(signal, end, excess)


def _hidden_tail(signal: Signal, end: Signal, excess: float) -> float:
    """Standard error of an integral beyond the data that is taken as zero.

    The `end` may hide what is left of a coherent signal when its samples are averaged, and the `excess` of their mean
    square over the noise where it is significant. It falls on as fast as the contrast fell from 1 to that.
    """
    count = end.times.size
    noise = 1 / math.sqrt(np.mean(1 / end.variances))
    contrast = noise * math.sqrt(1 + max(excess, 0.0))
    hidden = noise * math.sqrt(2 / count + (excess if excess > 4 / math.sqrt(count) else 0.0))
    return hidden * signal.end / -math.log(min(contrast, 0.5))


def _split(signal: Signal, tail: Tail | None) -> tuple[complex, ComplexArray]:
    """Integral over the data of the tail's exponential, and the samples without it.

    Nothing is split off where the exponential is too large at early times, long before it describes the signal.
    """
    if tail is None or tail.log_weight(signal) > math.log(LARGEST_WEIGHT):
        return 0j, signal.values
    total = complex(tail.at(0.0, signal)) / tail.rate
    return total - tail.beyond(signal), signal.values - tail.at(signal.times, signal)


def _halves(numbers: IntArray) -> tuple[IntArray, IntArray]:
    """Every second sample, and the others; both with the first and the last."""
    return np.union1d(numbers[::2], numbers[-1:]), np.union1d(numbers[1::2], numbers[[0, -1]])


def _rule(signal: Signal, chosen: IntArray, roughness: Roughness, energy: float) -> IntegralRule:
    """The rule for some of the samples."""
    times = signal.times[chosen]
    return integral_rule(times, signal.variances[chosen], roughness.between(times), energy)


def _spread(deviation: float, shape: int | tuple[int, ...], stream: np.random.Generator) -> ComplexArray:
    """Complex Gaussian numbers with the standard deviation `deviation` per quadrature."""
    return np.asarray(deviation * (stream.standard_normal(shape) + 1j * stream.standard_normal(shape)))


def _result(signal: Signal, estimate: _Estimate, drive: float, draws: ComplexArray) -> RamseyRate:
    """The numbers that the user wants."""
    unit = 2 * drive**2
    tail = estimate.tail
    rate, rate_error = complex(math.nan, math.nan), math.nan
    if tail is not None:
        rate, rate_error = tail.rate, math.hypot(float(tail.errors[1]), tail.rate_error)
    low, high = unit * (estimate.integral.real + np.percentile(draws.real, [2.5, 97.5]))
    return RamseyRate(
        rate=unit * estimate.integral.real,
        standard_error=unit * float(np.std(draws.real)),
        interval=(float(low), float(high)),
        lamb_shift=unit / 2 * estimate.integral.imag,
        lamb_shift_error=unit / 2 * float(np.std(draws.imag)),
        tail_rate=unit * estimate.beyond.real,
        tail_error=unit * estimate.shape_error,
        sampling_error=unit * estimate.sampling_error,
        halving_shift=unit * estimate.halving_shift,
        dephasing_rate=rate.real,
        dephasing_error=rate_error,
        flip_energy=rate.imag,
        flip_energy_error=rate_error,
        tail_start=math.nan if tail is None else float(signal.times[tail.start]),
        noise=signal.noise,
        drive=drive,
    )
