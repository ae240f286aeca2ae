"""The commands of `cavity-hopfield`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
import xarray as xr

from cavity_hopfield._version import __version__
from cavity_hopfield.analysis.bifurcations import bifurcations
from cavity_hopfield.analysis.phases.phase_diagram import phase_diagram
from cavity_hopfield.analysis.retrieval.against_glauber import platform_against_glauber
from cavity_hopfield.cli import report
from cavity_hopfield.cli.doctor import doctor_command
from cavity_hopfield.cli.files import show_command
from cavity_hopfield.cli.laboratories import design_command, published
from cavity_hopfield.cli.options import DEFAULT_FOLDER, AsJson, File, Folder
from cavity_hopfield.cli.sweeps import sweep_command
from cavity_hopfield.elimination.certificate.validity_map import measured_map, table_lines, validity_map
from cavity_hopfield.exceptions import ArgumentError, CavityHopfieldError
from cavity_hopfield.io import load, save
from cavity_hopfield.study import (
    build_dicke,
    build_memory,
    build_start,
    certificate_of,
    rates_result,
    recall_result,
    recalled_pattern,
    run_study,
)

WRONG_INPUT = 2
MOST_PATTERNS = 4

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Associative memories made of light and atoms: certificate, flip rates against Glauber dynamics, recall.",
)

app.add_typer(published, name="presets")
app.command(name="design")(design_command)
app.command(name="sweep")(sweep_command)
app.command(name="show")(show_command)
app.command(name="doctor")(doctor_command)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; wrong input ends with one line on standard error and the exit code 2."""
    try:
        app(arguments)
    except CavityHopfieldError as error:
        print(f"cavity-hopfield: {error}", file=sys.stderr)
        return WRONG_INPUT
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Associative memories made of light and atoms."""
    if show:
        print(__version__)
        raise typer.Exit


@app.command()
def run(file: File = None, output: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """The main job: certificate, rates against Glauber, recall at two levels, figures, one result file.

    Interrupted, it leaves the parts that were finished in `partial.nc`, and an older result as it was.
    """
    from cavity_hopfield.plots import save_figures

    study = report.read(file)
    build_start(study, build_dicke(study).memory)  # what is wrong in the file is said before anything is written
    folder = report.made_folder(output)
    partial = folder / "partial.nc"
    with report.stages() as stage, report.notices():
        tree = run_study(study, stage, keep=lambda parts: save(parts, partial))
        written = [save(tree, folder / "result.nc"), *save_figures(tree, folder)]
        partial.unlink()
    report.show_run(tree, written, as_json=as_json)


@app.command()
def rates(file: File = None, as_json: AsJson = False) -> None:
    """The platform's flip rates beside the closest Glauber law."""
    with report.notices():
        result = rates_result(report.read(file))
    report.show_rates(result, as_json=as_json)


@app.command()
def retrieve(file: File = None, as_json: AsJson = False) -> None:
    """The recall of a corrupted pattern at two levels of theory."""
    study = report.read(file)
    with report.stages() as stage, report.notices():
        results = recall_result(study, stage)
    report.show_recall(recalled_pattern(study, build_memory(study)), results, as_json=as_json)


@app.command()
def certify(file: File = None, as_json: AsJson = False) -> None:
    """Where the rates of the platform can be trusted."""
    with report.notices():
        certificate = certificate_of(report.read(file))
    report.show_certificate(certificate, as_json=as_json)


