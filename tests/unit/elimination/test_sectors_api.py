import json

import numpy as np
import pytest

from cavity_hopfield.elimination.sectors import SectorEquation
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning, SizeError
from cavity_hopfield.model import MultimodeDicke

PAIR = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.01)


@pytest.mark.parametrize("memory", [0.0, -1.0, np.nan, "much"])
def test_a_wrong_memory_is_refused_by_name(memory):
    with pytest.raises(ArgumentError, match="`memory_gib`"):
        SectorEquation(memory_gib=memory)


def test_the_drive_must_not_be_zero():
    with pytest.raises(ArgumentError, match="must have a drive"):
        SectorEquation().generator(MultimodeDicke(g=[[0.5]], omega=1.0, loss=1.0))


def test_a_silent_spin_is_refused():
    silent = MultimodeDicke(g=[[0.5], [0.0]], omega=1.0, loss=1.0, drive=0.01)
    with pytest.raises(ArgumentError, match="spin 1 has only zeros"):
        SectorEquation().generator(silent)


def test_too_many_spins_are_refused_with_the_number_before_they_fill_the_memory():
    many = MultimodeDicke(g=np.full((60, 1), 0.1), omega=1.0, loss=1.0, drive=0.001)
    with pytest.raises(SizeError, match=r"60 spins .* memory_gib=4"):
        SectorEquation().generator(many)


def test_equal_forces_need_more_memory_than_unequal_ones():
    equal = MultimodeDicke(g=np.full((7, 1), 0.4), omega=1.0, loss=1.0, drive=0.001)
    unequal = MultimodeDicke(g=0.4 * 1.3 ** np.arange(7)[:, None], omega=1.0, loss=1.0, drive=0.001)
    small = SectorEquation(memory_gib=0.003)
    with pytest.raises(SizeError, match=r"3.43e\+03 elements"):  # (14 choose 7)
        small.generator(equal)
    assert small.generator(unequal).places.size == 2**7


def test_a_strong_drive_warns_with_the_number():
    strong = MultimodeDicke(g=[[0.5]], omega=1.0, loss=1.0, drive=0.1)
    with pytest.warns(RegimeWarning, match=r"r = 0.\d+.*Lower the drive below 0.0"):
        SectorEquation().generator(strong)


def test_the_drive_that_the_warning_names_is_silent():
    with pytest.warns(RegimeWarning) as warned:
        SectorEquation().generator(MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.1))
    safe = float(str(warned[0].message).split("below ")[1].split(",")[0])
    SectorEquation().generator(MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.99 * safe))


def test_forces_that_are_nearly_equal_warn_with_the_number():
    near = MultimodeDicke(g=[[0.5], [0.501]], omega=1.0, loss=1.0, drive=0.01)
    with pytest.warns(RegimeWarning, match=r"Flip rate / splitting = \d+.*neither collective nor single"):
        SectorEquation().generator(near)


def test_equal_forces_and_forces_far_apart_do_not_warn():
    SectorEquation().generator(PAIR)
    SectorEquation().generator(MultimodeDicke(g=[[0.5], [0.2]], omega=1.0, loss=1.0, drive=0.01))


def test_a_start_across_sectors_is_refused():
    cat = np.zeros((4, 4))
    cat[np.ix_([0, 3], [0, 3])] = 0.5
    with pytest.raises(ArgumentError, match="unequal force"):
        SectorEquation().evolve(PAIR, cat, [0.0, 1.0])


def test_results_remember_how_they_were_made_and_report_progress():
    told = []
    data = SectorEquation(memory_gib=1.0).evolve(PAIR, [1, 1], [0.0, 1.0], progress=told.append)
    assert told == [0.5, 1.0]
    assert json.loads(data.attrs["theory"]) == {"name": "SectorEquation", "memory_gib": 1.0}
    assert MultimodeDicke.from_json(data.attrs["model"]).drive == PAIR.drive
    assert dict(data.sizes) == {"time": 2, "configuration": 4, "spin": 2, "pattern": 1}
