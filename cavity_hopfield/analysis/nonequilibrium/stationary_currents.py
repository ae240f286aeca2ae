"""Where probability flows in the stationary state, and around which loops."""

import numpy as np
import xarray as xr

from cavity_hopfield._checks import whole_number
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.analysis.nonequilibrium.transitions import Network, Transitions
from cavity_hopfield.dynamics.labels import RATE, analysis_result, labelled

NEGLIGIBLE = 1e-12
"""Share of the flow through a transition below which a current is round-off."""


def net_currents(model: Network, *, loops: int = 10) -> xr.Dataset:
    r"""$I_{k \to k'} = p_k w_{kk'} - p_{k'} w_{k'k}$ in the stationary state, and loops that carry them.

    Parameters
    ----------
    model : OpenHopfield or CountedHopfield
        The network. The configurations of an `OpenHopfield` are listed, the numbers of a `CountedHopfield` counted.
    loops : int
        Largest number of loops to take the currents apart into.

    Returns
    -------
    xarray.Dataset
        For each `transition`, the largest current first: `current` in the direction `source` to `target` in which it
        is not negative, `traffic` (both flows together), `affinity` $\ln (p_k w_{kk'} / p_{k'} w_{k'k})$, and
        `flipped`, the spin or class. `probability` of each `configuration` (`count`), and what these are. `error`: the
        estimated relative error of the probabilities; a current below that share of its traffic is round-off.

        For each `loop`, the strongest first: `loop_current`, `loop_affinity` (ln of the product of rates forward over
        that backward), `loop_length`, and `loop_states` (loop, step), -1 beyond its end. Loops are taken greedily:
        along the largest current left, until a state comes again. `left_over`: the largest current not in a loop. The
        entropy production is the sum of current times affinity over all loops, whatever the way they are chosen.

    Raises
    ------
    SizeError
        If there are more than 131 072 states.

    Notes
    -----
    Source: J. Schnakenberg, Rev. Mod. Phys. 48, 571 (1976).

    Examples
    --------
    >>> from cavity_hopfield import CountedHopfield, Glauber, Patterns
    >>> network = CountedHopfield(Patterns([[1, 1], [1, -1]]), [5, 3], Glauber(temperature=0.5))
    >>> found = net_currents(network)
    >>> bool((found["current"] < 1e-12 * found["traffic"]).all()), found.sizes["loop"]
    (True, 0)
    """
    most = whole_number("loops", loops, minimum=0)
    chain = Transitions.of(model, listed=True)
    currents, traffic = chain.flows[:, 0] - chain.flows[:, 1], chain.flows.sum(axis=1)
    order = np.argsort(-np.abs(currents), kind="stable")
    turned = currents < 0
    source, target = np.where(turned, (chain.target, chain.source), (chain.source, chain.target))
    with np.errstate(divide="ignore", invalid="ignore"):
        affinity = np.abs(np.log(chain.flows[:, 0]) - np.log(chain.flows[:, 1]))
    _, first = np.unique(chain.ladders.label, return_index=True)
    along: dict[str, tuple[FloatArray | IntArray, str, str]] = {
        "current": (np.abs(currents), "net current", RATE),
        "traffic": (traffic, "flow there and back", RATE),
        "affinity": (affinity, "ln of the flow there over that back", "1"),
        "source": (source, "state the current leaves", "1"),
        "target": (target, "state it leads to", "1"),
        "flipped": (first[chain.flipped], "what flips", "1"),
    }
    variables = {
        name: labelled("transition", values[order], text, units) for name, (values, text, units) in along.items()
    }
    stationary = chain.stationary
    variables["probability"] = labelled(chain.dimension, stationary.probability, "stationary probability")
    variables["error"] = labelled((), stationary.error, "estimated relative error of the probabilities")
    real = np.abs(currents) > max(NEGLIGIBLE, 8 * stationary.error) * traffic
    variables |= _loops(chain, np.where(real, currents, 0.0), most)
    return analysis_result("net_currents", variables, chain.coordinates(), {"loops": most}, model=model)


def _loops(chain: Transitions, currents: FloatArray, most: int) -> dict[str, xr.Variable]:
    """Loops along the largest current left, each taken off the currents."""
    left = np.abs(currents)
    ahead = np.where(currents > 0, chain.target, chain.source)
    behind = np.where(currents > 0, chain.source, chain.target)
    leaving: dict[int, list[int]] = {}
    for e in np.flatnonzero(left):
        leaving.setdefault(int(behind[e]), []).append(int(e))
    ratio = np.log(chain.flows[:, 0] / chain.flows[:, 1], where=left > 0, out=np.zeros(left.size))
    found: list[tuple[float, float, list[int]]] = []
    smallest = NEGLIGIBLE * float(left.max(initial=0.0))
    while len(found) < most and left.max(initial=0.0) > smallest:
        path = _walk(left, ahead, behind, leaving)
        if not path:
            break
        strength = float(left[path].min())
        left[path] -= strength
        left[left <= smallest] = 0.0
        found.append(
            (strength, float(np.abs(ratio[path] * np.sign(currents[path])).sum()), [int(behind[e]) for e in path])
        )
    longest = max((len(states) for *_, states in found), default=0)
    states = np.full((len(found), longest), -1)
    for row, (*_, members) in zip(states, found, strict=True):
        row[: len(members)] = members
    return {
        "loop_current": labelled("loop", [strength for strength, *_ in found], "current around each loop", RATE),
        "loop_affinity": labelled("loop", [force for _, force, _ in found], "ln of the rates forward over backward"),
        "loop_length": labelled("loop", [len(members) for *_, members in found], "flips around each loop"),
        "loop_states": labelled(("loop", "step"), states, "states along each loop"),
        "left_over": labelled((), left.max(initial=0.0), "largest current not in a loop", RATE),
    }


def _walk(left: FloatArray, ahead: IntArray, behind: IntArray, leaving: dict[int, list[int]]) -> list[int]:
    """Transitions of a loop, from the largest current along the largest onwards; empty where round-off ends the way."""
    path = [int(left.argmax())]
    seen = {int(behind[path[0]]): 0}
    while int(ahead[path[-1]]) not in seen:
        here = int(ahead[path[-1]])
        onwards = max(leaving.get(here, []), key=lambda e: float(left[e]), default=-1)
        if onwards < 0 or not left[onwards] > 0:
            left[path[0]] = 0.0
            return []
        seen[here] = len(path)
        path.append(onwards)
    return path[seen[int(ahead[path[-1]])] :]
