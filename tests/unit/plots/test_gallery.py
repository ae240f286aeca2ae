"""What a file can show is found from what it holds, for every file that the package writes."""

import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import ArgumentError, Glauber, MultimodeDicke, OpenHopfield, measured_map
from cavity_hopfield.analysis.phases.phase_diagram import phase_diagram
from cavity_hopfield.io import load, save
from cavity_hopfield.plots import draw, evolution_of, kinds_of, save_figures
from cavity_hopfield.study import Study, rates_result

RESULTS = {
    "evolution": ("recall", "overlaps"),
    "spectrum": ("spectrum",),
    "light": ("wigner",),
    "diagram": ("phase_diagram",),
    "plane": ("basins",),
    "found": ("agreement",),
    "recalls": ("retrieval",),
    "compared": ("platform", "certificate"),
    "designed": ("design", "certificate"),
    "slopes": ("elasticities",),
    "front": ("pareto_front",),
    "swept": ("sweep",),
}
STUDY = ("rates", "recall", "overlaps", "certificate")


@pytest.mark.parametrize("name", RESULTS)
def test_each_result_shows_what_it_is_also_from_its_file(name, request, tmp_path):
    result = request.getfixturevalue(name)
    assert kinds_of(result) == RESULTS[name]
    read = load(save(result, tmp_path / "result.nc"))
    assert kinds_of(read) == RESULTS[name]
    paths = save_figures(read, tmp_path)
    assert [path.name for path in paths] == [f"{kind}.png" for kind in RESULTS[name]]


def test_a_study_shows_its_stages_together(tree, tmp_path):
    assert kinds_of(tree) == STUDY
    assert len(draw(tree, "recall")) == 4
    assert len(draw(tree, "overlaps")) == 2
    assert [path.name for path in save_figures(tree, tmp_path, ["rates"])] == ["rates.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["rates.png"]


def test_an_interrupted_study_shows_what_was_done(tree):
    attributes = tree.to_dataset(inherit=False)
    parts = {name: tree[name].to_dataset() for name in ("patterns", "rates", "kinetic")}
    assert kinds_of(xr.DataTree.from_dict({"/": attributes, **parts})) == STUDY
    del parts["kinetic"]
    assert kinds_of(xr.DataTree.from_dict({"/": attributes, **parts})) == ("rates", "certificate")


def test_a_design_and_a_laboratory_show_their_parts(designed, slopes, front, laboratory):
    parts = {"design": designed, "elasticities": slopes, "front": front}
    assert kinds_of(xr.DataTree.from_dict(parts)) == ("design", "elasticities", "pareto_front", "certificate")
    parts = {"rates": laboratory.rates, "recalls": laboratory.recalls, "ways": laboratory.ways}
    tree = xr.DataTree.from_dict(parts)
    assert set(kinds_of(tree)) >= {"rates", "retrieval", "laboratory"}
    assert len(draw(tree, "laboratory")) == 3


def test_several_groups_of_one_kind_are_told_apart(evolution, spectrum, tmp_path):
    tree = xr.DataTree.from_dict({"cold": evolution, "warm": evolution, "spectra/odd": spectrum})
    assert kinds_of(tree) == ("cold/recall", "warm/recall", "cold/overlaps", "warm/overlaps", "spectrum")
    assert [path.name for path in save_figures(tree, tmp_path, ["warm/overlaps"])] == ["warm_overlaps.png"]


def test_the_loads_show_the_capacity(loads):
    tree = xr.DataTree.from_dict(loads)
    assert kinds_of(tree) == ("capacity",)
    assert len(draw(tree, "capacity")) == 3


def test_other_results_show_what_they_hold():
    assert kinds_of(measured_map()) == ("validity_map",)
    assert kinds_of(rates_result(Study())) == ("rates", "certificate")
    assert kinds_of(xr.Dataset({"number": 1.0})) == ()
    broken = xr.Dataset(attrs={"certificate": "{}"})
    assert kinds_of(broken) == ()


def test_a_sweep_of_phases_is_a_phase_diagram():
    """Over any two axes in any order; a point that is missing stays white."""
    whole = phase_diagram(temperature=[0.3, 0.9], drive=[0.1, 0.2, 0.9], starts=4)
    flags = {"flag_values": np.array([0, 1, 2], np.int8), "flag_meanings": "missing done failed"}
    status = xr.Variable(("drive", "temperature"), np.array([[1, 1], [1, 2], [1, 0]], np.int8), flags)
    phase = whole["phase"].transpose("drive", "temperature")
    swept = xr.Dataset({"status": status, "phase": phase.where(status == 1, -1).astype(np.int8)}, attrs={"sweep": "{}"})
    swept["phase"].attrs = phase.attrs
    swept["amplitude"] = whole["amplitude"].transpose("drive", "temperature")
    assert kinds_of(swept) == ("phase_diagram", "sweep")
    axes = draw(swept, "phase_diagram")
    assert "temperature" in axes.get_xlabel()
    assert "transverse field" in axes.get_ylabel()
    codes = axes.collections[0].get_array()
    assert np.array_equal(np.ma.getmaskarray(codes).reshape(3, 2), status.values != 1)
    assert kinds_of(swept.drop_vars("phase")) == ("sweep",)


def test_lines_beside_a_diagram_are_drawn_over_it(diagram, lines):
    tree = xr.DataTree.from_dict({"/": diagram, "/lines": lines})
    assert kinds_of(tree) == ("phase_diagram",)
    np.testing.assert_array_equal(draw(tree, "phase_diagram").lines[0].get_ydata(), lines["pitchfork"])
    assert len(draw(diagram, "phase_diagram").lines) == 0


def test_what_cannot_be_shown_is_refused_with_what_can(spectrum, tmp_path):
    with pytest.raises(ArgumentError, match=r"this result can show: spectrum[.] It is 'pie'"):
        draw(spectrum, "pie")
    with pytest.raises(ArgumentError, match="this result can show: spectrum, but they hold 'pie'"):
        save_figures(spectrum, tmp_path, ["spectrum", "pie"])
    with pytest.raises(ArgumentError, match="this result can show: none"):
        save_figures(xr.Dataset(), tmp_path)
    with pytest.raises(ArgumentError, match="Dataset or a DataTree, but is of type str"):
        kinds_of("result.nc")
    assert list(tmp_path.iterdir()) == []


def test_the_recall_to_film_is_found(tree, evolution, spectrum):
    xr.testing.assert_identical(evolution_of(tree), tree["kinetic"].to_dataset())
    xr.testing.assert_identical(evolution_of(evolution), evolution)
    with pytest.raises(ArgumentError, match=r"must hold a recall.* It can show: spectrum"):
        evolution_of(spectrum)


def test_an_evolution_without_patterns_shows_overlaps_alone(evolution):
    bare = evolution.copy()
    bare.attrs["model"] = MultimodeDicke([[0.5]], 1.0, 0.6).to_json()
    assert kinds_of(bare) == ("overlaps",)
    other = OpenHopfield([[0.0, 1.0], [1.0, 0.0]], Glauber(0.5))
    bare.attrs["model"] = other.to_json()
    assert kinds_of(bare) == ("overlaps",)
