"""What runs the points of a sweep: processes of this machine, a cluster, or any executor of the user's own.

All of them are `concurrent.futures.Executor`s. Every point runs within `limited`, so that an engine decides where and
when a point runs, and nothing of its numbers.
"""

import logging
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from cavity_hopfield._checks import whole_number
from cavity_hopfield.exceptions import ArgumentError, SweepError
from cavity_hopfield.sweep.memory import available_memory, bound_memory, bytes_of, can_be_bounded, in_words
from cavity_hopfield.sweep.threads import fit_cores, limited
from cavity_hopfield.sweep.workers import begin

__all__ = ["Engine", "limited", "opened"]

IN_FLIGHT = 3
"""Points handed to the engine per worker: one that runs, and others that wait close by."""
TYPICAL_WORKER = 256 * 2**20
"""What a worker takes where nothing is said of its memory."""
GUARD = (
    "The workers of dask did not start. They first read the script that starts them: put its work below "
    '`if __name__ == "__main__":`, or use `executor="processes"`, which needs none of that.'
)
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
DEATHS_OF_DASK = {"KilledWorker", "CommClosedError", "ClosedClientError"}
WORDS = '"processes", "processes:4", "serial", "dask", "dask://host:port", "mpi"'
MPI_COMMAND = "mpiexec -n 3 python -m mpi4py.futures script.py"


class Engine:
    """An executor, how many points it should hold at a time, and what to do when a worker dies.

    Attributes
    ----------
    name : str
        The word that named it, or the class of the user's own executor.
    workers : int or None
        How many points run at once, where that is known; a cluster may grow.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], Executor],
        *,
        count: Callable[[], int | None],
        restart: Callable[["Engine"], bool],
        close: Callable[[Executor, bool], None],
    ) -> None:
        self.name, self.workers = name, count()
        self._make, self._count, self._restart, self._close = make, count, restart, close
        self._executor, self._submitted, self._renewed_at = make(), 0, 0

    @property
    def window(self) -> int:
        """How many points should be in flight; ask before every submission, because a cluster may grow."""
        if self.name == "serial":
            return 1
        return IN_FLIGHT * (self.workers or cpu_count())

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Hand `function(*arguments)` to a worker; an engine that is broken already tells it by the future, too."""
        self._submitted += 1
        try:
            if self._submitted % self.window == 0:
                self.workers = self._count()
            return self._executor.submit(function, *arguments)
        except Exception as error:
            if not self.died(error):
                raise
            future: Future[Any] = Future()
            future.set_exception(error)
            return future

    def died(self, error: BaseException) -> bool:
        """Whether `error`, of a future or of `submit`, tells that a worker died and not that a point failed."""
        if isinstance(error, (BrokenExecutor, CancelledError)):
            return True
        return any(kind.__name__ in DEATHS_OF_DASK for kind in type(error).__mro__)

    def restart(self) -> bool:
        """Bring the workers back after one died; False if the engine cannot go on and is not ours to restart."""
        return self._restart(self)

    def renew(self) -> bool:
        """Replace the executor by a new one, once for all the points that fell with it."""
        if self._submitted > self._renewed_at:
            self._close(self._executor, True)
            self._executor, self._renewed_at = self._make(), self._submitted
        return True

    def close(self, *, kill: bool) -> None:
        """Let the workers go if they are ours, with `kill` at once, whatever they do."""
        self._close(self._executor, kill)


@contextmanager
def opened(
    executor: object = None,
    *,
    workers: int | None = None,
    memory_per_worker: str | int | None = None,
    threads: int = 1,
) -> Iterator[Engine]:
    """The engine that `executor` names, for as long as the block lasts.

    Parameters
    ----------
    executor : str or Executor, optional
        "processes" (also None) or "processes:4": a pool of processes of this machine, which needs no
        ``if __name__ == "__main__"``. "serial": this process. "dask": a cluster of processes on this machine.
        "dask://host:port": the cluster with that scheduler. "mpi": the ranks of this MPI job. Or any object with a
        `submit` that gives `concurrent.futures.Future`s, which stays open; a `dask.distributed.Client` too.
    workers : int, optional
        The number of processes, by default as many as have `threads` cores each and fit into the memory.
    memory_per_worker : str or int, optional
        What a worker may use, such as "2 GiB": fewer workers are started if it does not suffice for all cores, and a
        point that wants more gets a MemoryError.
    threads : int, optional
        Threads within one point.

    Yields
    ------
    Engine

    Raises
    ------
    ArgumentError
        If a word or a number is wrong, an option is of no use to that engine, or its library is not installed.
    SweepError
        If the cluster cannot be reached.

    Examples
    --------
    >>> from cavity_hopfield.sweep.engines import opened
    >>> with opened("serial") as engine:
    ...     engine.submit(max, 2, 3).result()
    3
    """
    with warnings.catch_warnings():
        # loky renews a worker that keeps much memory; no point is lost by it, and its thread would end by an error
        warnings.filterwarnings("ignore", "A worker (stopped|was restarted) while some jobs were given", UserWarning)
        engine = _engine(executor, workers, memory_per_worker, whole_number("threads", threads, minimum=1))
        try:
            yield engine
        except BaseException:
            engine.close(kill=True)
            raise
        engine.close(kill=False)


