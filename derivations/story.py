"""A derivation as a story: steps of one sentence, one equation and one check, with the formulas it ends in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp

from cavity_hopfield.elimination.symbolic import Operator
from derivations.conventions import SYMBOL_NAMES
from derivations.emission import DerivationError, Formula


def no_formulas() -> tuple[Formula, ...]:
    """The formulas of a story that emits none."""
    return ()


@dataclass(frozen=True)
class Step:
    """One step: what is done, what comes out, and what must vanish if it is right.

    Parameters
    ----------
    sentence : str
        Markdown with dollar math.
    equation : str
        LaTeX of a displayed equation; several lines are separated by two backslashes and aligned at `&`.
    residues : expressions or operators
        Each must be identically zero. A step without one is a definition, an assumption or a consequence in words.
    """

    sentence: str
    equation: str = ""
    residues: tuple[Any, ...] = ()

    def check(self) -> None:
        """Stop unless every residue is identically zero."""
        for residue in self.residues:
            left_over = simplest(residue)
            if left_over != 0:
                raise DerivationError(f"Not shown: {self.sentence} Left over: {left_over}")

    def markdown(self) -> str:
        """The step as MyST Markdown."""
        inner = f"\\begin{{aligned}}\n{self.equation}\n\\end{{aligned}}" if r"\\" in self.equation else self.equation
        return f"{self.sentence}\n\n$$\n{inner}\n$$\n" if self.equation else f"{self.sentence}\n"

    def text(self) -> str:
        """The step for a terminal, its equation as LaTeX."""
        lines = [self.sentence, *(f"    {line}" for line in self.equation.split("\n") if line)]
        return "\n".join(lines) + ("\n    [shown]" if self.residues else "")


@dataclass(frozen=True)
class Story:
    """A derivation from its starting point to its results.

    Parameters
    ----------
    name : str
        The name of the script.
    title : str
        Its heading.
    introduction : str
        What is derived, with the sources, in Markdown.
    steps : callable
        Yields the steps in order.
    module : str
        The module of `cavity_hopfield/formulas` that the formulas go to; empty where none are emitted.
    formulas : callable
        The closed forms that the package evaluates.
    """

    name: str
    title: str
    introduction: str
    steps: Callable[[], Iterator[Step]]
    module: str = ""
    formulas: Callable[[], tuple[Formula, ...]] = no_formulas

    def checked_steps(self) -> Iterator[Step]:
        """The steps, each checked before it is handed on."""
        for step in self.steps():
            step.check()
            yield step

    def check(self) -> int:
        """Check every step; the number of identities shown."""
        return sum(len(step.residues) for step in self.checked_steps())

    def text(self) -> str:
        """The story for a terminal."""
        head = f"{self.title}\n{'=' * len(self.title)}\n\n{self.introduction}\n"
        numbered = (f"{number}. {step.text()}\n" for number, step in enumerate(self.checked_steps(), start=1))
        return "\n".join([head, *numbered])

    def markdown(self) -> str:
        """The story as a MyST Markdown page: its steps are numbered as in a terminal, those that were shown marked."""
        steps = list(self.checked_steps())
        shown = sum(len(step.residues) for step in steps)
        preface = (
            f"*Computer algebra showed {shown} identities of this page while it was built, in the steps marked ✓; the "
            "other steps define, assume, or follow in words.* The source is "
            f"`derivations/{self.name}.py`; `python -m derivations --show {self.name}` prints the page in a terminal."
        )
        numbered = (
            f"**{number}.** {'✓ ' * bool(step.residues)}{step.markdown()}" for number, step in enumerate(steps, start=1)
        )
        emitted = [f"- `{formula.name}`: {formula.summary}" for formula in self.formulas()]
        ending = [f"## Emitted into `cavity_hopfield/formulas/{self.module}.py`", "", *emitted, ""] if emitted else []
        return "\n".join([f"# {self.title}", "", self.introduction, "", preface, "", *numbered, *ending])


def simplest(residue: Any) -> Any:
    """`residue` in simplest form: zero if sympy can prove that it vanishes."""
    if isinstance(residue, Operator):
        rest = residue.map(simplest)
        return rest or sp.S.Zero
    value = sp.sympify(residue)
    for form in (sp.expand, _in_exponentials):
        value = form(value)
        if value == 0 or sp.expand(sp.fraction(sp.together(value))[0]) == 0:
            return sp.S.Zero
    return sp.simplify(value)


def _in_exponentials(value: sp.Expr) -> sp.Expr:
    """`value` with sines, cosines and hyperbolic functions as exponentials, opened."""
    return sp.expand(value.rewrite(sp.exp))


def latex(value: sp.Expr | Operator) -> str:
    """LaTeX with the symbols as they are written in the text."""
    if isinstance(value, Operator):
        return value.latex(SYMBOL_NAMES)
    return str(sp.latex(value, symbol_names=SYMBOL_NAMES))


def lines(*equations: tuple[str, sp.Expr | Operator | str]) -> str:
    """Equations below one another: pairs of a left side in LaTeX and a right side."""
    sides = ((left, right if isinstance(right, str) else latex(right)) for left, right in equations)
    return " \\\\\n".join(f"{left} &= {right}" for left, right in sides)
