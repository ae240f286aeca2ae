"""What runs the points: words told apart, wrong ones refused with the remedy, deaths told from failures."""

import concurrent.futures
import inspect
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import warnings

import numba
import numpy as np
import pytest
import threadpoolctl
from loky import process_executor

from cavity_hopfield.exceptions import ArgumentError, SweepError
from cavity_hopfield.sweep import engines
from cavity_hopfield.sweep.engines import limited, opened
from cavity_hopfield.sweep.memory import bound_memory

CORES = int(vars(numba.config)["NUMBA_NUM_THREADS"])


def numbers_of_threads():
    """What BLAS, OpenMP and numba would use now."""
    of_numba = numba.get_num_threads()  # it loads its own library first
    return {library["num_threads"] for library in threadpoolctl.threadpool_info()}, of_numba


def variables():
    return [os.environ[name] for name in engines.THREAD_VARIABLES]


def total(count):
    """The sum of an array of eight bytes for each one."""
    return int(np.ones(count).sum())


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        ("thread", r'`executor` must be one of "processes", .*but is \'thread\''),
        ("processes:", r"`executor` must be one of .*'processes:'"),
        ("processes:0", r"`executor` must be one of .*'processes:0'"),
        ("processes:many", r"`executor` must be one of .*'processes:many'"),
        ("dask://nowhere", r"must name a scheduler as dask://host:port, but is 'dask://nowhere'"),
        (3, r"or an executor with a `submit`, but is 3"),
        (concurrent.futures.ProcessPoolExecutor, r"or an executor with a `submit`, but is <class"),
    ],
)
def test_a_wrong_executor_is_refused_with_the_words_there_are(executor, message):
    with pytest.raises(ArgumentError, match=message), opened(executor):
        pass


@pytest.mark.parametrize(
    ("executor", "options", "message"),
    [
        ("serial", {"workers": 2}, "`workers` is of no use to this executor, but is 2"),
        ("serial", {"memory_per_worker": "1 GiB"}, "`memory_per_worker` is of no use .* a serial sweep runs in this"),
        ("dask://localhost:1", {"workers": 2}, "`workers` is of no use .* the cluster has its own"),
        ("dask://localhost:1", {"memory_per_worker": "1 GB"}, "`memory_per_worker` is of no use"),
        ("mpi", {"workers": 2}, "`workers` is of no use .* the number of ranks"),
        (engines.InTurn(), {"workers": 2}, "`workers` is of no use .* made elsewhere"),
        ("processes:2", {"workers": 2}, "`workers` must be left out where `executor` tells the number"),
        ("processes", {"workers": 0}, "`workers` must be at least 1, but is 0"),
        ("processes", {"workers": 2.0}, "`workers` must be a whole number, but is 2.0"),
        ("serial", {"threads": 0}, "`threads` must be at least 1"),
        ("serial", {"threads": CORES + 1}, f"`threads` must be at most {CORES}, the cores .* but is {CORES + 1}"),
        ("processes", {"threads": CORES + 1}, f"`threads` must be at most {CORES}"),
        ("processes", {"memory_per_worker": "1 PiB"}, "`memory_per_worker` must be an amount with its unit"),
        ("processes", {"memory_per_worker": "900 TiB"}, r"`memory_per_worker` must fit 1 times into the .* that are f"),
    ],
)
def test_an_option_that_is_wrong_or_of_no_use_is_refused(executor, options, message):
    with pytest.raises(ArgumentError, match=message), opened(executor, **options):
        pass


def test_mpi_without_waiting_ranks_shows_the_command():
    pytest.importorskip("mpi4py")
    with pytest.raises(ArgumentError, match=r"Start it as `mpiexec -n 3 python -m mpi4py.futures script.py`"):
        opened("mpi").__enter__()


@pytest.mark.parametrize(
    ("module", "extra", "word"), [("distributed", "distributed", "dask"), ("mpi4py", "mpi", "mpi")]
)
def test_a_missing_extra_is_named(monkeypatch, module, extra, word):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, f"{module}.futures", None)
    with pytest.raises(ArgumentError, match=rf'pip install "cavity_hopfield\[{extra}\]"'):
        opened(word).__enter__()


def test_an_address_where_no_scheduler_listens_says_how_to_start_one():
    dask = pytest.importorskip("distributed").client.dask
    message = r"No dask scheduler answers at 127.0.0.1:1\. Start one with `dask scheduler`"
    with dask.config.set({"distributed.comm.timeouts.connect": "50ms"}), pytest.raises(SweepError, match=message):
        opened("dask://127.0.0.1:1").__enter__()


