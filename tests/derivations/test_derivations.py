"""The emitted formulas are current, equal to their derivations, and named after the model."""

import cmath
import os
import subprocess
import sys
from dataclasses import fields
from importlib import import_module

import numpy as np
import pytest
import sympy as sp

from cavity_hopfield.formulas.cavity_kernel import (
    dephasing_rate,
    kernel_exponent,
    mean_quadrature,
    transient_weights,
)
from cavity_hopfield.model import MultimodeDicke
from derivations import __main__ as program
from derivations import emission
from derivations.story import Step, Story

EMITTING = [story for story in program.STORIES if story.module]
FORMULAS = [(story, formula) for story in EMITTING for formula in story.formulas()]
NAMES = [formula.name for _, formula in FORMULAS]
DIGITS = 50
# Arguments that are no field or property of the model: force and its change by a flip, time, the field on a spin,
# the Bloch vector, the two parts of an amplitude, and the channels of single atoms.
OTHER_ARGUMENTS = {"force", "delta", "t", "field", "m_x", "m_y", "m_z", "amplitude_real", "amplitude_imag"} | {
    "rate_up", "rate_down", "m_along", "m_across", "decay", "pumping", "dephasing"
}  # fmt: skip


@pytest.fixture
def formula_copies(tmp_path, monkeypatch):
    """The directory of formulas, replaced by a copy."""
    for story in EMITTING:
        name = f"{story.module}.py"
        (tmp_path / name).write_text((emission.TARGET / name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(program, "TARGET", tmp_path)
    return tmp_path


def test_generated_files_are_current(capsys):
    assert program.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


@pytest.fixture
def only(monkeypatch):
    """Restrict the program to some stories, for speed."""
    return lambda *names: monkeypatch.setattr(
        program, "STORIES", tuple(story for story in program.STORIES if story.name in names)
    )


def test_an_edited_file_is_named_and_left_alone(formula_copies, only, capsys):
    only("adiabatic_elimination", "mean_field")
    edited = formula_copies / "cavity_kernel.py"
    text = edited.read_text(encoding="utf-8").replace("return -2*force", "return 2*force")
    edited.write_text(text, encoding="utf-8")
    assert program.main(["--check"]) == 1
    message = capsys.readouterr().err
    assert "cavity_kernel.py is not current" in message
    assert "mean_field.py" not in message
    assert "Run `python -m derivations`" in message
    assert edited.read_text(encoding="utf-8") == text


def test_a_missing_file_is_written(formula_copies, only):
    only("mean_field")
    missing = formula_copies / "mean_field.py"
    text = missing.read_text(encoding="utf-8")
    missing.unlink()
    assert program.main(["--check"]) == 1
    assert not missing.exists()
    assert program.main([]) == 0
    assert missing.read_text(encoding="utf-8") == text


@pytest.mark.usefixtures("formula_copies")
def test_a_step_that_does_not_hold_stops_the_program(monkeypatch, capsys):
    broken = Story("broken", "Broken", "", lambda: iter([Step("One is zero.", "1 = 0", (sp.S.One,))]))
    monkeypatch.setattr(program, "STORIES", (broken,))
    for arguments in ([], ["--check"], ["--show", "broken"]):
        assert program.main(arguments) == 1
        assert "broken: Not shown: One is zero. Left over: 1" in capsys.readouterr().err


@pytest.mark.parametrize(("story", "formula"), FORMULAS, ids=NAMES)
def test_emitted_functions_equal_their_derivations(story, formula):
    function = getattr(import_module(f"cavity_hopfield.formulas.{story.module}"), formula.name)
    stream = np.random.default_rng(3)
    for _ in range(20):
        point = {str(symbol): float(stream.uniform(0.3, 3.0)) for symbol in formula.arguments}
        values = {symbol: sp.Float(point[str(symbol)], DIGITS) for symbol in formula.arguments}
        exact = [float(expression.evalf(DIGITS, subs=values)) for expression in formula.expressions]
        for version in (function, function.py_func):
            result = version(**point)
            np.testing.assert_allclose(np.atleast_1d(result), exact, rtol=1e-12)


@pytest.mark.parametrize(("story", "formula"), FORMULAS, ids=NAMES)
def test_arguments_are_named_as_the_model_names_them(story, formula):
    function = getattr(import_module(f"cavity_hopfield.formulas.{story.module}"), formula.name)
    properties = {name for name, value in vars(MultimodeDicke).items() if isinstance(value, property)}
    known = {field.name for field in fields(MultimodeDicke)} | properties | OTHER_ARGUMENTS
    arguments = function.py_func.__code__.co_varnames[: function.py_func.__code__.co_argcount]
    assert set(arguments) <= known
    assert list(arguments) == sorted(arguments)


def test_an_expression_not_provably_real_is_refused():
    x = sp.Symbol("x", real=True)
    for expression in (sp.sqrt(x), sp.I * x, sp.Symbol("y")):
        with pytest.raises(emission.DerivationError, match="`bad` is not provably real"):
            emission.Formula("bad", (x, expression), "").source()
    assert "return x**2" in emission.Formula("good", (x**2,), "").source()


def test_emission_does_not_depend_on_the_order_in_which_python_hashes():
    code = (
        "from derivations.__main__ import STORIES\n"
        "from derivations.emission import module_source\n"
        "print(*(module_source('origin', story.formulas()) for story in STORIES))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert "def kernel_exponent" in texts.pop()


def test_the_kernel_equals_the_split_form_that_is_integrated():
    # ln F = -(i e + dephasing) t + u_- (1 - exp(-z t)) + u_+ (1 - exp(-z* t)), e = delta X(x + delta/2)
    stream = np.random.default_rng(4)
    for _ in range(100):
        delta, force = stream.uniform(-2, 2, 2)
        gain, net_loss, omega, t = stream.uniform(0.1, 3, 4)
        down_real, down_imag, up_real, up_imag = transient_weights(delta, gain, net_loss, omega)
        pole = complex(net_loss / 2, omega)
        split = (
            -(1j * delta * mean_quadrature(force + delta / 2, net_loss, omega)) * t
            - dephasing_rate(delta, gain, net_loss, omega) * t
            + complex(down_real, down_imag) * (1 - cmath.exp(-pole * t))
            + complex(up_real, up_imag) * (1 - cmath.exp(-pole.conjugate() * t))
        )
        assert abs(cmath.exp(complex(*kernel_exponent(delta, force, gain, net_loss, omega, t)) - split) - 1) < 1e-12
