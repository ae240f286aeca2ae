"""What a result holds, in words."""

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.io.contents import description

WIDTH = 118
LABEL = 14
LONGEST = 60
"""Characters of an option of a theory, or of the labels of a coordinate, that are shown."""
MOST_NAMES = 8
KIB = 1024


def describe(result: str | Path | xr.Dataset | xr.DataTree) -> str:
    r"""What a result holds, in words: its title and making, then every group with its model, theory and variables.

    Parameters
    ----------
    result : path, xarray.Dataset or xarray.DataTree
        A result file, or a result.

    Returns
    -------
    str
        Aligned lines of plain text. `description` has the same as plain values.

    Raises
    ------
    ResultFileError
        If the file cannot be read, see `load`.

    Examples
    --------
    >>> from cavity_hopfield import MeanField, MultimodeDicke
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> print("\n".join(describe(MeanField().evolve(model, [1], [0.0])).splitlines()[4:8]))
    /
    model         MultimodeDicke: N = 1, M = 1, P = 1 (1)
    theory        MeanField: atoms_per_spin 1.0, resolution class, rtol 1e-08, atol 1e-10
    dimensions    time 1, spin 1, mode 1, pattern 1
    """
    told = description(result)
    lines = [_title(told), *_making(told)]
    for place, group in told["groups"].items():
        lines += ["", place, *_group(group, told)]
    return "\n".join(lines)


def _title(told: Json) -> str:
    theories = [group["theory"] for group in told["groups"].values() if "theory" in group]
    named = [str(theory["name"]) for theory in theories if isinstance(theory, Mapping) and "name" in theory]
    return str(told.get("title") or ("sweep" if "sweep" in told else " and ".join(dict.fromkeys(named)) or "result"))


def _making(told: Json) -> Iterator[str]:
    """The file, and what is told of its making."""
    if "file" in told:
        file = told["file"]
        yield from _row("file", f"{file['path']}: {file['format']}, {_size(file['bytes'])}, schema {file['schema']}")
    for line in told.get("command", "not told").splitlines():
        yield from _row("command", line)
    versions = told.get("versions", {})
    parts = [f"{name} {number}" for name, number in versions.items()] if isinstance(versions, Mapping) else []
    parts += [f"Python {told['python']}"] if "python" in told else []
    parts += [str(told["platform"])] if "platform" in told else []
    yield from _row("made with", ", ".join(parts) or "not told")
    if "certificate" in told:
        yield from _row("certificate", told["certificate"])
    if "sweep" in told:
        yield from _row("sweep", _sweep(told))


def _sweep(told: Json) -> str:
    sweep = told["sweep"]
    seed = f", seed {sweep['seed']}" if "seed" in sweep else ""
    text = f"over {', '.join(map(str, sweep['axes']))}{seed}"
    if "points" not in sweep:
        return text
    text += "; " + ", ".join(f"{sweep[name]} {name}" for name in ("done", "failed", "missing") if name in sweep)
    text += f" of {sweep['points']} points"
    if sweep.get("done") == sweep["points"]:
        return text
    return f"{text}. The same sweep with the same store tries the others again; `sweep_so_far` gives what is there."


def _group(group: Json, told: Json) -> Iterator[str]:
    if "model" in group:
        yield from _row("model", _model(group["model"]))
    if "theory" in group:
        yield from _row("theory", _theory(group["theory"]))
    if group.get("certificate", told.get("certificate")) != told.get("certificate"):
        yield from _row("certificate", group["certificate"])
    if "dimensions" in group:
        yield from _row("dimensions", ", ".join(f"{name} {size}" for name, size in group["dimensions"].items()))
        yield from _table(group)


def _model(model: Json) -> str:
    if "damaged" in model:
        return str(model["damaged"])
    signs = {"spins": "N", "modes": "M", "classes": "classes", "patterns": "P"}
    sizes = ", ".join(f"{sign} = {model[name]}" for name, sign in signs.items() if name in model)
    names = model.get("names", [])
    shown = f" ({', '.join(names[:MOST_NAMES])}{', ...' if len(names) > MOST_NAMES else ''})" if names else ""
    rates = f", rates of {model['rates']}" if "rates" in model else ""
    return f"{model['kind']}: {sizes}{shown}{rates}"


def _theory(theory: Any) -> str:
    if not isinstance(theory, Mapping):
        return str(theory)
    told = {name: _short(value) for name, value in theory.items() if name not in {"name", "seed"}}
    options = [f"{name} {text}" for name, text in told.items() if text]
    seed = f", seed {theory['seed']}" if theory.get("seed") is not None else ""
    return f"{theory.get('name', 'not named')}{seed}{': ' if options else ''}{', '.join(options)}"


def _short(value: Any) -> str:
    """An option in a few words: what is nested by its kind or its names."""
    if isinstance(value, Mapping):
        kinds = [one for one in value.values() if isinstance(one, str)]
        return kinds[0] if kinds else ", ".join(map(str, value))
    if isinstance(value, list) and any(isinstance(one, (list, Mapping)) for one in value):
        return f"({len(value)})"
    text = value if isinstance(value, str) else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _table(group: Json) -> Iterator[str]:
    """Coordinates with their ends, then variables, in columns."""
    rows = [(name, one, _values(one)) for name, one in group["coordinates"].items()]
    rows += [(name, one, "") for name, one in group["variables"].items()]
    cells = [(name, f"({', '.join(one['dimensions'])})", one.get("units", ""), one.get("long_name", "") + values)
             for name, one, values in rows]  # fmt: skip
    widths = [max((len(cell[column]) for cell in cells), default=0) for column in range(3)]
    for cell in cells:
        padded = "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=False))
        yield f"  {padded}  {cell[3]}".rstrip()


def _values(coordinate: Json) -> str:
    if "values" not in coordinate:
        return ""
    ends = [f"{value:.6g}" if isinstance(value, float) else str(value) for value in coordinate["values"]]
    text = _cut(", ".join(ends).replace(", ..., ", " ... "))
    return f" [{text}]" if "long_name" in coordinate else f"[{text}]"


def _row(label: str, text: str) -> list[str]:
    """A label and its text, wrapped under itself."""
    lines = textwrap.wrap(text, WIDTH - LABEL, break_long_words=False, break_on_hyphens=False) or [""]
    return [f"{label:{LABEL}}{lines[0]}", *(" " * LABEL + line for line in lines[1:])]


def _size(count: int) -> str:
    return (
        f"{count} bytes" if count < KIB else f"{count / KIB:.1f} KiB" if count < KIB**2 else f"{count / KIB**2:.1f} MiB"
    )
