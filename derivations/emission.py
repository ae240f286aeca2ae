"""Emission of derived closed forms into `cavity_hopfield/formulas`, and the check that the files are current.

The text is deterministic: arguments in alphabetical order, common subexpressions in canonical order. An expression
that sympy cannot prove real is refused, for the emitted functions take and return floats.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

TARGET = Path(__file__).parent.parent / "cavity_hopfield" / "formulas"


class DerivationError(Exception):
    """A step of a derivation does not hold, or its result cannot be emitted."""


@dataclass(frozen=True)
class Formula:
    """One emitted function: scalars in, one scalar or a tuple of scalars out."""

    name: str
    expressions: tuple[sp.Expr, ...]
    summary: str

    @property
    def arguments(self) -> tuple[sp.Symbol, ...]:
        """The free symbols in alphabetical order: the arguments of the emitted function."""
        symbols = set().union(*(expression.free_symbols for expression in self.expressions))
        return tuple(sorted(symbols, key=str))

    def source(self) -> str:
        """The text of the function."""
        for expression in self.expressions:
            if not expression.is_real:
                raise DerivationError(f"`{self.name}` is not provably real: {expression}")
        printer = PythonCodePrinter()
        names = sp.numbered_symbols("c")
        steps, results = sp.cse(self.expressions, symbols=names, order="canonical")
        returns = ["float"] * len(results)
        annotation = returns[0] if len(results) == 1 else f"tuple[{', '.join(returns)}]"
        arguments = ", ".join(f"{symbol}: float" for symbol in self.arguments)
        lines = [
            "@compiled",
            f"def {self.name}({arguments}) -> {annotation}:",
            f'    r"""{self.summary}"""',
            *(f"    {symbol} = {printer.doprint(step)}" for symbol, step in steps),
            *self._return_lines([printer.doprint(result) for result in results]),
        ]
        return "\n".join(lines)

    @staticmethod
    def _return_lines(results: list[str]) -> list[str]:
        if len(results) == 1:
            return [f"    return {results[0]}"]
        return ["    return (", *(f"        {result}," for result in results), "    )"]


def module_source(origin: str, formulas: Iterable[Formula]) -> str:
    """The text of one emitted module."""
    bodies = [formula.source() for formula in formulas]
    needs_math = any("math." in body for body in bodies)
    header = [
        f'"""Emitted by `derivations/{origin}.py`. Never edited by hand: run `python -m derivations`."""',
        "",
        *(["import math", ""] if needs_math else []),
        "from cavity_hopfield._compiled import compiled",
    ]
    return "\n".join([*header, "", "", "\n\n\n".join(bodies), ""])
