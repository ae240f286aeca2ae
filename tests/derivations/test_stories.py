"""Every step of every derivation is shown, a wrong step is not, and the pages say what was shown."""

import pytest
import sympy as sp

from cavity_hopfield.elimination.symbolic import Mode, Operator
from derivations import __main__ as program
from derivations import (
    atom_only,
    detailed_balance,
    gaussian_baths,
    kernel_forms,
    limit_cycles,
    mean_field,
    pages,
    raman_elimination,
    spin_only,
)
from derivations.conventions import drive, gain, net_loss, omega, t
from derivations.emission import DerivationError
from derivations.story import Step, Story, latex, lines, simplest

STORIES = {story.name: story for story in program.STORIES}


@pytest.mark.parametrize("name", STORIES)
def test_every_step_is_shown(name):
    assert STORIES[name].check() >= 20


def wrong_sign(function):
    return lambda *arguments: -function(*arguments)


WRONG = {
    "mean quadrature": ("adiabatic_elimination", kernel_forms, "mean_quadrature", wrong_sign),
    "double integral": ("adiabatic_elimination", kernel_forms, "phi", wrong_sign),
    "noise of the light": ("adiabatic_elimination", kernel_forms, "noise_factor", lambda _: 1),
    "general noise": ("adiabatic_elimination", gaussian_baths, "spread", wrong_sign),
    "printed form": (
        "adiabatic_elimination",
        kernel_forms,
        "printed_exponent",
        lambda right: lambda eta, tau, g, energy: right(eta, tau, g, -energy),
    ),
    "field on a spin": ("mean_field", mean_field, "bloch_rates", lambda right: lambda: tuple(-r for r in right())),
    "rates exchanged": (
        "mean_field",
        mean_field,
        "GLAUBER",
        lambda right: {mean_field.up: right[mean_field.down], mean_field.down: right[mean_field.up]},
    ),
    "sign of the paper": ("spin_only", spin_only, "glauber", lambda right: lambda sign, field: right(-sign, field)),
    "raman coupling": ("raman_elimination", raman_elimination, "coupling", wrong_sign),
    "dispersive shift": ("raman_elimination", raman_elimination, "dispersive", wrong_sign),
    "rotation of the axes": ("raman_elimination", raman_elimination, "rotation", wrong_sign),
    "wrong jumps": ("spin_only", spin_only, "_tenth", lambda _: lambda network, _: network.spins[0].z),
    "damping": ("limit_cycles", limit_cycles, "damping", wrong_sign),
    "restoring force": ("limit_cycles", limit_cycles, "spring", wrong_sign),
    "field that repels": ("limit_cycles", limit_cycles, "pull", wrong_sign),
    "self-competition": (
        "limit_cycles",
        limit_cycles,
        "competition",
        lambda right: lambda numbers: [rate + numbers[0] ** 2 for rate in right(numbers)],
    ),
    "average over a period": (
        "limit_cycles",
        limit_cycles,
        "averaged_cubic",
        lambda right: lambda first, second: right(first, second) + second**3,
    ),
    "pair pushed the wrong way": ("detailed_balance", detailed_balance, "pushed_pair", lambda right: lambda: right(-1)),
    "energy that repels": ("detailed_balance", detailed_balance, "pair_energy", wrong_sign),
    "rates with an even part": (
        "detailed_balance",
        detailed_balance,
        "asymmetry",
        lambda right: lambda energy: right(energy) + energy**2,
    ),
    "cycle the other way": (
        "detailed_balance",
        detailed_balance,
        "affinity",
        lambda right: lambda around_i, around_j: right(around_j, around_i),
    ),
    "flip of a spin in its own field": (
        "detailed_balance",
        detailed_balance,
        "cost",
        lambda right: lambda spins, own, spin: right(spins, own, spin) + 2 * detailed_balance.inner,
    ),
    "field of the wrong sign": (
        "detailed_balance",
        detailed_balance,
        "stationary_push",
        lambda right: lambda: right(-1),
    ),
    "dressed amplitude": ("atom_only", atom_only, "amplitude", lambda right: lambda: (right()[0], -right()[1])),
    "dropped part": ("atom_only", atom_only, "dropped_derivative", wrong_sign),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_found(mistake, monkeypatch):
    story, module, name, change = WRONG[mistake]
    monkeypatch.setattr(module, name, change(getattr(module, name)))
    with pytest.raises(DerivationError, match="Not shown"):
        STORIES[story].check()


def test_simplest_proves_what_vanishes_and_nothing_else():
    x = sp.Symbol("x", positive=True)
    for zero in (
        (x + 1) ** 2 - x**2 - 2 * x - 1,
        1 / (x + 1) - (x - 1) / (x**2 - 1),
        sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1,
        sp.tanh(x) - (sp.exp(2 * x) - 1) / (sp.exp(2 * x) + 1),
        sp.sqrt(x**2) - x,
        Mode().a * Mode().ad - Mode().number - 1,
        Operator({}),
        0,
    ):
        assert simplest(zero) == 0
    for other in (x, sp.sin(x) - x, Mode().a, sp.Rational(1, 10**30)):
        assert simplest(other) != 0


def test_a_step_without_residue_is_not_called_shown():
    assert "[shown]" not in Step("A definition.", "a = b").text()
    assert Step("A fact.", "a = b", (0,)).text() == "A fact.\n    a = b\n    [shown]"


def test_equations_are_set_in_dollars_and_aligned():
    assert Step("One.", "a = b").markdown() == "One.\n\n$$\na = b\n$$\n"
    several = Step("Two.", lines(("a", omega), ("b", Mode("mu").a * drive))).markdown()
    assert several == "Two.\n\n$$\n\\begin{aligned}\na &= \\omega \\\\\nb &= \\Omega a_{\\mu}\n\\end{aligned}\n$$\n"
    assert Step("Words.").markdown() == "Words.\n"
    assert latex(net_loss * gain * t) == r"\mathtt{gain} \Gamma t"


def test_show_prints_one_derivation(capsys):
    assert program.main(["--show", "mean_field"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Mean field: the Dicke model")
    assert r"\dot\alpha_\mu = -z_\mu \alpha_\mu - i x_\mu" in printed
    assert "derived" not in printed
    with pytest.raises(SystemExit):
        program.main(["--show", "mean_field", "--check"])


def test_pages_hold_every_step_and_current_ones_stay_untouched(tmp_path, monkeypatch):
    steps = [Step("A.", "a = b"), Step("B.", "", (0, 0))]
    short = (STORIES["mean_field"], Story("two", "Two", "Words.", lambda: iter(steps)))
    monkeypatch.setattr(pages, "STORIES", short)
    written = pages.write_pages(tmp_path)
    assert [page.name for page in written] == ["mean_field.md", "two.md"]
    text = written[0].read_text(encoding="utf-8")
    assert all(step.sentence in text for step in STORIES["mean_field"].steps())
    assert "`bloch_rates`" in text
    two = written[1].read_text(encoding="utf-8")
    assert two.startswith("# Two\n\nWords.\n\n*Computer algebra showed 2 identities")
    assert two.endswith("**1.** A.\n\n$$\na = b\n$$\n\n**2.** ✓ B.\n")
    written[1].write_text("old", encoding="utf-8")
    before = written[0].stat().st_mtime_ns
    pages.write_pages(tmp_path)
    assert written[0].stat().st_mtime_ns == before
    assert written[1].read_text(encoding="utf-8").startswith("# Two")
