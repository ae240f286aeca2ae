"""Deterministic updates: every flip lowers the energy, or all spins turn at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import xarray as xr

from cavity_hopfield._checks import one_of, require_progress, spin_array, whole_number
from cavity_hopfield._typing import ArrayLike
from cavity_hopfield.dynamics import Observables, Progress, labelled_result, spawn_streams
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield.interactions import Interactions
from cavity_hopfield.network import OpenHopfield, require_network
from cavity_hopfield.theory.zero_temperature.descents import Descents, Forces, all_at_once, largest_gain, one_by_one

RULES = ("sequential", "random", "synchronous", "steepest")
CHUNK = 32
"""Starts that are treated together, whatever the number of threads."""


@dataclass(frozen=True)
class ZeroTemperature:
    r"""$\sigma_i(t + 1) = \mathrm{sgn} \sum_{j \ne i} J_{ij} \sigma_j(t)$; a spin without a field stays as it is.

    Parameters
    ----------
    rule : {"sequential", "random", "synchronous", "steepest"}
        Which spins are updated. "sequential": one at a time, in the order of their numbers; "random": one at a time, in
        an order drawn anew for every sweep; in both the energy falls with every flip, until no spin is left to flip.
        "synchronous": all at once; ends at rest or on a cycle of two configurations. "steepest": the spin that gains
        most, of equal ones the first.
    seed : int, optional
        For the rule "random", and for that alone; each start draws from its own stream.
    most_sweeps : int
        Updates of every spin after which a start is given up, and said not to have settled.
    threads : int
        Number of threads; it changes no bit of the answer.

    Raises
    ------
    ArgumentError
        If the rule is unknown, a number is out of range, the seed is missing or would not be used.

    Notes
    -----
    Source: J. J. Hopfield, Proc. Natl. Acad. Sci. USA 79, 2554 (1982), one at a time; P. Rotondo et al., J. Phys. A 51,
    115301 (2018), eq. (1), all at once. E. Goles-Chacc, F. Fogelman-Soulié and D. Pellegrin, Discrete Appl. Math. 12,
    261 (1985): no cycles longer than two.

    With patterns stored by Hebb's rule fields are whole numbers over N and told from zero exactly; otherwise they count
    as zero below 1e-13 of $\sum_j |J_{ij}|$ or of a bound on it.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, OpenHopfield, letters
    >>> memory = letters("ACJ")
    >>> network = OpenHopfield(memory, Glauber(0.1))
    >>> start = memory.corrupted("A", flips=0.1, seed=1)
    >>> found = ZeroTemperature().descend(network, start)
    >>> float(found["overlap"].sel(pattern="A")[0])
    1.0
    """

    rule: str = "sequential"
    seed: int | None = None
    most_sweeps: int = 10_000
    threads: int = 1

    def __post_init__(self) -> None:
        one_of("rule", self.rule, RULES)
        if self.rule == "random":
            object.__setattr__(self, "seed", whole_number("seed", self.seed, minimum=0))  # type: ignore[arg-type]
        elif self.seed is not None:
            raise ArgumentError(
                f"Argument `seed` must be left out for the rule {self.rule!r}, which draws nothing, but is "
                f'{self.seed!r}. The rule "random" uses it.'
            )
        for name in ("most_sweeps", "threads"):
            object.__setattr__(self, name, whole_number(name, getattr(self, name), minimum=1))

    def descend(self, model: OpenHopfield, initial: ArrayLike, *, progress: Progress | None = None) -> xr.Dataset:
        """Where each start ends.

        Parameters
        ----------
        model : OpenHopfield
            The network; its couplings matter alone, not its rates or its drive.
        initial : (K, N) or (N,) array of +-1
            The starts.
        progress : callable, optional
            Told the fraction of the starts that are done.

        Returns
        -------
        xarray.Dataset
            `final_configuration` (start, spin), `overlap` (start, pattern) if the network has patterns, `energy`,
            `sweeps`, `flips` and `period` (start), which is 1 at rest, 2 on a cycle of two configurations, of which one
            is given, and 0 if the start has not settled within `most_sweeps`.

        Raises
        ------
        ArgumentError
            If the model is no network, or the starts are not +-1 of its spins.
        """
        require_network(model, type(self).__name__)
        found = self.settle(model.interactions, initial, progress=progress)
        forces = model.interactions.fields(found.final)
        variables: Observables = {
            "final_configuration": (("start", "spin"), found.final),
            "energy": (("start",), -0.5 * np.sum(found.final * forces, axis=1)),
            "sweeps": (("start",), found.sweeps),
            "flips": (("start",), found.flips),
            "period": (("start",), found.period),
        }
        if model.patterns is not None:
            variables["overlap"] = (("start", "pattern"), model.patterns.overlaps(found.final))
        return labelled_result(model, self, variables, patterns=model.patterns)

    def settle(self, interactions: Interactions, initial: ArrayLike, *, progress: Progress | None = None) -> Descents:
        """The same for couplings alone, as plain arrays.

        Parameters
        ----------
        interactions : Interactions
            Couplings such as `Factorised.hebb(patterns)`.
        initial, progress
            As for `descend`.

        Returns
        -------
        Descents
            Final configurations, sweeps, flips and periods.

        Raises
        ------
        ArgumentError
            If the configurations do not fit the couplings, or what is asked for needs a field on every spin at once.
        """
        require_progress(progress)
        if not hasattr(interactions, "largest_fields"):
            raise ArgumentError(
                "Argument `interactions` must be couplings, such as `network.interactions`, but is a "
                f"{type(interactions).__name__}. Of a network `descend` tells where it ends."
            )
        starts = np.atleast_2d(spin_array("initial", initial, n_spins=interactions.n_spins))
        if starts.ndim != 2 or len(starts) == 0:
            raise ArgumentError(f"Argument `initial` must have shape (K, N), but has shape {np.shape(initial)}.")
        batch = Descents.of(starts)
        work = self._work(interactions, batch)
        for done, _ in enumerate(self._each(work, len(starts))):
            if progress is not None:
                progress(min(1.0, (done + 1) * CHUNK / len(starts)))
        return batch.ended()

    def _each(self, work: Callable[[slice], None], count: int) -> Iterator[None]:
        """`work` on all starts, a chunk at a time on every thread."""
        chunks = [slice(k, k + CHUNK) for k in range(0, count, CHUNK)]
        with ThreadPoolExecutor(self.threads) if self.threads > 1 else nullcontext() as pool:
            yield from map(work, chunks) if pool is None else pool.map(work, chunks)

    def _work(self, interactions: Interactions, batch: Descents) -> Callable[[slice], None]:
        """What moves a part of a batch to its end."""
        forces = Forces.of(interactions)
        if self.rule in {"sequential", "random"}:
            sweeps, count = forces.sweeps(), len(batch.final)
            streams = [None] * count if self.seed is None else spawn_streams(self.seed, count)
            return lambda part: one_by_one(batch[part], sweeps, streams[part], self.most_sweeps)
        rule = all_at_once if self.rule == "synchronous" else largest_gain
        return lambda part: rule(batch[part], forces, self.most_sweeps)
