"""What a process of our own pool does before its first point."""

import multiprocessing
import os
import threading
import time

from cavity_hopfield.sweep.memory import bound_memory

GLANCE = 1.0
"""Seconds between two looks at whether the parent lives."""


def begin(parent: int, memory: int | None) -> None:
    """Bound the memory of this process, and end it when the process `parent`, which started it, has died.

    A parent that is killed cannot tell its workers to go, and they would wait for work for ever.
    """
    bound_memory(memory)
    threading.Thread(target=_follow, args=(parent,), daemon=True, name="parent").start()


def _follow(parent: int) -> None:
    """Wait for the end of the parent, and go at once."""
    above = multiprocessing.parent_process()
    if os.name == "nt" and above is not None:
        above.join()
    else:
        while os.getppid() == parent:
            time.sleep(GLANCE)
    os._exit(1)
