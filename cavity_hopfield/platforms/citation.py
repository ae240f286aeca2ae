"""What to cite: BibTeX of a preset, of models and theories, and of what a result says it was made with."""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import xarray as xr

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms import presets
from cavity_hopfield.platforms.bibliography import bibtex
from cavity_hopfield.platforms.preset import Preset

PACKAGE = "cavity_hopfield"
METHODS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # models and rate laws
        "MultimodeDicke": ("fiorelli2020",),
        "CavityRates": ("fiorelli2020",),
        "OpenHopfield": ("rotondo2018",),
        "CountedHopfield": ("rotondo2018",),
        "HopfieldLimit": ("rotondo2018",),
        "Glauber": ("glauber1963",),
        "Metropolis": ("metropolis1953",),
        "Scheduled": ("lewis1979",),
        "Patterns": ("hopfield1982",),
        # theories
        "ClassicalMasterEquation": ("jensen1953",),
        "Cumulants": ("kubo1962", "kirton2017"),
        "Heterodyne": ("wiseman1993",),
        "KineticMonteCarlo": ("gillespie1976",),
        "Lindblad": (),
        "Linearised": ("emary2003", "gardiner1985"),
        "MeanField": ("carollo2020",),
        "PermutationSymmetric": ("shammah2018",),
        "QuantumJumps": ("dalibard1992", "dum1992"),
        "TauLeaping": ("gillespie2001", "anderson2011"),
        "TruncatedWigner": ("schachenmayer2015", "huber2022", "blakie2008"),
        "ZeroTemperature": ("hopfield1982",),
        # eliminations
        "AtomOnly": ("damanet2019", "jaeger2022"),
        "MemoryEquation": ("nakajima1958", "zwanzig1960", "shibata1977"),
        "SectorEquation": ("dicke1954",),
        "SpinEnsembles": ("dicke1954",),
        # analyses, as results name them
        "retrieval": ("clopper1934",),
        "platform_against_glauber": ("clopper1934", "holm1979"),
        "entropy_production": ("schnakenberg1976", "seifert2005"),
        "fluctuation_dissipation": ("kubo1966",),
        "recall_capacity": ("amit1985", "amit1987"),
        "replica_symmetric": ("amit1987",),
        "output_field": ("gardiner1985",),
        "ways_to": (),
        # laboratories
        "BareCavity": ("fiorelli2020",),
        "DegenerateCavity": ("vaidya2018", "guo2019", "marsh2021"),
        "IonChain": ("porras2004", "james1998"),
        "MomentumCavity": ("nagy2010", "baumann2010"),
        "RamanCavity": ("dimer2007",),
        "TransverseModes": ("vaidya2018", "guo2019", "marsh2021"),
    }
)
"""What each class, or analysis by the name in its results, builds on; nothing for a textbook's."""
PARTS = ("rate_law", "interactions", "dicke", "platform", "geometry", "gain", "preset")
"""Attributes, and keys of stored models, whose own references count too."""


def citation(*things: Any) -> str:
    """BibTeX of the package and of what `things` build on, each entry once.

    Parameters
    ----------
    *things
        Presets, or their names; models, platforms, theories and rate laws, or their classes; datasets and trees, which
        name model, theory and preset in their attributes.

    Returns
    -------
    str
        BibTeX, with the package itself first.

    Raises
    ------
    ArgumentError
        If there is no reference for a thing.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, KineticMonteCarlo
    >>> text = citation(Glauber(temperature=0.1), KineticMonteCarlo)
    >>> [line for line in text.splitlines() if line.startswith("@")]
    ['@software{cavity_hopfield,', '@article{glauber1963,', '@article{gillespie1976,']
    """
    return bibtex([PACKAGE, *(key for thing in things for key in references(thing))])


def references(thing: Any) -> tuple[str, ...]:
    """The keys of one thing (see `citation`)."""
    if isinstance(thing, Preset):
        return (*thing.references, *references(thing.platform))
    if isinstance(thing, str):
        return references(presets.load(thing)) if thing in presets.names() else _of_name(thing)
    if isinstance(thing, xr.DataTree):
        return tuple(key for node in thing.subtree for key in _of_attributes(node.attrs))
    if isinstance(thing, (xr.Dataset, xr.DataArray)):
        return _of_attributes(thing.attrs)
    kind = thing if isinstance(thing, type) else type(thing)
    parts = () if isinstance(thing, type) else _parts(thing)
    known = [key for part in parts for key in references(part)]
    return (*_of_name(kind.__name__), *known)


def _of_name(name: str) -> tuple[str, ...]:
    if name not in METHODS:
        raise ArgumentError(
            f"Argument `things` must be presets, models, platforms, theories, or results of these, but {name!r} has no "
            f"reference. There are the presets {', '.join(presets.names())}, and {', '.join(METHODS)}."
        )
    return METHODS[name]


def _parts(thing: Any) -> tuple[Any, ...]:
    """What a model is made of that has references of its own."""
    found = (getattr(thing, name, None) for name in PARTS)
    return tuple(part for part in found if type(part).__name__ in METHODS)


def _of_attributes(attributes: Mapping[Any, Any]) -> tuple[str, ...]:
    keys: list[str] = []
    for name in ("preset", "model", "platform", "theory"):
        if name in attributes:
            keys += [key for told in _names_in(attributes[name]) if told in METHODS or _is_preset(told)
                     for key in references(told)]  # fmt: skip
    return tuple(keys)


def _names_in(value: Any) -> Iterator[str]:
    """The names of models, laws, platforms and theories that an attribute tells, as JSON or as a word."""
    told = _from_json(value) if isinstance(value, str) else value
    if isinstance(told, str):
        yield told
    elif isinstance(told, Mapping):
        for key in ("model", "name", "rate_law", "platform", "geometry", "dicke"):
            if key in told:
                yield from _names_in(told[key])


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _is_preset(name: str) -> bool:
    return name in presets.names()
