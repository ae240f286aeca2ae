"""Observables of several rungs on common axes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.bridge.levels.comparison import Difference, comparisons, difference
from cavity_hopfield.bridge.levels.readings import Reading
from cavity_hopfield.bridge.levels.trials import Trial
from cavity_hopfield.dynamics.labels import labelled
from cavity_hopfield.dynamics.results import OBSERVABLES
from cavity_hopfield.hopfield import Patterns


class Table:
    """Observables of rungs that ran, on common axes."""

    def __init__(
        self,
        trials: Sequence[Trial],
        by_trust: Sequence[Trial],
        times: FloatArray,
        names: Sequence[str],
        patterns: Patterns | None,
    ) -> None:
        self.trials, self.times, self.patterns = list(trials), times, patterns
        self.order = [trial.name for trial in by_trust]
        self.readings: dict[tuple[str, str], Reading] = {}
        self.names = []
        for name in names:
            for trial in trials:
                found = trial.reading(name, times, patterns)
                if found is not None:
                    self.readings[trial.name, name] = found
            if any((trial.name, name) in self.readings for trial in trials):
                self.names.append(name)

    @property
    def unlike(self) -> dict[str, list[str]]:
        """Observables that a rung has on other axes than most, by rung: they are not compared."""
        found: dict[str, list[str]] = {}
        for (trial, name), one in self.readings.items():
            if one.values.shape != self._shape(name)[1]:
                found.setdefault(trial, []).append(name)
        return found

    def pairs(self, one: Trial, other: Trial) -> dict[str, tuple[Reading, Reading]]:
        """Observables that both have, on the same axes."""
        found = {}
        for name in self.names:
            if (one.name, name) in self.readings and (other.name, name) in self.readings:
                pair = self.readings[one.name, name], self.readings[other.name, name]
                if pair[0].values.shape == pair[1].values.shape:
                    found[name] = pair
        return found

    def comparisons(self, one: Trial, other: Trial) -> int:
        """How many values with statistical errors."""
        return sum(comparisons(*pair) for pair in self.pairs(one, other).values())

    def differences(self, one: Trial, other: Trial, tolerance: float, chance: float) -> dict[str, Difference]:
        """By observable."""
        numerical = one.numerical + other.numerical
        pairs = self.pairs(one, other).items()
        return {name: difference(*pair, numerical, tolerance, chance) for name, pair in pairs}

    def where(self, name: str, place: tuple[int, ...]) -> str:
        """The pattern, spin or mode at a place."""
        if not place:
            return ""
        dim = self._shape(name)[0][-1]
        if dim == "pattern" and self.patterns is not None:
            return f"pattern {self.patterns.names[place[-1]]}"
        return f"{dim} {place[-1]}"

    def _shape(self, name: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Dimensions and shape of an observable, of the rungs as most of them have it."""
        found = [one for (_, observable), one in self.readings.items() if observable == name]
        shapes = [(one.dims, one.values.shape) for one in found]
        return max(shapes, key=shapes.count)

    def variables(
        self, differences: Mapping[str, Mapping[str, Difference]]
    ) -> tuple[dict[str, xr.Variable], dict[str, Any]]:
        """What the dataset holds, and its coordinates."""
        found: dict[str, xr.Variable] = {}
        ran = self.trials
        for name in self.names:
            dims, shape = self._shape(name)
            text, units = OBSERVABLES[name]
            for suffix, which in (("", "values"), ("_error", "error")):
                rows = [self._row(trial.name, name, which, shape) for trial in self.trials]
                label = text if not suffix else f"standard error: {text}"
                found[name + suffix] = labelled(("theory", *dims), np.stack(rows), label, units)
        places = [float(self.order.index(trial.name)) for trial in self.trials]
        for name, text, told in (
            ("numerical_error", "numerical error by what a rung says of itself, relative", [x.numerical for x in ran]),
            ("expected_error", "error expected of what a rung neglects", [x.expected for x in ran]),
            ("place", "place in the order of trust, 0 the first", places),
        ):
            found[name] = labelled("theory", told, text)
        found["seconds"] = labelled("theory", [trial.seconds for trial in self.trials], "wall time", "s")
        found |= self._verdicts(differences)
        coordinates: dict[str, Any] = {
            "theory": [trial.name for trial in self.trials],
            "observable": list(self.names),
            "time": labelled("time", self.times, "time", "1 / unit of omega"),
        }
        if self.patterns is not None:
            coordinates["pattern"] = list(self.patterns.names)
        return found, coordinates

    def _row(self, trial: str, name: str, which: str, shape: tuple[int, ...]) -> FloatArray:
        one = self.readings.get((trial, name))
        if one is None or one.values.shape != shape:
            return np.full(shape, np.nan)
        return np.asarray(getattr(one, which))

    def _verdicts(self, differences: Mapping[str, Mapping[str, Difference]]) -> dict[str, xr.Variable]:
        """When, by how much, and what could be seen."""
        numbers = np.full((4, len(self.trials), len(self.names)), np.nan)
        for i, trial in enumerate(self.trials):
            for k, name in enumerate(self.names):
                one = differences.get(trial.name, {}).get(name)
                if one is None:
                    continue
                first, most = one.first(), one.largest()
                if first is not None:
                    numbers[:2, i, k] = self.times[first[0]], one.size[first]
                if most is not None:
                    numbers[2:, i, k] = one.size[most], one.resolution
        told = {
            "first_disagreement": ("first time at which a rung parts from the reference", "1 / unit of omega"),
            "first_difference": ("rung less reference at that time", "1"),
            "largest_difference": ("largest difference from the reference at any time", "1"),
            "resolution": ("largest bound on a difference that errors and tolerance explain, relative", "1"),
        }
        dims = ("theory", "observable")
        return {
            name: labelled(dims, values, text, units)
            for values, (name, (text, units)) in zip(numbers, told.items(), strict=True)
        }
