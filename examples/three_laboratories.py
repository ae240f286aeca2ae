"""Three published laboratories as memories: where they stand, and what would have to change for rates to hold."""

from pathlib import Path

from cavity_hopfield.platforms import presets
from cavity_hopfield.platforms.citation import citation
from cavity_hopfield.platforms.preset_report import PresetReport, preset_report
from cavity_hopfield.plots import plot_laboratories, save_figure

LABORATORIES = {
    "fioroni2024": ["coupling_rad_s", "atomic_detuning_rad_s", "mode_detuning_rad_s", "pump_depth", "recoil_rad_s"],
    "kroeze2022": ["coupling_rad_s", "atomic_detuning_rad_s", "mode_detuning_rad_s", "pump_rabi_rad_s",
                   "level_splitting_rad_s"],
    "zhang2017": ["microwave_rabi_rad_s"],
}  # fmt: skip
"""The preset of each laboratory, and the knobs that it has in practice."""


def main(quick: bool = False, folder: Path | None = None) -> dict[str, PresetReport]:
    """Draw the figure into `folder`, print the reports, and return them by name."""
    reports = {
        name: preset_report(
            presets.load(name),
            runs=30 if quick else 400,
            vary=knobs[-1:] if quick else knobs,
            largest_factor=1e3,
        )
        for name, knobs in LABORATORIES.items()
    }
    for report in reports.values():
        print(report.text, end="\n\n")
    print(citation(*(report.preset for report in reports.values())))
    if folder is not None:
        save_figure(plot_laboratories(list(reports.values())), folder / "three_laboratories.png")
    return reports


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