def test_a_worker_that_reads_a_script_without_a_guard_leaves_with_one_line(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(multiprocessing.current_process(), "_inheriting", True, raising=False)
    with pytest.raises(SystemExit, match=r"put its work below `if __name__ == \"__main__\":`"):
        opened("dask").__enter__()


def test_serial_work_is_done_in_this_thread_and_its_errors_are_kept():
    with opened("serial") as engine:
        assert (engine.name, engine.workers, engine.window) == ("serial", 1, 1)
        assert engine.submit(os.getpid).result() == os.getpid()
        error = engine.submit(int, "spin").exception()
        assert isinstance(error, ValueError)
        assert not engine.died(error)
        assert not engine.restart()


def test_ctrl_c_passes_through_serial_work():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), opened("serial") as engine:
        engine.submit(interrupted)


def test_an_executor_of_the_users_own_stays_open():
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for _ in range(2):
            with opened(pool) as engine:
                assert (engine.name, engine.workers, engine.window) == ("ThreadPoolExecutor", 3, 9)
                assert engine.submit(sum, [1, 2]).result() == 3
        assert not engine.restart()


def test_an_executor_of_unknown_size_holds_a_few_points_per_core():
    with opened(engines.InTurn()) as engine:
        assert engine.workers is None
        assert engine.window == engines.IN_FLIGHT * engines.cpu_count()


def test_a_broken_executor_tells_it_by_the_future():
    class Broken(concurrent.futures.Executor):
        def submit(self, *_):
            raise concurrent.futures.BrokenExecutor("a process died")

    with opened(Broken()) as engine:
        assert engine.died(engine.submit(max, 1, 2).exception())


def test_an_executor_that_refuses_work_for_another_reason_is_not_taken_for_dead():
    with opened(engines.InTurn()) as engine:
        assert not engine.died(MemoryError())
        assert not engine.died(RuntimeError())
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pass
    with pytest.raises(RuntimeError, match="shutdown"), opened(pool) as engine:
        engine.submit(max, 1, 2)


@pytest.mark.parametrize(
    ("cores", "threads", "free", "memory", "workers"),
    [
        (8, 1, 64, None, 8),
        (8, 3, 64, None, 2),
        (8, 16, 64, None, 1),
        (8, 1, 1, None, 4),  # a quarter of a GiB each
        (8, 1, 5, 2, 2),
        (8, 1, None, 2, 8),  # a system that does not tell
    ],
)
def test_as_many_workers_as_cores_and_memory_allow(monkeypatch, cores, threads, free, memory, workers):
    gib = 2**30
    monkeypatch.setattr(engines, "cpu_count", lambda: cores)
    monkeypatch.setattr(engines, "available_memory", lambda: free and free * gib)
    assert engines._number_of_workers(None, memory and memory * gib, threads) == workers


def test_workers_that_do_not_fit_into_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr(engines, "available_memory", lambda: 5 * 2**30)
    with pytest.raises(ArgumentError, match=r"must fit 3 times into the 5 GiB that are free, but is 2 GiB"):
        engines._number_of_workers(3, 2 * 2**30, 1)


def test_where_memory_cannot_be_bounded_the_option_is_refused(monkeypatch):
    monkeypatch.setattr(engines, "can_be_bounded", lambda: False)
    with pytest.raises(ArgumentError, match=r'kept by the process pool on Linux alone.*executor="dask"'):
        opened("processes", memory_per_worker="1 GiB").__enter__()


def test_limits_hold_within_the_block_and_are_lifted_after_it():
    outside = numbers_of_threads()
    with limited(CORES):
        wide = numbers_of_threads()
        assert wide == ({CORES}, CORES)
        with limited(1):
            assert numbers_of_threads() == ({1}, 1)
        assert numbers_of_threads() == wide
    assert numbers_of_threads() == outside
    with pytest.raises(ZeroDivisionError), limited(1):
        1 / 0  # noqa: B018
    assert numbers_of_threads() == outside


def test_libraries_loaded_between_blocks_are_limited_too():
    """A fresh interpreter, in which numpy's BLAS is there at first and scipy's comes later."""
    code = (
        "import sys, numpy\n"
        "from threadpoolctl import threadpool_info\n"
        "from cavity_hopfield.sweep.threads import limited\n"
        "with limited(1): print([x['num_threads'] for x in threadpool_info()])\n"
        "import numba.np.ufunc.omppool\n"
        "with limited(1): print([x['num_threads'] for x in threadpool_info()])\n"
    )
    environment = {name: text for name, text in os.environ.items() if not name.endswith("_NUM_THREADS")}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    assert all(set(line) <= set("[1, ]\n") for line in run.stdout.splitlines()), run.stdout


