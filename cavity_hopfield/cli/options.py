"""Arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_FOLDER = Path("cavity-hopfield-results")
File = Annotated[Path | None, typer.Argument(help="Configuration (TOML); the built-in example if left out.")]
Folder = Annotated[Path, typer.Option("--output", "-o", help="Folder for the result file and the figures.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON on standard output.")]
