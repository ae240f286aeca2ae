r"""Rates of spin flips at high precision, written out from the definition (mpmath).

$$\varphi(z, t) = t/z - (1 - e^{-zt})/z^2, \quad S = \tfrac{\nu+1}{2} \varphi(z, t) + \tfrac{\nu-1}{2} \varphi(z^*, t),
\quad \bar X = -2 x \omega / |z|^2, \quad F = e^{-i \sum \delta \bar X t - \sum \delta^2 S}, \quad
W = 2\,\mathtt{drive}^2\, \mathrm{Re} \int_0^\infty F\,dt.$$
"""

from dataclasses import dataclass

import mpmath as mp

QUADRATURE_DIGITS = 30
CLOSED_FORM_DIGITS = 50


@dataclass(frozen=True)
class Mode:
    """One mode, with the force on it before the flip and the change of that force."""

    omega: float
    loss: float
    gain: float
    force: float
    delta: float

    @property
    def z(self):
        return mp.mpc((mp.mpf(self.loss) - self.gain) / 2, self.omega)

    @property
    def nu(self):
        return (mp.mpf(self.loss) + self.gain) / (mp.mpf(self.loss) - self.gain)

    @property
    def mean_quadrature(self):
        return -2 * mp.mpf(self.force) * self.omega / abs(self.z) ** 2

    def spread(self, t):
        return (self.nu + 1) / 2 * _phi(self.z, t) + (self.nu - 1) / 2 * _phi(mp.conj(self.z), t)

    def final_slope(self):
        """The slope of ln F once exp(-z t) has died away."""
        settled = (self.nu + 1) / 2 / self.z + (self.nu - 1) / 2 / mp.conj(self.z)
        return -1j * self.delta * self.mean_quadrature - mp.mpf(self.delta) ** 2 * settled


def coherence(modes, t):
    """F(t) of one flip."""
    return mp.exp(
        sum(-1j * mode.delta * mode.mean_quadrature * t - mp.mpf(mode.delta) ** 2 * mode.spread(t) for mode in modes)
    )


def rate_by_quadrature(modes, drive):
    """W, to about 1e-25 of the integral of |F|.

    Gauss-Legendre panels shorter than every period and decay time, to the time where either a bound on |F| or every
    exp(-z t) has fallen below 1e-32; from there on F is zero or a single exponential.
    """
    with mp.workdps(QUADRATURE_DIGITS + 5):
        modes = tuple(modes)
        slope = sum(mode.final_slope() for mode in modes)
        small = (QUADRATURE_DIGITS + 2) * mp.log(10)
        forgotten = max(small / mode.z.real for mode in modes)
        # Re S(t) >= nu (Re(1/z) t - 2 / |z|^2), and the slopes of the first term add up to -Re(slope)
        dead = -(small + sum(2 * mode.delta**2 * mode.nu / abs(mode.z) ** 2 for mode in modes)) / slope.real
        fastest = max(abs(slope), *(abs(mode.z) + abs(mode.delta) * (1 + mode.nu) for mode in modes))
        total, t, panel = mp.mpc(0), mp.mpf(0), 1.5 / fastest
        while t < min(forgotten, dead):
            total += _gauss(modes, t, t + panel)
            t += panel
        if t >= forgotten:
            total -= coherence(modes, t) / slope
        return 2 * mp.mpf(drive) ** 2 * total.real


def rate_in_closed_form(mode, drive):
    r"""$W = 2\,\mathtt{drive}^2\, \mathrm{Re}\,[{}_1F_1(1; 1 + a/z; u)/a]$ for one mode without gain, with
    $a = i \delta \bar X + \delta^2/z$ and $u = \delta^2/z^2$.
    """
    if mode.gain:
        raise ValueError("The closed form is for one mode without gain.")
    with mp.workdps(CLOSED_FORM_DIGITS):
        square = mp.mpf(mode.delta) ** 2
        a = 1j * mode.delta * mode.mean_quadrature + square / mode.z
        integral = mp.hyp1f1(1, 1 + a / mode.z, square / mode.z**2) / a
        return 2 * mp.mpf(drive) ** 2 * integral.real


def _phi(z, t):
    return t / z - (1 - mp.exp(-z * t)) / z**2


def _gauss(modes, start, stop):
    middle, half = (start + stop) / 2, (stop - start) / 2
    return half * sum(weight * coherence(modes, middle + half * node) for node, weight in _rule())


def _rule():
    if not _RULE:
        _RULE.extend(mp.calculus.quadrature.GaussLegendre(mp.mp).calc_nodes(3, 140))
    return _RULE


_RULE: list[tuple[mp.mpf, mp.mpf]] = []
