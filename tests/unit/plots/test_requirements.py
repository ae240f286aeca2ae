"""Every figure says what it was given and what is missing, from one table."""

import ast
from pathlib import Path

import pytest
import xarray as xr

import cavity_hopfield.plots
from cavity_hopfield import ArgumentError, plots
from cavity_hopfield.plots.requirements import NEEDS, fits, made_by, require

OF_ONE_RESULT = {
    "agreement": plots.plot_agreement,
    "basins": plots.plot_basins,
    "certificate": plots.plot_certificate,
    "design": plots.plot_design,
    "elasticities": plots.plot_elasticities,
    "overlaps": plots.plot_overlaps,
    "pareto_front": plots.plot_pareto_front,
    "phase_diagram": plots.plot_phase_diagram,
    "platform": plots.plot_platform,
    "rates": plots.plot_rates,
    "recall": plots.plot_recall,
    "retrieval": plots.plot_retrieval,
    "spectrum": plots.plot_spectrum,
    "sweep": plots.plot_sweep,
    "validity_map": plots.plot_validity_map,
    "wigner": plots.plot_wigner,
}


@pytest.mark.parametrize("kind", OF_ONE_RESULT)
@pytest.mark.parametrize("wrong", [xr.Dataset({"other": 1.0}), "a file"], ids=["dataset", "text"])
def test_another_result_is_refused_by_what_it_lacks(kind, wrong):
    with pytest.raises(ArgumentError, match="must be what `") as refusal:
        OF_ONE_RESULT[kind](wrong)
    assert NEEDS[kind].maker in str(refusal.value)
    assert ("lacks" in str(refusal.value)) == isinstance(wrong, xr.Dataset)


@pytest.mark.parametrize("kind", NEEDS)
def test_nothing_shows_an_empty_dataset(kind):
    assert not fits(kind, xr.Dataset())


def test_what_made_it_is_named(recalls, compared):
    assert made_by(recalls) == "retrieval"
    assert made_by(xr.Dataset(attrs={"theory": "not JSON"})) is None
    with pytest.raises(ArgumentError, match="it was made by `retrieval`"):
        require("platform", recalls)
    with pytest.raises(ArgumentError, match=r"`success` over \(pattern, initial_overlap\), it has \(law, "):
        plots.plot_retrieval(compared)


def test_a_tree_is_sent_to_its_groups(tree):
    with pytest.raises(ArgumentError, match="of type DataTree: take one group"):
        plots.plot_rates(tree)


def test_a_fault_in_what_is_there_is_told(spectrum, light, swept):
    with pytest.raises(ArgumentError, match="along one dimension; choose of fixed_point, level by `isel`"):
        plots.plot_spectrum(spectrum.expand_dims(fixed_point=2))
    with pytest.raises(ArgumentError, match="choose one of `run` by `isel`"):
        plots.plot_wigner(light.expand_dims(run=3))
    with pytest.raises(ArgumentError, match="one or two axes; of drive, g, loss choose some by `sel`"):
        plots.plot_sweep(swept.expand_dims(drive=[0.1, 0.2]))


def test_checks_of_results_live_in_one_place():
    """No module of figures has a check of datasets of its own, but for what is made of several."""
    own = {}
    for path in Path(cavity_hopfield.plots.__file__).parent.glob("*.py"):
        functions = [node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
        own[path.stem] = [name for name in functions if "require" in name]
    assert {name for name, found in own.items() if found} == {"requirements", "nonequilibrium"}
