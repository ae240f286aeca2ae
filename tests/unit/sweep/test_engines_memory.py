"""Amounts of memory in words, and what a machine and its control groups allow."""

import pytest

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.sweep import memory


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ("2 GiB", 2 * 1024**3),
        ("2GiB", 2 * 1024**3),
        (" 600 mb ", 600 * 1000**2),
        ("1.5 GB", 1_500_000_000),
        (".5 TiB", 2**39),
        ("1073741824 B", 2**30),
        (2**30, 2**30),
    ],
)
def test_amounts_are_read(given, amount):
    assert memory.bytes_of(given) == amount


@pytest.mark.parametrize("given", ["2", "GiB", "2 Gibi", "-2 GiB", "1e3 MB", "", 2.5, True, None, b"2 GiB"])
def test_what_is_no_amount_is_refused(given):
    with pytest.raises(ArgumentError, match=r"`memory_per_worker` must be an amount with its unit, such as '2 GiB'"):
        memory.bytes_of(given)


@pytest.mark.parametrize("given", ["2 B", "100 MiB", 0, -(2**40)])
def test_less_than_a_worker_needs_by_itself_is_refused(given):
    with pytest.raises(ArgumentError, match=r"must be at least 512 MiB, of which a worker takes half .* but is "):
        memory.bytes_of(given)


@pytest.mark.parametrize(
    ("amount", "text"), [(2**30, "1 GiB"), (3 * 2**29, "1.5 GiB"), (2048, "2 KiB"), (7, "7 bytes")]
)
def test_amounts_are_told(amount, text):
    assert memory.in_words(amount) == text


def test_this_machine_has_some_memory():
    free = memory.available_memory()
    assert free is None or 2**20 < free < 2**60


def test_without_proc_the_installed_memory_is_told(monkeypatch):
    monkeypatch.setattr(memory, "LINUX", False)
    free = memory.available_memory()
    assert free is None or free >= 2**20
    assert not memory.can_be_bounded()


def test_the_lowest_limit_of_nested_control_groups_counts(tmp_path):
    inner = tmp_path / "slurm" / "job_7" / "step_0"
    inner.mkdir(parents=True)
    (inner / "memory.max").write_text("max\n", encoding="ascii")
    (tmp_path / "slurm" / "job_7" / "memory.max").write_text("4000000\n", encoding="ascii")
    (tmp_path / "slurm" / "memory.max").write_text("9000000\n", encoding="ascii")
    membership = tmp_path / "membership"
    membership.write_text("0::/slurm/job_7/step_0\n", encoding="ascii")
    assert min(memory._group_limits(membership, tmp_path)) == 4_000_000


def test_the_older_control_groups_are_read_too(tmp_path):
    group = tmp_path / "memory" / "job"
    group.mkdir(parents=True)
    (group / "memory.limit_in_bytes").write_text("5000000\n", encoding="ascii")
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("9223372036854771712\n", encoding="ascii")
    membership = tmp_path / "membership"
    membership.write_text("4:memory:/job\n1:cpu:/elsewhere\n", encoding="ascii")
    assert memory._group_limits(membership, tmp_path) == [5_000_000, 9223372036854771712]
    assert memory._group_limits(tmp_path / "absent", tmp_path) == []
