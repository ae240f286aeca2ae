"""Reading configurations, showing progress, printing reports."""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.analysis.retrieval.report import platform_report
from cavity_hopfield.elimination import Certificate
from cavity_hopfield.elimination.certificate.certificate import LIMIT_DRIVE, LIMIT_RATIO, SAFE_DRIVE, SAFE_RATIO
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning, ResultFileError
from cavity_hopfield.study import Study, read_study
from cavity_hopfield.study.recall import Stage

PHASE_LINES = {
    "pitchfork": "pitchfork",
    "retrieval_hopf": "Hopf of retrieval",
    "gluing": "gluing",
    "cycle_saddle_node": "saddle-node of cycles",
}
FIGURE_FORMATS = (".png", ".pdf", ".svg")

out = Console(highlight=False, soft_wrap=True, markup=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def read(file: Path | None) -> Study:
    """The study in `file`, or the built-in example."""
    return Study() if file is None else read_study(file)


def made_folder(folder: Path) -> Path:
    """`folder`, made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultFileError(
            f"Cannot make the folder {folder}: {error.strerror}. Choose another with --output."
        ) from error
    return folder


@contextmanager
def stages() -> Iterator[Stage]:
    """Progress bars on a terminal, nothing in a pipe."""
    columns = (TextColumn("{task.description:20s}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as progress:

        def stage(name: str) -> Callable[[float], None]:
            task = progress.add_task(name, total=1.0)
            return lambda fraction: progress.update(task, completed=fraction)

        yield stage


@contextmanager
def notices() -> Iterator[None]:
    """Warnings as single lines on standard error, each once; deprecations in other libraries are not the user's."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RegimeWarning)
        yield
    told = [str(notice.message) for notice in caught if not issubclass(notice.category, DeprecationWarning)]
    for text in dict.fromkeys(told):
        err.print(f"warning: {text}", style="yellow")


def show_certificate(certificate: Certificate, *, as_json: bool) -> None:
    """The certificate as a short table, or as JSON."""
    if as_json:
        print_json(certificate.to_dict())
    else:
        out.print(str(certificate))


def show_rates(rates: xr.Dataset, *, as_json: bool) -> None:
    """The match with Glauber and a few rates, or all of them as JSON."""
    summary = _rates_summary(rates)
    if as_json:
        columns = ("flip_energy", "rate", "rate_error", "glauber_rate", "temperature")
        print_json(summary | {name: rates[name].values.tolist() for name in columns})
        return
    _print_rates(rates)


def show_recall(pattern: str, results: Mapping[str, xr.Dataset], *, as_json: bool) -> None:
    """Overlaps at the start and at the end, at both levels."""
    summary = _recall_summary(pattern, results)
    if as_json:
        print_json(summary)
    else:
        _print_recall(summary)


def show_run(tree: xr.DataTree, written: list[Path], *, as_json: bool) -> None:
    """The report of the main job."""
    results = {name: tree.children[name].to_dataset() for name in ("kinetic", "mean_field")}
    rates = tree.children["rates"].to_dataset()
    recall = _recall_summary(tree.attrs["recalled"], results)
    certificate = json.loads(tree.attrs["certificate"])
    if as_json:
        files = [str(path) for path in written]
        print_json({"certificate": certificate, "rates": _rates_summary(rates), "recall": recall, "files": files})
        return
    out.print(tree.attrs["title"], style="bold")
    out.print(tree.attrs["memory"])
    out.print(f"certificate: {certificate['sentence']}")
    _print_rates(rates)
    _print_recall(recall)
    show_files(written)


def check_places(table: Path, figure: Path | None) -> None:
    """An error before any work if a file could not be written afterwards."""
    for option, path in (("--output", table), ("--figure", figure)):
        if path is not None and (path.is_dir() or not path.resolve().parent.is_dir()):
            raise ResultFileError(f"Cannot write {path}: no file in an existing folder. Choose another with {option}.")
    if figure is not None and figure.suffix not in FIGURE_FORMATS:
        raise ResultFileError(f"Cannot draw {figure}: the name must end in one of {', '.join(FIGURE_FORMATS)}.")


def written_lines(path: Path, lines: Iterator[str]) -> Path:
    """`path`, with the `lines` written to it."""
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise ResultFileError(f"Cannot write {path}: {error.strerror}. Choose another with --output.") from error
    return path


def show_validity(measured: xr.Dataset, shipped: xr.Dataset, written: list[Path]) -> None:
    """The worst errors within the bounds of a verdict, and how far the shipped map is."""
    for word, ratio, drive_ratio in (("good", SAFE_RATIO, SAFE_DRIVE), ("marginal", LIMIT_RATIO, LIMIT_DRIVE)):
        within = measured.where((measured["ratio"] < ratio) & (measured["drive_ratio"] < drive_ratio))
        worst, count = float(abs(within["error"]).max()), int(within["ratio"].count())
        out.print(f"{word}: {count} of {measured['ratio'].size} points, largest relative error of W {worst:.3g}")
    moved = float(abs(measured["error"] - shipped["error"]).max())
    out.print(f"largest difference from the map that certificates read: {moved:.1e}")
    show_files(written)


def grid_of(option: str, text: str) -> FloatArray:
    """The evenly spaced grid that START:STOP:COUNT means."""
    try:
        start, stop, count = text.split(":")
        grid = np.linspace(float(start), float(stop), int(count))
    except ValueError as error:
        raise ArgumentError(
            f"Argument `{option}` must be START:STOP:COUNT, as in 0.05:1:96, but is {text!r}."
        ) from error
    if not (grid.size and np.isfinite(grid).all() and (np.diff(grid) > 0).all()):
        raise ArgumentError(f"Argument `{option}` must increase from START to STOP in COUNT values, but is {text!r}.")
    return grid


def show_phases(diagram: xr.Dataset, lines: xr.Dataset | None, written: list[Path]) -> None:
    """The share of the area that each phase has, and the lines at a few temperatures."""
    phases = diagram["phase"]
    table = Table("phase", "share of the grid", title="phases that the runs reach", title_justify="left")
    for code, name in zip(phases.attrs["flag_values"], phases.attrs["flag_meanings"].split(), strict=True):
        share = float((phases == code).mean())
        if share:
            table.add_row(name.replace("_", " "), f"{share:.1%}")
    out.print(table)
    late = float(diagram["share"].sel(fate="unsettled").mean())
    out.print(f"runs that had not settled: {late:.2%}")
    if lines is not None:
        _print_lines(lines)
    show_files(written)


def show_comparison(found: xr.Dataset, written: list[Path], *, as_json: bool) -> None:
    """The platform beside Glauber's law: in words, or match, shares and all comparisons as JSON."""
    if as_json:
        print_json(_comparison_summary(found) | {"files": [str(path) for path in written]})
        return
    out.print(platform_report(found))
    show_files(written)


def show_files(written: list[Path]) -> None:
    """The files written, one a line."""
    for path in written:
        out.print(f"wrote {path}")


def _rates_summary(rates: xr.Dataset) -> Json:
    names = ("glauber_temperature", "glauber_rate", "glauber_distance", "norm", "asymptotic_temperature", "dephasing")
    return {name: rates.attrs[name] for name in names}


def _recall_summary(pattern: str, results: Mapping[str, xr.Dataset]) -> Json:
    kinetic = results["kinetic"]["overlap"].sel(pattern=pattern)
    last = kinetic.isel(time=-1)
    mean_field = results["mean_field"]["overlap"].sel(pattern=pattern)
    return {
        "pattern": pattern,
        "start": float(mean_field.isel(time=0)),
        "mean_field": {
            "overlap": float(mean_field.isel(time=-1)),
            "time": float(mean_field["time"][-1]),
            "drive": json.loads(results["mean_field"].attrs["model"])["drive"],
            "atoms_per_spin": json.loads(results["mean_field"].attrs["theory"])["atoms_per_spin"],
            "dephased": results["mean_field"].attrs["dephased"],
        },
        "kinetic": {
            "overlap": float(last.mean()),
            "standard_error": float(last.std(ddof=1) / last.size**0.5) if last.size > 1 else None,
            "fraction_above_0.9": float((last > 0.9).mean()),
            "runs": int(last.size),
            "time": float(kinetic["time"][-1]),
        },
    }


def _comparison_summary(found: xr.Dataset) -> Json:
    match = {name: found.attrs[f"glauber_{name}"] for name in ("temperature", "rate", "distance")}
    laws = {law: found.sel(law=law) for law in found["law"].values.tolist()}
    shares = ("success", "success_low", "success_high")
    return {
        "glauber": match,
        "own_rate": {law: float(here["own_rate"]) for law, here in laws.items()},
        "initial_overlap": found["initial_overlap"].values.tolist(),
        "success": {
            law: {name: {share: here[share].sel(pattern=name).values.tolist() for share in shares} for name in names}
            for names in (found["pattern"].values.tolist(),)
            for law, here in laws.items()
        },
        "comparisons": [
            {name: plain(values.values[k]) for name, values in found.items() if values.dims == ("comparison",)}
            for k in range(found.sizes["comparison"])
        ],
        "certificate": json.loads(found.attrs["certificate"]) if "certificate" in found.attrs else None,
    }


def plain(value: Any) -> Any:
    """A number or word of an array as JSON knows it: what is not finite becomes None."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _print_rates(rates: xr.Dataset) -> None:
    attributes = rates.attrs
    out.print(
        f"closest Glauber law: T = {attributes['glauber_temperature']:.4g} omega, "
        f"rate = {attributes['glauber_rate']:.3g} omega; "
        f"distance {attributes['glauber_distance']:.2g} ({attributes['norm']})"
    )
    table = Table(
        "flip energy", "W cavity", "W Glauber", "T_eff", title="rates in units of omega", title_justify="left"
    )
    energies = rates["flip_energy"].values
    for k in range(0, energies.size, (energies.size - 1) // 8):
        row = rates.isel(flip_energy=k)
        columns = (energies[k], row["rate"], row["glauber_rate"], row["temperature"])
        table.add_row(*(f"{float(value):.3g}" for value in columns))
    out.print(table)


def _print_recall(summary: Json) -> None:
    kinetic, mean_field = summary["kinetic"], summary["mean_field"]
    error = "" if kinetic["standard_error"] is None else f" +- {kinetic['standard_error']:.2g}"
    out.print(
        f"recall of {summary['pattern']} from overlap {summary['start']:.3g}:\n"
        f"  mean field    {mean_field['overlap']:.3f} at t = {mean_field['time']:.3g}, drive {mean_field['drive']:.3g} "
        f"({mean_field['atoms_per_spin']:.3g} atoms per spin; neglected: {mean_field['dephased']:.2g} dephasings)\n"
        f"  single flips  {kinetic['overlap']:.3f}{error} at t = {kinetic['time']:.3g} "
        f"({kinetic['runs']} runs, {kinetic['fraction_above_0.9']:.0%} of them above 0.9)"
    )


def _print_lines(lines: xr.Dataset) -> None:
    """Drives of the bifurcations at up to five temperatures."""
    table = Table("T", *PHASE_LINES.values(), title="drives where the phases change", title_justify="left")
    for k in np.unique(np.linspace(0, lines.sizes["temperature"] - 1, 5).round().astype(int)):
        row = lines.isel(temperature=k)
        drives = (float(row[name]) for name in PHASE_LINES)
        table.add_row(
            f"{float(row['temperature']):.3g}", *("-" if np.isnan(drive) else f"{drive:.4f}" for drive in drives)
        )
    out.print(table)


def print_json(value: Json) -> None:
    """The value on standard output."""
    print(json.dumps(value, indent=2))
