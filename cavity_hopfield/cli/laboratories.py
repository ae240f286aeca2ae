"""The commands about laboratories: published ones, and the one that a wish needs."""

from pathlib import Path
from typing import Annotated, Any

import typer
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.cli import report
from cavity_hopfield.cli.options import DEFAULT_FOLDER, AsJson, File, Folder
from cavity_hopfield.design import Design
from cavity_hopfield.exceptions import InfeasibleError
from cavity_hopfield.io import save
from cavity_hopfield.platforms import PresetReport, preset_report, presets
from cavity_hopfield.study import Designed, DesignStudy, read_design, run_design

Name = Annotated[str, typer.Argument(help="A preset, as `presets list` names them.")]
published = typer.Typer(no_args_is_help=True, help="Published laboratories: what stands in the paper, and as a memory.")


@published.command(name="list")
def list_presets(as_json: AsJson = False) -> None:
    """All presets, one a line."""
    if as_json:
        known = {name: presets.load(name) for name in presets.names()}
        titles = {name: {"title": one.title, "assumed": list(one.assumed)} for name, one in known.items()}
        report.print_json(titles)
    else:
        report.out.print(presets.describe())


@published.command(name="show")
def show_preset(name: Name, as_json: AsJson = False) -> None:
    """Every number of a preset with its source, and the BibTeX of its papers."""
    preset = presets.load(name)
    if as_json:
        report.print_json(preset.to_dict())
    else:
        report.out.print(preset.table())
        report.out.print(f"\n{preset.citation}")


@published.command(name="run")
def run_preset(
    name: Name,
    output: Folder = DEFAULT_FOLDER,
    runs: Annotated[int, typer.Option("--runs", help="Runs from each start.")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the recalls.")] = 1,
    as_json: AsJson = False,
) -> None:
    """A preset as a memory: certificate, rates against Glauber, recalls, and what would have to change."""
    from cavity_hopfield.plots import off_screen, plot_laboratories, save_figure

    preset = presets.load(name)
    folder = report.made_folder(output)
    with report.stages() as stage, report.notices():
        found = preset_report(preset, runs=runs, seed=seed, progress=stage(name))
    written = [save(_tree(found), folder / f"{name}.nc")]
    with off_screen():
        written.append(save_figure(plot_laboratories([found]), folder / f"{name}.png"))
    if as_json:
        report.print_json(found.to_dict() | {"files": [str(path) for path in written]})
        return
    report.out.print(found.text)
    report.show_files(written)


def design_command(
    file: File = None,
    output: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """From the wish to the apparatus: which knobs to turn, what binds, how sure that is; one file and its figures."""
    study = DesignStudy() if file is None else read_design(file)
    folder = report.made_folder(output)
    file_kept = folder / "design.nc"
    with report.stages() as stage, report.notices():
        try:
            found = run_design(study, stage, keep=lambda parts: save(_parts(parts), file_kept))
        except InfeasibleError as refusal:
            if isinstance(refusal.partial, Design):
                save(_parts(Designed(refusal.partial)), file_kept)
            raise InfeasibleError(f"{refusal} The closest point is kept in {file_kept}.") from refusal
    written = [file_kept, *_drawn(found, folder)]
    if as_json:
        report.print_json(_summary(found) | {"files": [str(path) for path in written]})
        return
    report.out.print(study.title, style="bold")
    report.out.print(found.design.table())
    if found.verification is not None:
        report.out.print(f"put through the full chain:\n{found.verification}")
    report.show_files(written)


def _parts(found: Designed) -> xr.DataTree:
    """What is found so far, as one tree."""
    parts = {"/design": found.design.to_dataset(), "/elasticities": found.elasticities, "/front": found.front}
    return xr.DataTree.from_dict({name: part for name, part in parts.items() if part is not None})


def _drawn(found: Designed, folder: Path) -> list[Path]:
    """The figures of a design."""
    from cavity_hopfield.plots import off_screen, plot_design, plot_elasticities, plot_pareto_front, save_figure

    with off_screen():
        figures: dict[str, Any] = {"design": plot_design(found.design.to_dataset())}
        if found.elasticities is not None:
            figures["elasticities"] = plot_elasticities(found.elasticities)
        if found.front is not None:
            figures["pareto"] = plot_pareto_front(found.front)
        return [save_figure(axes, folder / f"{name}.png") for name, axes in figures.items()]


def _summary(found: Designed) -> Json:
    design = found.design
    return {
        "met": design.met,
        "misfit": design.misfit,
        "knobs": design.values,
        "operating_point": design.operating_point.to_dict(),
        "feasibility": design.feasibility.to_dict(),
        "verification": None if found.verification is None else found.verification.to_dict(),
        "elasticities": None if found.elasticities is None else _plain(found.elasticities),
        "front": None if found.front is None else _plain(found.front),
    }


def _plain(result: xr.Dataset) -> Json:
    """Variables and coordinates by name, as lists."""
    return {
        str(name): [report.plain(value) for value in values.values.ravel()] for name, values in result.variables.items()
    }


def _tree(found: PresetReport) -> xr.DataTree:
    parts = {"/rates": found.rates, "/recalls": found.recalls, "/ways": found.ways}
    tree = xr.DataTree.from_dict({name: part for name, part in parts.items() if part is not None})
    tree.attrs |= {"preset": found.preset.name, "drive_factor": found.drive_factor}
    return tree
