"""The same study on every engine gives the same file, byte for byte."""

import concurrent.futures
import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cavity_hopfield import load
from tests.systems.phase_sweep import REPLICAS, as_one_command, recall

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _one_command(monkeypatch):
    monkeypatch.setattr(sys, "argv", sys.argv)
    as_one_command()


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    """The file that one process makes."""
    store = tmp_path_factory.mktemp("serial") / "recall.nc"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", sys.argv)
        as_one_command()
        recall(store, "serial")
    return store


def agree(store, serial):
    """Equal in every byte; the dataset says where, if not."""
    ours, reference = (load(path).to_dataset() for path in (store, serial))
    assert ours.identical(reference)
    assert {name: array.dtype for name, array in ours.variables.items()} == {
        name: array.dtype for name, array in reference.variables.items()
    }
    assert store.read_bytes() == serial.read_bytes()
    assert not list(store.parent.glob(f"{store.name}?*"))


def test_the_serial_result_has_chance_in_it_and_all_points(serial):
    """Else the others would agree for nothing."""
    result = load(serial).to_dataset()
    assert result["status"].dims == tuple(REPLICAS)
    assert (result["status"] == 1).all()
    last = result["overlap"].isel(time=-1)
    assert len(set(result["seed"].values.ravel().tolist())) == result["seed"].size
    assert (last.std("replica").max("run") > 0).any()


def test_a_process_pool_agrees(tmp_path, serial):
    recall(tmp_path / "recall.nc", "processes:2")
    agree(tmp_path / "recall.nc", serial)


def test_the_process_pool_of_the_standard_library_agrees(tmp_path, serial):
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=spawn) as pool:
        recall(tmp_path / "recall.nc", pool)
    agree(tmp_path / "recall.nc", serial)


def test_threads_agree(tmp_path, serial):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        recall(tmp_path / "recall.nc", pool)
    agree(tmp_path / "recall.nc", serial)


def test_a_dask_cluster_agrees(tmp_path, serial):
    pytest.importorskip("distributed")
    recall(tmp_path / "recall.nc", "dask:2")
    agree(tmp_path / "recall.nc", serial)


def test_mpi_agrees(tmp_path, serial):
    """Two ranks: one hands out the points, the other runs them."""
    pytest.importorskip("mpi4py")
    command = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if command is None:
        pytest.skip("mpiexec is not installed")
    code = (
        "from tests.systems.phase_sweep import as_one_command, recall\n"
        "as_one_command()\n"
        f"recall({str(tmp_path / 'recall.nc')!r}, 'mpi')\n"
    )
    run = subprocess.run(
        [command, "-n", "2", sys.executable, "-m", "mpi4py.futures", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    agree(tmp_path / "recall.nc", serial)