def _engine(executor: object, workers: int | None, memory: str | int | None, threads: int) -> Engine:
    """Tell the words apart."""
    if executor is None:
        executor = "processes"
    if not isinstance(executor, str):
        _no_use_for(workers, memory, "an executor that was made elsewhere has its own")
        return _borrowed(executor)
    if executor.startswith("dask://"):
        _no_use_for(workers, memory, "the cluster has its own")
        return _cluster_at(executor)
    name, _, count = executor.partition(":")
    if name in {"processes", "dask"}:
        return _of_this_machine(name, _counted(executor, count, workers), memory, threads)
    if executor == "serial":
        _no_use_for(workers, memory, "a serial sweep runs in this process")
        fit_cores(threads)
        return Engine("serial", InTurn, count=lambda: 1, restart=lambda _: False, close=lambda *_: None)
    if executor == "mpi":
        _no_use_for(workers, None, "the number of ranks is that of mpiexec, less one")
        return _ranks(None if memory is None else bytes_of(memory))
    raise ArgumentError(
        f"Argument `executor` must be one of {WORDS}, or an executor with a `submit`, but is {executor!r}."
    )


def _no_use_for(workers: int | None, memory: str | int | None, reason: str) -> None:
    """An error if an option is given that the engine does not use."""
    for name, value in (("workers", workers), ("memory_per_worker", memory)):
        if value is not None:
            raise ArgumentError(f"Argument `{name}` is of no use to this executor, but is {value!r}: {reason}.")


def _counted(executor: str, count: str, workers: int | None) -> int | None:
    """The number of workers, said in the word or by its argument."""
    if not count and ":" not in executor:
        return None if workers is None else whole_number("workers", workers, minimum=1)
    if not count.isdecimal() or int(count) < 1:
        raise ArgumentError(f"Argument `executor` must be one of {WORDS}, but is {executor!r}.")
    if workers is not None:
        raise ArgumentError(
            f"Argument `workers` must be left out where `executor` tells the number, but is {workers!r} beside "
            f"{executor!r}."
        )
    return int(count)


def _of_this_machine(name: str, workers: int | None, memory: str | int | None, threads: int) -> Engine:
    """A pool or a cluster of processes on this machine, as many as its cores and its memory allow."""
    fit_cores(threads)
    bound = None if memory is None else bytes_of(memory)
    if bound is not None and name == "processes" and not can_be_bounded():
        raise ArgumentError(
            f"Argument `memory_per_worker` is kept by the process pool on Linux alone, but is {memory!r} on "
            f'{sys.platform}. Use `executor="dask"`, which watches its workers on every system, or leave it out.'
        )
    count = _number_of_workers(workers, bound, threads)
    environment = dict.fromkeys(THREAD_VARIABLES, str(threads))
    return (_processes if name == "processes" else _local_cluster)(count, bound, environment)


def cpu_count() -> int:
    """The cores that this process may use, by affinity and control group."""
    import loky

    cores: int = loky.cpu_count()
    return cores


