import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import (
    ArgumentError,
    CountedHopfield,
    Glauber,
    HopfieldLimit,
    KineticMonteCarlo,
    MeanField,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
)
from cavity_hopfield.sweep import Evolution, Sweepable, sweep

pytestmark = pytest.mark.filterwarnings(
    "ignore:mean field neglects the dephasing", "ignore:.*points warned.*mean field neglects the dephasing"
)

STORED = Patterns([[1, 1, -1], [1, -1, 1]], names=("one", "two"))
DICKE = MultimodeDicke.from_patterns(STORED, [1 / 3, 0.7], [1.0, 1.3], 1.0, 0.2, drive=0.01)
NETWORK = OpenHopfield(STORED, Glauber(0.5))
TIMES = [0.0, 0.5, 1.0]
FIELD = Evolution(DICKE, MeanField(), [1, 1, -1], TIMES)
RUNS = Evolution(NETWORK, KineticMonteCarlo(runs=3, seed=1), [1, 1, -1], TIMES, ("overlap", "flips"))


def test_a_sweep_over_fields_is_the_evolution_at_each():
    result = sweep(FIELD, {"model.drive": [0.01, 0.1], "theory.rtol": [1e-6, 1e-8]}, executor="serial")
    assert result["overlap"].dims == ("drive", "rtol", "time", "pattern")
    assert result["drive"].attrs["parameter"] == "model.drive"
    alone = MeanField(rtol=1e-8).evolve(replace(DICKE, drive=0.1), [1, 1, -1], TIMES)
    here = result.sel(drive=0.1, rtol=1e-8)
    for name in alone.data_vars:
        np.testing.assert_array_equal(here[name], alone[name])
        assert here[name].attrs == alone[name].attrs
    told = json.loads(result.attrs["sweep"])["work"]
    again = MultimodeDicke.from_json(json.dumps(told["model"]["told"]))
    assert again.to_json() == DICKE.to_json()
    assert "model" in result.attrs["left_out"].split(", ")


def test_every_point_has_its_own_seed_of_the_theory():
    result = sweep(RUNS, {"model.rate_law": [Glauber(0.5), Glauber(1.0)], "replica": 2}, seed=4, executor="serial")
    assert result["rate_law"].values.tolist() == ["Glauber(temperature=0.5)", "Glauber(temperature=1.0)"]
    assert set(result.data_vars) >= {"overlap", "flips", "seed", "status"}
    assert "magnetisation" not in result
    own = KineticMonteCarlo(runs=3, seed=int(result["seed"].values[1, 0]))
    alone = own.evolve(OpenHopfield(STORED, Glauber(1.0)), [1, 1, -1], TIMES)
    np.testing.assert_array_equal(result["flips"].values[1, 0], alone["flips"])
    assert (result["flips"].values[0, 0] != result["flips"].values[0, 1]).any()


def test_seeds_of_the_theory_and_starts_and_theories_may_be_axes():
    grid = {"theory.seed": [1, 2], "initial": {"up": [1, 1, 1], "down": [-1, -1, -1]}}
    result = sweep(RUNS, grid, executor="serial")
    assert result["overlap"].dims[:2] == ("seed", "initial")
    np.testing.assert_array_equal(
        result["overlap"].isel(time=0).sel(initial="up"), -result["overlap"].isel(time=0).sel(initial="down")
    )
    theories = [MeanField(), KineticMonteCarlo(runs=1, seed=1)]
    study = Evolution(NETWORK, MeanField(), [1, 1, -1], [0.0], ("energy",))
    with pytest.warns(match="1 of 2 points failed, the first at theory = KineticMonteCarlo"):
        result = sweep(study, {"theory": theories}, executor="serial")
    assert "The variable energy has dimensions ['run', 'time']" in result["failure"].values[1]


def test_objects_are_set_before_their_fields():
    point = {"model.drive": 0.3, "model": replace(DICKE, drive=0.9), "theory.rtol": 1e-3}
    set_to = FIELD.at(point)
    assert (set_to.model.drive, set_to.theory.rtol) == (0.3, 1e-3)
    assert FIELD.model.drive == 0.01
    assert RUNS.at({"seed": 9, "theory": KineticMonteCarlo(runs=7, seed=0)}).theory == KineticMonteCarlo(7, 9)


