"""What decides which moment equations there are; all else in a model is a number that enters them."""

from dataclasses import dataclass
from math import comb

from cavity_hopfield.exceptions import SizeError

BYTES_PER_MOMENT = 100_000
"""Memory for one equation while it is derived."""
BYTES_PER_PRODUCT = 400
"""Memory for one product in the expansion of a moment above the order."""


@dataclass(frozen=True)
class Structure:
    """The part of a model, and of the wish, that the moment equations depend on.

    Attributes
    ----------
    order : int
        The largest order of a moment that is kept.
    members : tuple of int or None
        For each class of spins their number, if it is less than the order, so that some moments do not exist; None for
        a class with more, whose number is a parameter.
    n_modes : int
    axis : {"x", "z"} or None
        Along which the atoms have channels of their own.
    only : tuple of str or None
        The kinds of moments that may enter, words of the letters "a" (light) and "s" (spin); all by default.
    """

    order: int
    members: tuple[int | None, ...]
    n_modes: int
    axis: str | None
    only: tuple[str, ...] | None = None

    def counts(self, highest: int) -> tuple[list[int], list[int]]:
        """How many products of each number of letters there are, of all kinds, and of those that are Hermitian."""
        every, hermitian = [1] + [0] * highest, [1] + [0] * highest
        for most in self.members:
            letters = [comb(k + 2, 2) if most is None or k <= most else 0 for k in range(highest + 1)]
            every, hermitian = _product(every, letters), _product(hermitian, letters)
        for _ in range(self.n_modes):
            every = _product(every, list(range(1, highest + 2)))
            hermitian = _product(hermitian, [1 - k % 2 for k in range(highest + 1)])
        return every, hermitian

    @property
    def n_moments(self) -> int:
        """The number of equations, two conjugate moments counted once."""
        every, hermitian = self.counts(self.order)
        return (sum(every[1:]) + sum(hermitian[1:])) // 2

    @property
    def n_real(self) -> int:
        """The number of real and imaginary parts that the equations move."""
        return sum(self.counts(self.order)[0][1:])

    @property
    def gib(self) -> float:
        """About the memory that deriving the equations takes at most."""
        beyond = self.counts(self.order + 1)[0][-1]
        products = beyond * _partitions(self.order + 1)
        return (self.n_moments * BYTES_PER_MOMENT + products * BYTES_PER_PRODUCT) / 2**30

    def require_room(self, allowed: float, matrices: int = 0) -> None:
        """An error if the equations, with so many matrices of their size, need more memory than `allowed` GiB."""
        need = self.gib + matrices * 8 * self.n_real**2 / 2**30
        if need > allowed:
            raise SizeError(
                f"{self.n_moments} moments of order {self.order} for {len(self.members)} classes of spins and "
                f"{self.n_modes} modes need about {need:.3g} GiB, more than memory_gib={allowed:g}. Lower the order, "
                'or let spins that couple and start alike be one class: `resolution="class"`. `TruncatedWigner` takes '
                "any number of spins and modes."
            )


def _product(left: list[int], right: list[int]) -> list[int]:
    """The coefficients of the product of two polynomials, as many as each has."""
    return [sum(left[j] * right[k - j] for j in range(k + 1)) for k in range(len(left))]


def _partitions(size: int) -> int:
    """Bell's number: the partitions of so many letters."""
    row = [1]
    for _ in range(size - 1):
        following = [row[-1]]
        for value in row:
            following.append(following[-1] + value)
        row = following
    return row[-1]