@app.command()
def compare(
    file: File = None,
    output: Folder = DEFAULT_FOLDER,
    runs: Annotated[
        int | None, typer.Option("--runs", help="Runs from each start; those of the file if left out.")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", help="Number of threads; it changes no number.")] = 1,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="Folder for finished runs, from which the same call goes on.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The platform beside the closest Glauber law: the same recalls through both, with error bars and one figure."""
    from cavity_hopfield.plots import off_screen, plot_platform, save_figure

    study = report.read(file)
    dicke, recall = build_dicke(study), study.recall
    folder = report.made_folder(output)
    with report.stages() as stage, report.notices(), off_screen():
        found = platform_against_glauber(
            dicke,
            runs=recall.runs if runs is None else runs,
            seed=recall.seed,
            threads=threads,
            progress=stage("platform and Glauber"),
            checkpoint=checkpoint,
        )
        written = [save(found, folder / "platform_against_glauber.nc")]
        written.append(save_figure(plot_platform(found), folder / "platform_against_glauber.png"))
    report.show_comparison(found, written, as_json=as_json)


@app.command(name="validity-map")
def measure_validity(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the table goes.")] = Path("measured_map.csv"),
    figure: Annotated[Path | None, typer.Option("--figure", help="Where a figure goes, if wanted.")] = None,
) -> None:
    """Measure anew how wrong rates are, on the points of the map that certificates read; minutes of work."""
    from cavity_hopfield.plots import off_screen, plot_validity_map, save_figure

    report.check_places(output, figure)
    with report.stages() as stage:
        measured = validity_map(progress=stage("points of the map"))
    written = [report.written_lines(output, table_lines(measured))]
    if figure is not None:
        with off_screen():
            written.append(save_figure(plot_validity_map(measured), figure))
    report.show_validity(measured, measured_map(), written)


@app.command(name="phase-diagram")
def draw_phase_diagram(
    patterns: Annotated[int, typer.Option("--patterns", help="Number of random patterns, up to 4.")] = 1,
    temperature: Annotated[str, typer.Option("--temperature", help="START:STOP:COUNT, above 0.")] = "0.05:1:96",
    drive: Annotated[str, typer.Option("--drive", help="START:STOP:COUNT, in units of the flip rate.")] = "0:1:101",
    seed: Annotated[int, typer.Option("--seed", help="Seed of the initial conditions.")] = 0,
    output: Folder = DEFAULT_FOLDER,
) -> None:
    """What the open network of many spins does over temperature and drive: phases, shares, lines, one figure."""
    from cavity_hopfield.plots import off_screen, plot_phase_diagram, save_figure

    if not 1 <= patterns <= MOST_PATTERNS:
        raise ArgumentError(f"Argument `--patterns` must be from 1 to {MOST_PATTERNS}, but is {patterns}.")
    temperatures, drives = report.grid_of("--temperature", temperature), report.grid_of("--drive", drive)
    if temperatures[0] <= 0 or drives[0] < 0:
        raise ArgumentError("Argument `--temperature` must start above 0 and `--drive` at 0 or above.")
    folder = report.made_folder(output)
    with report.stages() as stage, report.notices(), off_screen():
        diagram = phase_diagram(
            patterns, temperature=temperatures, drive=drives, seed=seed, progress=stage("phase diagram")
        )
        lines = bifurcations(temperature=temperatures) if patterns == 1 else None
        parts = {"/": diagram} if lines is None else {"/": diagram, "/lines": lines}
        written = [save(xr.DataTree.from_dict(parts), folder / "phase_diagram.nc")]
        written.append(save_figure(plot_phase_diagram(diagram, lines), folder / "phase_diagram.png"))
    report.show_phases(diagram, lines, written)


@app.command()
def plot(
    result: Annotated[Path, typer.Argument(help="A result file of any command.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder; that of the file if left out.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="One figure, such as rates; all that the file can show if left out.")
    ] = None,
    animate: Annotated[
        Path | None, typer.Option("--animate", help="Film of the recall instead: PATH.gif, or PATH.mp4 with ffmpeg.")
    ] = None,
) -> None:
    """Draw the figures of a result file, or the recall in it as a film."""
    from cavity_hopfield.plots import animate_recall, evolution_of, kinds_of, save_figures

    tree = load(result)
    possible = kinds_of(tree)
    if kind is not None and kind not in possible:
        raise ArgumentError(
            f"Argument `--kind` must be one of what {result} can show: {', '.join(possible) or 'none'}. It is {kind!r}."
        )
    if animate is not None:
        if kind is not None or output is not None:
            raise ArgumentError("Arguments `--kind` and `--output` are for figures. Leave them out with `--animate`.")
        with report.stages() as stage:
            film = animate_recall(evolution_of(tree), animate, progress=stage("film"))
        report.show_files([film])
        return
    folder = report.made_folder(output or result.parent)
    report.show_files(save_figures(tree, folder, None if kind is None else (kind,)))
