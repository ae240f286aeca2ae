"""All figures that a result can show, found from what it holds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.agreement import plot_agreement
from cavity_hopfield.plots.canvas import Panels, off_screen, save_figure
from cavity_hopfield.plots.capacity import plot_capacity
from cavity_hopfield.plots.design import plot_design, plot_elasticities, plot_pareto_front
from cavity_hopfield.plots.laboratories import is_laboratory, plot_laboratories
from cavity_hopfield.plots.overlaps import LEVELS, plot_overlaps
from cavity_hopfield.plots.phases import plot_basins, plot_phase_diagram
from cavity_hopfield.plots.rates import plot_rates
from cavity_hopfield.plots.recall import STAGES, plot_recall, shows_recall
from cavity_hopfield.plots.requirements import fits
from cavity_hopfield.plots.retrieval import plot_platform, plot_retrieval
from cavity_hopfield.plots.spectra import plot_spectrum
from cavity_hopfield.plots.sweeps import plot_sweep
from cavity_hopfield.plots.validity import plot_certificate, plot_validity_map
from cavity_hopfield.plots.wigner import plot_wigner

Result = xr.Dataset | xr.DataTree
Drawn = Axes | Panels
OF_A_DATASET: Mapping[str, Callable[[xr.Dataset], Drawn]] = MappingProxyType(
    {
        "rates": plot_rates,
        "recall": plot_recall,
        "overlaps": plot_overlaps,
        "spectrum": plot_spectrum,
        "wigner": plot_wigner,
        "phase_diagram": plot_phase_diagram,
        "basins": plot_basins,
        "agreement": plot_agreement,
        "retrieval": plot_retrieval,
        "platform": plot_platform,
        "design": plot_design,
        "elasticities": plot_elasticities,
        "pareto_front": plot_pareto_front,
        "validity_map": plot_validity_map,
        "certificate": plot_certificate,
        "sweep": plot_sweep,
    }
)
"""The figures of one dataset, by the name of what they need."""


@dataclass(frozen=True)
class _Shown:
    """A figure that a result can show: its name, and what draws it."""

    kind: str
    draw: Callable[[], Drawn]


def kinds_of(result: Result) -> tuple[str, ...]:
    """The figures that a result can show, found from its variables, dimensions and attributes.

    Parameters
    ----------
    result : xarray.DataTree or xarray.Dataset
        What `load` returned for any file of this package, or any of its results.

    Returns
    -------
    tuple of str
        Such as `("rates", "recall", "overlaps", "certificate")` for a file of `cavity-hopfield run`. Where several
        groups show the same, the name of the group stands before it: `"kinetic/overlaps"`.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, KineticMonteCarlo, OpenHopfield, letters
    >>> memory = letters("EV")
    >>> network = OpenHopfield(memory, Glauber(0.3))
    >>> kinds_of(KineticMonteCarlo(runs=2, seed=1).evolve(network, memory["E"], [0.0, 1.0]))
    ('recall', 'overlaps')
    """
    return tuple(_gallery(_tree(result)))


def draw(result: Result, kind: str) -> Drawn:
    """One of the figures that a result can show.

    Parameters
    ----------
    result : xarray.DataTree or xarray.Dataset
        What `load` returned, or any result.
    kind : str
        One of `kinds_of(result)`.

    Returns
    -------
    matplotlib.axes.Axes or array of them

    Raises
    ------
    ArgumentError
        If the result cannot show it; the text names what it can.
    """
    shown = _gallery(_tree(result))
    if kind not in shown:
        raise ArgumentError(f"Argument `kind` must be one that this result can show: {_listed(shown)}. It is {kind!r}.")
    return shown[kind]()


def save_figures(result: Result, folder: str | Path, kinds: Iterable[str] | None = None) -> list[Path]:
    """Draw figures of a result and write each as PNG into `folder`, which must exist.

    Parameters
    ----------
    result : xarray.DataTree or xarray.Dataset
        What `load` returned, or any result.
    folder : path
        Where the files go: the name of the kind and `.png`, a `/` in it written as `_`.
    kinds : iterable of str, optional
        Which; all that the result can show if left out.

    Returns
    -------
    list of pathlib.Path
        The files written, each whole or not at all.

    Raises
    ------
    ArgumentError
        If the result cannot show one of them, or nothing.
    ResultFileError
        If a file cannot be written.
    """
    possible = kinds_of(result)
    chosen = possible if kinds is None else tuple(kinds)
    unknown = [kind for kind in chosen if kind not in possible]
    if unknown or not possible:
        wrong = f", but they hold {unknown[0]!r}" if unknown else ""
        raise ArgumentError(
            f"Argument `kinds` must hold figures that this result can show: {_listed(possible)}{wrong}."
        )
    with off_screen():
        return [save_figure(draw(result, kind), Path(folder) / f"{kind.replace('/', '_')}.png") for kind in chosen]


def evolution_of(result: Result) -> xr.Dataset:
    """The dataset of a result that can be shown as pictures of a recall; of a study, that of single flips.

    Parameters
    ----------
    result : xarray.Dataset or xarray.DataTree
        A result, or what `load` read.

    Returns
    -------
    xarray.Dataset
        With `spin_z` over time.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    nodes = dict(_nodes(_tree(result)))
    found = [name for name, given in nodes.items() if fits("recall", given) and shows_recall(given)]
    if not found:
        raise ArgumentError(
            f"Argument `result` must hold a recall, `spin_z` over time and spins with its patterns. It can show: "
            f"{_listed(kinds_of(result))}."
        )
    return nodes["kinetic" if "kinetic" in found else found[0]]


