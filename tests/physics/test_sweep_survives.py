"""A phase diagram of 2,000 points comes out the same, byte for byte, whatever is killed on the way."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from cavity_hopfield import FailedPointsWarning, load
from cavity_hopfield.exceptions import ArgumentError, ResultFileError
from cavity_hopfield.sweep import sweep, sweep_so_far
from cavity_hopfield.sweep.memory import can_be_bounded
from tests.systems.phase_sweep import COARSE, WAVES, as_one_command, draw_waves, map_phases

ROOT = Path(__file__).parents[2]
POINTS = 2000
LONGEST_WAIT, GLANCE = 600.0, 0.01
"""Seconds: after so long a test fails; so often it looks."""
PROGRAM = (
    "import sys\n"
    "from tests.systems.phase_sweep import COARSE, WAVES, as_one_command, draw_waves, map_phases\n"
    "store = sys.argv[1]\n"
    "as_one_command()\n"
    "map_phases(store)\n"
)


@pytest.fixture(autouse=True)
def _one_command(monkeypatch):
    monkeypatch.setattr(sys, "argv", sys.argv)
    as_one_command()


@pytest.fixture(scope="module")
def folder():
    """In memory where there is such a place, for thousands of files are brought to the disk one by one."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def uninterrupted(folder):
    """The file of a sweep that nothing disturbed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", sys.argv)
        as_one_command()
        map_phases(folder / "uninterrupted.nc")
    return folder / "uninterrupted.nc"


def points_of(store):
    """The files of finished points, and when each was written."""
    journal = Path(f"{store}.points")
    return {path.name: path.stat().st_mtime_ns for path in journal.glob("point-*.npz")} if journal.is_dir() else {}


def same(store, reference):
    """Equal in values, types and attributes, and then in every byte; nothing is left beside."""
    ours, theirs = (load(path).to_dataset() for path in (store, reference))
    assert ours.identical(theirs)
    assert {name: array.dtype for name, array in ours.variables.items()} == {
        name: array.dtype for name, array in theirs.variables.items()
    }
    assert store.read_bytes() == reference.read_bytes()
    assert not list(store.parent.glob(f"*{store.name}?*"))


def killed_at(points, store, log):
    """Run the sweep in a process of its own, kill it when so many points are there; what it had written."""
    with log.open("ab") as errors:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(store)], cwd=ROOT, stderr=errors)
    try:
        for _ in range(int(LONGEST_WAIT / GLANCE)):
            if process.poll() is not None or len(points_of(store)) >= points:
                break
            time.sleep(GLANCE)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL, log.read_text(encoding="utf-8")
    return points_of(store)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
def test_a_sweep_killed_three_times_at_random_ends_as_if_it_was_not(folder, uninterrupted):
    store, log = folder / "killed.nc", folder / "log"
    before = {}
    for points in np.sort(np.random.default_rng(8).integers(1, POINTS - 300, 3)):
        written = killed_at(points, store, log)
        assert points <= len(written) < POINTS
        assert before.items() <= written.items()  # what was done is not done again
        so_far = sweep_so_far(store)
        assert int((so_far["status"] == 1).sum()) == len(written)
        assert int((so_far["status"] == 0).sum()) == POINTS - len(written)
        before = written
    map_phases(store)
    same(store, uninterrupted)


def workers_of(this):
    """The processes that run points, of whatever engine this process has open."""
    words = ("loky.backend.popen", "multiprocessing.spawn import spawn_main")
    return [
        child for child in this.children(recursive=True) if any(word in " ".join(child.cmdline()) for word in words)
    ]


def killer(moments):
    """A progress that kills one worker, another one each time, when so many points are finished; and whom it killed."""
    this = pytest.importorskip("psutil").Process()
    left, killed = list(moments), []

    def progress(fraction):
        if left and fraction >= left[0]:
            alive = [worker for worker in workers_of(this) if worker not in killed]
            if alive:
                left.pop(0)
                alive[0].kill()
                killed.append(alive[0])

    return progress, killed


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
@pytest.mark.filterwarnings("default")
def test_a_sweep_whose_dask_workers_are_killed_ends_as_if_they_were_not(folder, uninterrupted):
    pytest.importorskip("distributed")
    store = folder / "dask.nc"
    progress, killed = killer(np.sort(np.random.default_rng(9).uniform(0.05, 0.7, 2)))
    map_phases(store, "dask:2", progress=progress)
    assert len(killed) == 2
    same(store, uninterrupted)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
def test_a_sweep_whose_process_is_killed_ends_as_if_it_was_not(folder):
    store, reference = folder / "coarse.nc", folder / "coarse_serial.nc"
    progress, killed = killer([np.random.default_rng(10).uniform(0.1, 0.7)])
    map_phases(store, "processes:2", grid=COARSE, progress=progress)
    assert len(killed) == 1
    map_phases(reference, "serial", grid=COARSE)
    same(store, reference)


def deadly(x):
    """Squares, but three kills its worker, and five asks for more memory than there is."""
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if x == 5:
        np.ones(10**10)
    return x**2


@pytest.mark.slow
@pytest.mark.skipif(not can_be_bounded(), reason="Linux alone bounds the memory of a process of the pool")
def test_a_point_that_kills_its_worker_and_one_that_is_too_large_fail_alone(tmp_path):
    arguments = {"executor": "processes:2", "memory_per_worker": "1 GiB", "store": tmp_path / "squares.nc"}
    with pytest.warns(FailedPointsWarning, match=r"2 of 8 points failed, the first at x = 3"):
        result = sweep(deadly, {"x": range(8)}, **arguments)
    failed = result["status"].values == 2
    assert np.flatnonzero(failed).tolist() == [3, 5]
    assert (result["status"].values[~failed] == 1).all()
    assert result["value"].values[~failed].tolist() == [0, 1, 4, 16, 36, 49]
    assert "The worker died at this point, also when it ran alone" in result["failure"].values[3]
    assert "MemoryError" in result["failure"].values[5]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 200 kB that can be remounted with other options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options, *, again=True):
        command = ["mount", "-t", "tmpfs", "-o", f"remount,{options}" if again else options, "tmpfs", str(place)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    if shutil.which("mount") is None or os.name != "posix" or not mount("size=200k", again=False):
        pytest.skip("this user cannot mount a disk; the next tests go another way")
    yield place, mount
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What the sweeps over `WAVES` give."""
    return draw_waves(tmp_path_factory.mktemp("waves") / "waves.nc")


