"""How operators are written: plain text for a terminal, LaTeX for a page."""

from collections.abc import Iterable

import sympy as sp

Term = tuple[sp.Expr, str]
"""A coefficient and the text of its monomial, empty for the identity."""


def factor_latex(name: str, factor: str | tuple[int, int]) -> str:
    r"""LaTeX of a Pauli matrix, $\sigma_{1}^{z}$, or of $a_{\mu}^{\dagger m} a_{\mu}^n$."""
    index = f"_{{{sp.latex(sp.Symbol(name))}}}" if name else ""
    if isinstance(factor, str):
        return rf"\sigma{index}^{{{factor}}}"
    creations, annihilations = factor
    parts = []
    if creations:
        parts.append(rf"a{index}^{{\dagger{f' {creations}' if creations > 1 else ''}}}")
    if annihilations:
        parts.append(f"a{index}" + (f"^{{{annihilations}}}" if annihilations > 1 else ""))
    return " ".join(parts)


def factor_text(name: str, factor: str | tuple[int, int]) -> str:
    """Plain text of a Pauli matrix, `sz_1`, or of powers of `ad_mu` and `a_mu`."""
    index = f"_{name}" if name else ""
    if isinstance(factor, str):
        return f"s{factor}{index}"
    powers = zip(("ad", "a"), factor, strict=True)
    return " ".join(letter + index + (f"^{power}" if power > 1 else "") for letter, power in powers if power)


def sum_latex(terms: Iterable[Term], symbol_names: dict[sp.Symbol, str]) -> str:
    """LaTeX of a sum of terms."""
    return _joined(
        [_term(sp.latex(value, symbol_names=symbol_names), value, unit, r"\left(", r"\right)") for value, unit in terms]
    )


def sum_text(terms: Iterable[Term]) -> str:
    """Plain text of a sum of terms."""
    return _joined([_term(str(value), value, unit, "(", ")") for value, unit in terms])


def _term(coefficient: str, value: sp.Expr, unit: str, opening: str, closing: str) -> str:
    """One term, a sum in brackets, the coefficients 1 and -1 left unsaid."""
    if not unit:
        return coefficient
    if value.is_Add:
        coefficient = opening + coefficient + closing
    sign = {"1": "", "-1": "-"}.get(coefficient)
    return f"{coefficient} {unit}" if sign is None else sign + unit


def _joined(terms: list[str]) -> str:
    """The terms with their signs between them."""
    signed = (f" - {term[1:].lstrip()}" if term.startswith("-") else f" + {term}" for term in terms)
    text = "".join(signed)
    return ("-" + text[3:] if text.startswith(" - ") else text[3:]) or "0"
