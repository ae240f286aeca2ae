"""The steps of the main job. Each returns what the next one, a figure or a file needs."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr

from cavity_hopfield._typing import SpinArray
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.results import versions
from cavity_hopfield.elimination import CavityRates, Certificate, certify
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import (
    Patterns,
    correlated_patterns,
    letters,
    load_images,
    load_patterns,
    random_patterns,
)
from cavity_hopfield.model import Glauber, MultimodeDicke
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.study.configuration import MemoryDocument, Study
from cavity_hopfield.theory import KineticMonteCarlo, MeanField

ENERGY_POINTS = 241
Stage = Callable[[str], Progress]
"""Told the name of a stage of the job that begins; returns where its progress is reported."""


def build_memory(study: MemoryDocument) -> Patterns:
    """The patterns of the study; files are looked up beside the configuration file.

    Parameters
    ----------
    study : Study, DesignStudy or SweepStudy
        The configuration.

    Returns
    -------
    Patterns
        What is stored.

    Raises
    ------
    ConfigurationError
        If the memory cannot be made; the text has the place in the file.

    Examples
    --------
    >>> build_memory(Study()).names
    ('E', 'V', 'X')
    """
    memory = study.memory
    with study.blaming("memory"):
        if memory.letters is not None:
            return letters(memory.letters)
        if memory.images is not None:
            paths = [study.folder / name for name in memory.images]
            size = None if memory.image_size is None else (memory.image_size[0], memory.image_size[1])
            return load_images(paths, size=size, threshold=memory.threshold, ink=memory.ink)
        if memory.file is not None:
            shape = None if memory.shape is None else (memory.shape[0], memory.shape[1])
            return load_patterns(study.folder / memory.file, names=tuple(memory.names or ()), shape=shape)
        if memory.random is None:
            raise ArgumentError("Argument `memory` must name letters, images, a file or random patterns.")
        drawn = memory.random
        if drawn.correlation > 0:
            return correlated_patterns(drawn.patterns, drawn.spins, drawn.correlation, drawn.seed)
        return random_patterns(drawn.patterns, drawn.spins, drawn.seed, bias=drawn.bias)


def build_dicke(study: Study) -> MultimodeDicke:
    """The platform of the study.

    Parameters
    ----------
    study : Study
        The configuration.

    Returns
    -------
    MultimodeDicke
        With the patterns in its couplings.

    Examples
    --------
    >>> build_dicke(Study()).g.shape
    (35, 3)
    """
    values = study.cavity.model_dump()
    if study.cavity.disorder == 0:
        values["seed"] = None
    with study.blaming("cavity"):
        return MultimodeDicke.from_patterns(build_memory(study), **values)


def build_start(study: Study, memory: Patterns) -> SpinArray:
    """The corrupted pattern from which the recall starts.

    Parameters
    ----------
    study : Study
        The configuration.
    memory : Patterns
        What `build_memory` made of it.

    Returns
    -------
    (N,) array of +-1
        The configuration.

    Examples
    --------
    >>> study = Study()
    >>> memory = build_memory(study)
    >>> int((build_start(study, memory) != memory["E"]).sum())
    7
    """
    with study.blaming("recall"):
        return memory.corrupted(recalled_pattern(study, memory), study.recall.flips, study.recall.seed)


def recalled_pattern(study: Study, memory: Patterns) -> str:
    """The name of the pattern to recall: the one named, or the first.

    Parameters
    ----------
    study : Study
        The configuration.
    memory : Patterns
        What `build_memory` made of it.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> recalled_pattern(Study(), build_memory(Study()))
    'E'
    """
    return memory.names[0] if study.recall.pattern is None else study.recall.pattern


def certificate_of(study: Study) -> Certificate:
    """Where the rates of the platform can be trusted.

    Parameters
    ----------
    study : Study
        The configuration.

    Returns
    -------
    Certificate
        What `certify` says of its platform.

    Examples
    --------
    >>> print(certificate_of(Study()).verdict)
    good
    """
    return certify(build_dicke(study))


def rates_result(study: Study) -> xr.Dataset:
    r"""The platform's rates beside the closest Glauber law, over the flip energies of a recall.

    Parameters
    ----------
    study : Study
        The configuration.

    Returns
    -------
    xarray.Dataset
        `rate`, `rate_error`, `glauber_rate`, `temperature` (flip_energy) of the spin with the median dephasing, and
        `sample_energy`, `sample_weight` (sample); attributes `glauber_temperature`, `glauber_rate`,
        `glauber_distance`, `asymptotic_temperature` and the certificate.

    Examples
    --------
    >>> found = rates_result(Study())
    >>> round(found.attrs["glauber_temperature"], 3), round(found.attrs["glauber_distance"], 3)
    (0.276, 1.027)
    """
    dicke = build_dicke(study)
    with study.blaming("cavity"):
        rates = CavityRates(dicke)
        match = Glauber.matched_to(rates)
    widths = rates.dephasing_rates()
    typical = int(np.argsort(widths)[(widths.size - 1) // 2])
    reach = float(np.abs(match.sample.flip_energy).max())
    energies = np.linspace(-reach, reach, ENERGY_POINTS)
    values, errors = rates.estimate(energies, typical)
    rate_units = {"units": "unit of omega"}
    energy_units = {"long_name": "flip energy", "units": "unit of omega"}
    return xr.Dataset(
        {
            "rate": ("flip_energy", values, {"long_name": "flip rate of the platform", **rate_units}),
            "rate_error": ("flip_energy", errors, {"long_name": "error bound of the rate", **rate_units}),
            "glauber_rate": ("flip_energy", match.law(energies), {"long_name": "closest Glauber rate", **rate_units}),
            "temperature": (
                "flip_energy",
                rates.temperature(energies, typical),
                {"long_name": "effective temperature", **rate_units},
            ),
            "sample_energy": ("sample", match.sample.flip_energy, energy_units),
            "sample_weight": ("sample", match.sample.weight, {"long_name": "weight in the match", "units": "1"}),
        },
        {"flip_energy": ("flip_energy", energies, energy_units)},
        {
            "model": dicke.to_json(),
            "theory": json.dumps({"name": "CavityRates", "spin_class": typical}),
            "versions": json.dumps(versions()),
            "certificate": json.dumps(certify(dicke).to_dict()),
            "dephasing": float(widths[typical]),
            "glauber_temperature": match.law.temperature,
            "glauber_rate": match.law.rate,
            "glauber_distance": match.distance,
            "norm": "weighted root mean square of ln(W / W_Glauber)",
            "asymptotic_temperature": rates.asymptotic_temperature(typical),
        },
    )


def kinetic_result(study: Study, stage: Stage) -> xr.Dataset:
    """The recall of the corrupted pattern by single flips, at the platform's own rates."""
    dicke = build_dicke(study)
    times = np.linspace(0.0, study.recall.duration, study.recall.points)
    theory = KineticMonteCarlo(runs=study.recall.runs, seed=study.recall.seed)
    network = OpenHopfield.from_dicke(dicke)
    return theory.evolve(network, build_start(study, dicke.memory), times, progress=stage("kinetic Monte Carlo"))