def test_a_full_disk_is_told_and_nothing_is_lost(small_disk, undisturbed):
    place, mount = small_disk
    store = place / "waves.nc"
    for _ in range(2):
        with pytest.raises(ResultFileError, match=r"Cannot write .*point-\d+\.npz \(No space left on device\).*kept"):
            draw_waves(store)
        written = points_of(store)
        assert 10 < len(written) < 60
        assert int((sweep_so_far(store)["status"] == 1).sum()) == len(written)
    assert mount("size=2m")
    assert draw_waves(store).identical(undisturbed)
    assert [path.name for path in place.iterdir()] == ["waves.nc"]


FINISH = (
    "import sys\n"
    "from cavity_hopfield.exceptions import ResultFileError\n"
    "from tests.systems.phase_sweep import draw_waves\n"
    "try:\n"
    "    draw_waves(sys.argv[1])\n"
    "except ResultFileError as error:\n"
    "    print(error)\n"
)


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_disk_without_room_for_the_result_keeps_all_points(small_disk, undisturbed, suffix):
    """In a process of its own, for libraries that meet a full disk half way may end theirs."""
    place, mount = small_disk
    store = place / f"waves{suffix}"
    assert mount("size=2m")
    with pytest.raises(KeyboardInterrupt):
        draw_waves(store, progress=interrupting_at(1.0))
    ballast = place / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(place).free - 50_000))
    run = subprocess.run([sys.executable, "-c", FINISH, store], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"Cannot write {store}: No space left on device.")
    assert len(points_of(store)) == len(WAVES["x"])
    ballast.unlink()
    assert draw_waves(store).identical(undisturbed)
    assert [path.name for path in place.iterdir()] == [store.name]


def test_a_disk_that_became_read_only_is_told_and_nothing_is_lost(small_disk, undisturbed):
    place, mount = small_disk
    store = place / "waves.nc"
    assert mount("size=2m")
    with pytest.raises(KeyboardInterrupt):
        draw_waves(store, progress=interrupting_at(0.5))
    assert mount("ro")
    with pytest.raises(ResultFileError, match=r"Cannot write .*point-30\.npz \(Read-only file system\)"):
        draw_waves(store)
    assert len(points_of(store)) == 30
    with pytest.raises(ArgumentError, match=r"`store` must be .* can be made and written, but .* \(Read-only file sys"):
        draw_waves(place / "another.nc")
    assert mount("rw")
    assert draw_waves(store).identical(undisturbed)


def interrupting_at(fraction):
    """A progress that is Ctrl-C when so much is done."""

    def progress(done):
        if done >= fraction:
            raise KeyboardInterrupt

    return progress


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are of POSIX")
def test_a_file_that_cannot_grow_is_told_and_nothing_is_lost(tmp_path, undisturbed):
    """Needs no rights: the system refuses to write more than a few bytes to any file, from the thirtieth point on."""
    resource = pytest.importorskip("resource")
    store = tmp_path / "waves.nc"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def shrinking(done):
        if done >= 0.5:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))

    try:
        with pytest.raises(ResultFileError, match=r"Cannot write .*point-30\.npz \(File too large\).*kept"):
            draw_waves(store, progress=shrinking)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert len(points_of(store)) == 30
    assert not list(Path(f"{store}.points").glob("*.part"))
    assert draw_waves(store).identical(undisturbed)


@pytest.mark.skipif(os.name != "posix", reason="modes of folders are of POSIX")
def test_a_folder_without_leave_to_write_is_told_and_nothing_is_lost(tmp_path, undisturbed):
    store, journal = tmp_path / "waves.nc", tmp_path / "waves.nc.points"
    with pytest.raises(KeyboardInterrupt):
        draw_waves(store, progress=interrupting_at(0.5))
    journal.chmod(0o500)
    if os.access(journal, os.W_OK):
        pytest.skip("to this user modes mean nothing; the test of a read-only disk does it")
    try:
        with pytest.raises(ResultFileError, match=r"Cannot write .*point-30\.npz \(Permission denied\)"):
            draw_waves(store)
    finally:
        journal.chmod(0o700)
    assert len(points_of(store)) == 30
    assert draw_waves(store).identical(undisturbed)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
def test_workers_go_when_the_process_that_started_them_is_killed():
    """Else every killed sweep would leave processes that wait for ever."""
    code = (
        "import os, sys\n"
        "from cavity_hopfield.sweep.engines import opened\n"
        "with opened('processes:1') as engine:\n"
        "    print(engine.submit(os.getpid).result(), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, text=True, **pipes) as process:
        workers = [int(word) for word in process.stdout.readline().split()]
        process.kill()
    assert workers
    for _ in range(int(LONGEST_WAIT / 10 / GLANCE)):
        if not any(map(lives, workers)):
            break
        time.sleep(GLANCE)
    assert not any(map(lives, workers))


def lives(pid):
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
