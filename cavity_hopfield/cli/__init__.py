"""The command line: the only room that prints."""

from cavity_hopfield.cli.commands import main

__all__ = ["main"]
