"""The jobs of a sweep: what is computed at each point of its grid."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.analysis.phases.phase_diagram import phase_diagram
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber
from cavity_hopfield.study.recall import (
    build_dicke,
    build_memory,
    certificate_of,
    kinetic_result,
    mean_field_result,
    recalled_pattern,
)
from cavity_hopfield.study.sweep_configuration import SweepStudy

RECALLED = 0.9
"""Overlap above which a pattern counts as recalled."""


def rates_point(study: SweepStudy) -> xr.Dataset:
    """The Glauber law closest to the platform's rates, how far it is, and the temperature of detailed balance."""
    dicke = build_dicke(study)
    with study.blaming("cavity"):
        rates = CavityRates(dicke)
        match = Glauber.matched_to(rates)
        balanced = Glauber.balanced_with(rates)
    variables = {
        "glauber_temperature": labelled((), match.law.temperature, "temperature of the closest Glauber law", "omega"),
        "glauber_rate": labelled((), match.law.rate, "rate of the closest Glauber law", "omega"),
        "glauber_distance": labelled((), match.distance, "weighted root mean square of ln(W / W_Glauber)"),
        "balance_temperature": labelled((), balanced.temperature, "temperature of detailed balance", "omega"),
    }
    return analysis_result("rates_point", variables, {}, {}, details={"certificate": certificate_of(study).to_json()})


def recall_point(study: SweepStudy) -> xr.Dataset:
    """The recall by single flips: the mean overlaps at the end with their errors, and the share of runs that recall."""
    result = kinetic_result(study, _unseen)
    last = result["overlap"].isel(time=-1, drop=True)
    pattern = recalled_pattern(study, build_memory(study))
    errors = (
        last.std("run", ddof=1) / np.sqrt(last.sizes["run"]) if last.sizes["run"] > 1 else last.mean("run") * np.nan
    )
    variables = {
        "overlap": labelled("pattern", last.mean("run"), "mean overlap with each stored pattern at the end"),
        "overlap_error": labelled("pattern", errors, "standard error of the mean overlap over the runs"),
        "success": labelled((), (last.sel(pattern=pattern) > RECALLED).mean(), "share of runs that recall the pattern"),
    }
    kept = {name: result.attrs[name] for name in ("certificate",) if name in result.attrs}
    return analysis_result("recall_point", variables, {"pattern": result["pattern"].values}, {}, details=kept)


def coherent_recall_point(study: SweepStudy) -> xr.Dataset:
    """The recall by coherent motion: overlaps, magnetisation and photons at the end."""
    result = mean_field_result(study, _unseen)
    last = result[["overlap", "overlap_y", "photons"]].isel(time=-1, drop=True)
    last.attrs = {"dephased": result.attrs["dephased"], "versions": result.attrs["versions"]}
    return last


def phase_point(study: SweepStudy) -> xr.Dataset:
    """The phase of the thermal network of many spins, from an ensemble of runs."""
    network = study.network
    with study.blaming("network"):
        diagram = phase_diagram(
            network.patterns,
            temperature=[network.temperature],
            drive=[network.drive],
            starts=network.starts,
            seed=network.seed,
        )
    return diagram.isel(temperature=0, drive=0, drop=True)


@dataclass(frozen=True)
class Job:
    """What can be computed at a point: how, from which tables of the file, and the key that takes the point's seed."""

    run: Callable[[SweepStudy], xr.Dataset]
    tables: tuple[str, ...]
    seed: str | None = None


JOBS: Mapping[str, Job] = MappingProxyType(
    {
        "rates": Job(rates_point, ("memory", "cavity")),
        "recall": Job(recall_point, ("memory", "cavity", "recall"), "recall.seed"),
        "coherent_recall": Job(coherent_recall_point, ("memory", "cavity", "recall", "mean_field"), "recall.seed"),
        "phase": Job(phase_point, ("network",), "network.seed"),
    }
)


@dataclass(frozen=True)
class StudyPoint:
    """A study of one point, as `sweep` wants it: changed along an axis, run, told.

    Parameters
    ----------
    study : SweepStudy
        The configuration, whose grid is not looked at.

    Examples
    --------
    >>> StudyPoint(SweepStudy()).at({"cavity.g": 0.2}).study.cavity.g
    0.2
    """

    study: SweepStudy

    @property
    def job(self) -> Job:
        """What is computed."""
        return JOBS[self.study.sweep.job]

    def check(self, parameters: Mapping[str, Sequence[Any]], *, seeded: bool) -> None:
        """An error if the job does not read what is swept or the seed, or a key may not have one of its values."""
        name, job = self.study.sweep.job, self.job
        with self.study.blaming("grid"):
            unread = [axis for axis in parameters if axis.split(".")[0] not in job.tables]
            if unread:
                raise ArgumentError(
                    f"Argument `grid` must name keys of {', '.join(job.tables)}, which the job {name!r} reads, but has "
                    f"{', '.join(unread)}."
                )
        with self.study.blaming("sweep"):
            if seeded and job.seed is None:
                raise ArgumentError(f"Argument `seed` is not used by the job {name!r}, which draws nothing. Remove it.")
            if seeded and job.seed in parameters:
                raise ArgumentError(f"Argument `seed` must be left out where {job.seed} is an axis of the grid.")
        for axis, values in parameters.items():
            for value in values:
                self.study.changed({axis: value})

    def at(self, point: Mapping[str, Any]) -> "StudyPoint":
        """The study at a point of the grid; `seed`, if it is among the names, is that of the random numbers."""
        values = {name: value for name, value in point.items() if name != "seed"}
        if "seed" in point and self.job.seed is not None:
            values[self.job.seed] = point["seed"]
        return StudyPoint(self.study.changed(values))

    def run(self) -> xr.Dataset:
        """What the job of the study gives."""
        return self.job.run(self.study)

    def describe(self) -> Json:
        """All that decides the numbers: the tables that the job reads, and the patterns themselves."""
        told: Json = {name: getattr(self.study, name).model_dump(mode="json") for name in self.job.tables}
        if "memory" in told:
            patterns = np.ascontiguousarray(build_memory(self.study).values)
            told["patterns"] = hashlib.sha256(patterns.tobytes()).hexdigest()
        return {"job": self.study.sweep.job, **told}


def _unseen(_name: str) -> Callable[[float], None]:
    """A stage whose progress nobody watches: the points of a sweep are its progress."""
    return lambda _fraction: None
