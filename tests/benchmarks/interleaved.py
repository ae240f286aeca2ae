"""Timing of two routes in one process, turn by turn, so that a noisy machine is noisy for both."""

import time
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line of the table: medians in seconds per item, their ratio, the goal, and the relative errors of both."""

    work: str
    peer: str
    ours_s: float
    peer_s: float
    goal: float
    ours_error: float
    peer_error: float

    def __str__(self):
        ratio = self.peer_s / self.ours_s
        return (
            f"{self.work:44s} {self.peer:18s} {self.ours_s * 1e6:10.2f} {self.peer_s * 1e6:12.1f} {ratio:9.0f} "
            f"{self.goal:7.0f} {self.ours_error:9.0e} {self.peer_error:9.0e}"
        )


HEADER = (
    f"{'work':44s} {'peer':18s} {'ours [us]':>10s} {'peer [us]':>12s} {'ratio':>9s} {'goal':>7s} {'error':>9s} "
    f"{'peer err':>9s}"
)


def interleaved(ours, peer, rounds=5):
    """Median wall times of `ours()` and `peer()` over `rounds` alternating calls, after one call of each."""
    ours(), peer()
    spent = ([], [])
    for _ in range(rounds):
        for call, times in zip((ours, peer), spent, strict=True):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
    return median(spent[0]), median(spent[1])
