"""What a theory asks of the network it is given."""

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network.counted import CountedHopfield
from cavity_hopfield.network.open_hopfield import OpenHopfield
from cavity_hopfield.network.scheduled import require_constant


def require_network(model: object, reader: str) -> None:
    """An error unless `model` is a network whose rates do not change in time; `reader` is who asks."""
    if not isinstance(model, OpenHopfield):
        raise ArgumentError(
            f"Argument `model` must be an `OpenHopfield` for {reader}, but is a {type(model).__name__}. A cavity "
            "becomes one by `OpenHopfield.from_dicke`."
        )
    require_constant(model.rate_law, reader)


def require_single_flips(model: OpenHopfield, reader: str) -> None:
    """An error unless `model` is a network whose spins flip one by one."""
    require_network(model, reader)
    if model.jumps != "individual":
        raise ArgumentError(
            f"Argument `model` must have individual jumps for {reader}, but its spins flip together. Take "
            '`OpenHopfield.from_dicke(dicke, jumps="individual")`, or ask `liouvillian(model)` or, without a drive, '
            "`ClassicalMasterEquation`, which have both kinds."
        )


def require_classical(model: object, reader: str, *, scheduled: bool = False) -> None:
    """An error unless `model` is a network, listed or counted, without a coherent drive, which no classical process
    follows; its rates may change in time if the reader is one for `scheduled` rates.
    """
    if not isinstance(model, (OpenHopfield, CountedHopfield)):
        raise ArgumentError(
            f"Argument `model` must be an `OpenHopfield` or a `CountedHopfield` for {reader}, but is a "
            f"{type(model).__name__}. A cavity becomes one by `OpenHopfield.from_dicke`."
        )
    if not scheduled:
        require_constant(model.rate_law, reader)
    if isinstance(model, OpenHopfield) and model.drive > 0:
        raise ArgumentError(
            f"Argument `model` must have no coherent drive for {reader}, but has drive={model.drive:g}. Classical "
            "flips know no coherence; set `drive=0`."
        )
