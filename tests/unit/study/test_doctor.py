"""What the doctor sees of an installation, and what it says of planted ills."""

import importlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest

from cavity_hopfield import CavityRates, MultimodeDicke
from cavity_hopfield._compiled import NOWHERE_TO_KEEP, compiled
from cavity_hopfield.study import doctor
from cavity_hopfield.study.doctor import examine

KERNEL = """
from cavity_hopfield._compiled import compiled
{blank}
@compiled
def planted(x):
    return x + 1
"""


@pytest.fixture(autouse=True)
def roomy_machine(monkeypatch):
    """Nothing to say of the machine that the tests run on."""
    monkeypatch.setattr(doctor, "threadpool_info", list)
    monkeypatch.setattr(doctor, "cpu_count", os.cpu_count)
    monkeypatch.setattr(doctor, "available_memory", lambda: 2**33)


@pytest.fixture
def asked_for(monkeypatch):
    """Metadata that ask for what the test says."""
    return lambda *lines: monkeypatch.setattr(doctor, "requires", lambda _: list(lines))


def found(name):
    [one] = [one for one in examine().dependencies if one.name == name]
    return one


def test_a_sound_installation():
    CavityRates(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02))(0.1)
    seen = examine()
    assert seen.sound
    assert seen.findings == ()
    assert {"numpy", "numba", "xarray"} <= {one.name for one in seen.dependencies}
    assert seen.usable_cores <= seen.cores
    assert seen.cache.writable
    assert seen.cache.compiled > 0
    assert seen.cache.size > 0
    json.dumps(seen.to_dict())


def test_libraries_of_tests_and_of_other_pythons_are_not_asked_for(asked_for):
    asked_for("numpy>=1.26", "no-such>=1; extra == 'test'", "no-such>=1; python_version < '3'")
    assert [one.name for one in examine().dependencies] == ["numpy"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no-such-library>=2.1", 'no-such-library is not installed: `pip install "no-such-library>=2.1"`'),
        ("numpy>=99.0", f"numpy has version {np.__version__}, but >=99.0 is needed"),
    ],
)
def test_a_library_that_is_missing_or_too_old_is_told_with_its_remedy(asked_for, line, said):
    asked_for(line)
    seen = examine()
    assert not seen.sound
    assert said in seen.findings[0]


def test_an_extra_that_is_not_installed_is_no_ill(asked_for):
    asked_for("no-such-library>=1; extra == 'mpi'")
    seen = examine()
    assert seen.sound
    assert seen.dependencies[0].extra == "mpi"
    assert seen.dependencies[0].installed is None


def test_a_library_that_does_not_load_is_told(asked_for, monkeypatch, tmp_path):
    (tmp_path / "broken_library.py").write_text("raise OSError('libz.so.1: no such file')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(doctor, "version", lambda _: "1.0")
    asked_for("broken_library>=1.0")
    assert found("broken_library").problem == "does not load: OSError: libz.so.1: no such file"
    assert not examine().sound


def test_a_package_without_metadata_is_told(monkeypatch):
    def nothing(_):
        raise doctor.PackageNotFoundError

    monkeypatch.setattr(doctor, "requires", nothing)
    assert "is not installed" in examine().findings[0]


def test_more_threads_than_cores_are_told(monkeypatch):
    blas = {"filepath": "/lib/libopenblas.so", "version": "0.3", "num_threads": 64}
    monkeypatch.setattr(doctor, "threadpool_info", lambda: [blas])
    monkeypatch.setattr(doctor, "cpu_count", lambda: 1)
    monkeypatch.setitem(vars(numba.config), "NUMBA_NUM_THREADS", 2)
    of_blas, of_numba = examine().findings
    assert "libopenblas.so uses 64 threads on 1 core" in of_blas
    assert "OPENBLAS_NUM_THREADS=1" in of_blas
    assert "numba may use 2 threads on 1 core" in of_numba


def test_scant_memory_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "available_memory", lambda: 100 * 2**20)
    assert "Only 100 MiB of memory" in examine().findings[0]


def test_kernels_that_cannot_be_kept_are_told(monkeypatch):
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    seen = examine()
    assert not seen.cache.writable
    assert seen.findings == (NOWHERE_TO_KEEP,)
    assert seen.sound  # slower, not wrong


def test_plain_python_is_told(monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert "NUMBA_DISABLE_JIT" in examine().findings[0]


def test_machine_code_of_an_earlier_source_is_stale(monkeypatch, tmp_path):
    """With numba's own files: a kernel that moved by a line leaves behind what it was compiled to."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.syspath_prepend(tmp_path)
    source = tmp_path / "planted_kernels.py"
    states = []
    for blank in ("", "\n"):
        source.write_text(KERNEL.format(blank=blank), encoding="utf-8")
        sys.modules.pop("planted_kernels", None)
        importlib.invalidate_caches()
        module = importlib.import_module("planted_kernels")
        assert module.planted(1) == 2
        monkeypatch.setattr(doctor, "kernels", lambda module=module: (module.planted,))
        states.append(examine().cache)
    sys.modules.pop("planted_kernels")
    assert [(state.kernels, state.compiled, state.stale) for state in states] == [(1, 1, 0), (1, 1, 1)]
    assert states[1].stale_size == states[0].size
    assert [Path(folder) for folder in states[0].folders] == [tmp_path / "__pycache__"]


def test_kernels_run_where_nothing_can_be_kept(monkeypatch):
    """numba refuses to compile there what it is asked to keep."""
    njit = numba.njit

    def refusing(*, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(numba, "njit", refusing)
    with pytest.warns(UserWarning, match="set NUMBA_CACHE_DIR"):
        kernel = compiled(lambda x: x + 1)
    monkeypatch.setattr(doctor, "kernels", lambda: (kernel,))
    assert kernel(1) == 2
    seen = examine()
    assert seen.cache == replace(seen.cache, folders=(), writable=False, kernels=1, compiled=0)
