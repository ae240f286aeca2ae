"""A preset as a memory: operating point, certificate, rates against Glauber, recalls, and what would have to change."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from cavity_hopfield._checks import require_progress, whole_number
from cavity_hopfield._typing import ArrayLike, Json
from cavity_hopfield.analysis import retrieval, retrieval_report
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.elimination import CavityRates, Verdict
from cavity_hopfield.exceptions import RegimeWarning
from cavity_hopfield.model import Glauber, MultimodeDicke
from cavity_hopfield.model.energy_scale import relative_temperature
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.platforms.improvement import LARGEST_FACTOR, ways_table, ways_to
from cavity_hopfield.platforms.operating_point import OperatingPoint
from cavity_hopfield.platforms.preset import Preset

OVERLAPS = np.linspace(0.0, 1.0, 9)
ENERGY_POINTS, OWN_TIMES, MOST_RECALLED = 65, 60.0, 4
RECALLED = 0.9
"""Overlap at which a pattern counts as recalled: some of these apparatuses hold none by themselves."""
NO_LAW = 0.5
"""Distance to the closest Glauber law, a root mean square of logarithms, above which its temperature says little."""


@dataclass(frozen=True, eq=False)
class PresetReport:
    """What a preset amounts to.

    Attributes
    ----------
    preset : Preset
        The apparatus.
    point : OperatingPoint
        Where its numbers put it.
    drive_factor : float
        By how much the drive is lowered for the recalls: 1 where the rates are good as it is.
    rates : xarray.Dataset
        `rate`, `glauber_rate`, in 1/s, over the `flip_energy`, in rad/s, at that drive.
    recalls : xarray.Dataset
        What `retrieval` returned there, with times in seconds as well, `retrieval_time_s`.
    ways : xarray.Dataset
        What `ways_to` returned for the platform as it is.
    """

    preset: Preset
    point: OperatingPoint
    drive_factor: float
    rates: xr.Dataset
    recalls: xr.Dataset
    ways: xr.Dataset

    @property
    def text(self) -> str:
        """All of it in words and numbers."""
        return "\n\n".join(
            [
                self.preset.table(),
                _point_text(self.point),
                str(self.point.certificate),
                "\n".join(step.sentence for step in self.point.steps),
                self._rates_text(),
                retrieval_report(self.recalls),
                ways_table(self.ways),
            ]
        )

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        success = self.recalls["success"]
        knobs = self.ways["knob"].values.tolist()
        return {
            "preset": self.preset.to_dict(),
            "operating_point": self.point.to_dict(),
            "drive_factor": self.drive_factor,
            "glauber": {name: float(self.rates.attrs[name]) for name in GLAUBER},
            "recalls": {
                "initial_overlap": success["initial_overlap"].values.tolist(),
                "success": {str(name): success.sel(pattern=name).values.tolist() for name in success["pattern"].values},
            },
            "ways": {name: str(self.ways["outcome"].sel(knob=name).item()) for name in knobs},
            "factors": {name: _number(self.ways["factor"].sel(knob=name).item()) for name in knobs},
        }

    def _rates_text(self) -> str:
        told = self.rates.attrs
        lowered = (
            "The rates hold at the drive as it is."
            if self.drive_factor == 1
            else f"The drive is too strong for rates; what follows is at {self.drive_factor:.2g} of it, which is not."
        )
        doubt = " It is too far for a temperature." if told["glauber_distance"] > NO_LAW else ""
        return (
            f"{lowered} Closest Glauber law: T = {told['glauber_temperature']:.3g} of the memory's energy scale, "
            f"{told['glauber_rate_per_s']:.3g} flips/s, at a distance of {told['glauber_distance']:.2g}.{doubt} From "
            f"the rates of a flip of typical energy and its reverse: T = {told['typical_temperature']:.3g}. Flips are "
            "taken one by one, also of spins that the light does not tell apart."
        )


GLAUBER = ("glauber_temperature", "glauber_rate_per_s", "glauber_distance", "typical_temperature")
"""Attributes of the rates."""


def preset_report(
    preset: Preset,
    *,
    runs: int = 200,
    seed: int = 1,
    initial_overlaps: ArrayLike = OVERLAPS,
    vary: Sequence[str] | None = None,
    largest_factor: float = LARGEST_FACTOR,
    progress: Progress | None = None,
) -> PresetReport:
    """The report of `preset` with its own memory.

    Where the rates are broken at the drive of the apparatus, the recalls are at the largest drive at which they are
    good; the report says so.

    Parameters
    ----------
    preset : Preset
        What `presets.load` returned.
    runs, seed, initial_overlaps
        Of the recalls, as in `retrieval`.
    vary, largest_factor
        Of the search for what would have to change, as in `ways_to`.
    progress : callable, optional
        Told the fraction of the work that is done: half of it the recalls, half the search.

    Returns
    -------
    PresetReport
        Printed, it is the report in words.
    """
    whole_number("runs", runs, minimum=1)
    require_progress(progress)

    def half(done: float) -> Progress | None:
        return None if progress is None else lambda fraction: progress(done + fraction / 2)

    point = preset.operating_point()
    certificate = point.certificate
    factor = 1.0 if certificate.verdict is Verdict.GOOD else certificate.largest_safe_drive / certificate.drive
    gentle = replace(point.dicke, drive=point.dicke.drive * factor) if factor < 1 else point.dicke
    return PresetReport(
        preset,
        point,
        float(factor),
        rates_dataset(gentle, point.unit_rad_s, preset.name),
        _recalls(gentle, point, runs, seed, initial_overlaps, preset.name, half(0.0)),
        ways_to(
            preset.platform, preset.patterns, vary=vary, largest_factor=largest_factor, progress=half(0.5)
        ).assign_attrs(preset=preset.name),
    )


def rates_dataset(dicke: MultimodeDicke, unit_rad_s: float, preset: str) -> xr.Dataset:
    """W and the closest Glauber law over the flip energies of a recall, in SI."""
    rates = CavityRates(dicke)
    match = Glauber.matched_to(rates)
    widths = rates.dephasing_rates()
    typical = int(np.argsort(widths)[(widths.size - 1) // 2])
    reach = float(np.abs(match.sample.flip_energy).max())
    usual = float(np.average(np.abs(match.sample.flip_energy), weights=match.sample.weight))
    energies = np.linspace(-reach, reach, ENERGY_POINTS)
    variables = {
        "rate": labelled("flip_energy", rates(energies, typical) * unit_rad_s, "flip rate", "1/s"),
        "glauber_rate": labelled("flip_energy", match.law(energies) * unit_rad_s, "closest Glauber law", "1/s"),
    }
    axis = labelled("flip_energy", energies * unit_rad_s, "flip energy over hbar", "rad/s")
    details = {
        "glauber_temperature": relative_temperature(match.law.temperature, dicke),
        "glauber_rate_per_s": match.law.rate * unit_rad_s,
        "glauber_distance": match.distance,
        "typical_temperature": relative_temperature(float(rates.temperature(usual, typical)), dicke),
        "preset": preset,
    }
    return analysis_result("CavityRates", variables, {"flip_energy": axis}, {}, model=dicke, details=details)


def _recalls(
    dicke: MultimodeDicke,
    point: OperatingPoint,
    runs: int,
    seed: int,
    overlaps: ArrayLike,
    preset: str,
    progress: Progress | None,
) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)  # the report tells where rates hold, and what a pattern holds
        network = OpenHopfield(OpenHopfield.from_dicke(dicke).interactions, CavityRates(dicke), patterns=dicke.memory)
        match = Glauber.matched_to(CavityRates(dicke))
        memory = dicke.memory
        deepest = np.argsort([network.energy(pattern) for pattern in memory.values])[:MOST_RECALLED]
        found = retrieval(
            network,
            initial_overlaps=overlaps,
            runs=runs,
            seed=seed,
            time=OWN_TIMES / match.law.rate,
            level=RECALLED,
            progress=progress,
            patterns=[memory.names[k] for k in sorted(int(k) for k in deepest)],
        )
    seconds = found["retrieval_time"] / point.unit_rad_s
    return found.assign(retrieval_time_s=seconds.assign_attrs(long_name="time of a recall", units="s")).assign_attrs(
        preset=preset
    )


def _point_text(point: OperatingPoint) -> str:
    rows = (
        ("unit of the model", f"2pi * {point.unit_rad_s / (2 * np.pi):.4g} Hz"),
        ("r = W_tot / dephasing", f"{point.ratio:.3g} ({point.certificate.verdict})"),
        ("flip rate", f"{point.flip_rate_per_s:.3g} 1/s"),
        ("spontaneous events of a spin", f"{point.platform.spontaneous_rate_per_s():.3g} 1/s"),
        ("photons", f"{point.photons:.3g}"),
        (f"recall time from m = {point.start_overlap:g}", f"{point.recall_time_s:.3g} s"),
    )
    return "\n".join(f"{name:30} {value}" for name, value in rows)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