def _tree(result: Result) -> xr.DataTree:
    if isinstance(result, xr.DataTree):
        return result
    if isinstance(result, xr.Dataset):
        return xr.DataTree(dataset=result)
    raise ArgumentError(f"Argument `result` must be a Dataset or a DataTree, but is of type {type(result).__name__}.")


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(kinds) or "none"


def _nodes(tree: xr.DataTree) -> Iterator[tuple[str, xr.Dataset]]:
    """Every group with its path."""
    for node in tree.subtree:
        yield node.path.removeprefix(tree.path).strip("/"), node.to_dataset()


def _gallery(tree: xr.DataTree) -> dict[str, Callable[[], Drawn]]:
    """What draws each figure that a tree can show: those of the whole, and those of its groups."""
    whole = {shown.kind: shown.draw for shown in _of_the_whole(tree)}
    parts: dict[str, dict[str, Callable[[], Drawn]]] = {}
    for group, given in _nodes(tree):
        for kind, drawing in OF_A_DATASET.items():
            if kind not in whole and fits(kind, given) and (kind != "recall" or shows_recall(given)):
                parts.setdefault(kind, {})[group] = partial(drawing, given)
    named = {
        kind if len(groups) == 1 else f"{group or 'root'}/{kind}": drawing
        for kind, groups in parts.items()
        for group, drawing in groups.items()
    }
    together = whole | named
    order = [*OF_A_DATASET, *whole]
    return dict(sorted(together.items(), key=lambda one: order.index(one[0].rsplit("/", maxsplit=1)[-1])))


def _of_the_whole(tree: xr.DataTree) -> Iterator[_Shown]:
    """Figures that several groups make together, and the one certificate of a result."""
    groups = set(tree.children)
    if groups.issuperset(STAGES) and "recalled" in tree.attrs:
        yield _Shown("recall", lambda: plot_recall(tree))
    if groups.issuperset(LEVELS) and "configuration" in tree.attrs:
        yield _Shown("overlaps", lambda: plot_overlaps(tree))
    if fits("phase_diagram", tree.to_dataset()) and LINES in groups:
        yield _Shown("phase_diagram", lambda: plot_phase_diagram(tree.to_dataset(), tree.children[LINES].to_dataset()))
    certificates = {given.attrs["certificate"]: given for _, given in _nodes(tree) if fits("certificate", given)}
    if len(certificates) == 1:
        (given,) = certificates.values()
        yield _Shown("certificate", lambda: plot_certificate(given))
    if is_laboratory(tree):
        yield _Shown("laboratory", lambda: plot_laboratories([tree]))
    found: dict[str, Any] = {
        name: given for name, kind in CAPACITY.items() for _, given in _nodes(tree) if fits(kind, given)
    }
    if {"boundaries", "recall"} <= set(found):
        yield _Shown("capacity", lambda: plot_capacity(**found))


LINES = "lines"
"""The group beside a phase diagram that holds its bifurcations."""
CAPACITY = {"boundaries": "boundaries", "recall": "recall_fraction", "points": "points", "capacity": "capacity"}
"""The arguments of the figure of the capacity, and what each must be."""