@pytest.mark.parametrize(
    ("study", "grid", "seed", "text"),
    [
        (FIELD, {"model.drives": [1.0]}, None, r"'model.drives' is none: MultimodeDicke has \['g', 'omega'"),
        (FIELD, {"drive": [1.0]}, None, r"'drive' is none: Evolution has \['model'"),
        (FIELD, {"model.drive.x": [1.0]}, None, "'model.drive.x' is none: float has no fields"),
        (FIELD, {"model.x.y": [1.0]}, None, "'model.x' is none: MultimodeDicke has"),
        (FIELD, {"theory": [MeanField(), RUNS.theory], "theory.runs": [1]}, None, "'theory.runs' is none: MeanField"),
        (FIELD, {"model.drive": [0.1]}, 1, "MeanField draws nothing at random"),
        (RUNS, {"theory": [MeanField(), RUNS.theory]}, 1, "MeanField draws nothing at random"),
        (RUNS, {"theory.seed": [1]}, 1, "an axis of seeds"),
        (RUNS, {"theory.seed": [1], "model.seed": [1]}, None, "'model.seed' is none: OpenHopfield"),
        (RUNS, {"replica": 2}, None, "replicas differ by their seeds alone"),
        (Evolution, {"model": [DICKE]}, None, "needs 'theory'"),
    ],
)
def test_what_cannot_be_swept_is_told_before(study, grid, seed, text):
    with pytest.raises(ArgumentError, match=text):
        sweep(study, grid, seed=seed, executor="serial")


def test_a_value_out_of_range_is_a_failure_of_its_point():
    with pytest.warns(match="1 of 2 points failed, the first at drive = -1.0: .*ArgumentError: .*`drive`"):
        result = sweep(FIELD, {"model.drive": [0.1, -1.0]}, executor="serial")
    assert result["status"].values.tolist() == [1, 2]


def test_a_theory_that_is_none_and_observables_that_are_none_are_told():
    with pytest.raises(ArgumentError, match="must have `evolve`"):
        Evolution(DICKE, MeanField, [1, 1, -1], TIMES)
    with pytest.raises(ArgumentError, match="'overlaps'"):
        Evolution(DICKE, MeanField(), [1, 1, -1], TIMES, "overlaps").run()
    assert Evolution(DICKE, MeanField(), [1, 1, -1], TIMES, "energy").observables == ("energy",)


@dataclass(frozen=True)
class Study:
    """A study of somebody else's."""

    slope: float
    seed: int = 0

    def at(self, point):
        return replace(self, **point)

    def run(self):
        return xr.Dataset({"y": ("t", self.slope * np.arange(3.0)), "drawn": self.seed})

    def describe(self):
        return {"slope": self.slope}


def test_any_study_can_be_swept():
    assert isinstance(Study(1.0), Sweepable)
    result = sweep(Study(1.0), {"slope": [1.0, 2.0]}, executor="serial", seed=3)
    assert result["y"].values.tolist() == [[0.0, 1.0, 2.0], [0.0, 2.0, 4.0]]
    np.testing.assert_array_equal(result["drawn"], result["seed"])
    assert json.loads(result.attrs["sweep"])["work"]["slope"] == 1.0


def test_networks_are_made_anew_of_what_they_hold():
    counted = CountedHopfield(STORED, [2, 3, 4], Glauber(0.5))
    limit = HopfieldLimit(STORED, Glauber(0.5), drive=0.1)
    cavity = OpenHopfield.from_dicke(DICKE, "collective")
    for model, path, value, wanted in (
        (NETWORK, "model.rate_law", Glauber(0.7), OpenHopfield(STORED, Glauber(0.7))),
        (NETWORK, "model.rate_law.temperature", 0.7, OpenHopfield(STORED, Glauber(0.7))),
        (NETWORK, "model.drive", 0.1, OpenHopfield(STORED, Glauber(0.5), drive=0.1)),
        (NETWORK, "model.memory", Patterns([[1, 1, 1]]), OpenHopfield(Patterns([[1, 1, 1]]), Glauber(0.5))),
        (counted, "model.rate_law.temperature", 0.7, CountedHopfield(STORED, [2, 3, 4], Glauber(0.7))),
        (limit, "model.rate_law.temperature", 0.7, HopfieldLimit(STORED, Glauber(0.7), drive=0.1)),
        (cavity, "model.rate_law.dicke", DICKE, cavity),
    ):
        study = Evolution(model, MeanField(), [1, 1, 1], TIMES)
        assert study.at({path: value}).model.to_json() == wanted.to_json()
    enumerated = Evolution(HopfieldLimit(2, Glauber(0.5)), MeanField(), [1, 1], TIMES)
    with pytest.raises(ArgumentError, match="made of a number of patterns"):
        enumerated.at({"model.drive": 0.2})
