"""Published laboratories: one file, one paper, and for every number where it stands."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cavity_hopfield._checks import one_of
from cavity_hopfield.platforms.preset import Preset
from cavity_hopfield.platforms.presets import (
    fioroni2024,
    kroeze2022,
    marsh2025,
    wickenbrock2011,
    zhang2017,
    zhiqiang2017,
)

_PRESETS: Mapping[str, Callable[[], Preset]] = MappingProxyType(
    {
        "fioroni2024": fioroni2024.preset,
        "kroeze2022": kroeze2022.preset,
        "marsh2025": marsh2025.preset,
        "wickenbrock2011": wickenbrock2011.preset,
        "zhang2017": zhang2017.preset,
        "zhiqiang2017": zhiqiang2017.preset,
    }
)

__all__ = ["Preset", "describe", "load", "names"]


def names() -> tuple[str, ...]:
    """The presets there are.

    Returns
    -------
    tuple of str
        Names for `load`.

    Examples
    --------
    >>> names()[:2]
    ('fioroni2024', 'kroeze2022')
    """
    return tuple(_PRESETS)


def load(name: str) -> Preset:
    """The preset of that name.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    Preset
        The apparatus, with the source of every number.

    Raises
    ------
    ArgumentError
        If there is none; the text lists those there are.

    Examples
    --------
    >>> load("fioroni2024").published[:2]
    ('coupling_rad_s', 'photon_loss_rad_s')
    """
    return _PRESETS[one_of("name", name, names())]()


def describe() -> str:
    """A line for each preset: what it is, and how many of its values are published.

    Returns
    -------
    str
        The lines.

    Examples
    --------
    >>> print(describe().splitlines()[0])
    fioroni2024      ...
    """
    rows = [load(name) for name in names()]
    return "\n".join(
        f"{row.name:16} {row.title}; {len(row.published)} of {len(row.values)} values published" for row in rows
    )
