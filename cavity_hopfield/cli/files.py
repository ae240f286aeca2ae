"""The command that tells what is in a result file."""

from pathlib import Path
from typing import Annotated

import typer

from cavity_hopfield.cli import report
from cavity_hopfield.cli.options import AsJson
from cavity_hopfield.io import describe, description


def show_command(
    result: Annotated[Path, typer.Argument(help="A result file or store, in .nc or .zarr.")],
    as_json: AsJson = False,
) -> None:
    """What a result file holds and how it was made: models, theory, seed, certificate, command line, versions."""
    if as_json:
        report.print_json(description(result))
    else:
        report.out.print(describe(result))