def mean_field_result(study: Study, stage: Stage) -> xr.Dataset:
    """The recall of the corrupted pattern by coherent motion, with the drive of the study's `mean_field` table."""
    dicke = replace(build_dicke(study), drive=study.mean_field.drive)
    times = np.linspace(0.0, study.mean_field.duration, study.mean_field.points)
    theory = MeanField(atoms_per_spin=study.mean_field.atoms_per_spin)
    return theory.evolve(dicke, build_start(study, dicke.memory), times, progress=stage("mean field"))


def recall_result(study: Study, stage: Stage) -> dict[str, xr.Dataset]:
    """The recall at both levels: by single flips and by coherent motion.

    Parameters
    ----------
    study : Study
        The configuration.
    stage : callable
        Told the name of each part; gives back where its progress is reported.

    Returns
    -------
    dict of xarray.Dataset
        `kinetic` and `mean_field`.

    Examples
    --------
    >>> short = {"recall": {"runs": 5, "points": 3}, "mean_field": {"points": 3, "duration": 10.0}}
    >>> found = recall_result(Study.model_validate(short), lambda name: lambda fraction: None)
    >>> found["kinetic"]["overlap"].dims, found["mean_field"]["overlap"].dims
    (('run', 'time', 'pattern'), ('time', 'pattern'))
    """
    return {"kinetic": kinetic_result(study, stage), "mean_field": mean_field_result(study, stage)}


def run_study(study: Study, stage: Stage, keep: Callable[[xr.DataTree], object] | None = None) -> xr.DataTree:
    """The whole job: what is stored, the rates, and the recall at both levels, each with its provenance.

    Parameters
    ----------
    study : Study
        The configuration.
    stage : callable
        Told the name of each part; gives back where its progress is reported.
    keep : callable, optional
        Handed the tree after every part, so that an interruption loses no part that was finished.

    Returns
    -------
    xarray.DataTree
        `patterns`, `rates`, `kinetic`, `mean_field`; the root's attributes hold the configuration, the certificate and
        the versions.

    Examples
    --------
    >>> short = {"recall": {"runs": 5, "points": 3}, "mean_field": {"points": 3, "duration": 10.0}}
    >>> sorted(run_study(Study.model_validate(short), lambda name: lambda fraction: None).children)
    ['kinetic', 'mean_field', 'patterns', 'rates']
    """
    parts = {"patterns": _patterns_result(study), "rates": _rates_stage(study, stage)}
    memory = build_memory(study)
    root = xr.Dataset(
        attrs={
            "title": study.title,
            "configuration": study.model_dump_json(),
            "certificate": parts["rates"].attrs["certificate"],
            "versions": parts["rates"].attrs["versions"],
            "recalled": recalled_pattern(study, memory),
            "memory": _told(study, memory),
        }
    )
    for name, work in (("kinetic", kinetic_result), ("mean_field", mean_field_result)):
        if keep is not None:
            keep(xr.DataTree.from_dict({"/": root, **parts}))
        parts[name] = work(study, stage)
    return xr.DataTree.from_dict({"/": root, **parts})


def _told(study: Study, memory: Patterns) -> str:
    """The memory in words, with the threshold where it was read from images."""
    threshold = f", luminance threshold {study.memory.threshold:g}" if study.memory.images is not None else ""
    return f"{memory}{threshold}"


def _rates_stage(study: Study, stage: Stage) -> xr.Dataset:
    report = stage("rates")
    result = rates_result(study)
    report(1.0)
    return result


def _patterns_result(study: Study) -> xr.Dataset:
    memory = build_memory(study)
    return xr.Dataset(
        {
            "stored": (("pattern", "spin"), memory.values, {"long_name": "stored patterns", "units": "1"}),
            "start": ("spin", build_start(study, memory), {"long_name": "corrupted pattern", "units": "1"}),
        },
        {"pattern": list(memory.names)},
        {"rows": memory.shape[0], "columns": memory.shape[1]} if memory.shape else {},
    )
