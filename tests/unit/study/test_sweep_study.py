"""A sweep as a configuration: axes, seeds, jobs, and errors with their place in the file."""

from pathlib import Path

import cloudpickle
import numpy as np
import pytest

from cavity_hopfield import CavityRates, ConfigurationError, Glauber, phase_diagram
from cavity_hopfield.study import StudyPoint, SweepStudy, build_dicke, read_sweep

EXAMPLE = Path(__file__).parents[3] / "examples" / "sweep.toml"
RECALL = """
[sweep]
job = "recall"
seed = 3
[grid]
"recall.flips" = [0.1, 0.2]
"cavity.drive" = { start = 1e-5, stop = 1e-3, count = 3, spacing = "logarithmic" }
replica = 2
[memory]
letters = "EVX"
[recall]
runs = 5
points = 2
duration = 1e6
"""


def written(tmp_path, text):
    path = tmp_path / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    return path


def checked(study):
    parameters = {name: values for name, values in study.axes().items() if name != "replica"}
    StudyPoint(study).check(parameters, seeded=study.sweep.seed is not None)


def test_the_sweep_file_spells_out_the_built_in_example():
    assert read_sweep(EXAMPLE).model_dump() == SweepStudy().model_dump()


def test_axes_are_lists_ranges_and_counts(tmp_path):
    study = read_sweep(written(tmp_path, RECALL))
    axes = study.axes()
    assert axes["recall.flips"] == [0.1, 0.2]
    assert axes["cavity.drive"] == pytest.approx([1e-5, 1e-4, 1e-3])
    assert axes["replica"] == 2


def test_a_point_is_the_study_with_its_values(tmp_path):
    point = StudyPoint(read_sweep(written(tmp_path, RECALL)))
    there = point.at({"cavity.drive": 1e-4, "recall.flips": 0.1, "seed": 12})
    assert there.study.cavity.drive == 1e-4
    assert there.study.recall.flips == 0.1
    assert there.study.recall.seed == 12
    assert there.study.recall.runs == 5  # what the file gives stays
    assert point.study.recall.seed == 1  # and the study itself is as it was


def test_points_of_one_study_differ_where_their_seeds_do(tmp_path):
    point = StudyPoint(read_sweep(written(tmp_path, RECALL)))
    first, again, other = (point.at({"recall.flips": 0.4, "seed": seed}).run() for seed in (1, 1, 2))
    assert first.identical(again)
    assert not np.array_equal(first["overlap"], other["overlap"])
    assert first["overlap"].dims == ("pattern",)
    assert 0 <= float(first["success"]) <= 1


def test_rates_of_a_point_are_those_of_its_platform():
    there = StudyPoint(SweepStudy()).at({"cavity.loss": 0.5})
    rates = CavityRates(build_dicke(there.study))
    found = there.run()
    assert float(found["glauber_temperature"]) == Glauber.matched_to(rates).law.temperature
    assert float(found["balance_temperature"]) == Glauber.balanced_with(rates).temperature
    assert "verdict" in found.attrs["certificate"]


def test_the_phase_of_a_point_is_that_of_the_diagram():
    study = SweepStudy.model_validate({"sweep": {"job": "phase"}, "grid": {"network.drive": [0.1, 0.8]}})
    found = StudyPoint(study).at({"network.drive": 0.8, "network.temperature": 0.15}).run()
    diagram = phase_diagram(1, temperature=[0.15], drive=[0.8])
    assert int(found["phase"]) == int(diagram["phase"][0, 0])
    assert found["phase"].dims == ()


def test_a_point_describes_what_its_job_reads_and_travels_to_another_process(tmp_path):
    (tmp_path / "patterns.csv").write_text("1,-1,1,1\n-1,-1,1,1\n", encoding="utf-8")
    text = '[grid]\n"cavity.loss" = [0.2]\n[memory]\nfile = "patterns.csv"\n'
    point = StudyPoint(read_sweep(written(tmp_path, text)))
    told = point.describe()
    assert set(told) == {"job", "memory", "cavity", "patterns"}
    assert cloudpickle.loads(cloudpickle.dumps(point)).describe() == told
    (tmp_path / "patterns.csv").write_text("1,-1,1,-1\n-1,-1,1,1\n", encoding="utf-8")
    assert point.describe() != told  # the file is another one now


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[grid]\n"cavity.lost" = [1.0]\n', "cavity.lost"),
        ('[grid]\n"network.loss" = [1.0]\n', "use cavity.loss"),
        ('[grid]\n"cavity.loss" = 3\n', "a list or a table"),
        ("[grid]\nreplica = [1, 2]\n", "a count is needed"),
        ('[grid]\n"cavity.loss" = { start = 0.0, stop = 1.0, count = 3, spacing = "logarithmic" }\n', "logarithmic"),
        ('[grid]\n"cavity.loss" = []\n', "at least 1"),
        ("grid = {}\n", "at least 1"),
        ('[sweep]\njob = "dance"\n', "job"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path, text, told):
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError, match=told) as failure:
        read_sweep(path)
    assert str(path) in str(failure.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[grid]\n"recall.flips" = [0.1]\n', "line 2: .*the job 'rates' reads"),
        ('[sweep]\nseed = 1\n[grid]\n"cavity.g" = [0.1]\n', "line 2: .*draws nothing"),
        ('[sweep]\njob = "recall"\nseed = 2\n[grid]\n"recall.seed" = [1, 2]\n', "left out where recall.seed"),
    ],
)
def test_what_the_job_does_not_read_is_an_error(tmp_path, text, told):
    with pytest.raises(ConfigurationError, match=told):
        checked(read_sweep(written(tmp_path, text)))


def test_a_value_that_a_key_may_not_have_is_told_with_its_place(tmp_path):
    point = StudyPoint(read_sweep(written(tmp_path, RECALL)))
    for ask in (point.at, lambda values: point.check({name: [value] for name, value in values.items()}, seeded=True)):
        with pytest.raises(ConfigurationError, match=r"line 5: .*`recall.flips` = 1.5: .*less than or equal to 1"):
            ask({"recall.flips": 1.5})
