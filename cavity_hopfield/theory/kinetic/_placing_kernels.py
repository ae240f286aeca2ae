"""Which of the spins that are alike: configurations and flips drawn uniformly, given the counts."""

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import IntArray, SpinArray


@compiled
def arrange(
    parts: IntArray, sign: SpinArray, sizes: IntArray, ups: IntArray, generator: np.random.Generator, sigma: SpinArray
) -> None:
    """Fill `sigma` (N,) with a configuration in which `ups` (K,) of `sizes` (K,) spins of each of the `parts` (N,) are
    up in their gauge `sign` (N,), each arrangement as likely as any other. Overwrites `sizes` and `ups`.
    """
    for i in range(parts.size):
        part = parts[i]
        up = generator.random() * sizes[part] < ups[part]
        ups[part] -= up
        sizes[part] -= 1
        sigma[i] = sign[i] if up else -sign[i]


@compiled
def identify(
    members: IntArray, starts: IntArray, ups: IntArray, places: IntArray, sizes: IntArray,
    generator: np.random.Generator, spins: IntArray,
) -> None:  # fmt: skip
    """Fill `spins` (J,) with the spin of each flip of `places` (J,), twice the part and one for a flip up: any of
    those of the part that can flip, each as likely.

    `members` (N,) lists the spins part after part from `starts` (K,) on, in each the `ups` (K,) first; all are kept up
    to date.
    """
    for j in range(places.size):
        part = places[j] >> 1
        begin, up = starts[part], ups[part]
        if places[j] & 1:
            place = begin + up + pick(sizes[part] - up, generator)
            edge = begin + up
            ups[part] += 1
        else:
            place = begin + pick(up, generator)
            edge = begin + up - 1
            ups[part] -= 1
        spin = members[place]
        members[place] = members[edge]
        members[edge] = spin
        spins[j] = spin


@compiled
def pick(count: int, generator: np.random.Generator) -> int:
    """A number below `count`; nothing is drawn for one."""
    return 0 if count == 1 else min(int(generator.random() * count), count - 1)