def test_a_pool_keeps_to_its_threads_and_memory_and_comes_back_from_the_dead():
    """One pool for all three, because to start it is most of the time."""
    with opened("processes:1", memory_per_worker="640 MiB") as engine:
        assert (engine.name, engine.workers, engine.window) == ("processes", 1, engines.IN_FLIGHT)
        worker = engine.submit(os.getpid).result()
        assert worker != os.getpid()
        assert set(engine.submit(variables).result()) == {"1"}
        if engines.can_be_bounded():
            error = engine.submit(total, 100_000_000).exception()  # 800 MB
            assert isinstance(error, MemoryError)
            assert not engine.died(error)
            assert engine.submit(total, 10_000_000).result() == 10_000_000
            engine.submit(bound_memory, None).result()
            assert engine.submit(total, 100_000_000).exception() is None
            engine.submit(bound_memory, 2**30).result()
            assert engine.submit(total, 100_000_000).exception() is None
            engine.submit(bound_memory, 640 * 2**20).result()
            assert isinstance(engine.submit(total, 100_000_000).exception(), MemoryError)
        assert engine.submit(os.getpid).result() == worker
        error = engine.submit(die).exception()
        assert engine.died(error)
        assert engine.died(engine.submit(max, 1, 2).exception())
        assert engine.restart()
        assert engine.restart()
        begun = engine.submit(os.getpid).result()
        assert begun != worker
        assert engine.submit(max, 1, 2).result() == 2


def test_a_worker_that_keeps_much_memory_is_renewed_without_ado():
    """loky warns of it in the thread that serves the pool, which would end by it where warnings are errors."""
    source = inspect.getsource(process_executor)
    told = [f"A worker {what} while some jobs were given to the executor" for what in ("stopped", "was restarted")]
    assert all(text in re.sub(r'"\s+f?"', "", source) for text in told)
    with opened("serial"):
        for text in told:
            warnings.warn(f"{text} because it kept much.", UserWarning, stacklevel=1)
        with pytest.raises(UserWarning, match="something else"):
            warnings.warn("something else", UserWarning, stacklevel=1)


def test_a_sweep_that_ends_by_an_error_does_not_wait_for_its_points(tmp_path):
    """The point would last for ever, and the block ends all the same."""
    begun = tmp_path / "begun"
    futures = []

    def endless(path):
        path.touch()
        while True:
            pass

    def interrupted():
        with opened("processes:1") as engine:
            futures.append(engine.submit(endless, begun))
            while not begun.exists() and not futures[0].done():
                pass
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert begun.exists()
    assert futures[0].done()


@pytest.mark.filterwarnings("default")
def test_a_cluster_on_this_machine_brings_its_dead_workers_back():
    distributed = pytest.importorskip("distributed")
    with opened("dask", workers=1, memory_per_worker="640 MiB") as engine:
        assert (engine.name, engine.workers, engine.window) == ("dask", 1, engines.IN_FLIGHT)
        assert set(engine.submit(variables).result()) == {"1"}
        if engines.can_be_bounded():
            assert isinstance(engine.submit(total, 100_000_000).exception(), MemoryError)
        error = engine.submit(die).exception()
        assert isinstance(error, distributed.scheduler.KilledWorker)
        assert engine.died(error)
        assert engine.restart()
        assert engine.submit(max, 1, 2).result() == 2
        if engines.can_be_bounded():
            assert isinstance(engine.submit(total, 100_000_000).exception(), MemoryError)


@pytest.mark.filterwarnings("default")
def test_a_cluster_by_its_address_by_its_client_and_by_its_executor():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        address = cluster.scheduler_address.partition("://")[2]
        executor = client.get_executor()
        for given in (client, executor):
            with opened(given) as engine:
                assert engine.name == type(given).__name__
                assert engine.workers == 1
                assert [engine.submit(max, 1, k).result() for k in range(5)] == [1, 1, 2, 3, 4]
        assert client.status == "running"
        assert executor.submit(max, 1, 2).result() == 2
        assert address


def test_a_growing_cluster_is_given_more_points():
    class Client:
        """Stands for a client of dask whose workers arrive one by one."""

        __module__ = "distributed.client"
        workers = 0

        def nthreads(self):
            self.workers += 1
            return dict.fromkeys(range(self.workers), 1)

        def get_executor(self, *, pure):
            assert not pure
            return engines.InTurn()

        submit = None

    engine = engines._clustered("dask://there", Client(), close=lambda *_: None)
    windows = []
    for _ in range(12):
        windows.append(engine.window)
        engine.submit(max, 1, 2)
    assert windows[0] == engines.IN_FLIGHT
    assert windows == sorted(windows)
    assert windows[-1] > engines.IN_FLIGHT
