"""What a call needs to hold, before it begins."""

from cavity_hopfield.exceptions import SizeError
from cavity_hopfield.theory.truncated_wigner.blocks import SPARE, runs_of_a_block
from cavity_hopfield.theory.truncated_wigner.lanes import HELD, Ensemble
from cavity_hopfield.theory.truncated_wigner.readings import MOMENTS_OF_LIGHT

BYTES, GIB = 8, 2**30
COPIES_OF_COUPLINGS, COPIES_AS_TEXT = 6, 17
"""In the step by default, for squares, sizes and the largest singular value; in the text of the model in a result."""


def require_room(ensemble: Ensemble, runs: int, threads: int, memory_gib: float, *, told: int, sums: bool) -> None:
    """An error if more than `memory_gib` is needed, with `told` numbers for each run and time in the result and, if
    `sums`, means over the runs.
    """
    need = needed_gib(ensemble, runs, threads, told=told, sums=sums)
    if need > memory_gib:
        times = len(ensemble.steps.counts)
        raise SizeError(
            f"Truncated Wigner of {ensemble.model.n_spins} spins in {ensemble.groups.n_groups} groups and "
            f"{ensemble.model.n_modes} modes, with {runs} runs, {times} times and {threads} threads, needs about "
            f"{need:.3g} GiB, more than memory_gib={memory_gib:g}. Raise it, or take fewer times or threads"
            f"{', or fewer runs, each of which is kept' if told else ''}."
        )


def needed_gib(ensemble: Ensemble, runs: int, threads: int, *, told: int, sums: bool) -> float:
    """What `require_room` compares, at the most at any time: at work, or when the result is made."""
    (groups, modes), spins, times = ensemble.groups.g.shape, ensemble.model.n_spins, len(ensemble.steps.counts)
    lanes, block = ensemble.lanes(runs), runs_of_a_block(runs, ensemble.lanes(runs))
    mean_spins = 3 * (1 if ensemble.model.stored is None else 1 + ensemble.model.stored.n_patterns)
    busy = min(threads, -(-runs // block))
    waiting = busy + SPARE if busy > 1 else 1
    # means and squares; those of pairs are three
    per_time = 2 * (mean_spins + 1 + MOMENTS_OF_LIGHT * modes + 3 * groups) + 3 * modes if sums else 0
    held = min(times, max(1, HELD // (lanes * (3 * groups + 5 * modes))))
    stretch = held * ((8 if sums else 4) * groups + 40 * modes + 4 * mean_spins)
    worker = lanes * (max(5 * 3 * groups, 3 * groups + stretch) + groups + 8 * modes)
    worker += per_time * times if block > lanes else 0
    # records are drawn and put together
    worker += 0 if sums else 5 * lanes * times * told
    pilots = 5 * lanes * times * (mean_spins + modes) if sums else 0
    work = busy * worker + (2.5 + waiting) * per_time * times + pilots
    end = times * (per_time + 14 * spins) if sums else 0
    kept = (runs + waiting * block) * times * told
    work, end = work + COPIES_OF_COUPLINGS * spins * modes, end + COPIES_AS_TEXT * spins * modes
    return float(BYTES * (kept + max(work, end)) / GIB)
