"""Spins that the light cannot tell apart, as collective spins."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array, real_number, spin_array, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, SpinArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke, require_dicke

EQUAL = 1e-12
"""Largest difference of two coupling rows, relative to their largest entry, that counts as rounding."""
EQUAL_PRODUCTS = 1e-9
"""The same for the Ising couplings that such rows give."""


@dataclass(frozen=True, eq=False)
class SpinEnsembles(ReadOnlyArrays):
    r"""$\tau_i = s_i \sigma_i$, $m_c = \frac12 \sum_{i \in c} \tau_i$, $x_\mu = \sum_c 2 m_c g_{c\mu}$: spins with
    equal coupling rows, up to a sign $s_i$, are one collective spin.

    Configurations of equal force do not dephase against one another. To second order in the drive, what flips is then
    $V_{x,\delta} = \sum_i (\text{flip } i)\, \Pi_x$ over all spins $i$ with $-2 g_i \sigma_i = \delta$. They belong to
    one ensemble $c$ of $n_c$ spins, whose total spin $j_c \le n_c/2$ is conserved. The Lamb shift is diagonal in
    $(j, m)$, and the populations of the levels close:

    $$m_c \to m_c \mp 1 \quad\text{at the rate}\quad W(\epsilon_{c,\pm})\, (j_c \pm m_c)(j_c \mp m_c + 1).$$

    Build with `SpinEnsembles.of(dicke)`.

    Attributes
    ----------
    label : (N,) array of int
        The ensemble of each spin, numbered in the order of their first spins.
    sign : (N,) array of +-1
        $s_i$, the sign of the first coupling of spin i that is not zero.
    sizes : (C,) array of int
        Numbers of spins $n_c$.
    first : (C,) array of int
        The first spin of each ensemble, whose row stands for all.
    g : (C, M) array
        Couplings $g_{c\mu} = s_i g_{i\mu}$ of one spin.
    mediation : (M,) array
        $2 \omega_\mu / |z_\mu|^2$, the Ising energy that a mode mediates per squared force.

    Notes
    -----
    The sector equation is the limit of a weak drive of the master equation of E. Fiorelli et al., Phys. Rev. Lett.
    125, 070604 (2020); collective spins and their rates: R. H. Dicke, Phys. Rev. 93, 99 (1954).

    Examples
    --------
    >>> ensembles = SpinEnsembles.of(MultimodeDicke(g=[[0.5], [-0.5], [0.2]], omega=1.0, loss=1.0))
    >>> ensembles.label, ensembles.sign, ensembles.sizes
    (array([0, 0, 1]), array([ 1, -1,  1], dtype=int8), array([2, 1]))
    >>> ensembles.projections([1, -1, 1])
    array([1. , 0.5])
    """

    label: IntArray
    sign: SpinArray
    sizes: IntArray
    first: IntArray
    g: FloatArray
    mediation: FloatArray

    @classmethod
    def of(cls, dicke: MultimodeDicke) -> "SpinEnsembles":
        """The ensembles of a platform. Rows that differ by a part in 1e12 of their largest entry are equal."""
        require_dicke("dicke", dicke, channels=True)
        tolerance = EQUAL * np.abs(dicke.g).max(axis=1)
        significant = np.abs(dicke.g) > tolerance[:, None]
        leading = np.take_along_axis(dicke.g, significant.argmax(axis=1)[:, None], axis=1)
        sign = np.where(leading < 0, -1, 1).astype(np.int8)
        rows = dicke.g * sign
        keys = np.stack([_equal_values(column, tolerance) for column in rows.T], axis=1)
        _, first, label = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)
        label = np.argsort(order)[label.reshape(-1)]
        return cls(
            label=frozen(label.astype(np.int64)),
            sign=frozen(sign[:, 0]),
            sizes=frozen(np.bincount(label).astype(np.int64)),
            first=frozen(first[order].astype(np.int64)),
            g=frozen(rows[first[order]]),
            mediation=frozen(dicke.mediation),
        )

    @property
    def n_spins(self) -> int:
        """Number of spins N."""
        return int(self.label.size)

    @property
    def n_ensembles(self) -> int:
        """Number of ensembles C."""
        return int(self.sizes.size)

    def gauged(self, sigma: ArrayLike) -> SpinArray:
        r"""$\tau_i = s_i \sigma_i$ of configurations `sigma` (..., N): all couplings of an ensemble are equal in it."""
        return spin_array("sigma", sigma, n_spins=self.n_spins) * self.sign

    def projections(self, sigma: ArrayLike) -> FloatArray:
        r"""$m_c = \frac12 \sum_{i \in c} \tau_i$ of configurations `sigma` (..., N), shape (..., C)."""
        members = np.argsort(self.label, kind="stable")
        starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        return np.add.reduceat(self.gauged(sigma)[..., members].astype(np.float64), starts, axis=-1) / 2

    def force(self, projections: ArrayLike) -> FloatArray:
        r"""$x_\mu = \sum_c 2 m_c g_{c\mu}$ at `projections` (..., C), shape (..., M)."""
        return np.asarray(2 * self._checked(projections) @ self.g)

    def flip_energies(self, projections: ArrayLike) -> FloatArray:
        r"""$\epsilon_{c,\pm} = 2 \sum_\mu \frac{2 \omega_\mu}{|z_\mu|^2} (\pm g_{c\mu} x_\mu - g_{c\mu}^2)$ of the flip
        of one spin with $\tau = \pm 1$, which lowers or raises $m_c$.

        At `projections` (..., C); shape (..., C, 2), first of $\tau = +1$. Where no such spin is left, at
        $m_c = \mp n_c / 2$, the number has no meaning.
        """
        fields = (self.force(projections) * self.mediation) @ self.g.T
        own = np.sum(self.mediation * self.g**2, axis=1)
        return np.asarray(2 * np.stack([fields - own, -fields - own], axis=-1))

    def couplings(self, ising: FloatArray) -> FloatArray:
        r"""$K_{cc'} = s_i s_j J_{ij}$ for spins $i$ of $c$ and $j \ne i$ of $c'$, shape (C, C).

        The diagonal of an ensemble of one spin, which has no pairs, is zero.

        Parameters
        ----------
        ising : (N, N) array
            Symmetric couplings $J_{ij}$ with zeros on the diagonal.

        Raises
        ------
        ArgumentError
            If the couplings are those of another number of spins, or not the same for all spins of an ensemble.
        """
        if len(ising) != self.n_spins:
            raise ArgumentError(
                f"These ensembles belong to a platform of {self.n_spins} spins, but the network has {len(ising)}."
            )
        last = np.argsort(self.label, kind="stable")[np.cumsum(self.sizes) - 1]
        between = ising[np.ix_(self.first, self.first)] * self.sign[self.first] * self.sign[self.first][:, None]
        pairs = ising[self.first, last] * self.sign[self.first] * self.sign[last]
        np.fill_diagonal(between, pairs)
        bound = EQUAL_PRODUCTS * np.abs(ising).max(initial=0.0)
        for spin, row in enumerate(ising):
            expected = between[self.label[spin], self.label] * self.sign * self.sign[spin]
            expected[spin] = 0.0
            other = int(np.abs(row - expected).argmax())
            if abs(row[other] - expected[other]) > bound:
                raise ArgumentError(
                    "Collective jumps need couplings that are the same, up to the gauge, for all spins with equal "
                    f"forces, but the coupling of spins {spin} and {other} is {row[other]:g}, that of others like them "
                    f"{expected[other]:g}. Take the platform's own couplings, as `OpenHopfield.from_dicke` does."
                )
        return np.asarray(between)

    def _checked(self, projections: ArrayLike) -> FloatArray:
        m = real_array("projections", projections)
        if m.ndim == 0 or m.shape[-1] != self.n_ensembles:
            raise ArgumentError(
                f"Argument `projections` must have {self.n_ensembles} ensembles along its last axis, but has shape "
                f"{m.shape}."
            )
        wrong = (np.abs(m) > self.sizes / 2) | ((m + self.sizes / 2) % 1 != 0)
        if wrong.any():
            place = tuple(np.argwhere(wrong)[0])
            size = self.sizes[place[-1]]
            raise ArgumentError(
                f"Argument `projections` must hold {-size / 2:g}, {1 - size / 2:g} ... {size / 2:g} for an ensemble of "
                f"{size} spins, but holds {m[place]:g}. `projections(sigma)` gives those of a configuration."
            )
        return m


def spin_lengths(size: int, projection: float) -> tuple[FloatArray, FloatArray]:
    r"""$P(j) = d_j \big/ \binom{n}{n/2 + m}$ with $d_j = \binom{n}{n/2 - j} - \binom{n}{n/2 - j - 1}$, for
    $|m| \le j \le n/2$: the total spin of `size` spins 1/2 of which $n/2 + m$ are up.

    The same for every such configuration, since the total spin does not see which spins are up.

    Parameters
    ----------
    size : int
        Number of spins $n$.
    projection : float
        $m$, from $-n/2$ to $n/2$ in steps of one.

    Returns
    -------
    tuple of two arrays
        Total spins $j$, ascending from $|m|$ to $n/2$, and their probabilities.

    Raises
    ------
    ArgumentError
        If `n/2 + m` is not a number of spins from 0 to n.

    Notes
    -----
    No binomial is formed: sums of $P$ from the top telescope to $\binom{n}{k} / \binom{n}{n/2 - |m|}$ with
    $k = n/2 - j$, a product of ratios, so that large ensembles lose no digits.

    Examples
    --------
    >>> spin_lengths(2, 0.0)
    (array([0., 1.]), array([0.5, 0.5]))
    """
    n = whole_number("size", size, minimum=1)
    m = abs(real_number("projection", projection))
    if m > n / 2 or (n / 2 + m) % 1 != 0:
        raise ArgumentError(
            f"Argument `projection` must be one of {-n / 2:g}, {1 - n / 2:g} ... {n / 2:g} for {n} spins, but is "
            f"{projection:g}."
        )
    k = np.arange(round(n / 2 - m), -1, -1)
    from_top = np.concatenate([[1.0], np.cumprod(k[:-1] / (n - k[:-1] + 1))])
    return np.asarray(n / 2 - k), from_top * (n - 2 * k + 1) / (n - k + 1)


def _equal_values(values: FloatArray, tolerance: FloatArray) -> IntArray:
    """Numbers that agree where `values` (N,) are linked by gaps within the `tolerance` (N,) of both neighbours."""
    order = np.argsort(values)
    gaps = np.diff(values[order]) > np.minimum(tolerance[order[1:]], tolerance[order[:-1]])
    groups = np.empty(values.size, np.int64)
    groups[order] = np.concatenate([[0], np.cumsum(gaps)])
    return groups