def _number_of_workers(workers: int | None, bound: int | None, threads: int) -> int:
    free = available_memory()
    fitting = None if free is None else free // (bound or TYPICAL_WORKER)
    if bound is not None and free is not None and (workers or 1) * bound > free:
        raise ArgumentError(
            f"Argument `memory_per_worker` must fit {workers or 1} times into the {in_words(free)} that are free, but "
            f"is {in_words(bound)}. Ask for less, or for fewer workers."
        )
    wanted = workers or max(1, cpu_count() // threads)
    return wanted if workers or fitting is None else max(1, min(wanted, fitting))


class InTurn(Executor):
    """The executor that does the work when it is submitted, in this thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Do it now; what stops the process, such as Ctrl-C, is not caught."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as every executor does
            future.set_exception(error)
        return future


def _processes(workers: int, memory: int | None, environment: dict[str, str]) -> Engine:
    """The process pool of loky: its workers start clean, and functions of a notebook reach them."""
    from loky import ProcessPoolExecutor

    make = partial(ProcessPoolExecutor, workers, initializer=begin, initargs=(os.getpid(), memory), env=environment)

    def close(pool: Executor, kill: bool) -> None:
        pool.shutdown(wait=True, kill_workers=kill)  # type: ignore[call-arg]

    return Engine("processes", make, count=lambda: workers, restart=Engine.renew, close=close)


def _borrowed(executor: Any) -> Engine:
    """The user's own executor, which stays open."""
    if isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
        raise ArgumentError(
            f"Argument `executor` must be one of {WORDS}, or an executor with a `submit`, but is {executor!r}."
        )
    name = type(executor).__name__
    of_dask = type(executor).__module__.startswith("distributed.")
    if of_dask:
        client = executor if hasattr(executor, "get_executor") else executor._client  # noqa: SLF001 - it has no door
        return _clustered(name, client, close=lambda *_: None)
    workers = getattr(executor, "_max_workers", None)
    known = workers if isinstance(workers, int) and workers > 0 else None
    return Engine(name, lambda: executor, count=lambda: known, restart=lambda _: False, close=lambda *_: None)


def _clustered(name: str, client: Any, close: Callable[[Executor, bool], None]) -> Engine:
    """A cluster by its client. It brings its workers back itself, so a restart is to ask whether it is there."""

    def count() -> int | None:
        return sum(client.nthreads().values()) or None

    def answers(engine: Engine) -> bool:
        with suppress(Exception):
            engine.workers = count()
            return True
        return False

    # pure calls would be answered from memory, an error of a worker that died among them
    return Engine(name, partial(client.get_executor, pure=False), count=count, restart=answers, close=close)


def _distributed() -> Any:
    try:
        import distributed  # an extra
    except ImportError as error:
        raise ArgumentError(
            "Argument `executor` asks for dask, which is not installed. Try "
            '`pip install "cavity_hopfield[distributed]"`.'
        ) from error
    return distributed


def _cluster_at(address: str) -> Engine:
    """The cluster whose scheduler listens at dask://host:port."""
    place = address.removeprefix("dask://")
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal():
        raise ArgumentError(f"Argument `executor` must name a scheduler as dask://host:port, but is {address!r}.")
    try:
        client = _distributed().Client(f"tcp://{place}", set_as_default=False)
    except OSError as error:
        raise SweepError(
            f"No dask scheduler answers at {place}. Start one with `dask scheduler`, and workers with "
            f"`dask worker tcp://{place} --nthreads 1`."
        ) from error
    return _clustered(address, client, close=lambda *_: client.close())


def _local_cluster(workers: int, memory: int | None, environment: dict[str, str]) -> Engine:
    """A scheduler and workers of dask on this machine; a nanny beside each worker starts it again when it dies."""
    distributed = _distributed()
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SystemExit(GUARD)  # this is a worker, which reads the script before it starts

    class Bounded(distributed.WorkerPlugin):  # type: ignore[misc,name-defined]
        def setup(self, worker: Any) -> None:  # noqa: ARG002 - it is of this process
            bound_memory(memory)

    try:
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            memory_limit="auto" if memory is None else memory,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"allowed_failures": 0},  # whether a point is tried again is for the sweep to say
            env=environment,
        )
    except RuntimeError as error:
        raise SweepError(GUARD) from error
    client = distributed.Client(cluster, set_as_default=False)
    if memory is not None:
        client.register_plugin(Bounded(), name="memory")

    def close(_executor: Executor, _kill: bool) -> None:
        client.close()
        cluster.close()

    return _clustered("dask", client, close)


def _ranks(memory: int | None) -> Engine:
    """The other ranks of this MPI job."""
    try:
        from mpi4py.futures import MPIPoolExecutor  # an extra
    except ImportError as error:
        raise ArgumentError(
            'Argument `executor` asks for MPI, which is not installed. Try `pip install "cavity_hopfield[mpi]"`.'
        ) from error
    if not any(word.endswith("mpi4py.futures") for word in sys.orig_argv):
        raise ArgumentError(f'The executor "mpi" needs ranks that wait for work. Start it as `{MPI_COMMAND}`.')
    from mpi4py import MPI  # an extra, and it starts MPI

    ranks = MPI.COMM_WORLD.Get_size()
    if ranks < 2:
        raise ArgumentError(
            f'The executor "mpi" needs at least two ranks, one that hands out the points and one that runs them, but '
            f"this job has one. Start it as `{MPI_COMMAND}`."
        )
    make = partial(MPIPoolExecutor, main=False, initializer=bound_memory, initargs=(memory,))

    def close(pool: Executor, kill: bool) -> None:
        pool.shutdown(wait=not kill, cancel_futures=True)

    return Engine("mpi", make, count=lambda: ranks - 1, restart=lambda _: False, close=close)
