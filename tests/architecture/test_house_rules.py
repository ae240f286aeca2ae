"""The rules of the house that a machine can guard; imports are guarded by import-linter."""

import ast
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

import cavity_hopfield

ROOT = Path(cavity_hopfield.__file__).parent
SOURCES = sorted(path for path in ROOT.rglob("*.py") if "formulas" not in path.parts)
LONGEST_FILE, LONGEST_BODY, LONGEST_KERNEL = 400, 40, 80
LOADED_AT_ONCE = {"numpy", "scipy", "numba", "xarray", "packaging"}  # the last by xarray
EXTRAS = ("units", "distributed", "mpi")
MODULES = {"pillow": "PIL"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "core", "misc", "base"}


def functions(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_bodies_stay_within_their_budget(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    budget = LONGEST_KERNEL if path.name.endswith("_kernels.py") else LONGEST_BODY
    assert {name: size for name, size in functions(path) if size > budget} == {}


def test_folders_are_at_most_two_deep_and_no_name_is_a_drawer():
    for path in SOURCES:
        parts = path.relative_to(ROOT).parts
        assert len(parts) <= 3
        assert not FORBIDDEN_NAMES & {Path(part).stem for part in parts}


def test_the_package_never_asserts_its_input():
    asserting = [
        path
        for path in SOURCES
        if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    ]
    assert asserting == []


def test_every_public_name_exists_and_is_documented():
    missing = [name for name in cavity_hopfield.__all__ if not getattr(cavity_hopfield, name).__doc__]
    assert missing == []
    assert cavity_hopfield.__version__


def test_kernels_import_numbers_formulas_and_kernels_only():
    allowed = {"math", "cmath", "numpy", "numpy.typing", "typing"}
    for path in ROOT.rglob("*_kernels.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= allowed
            if isinstance(node, ast.ImportFrom):
                room = node.module.removeprefix("cavity_hopfield.")
                ours = room in {"_compiled", "_typing"} or room.startswith("formulas") or room.endswith("_kernels")
                assert ours or node.module in allowed


def test_importing_the_package_loads_no_library_before_it_is_used():
    """In a fresh interpreter, for the import contract cannot see what a library of ours loads in turn.

    Beyond the four that hold every number, none that the package asks for; of scipy not the slow half.
    """
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked_for = [*project["dependencies"], *chain(*(project["optional-dependencies"][extra] for extra in EXTRAS))]
    modules = {re.split(r"[><=\[;]", line)[0] for line in asked_for} - LOADED_AT_ONCE
    later = sorted({MODULES.get(name, name) for name in modules} | {"scipy.stats", "scipy.interpolate", "scipy.signal"})
    code = f"import sys, cavity_hopfield; print([name for name in {later} if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert len(later) > 15
    assert output.strip() == "[]"


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'bogus'"):
        cavity_hopfield.bogus  # noqa: B018
