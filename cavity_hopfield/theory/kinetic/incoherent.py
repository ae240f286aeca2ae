"""What both kinetic theories ask of a network."""

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import CountedHopfield, OpenHopfield, require_constant, require_network


def require_no_drive(network: OpenHopfield | CountedHopfield, theory: str) -> None:
    """An error if `network` is none, or has a coherent drive, which no classical process follows."""
    if isinstance(network, CountedHopfield):
        require_constant(network.rate_law, theory)
        return
    require_network(network, theory)
    if network.drive > 0:
        raise ArgumentError(
            f"Argument `model` must have no coherent drive for {theory}, but has drive={network.drive:g}. Classical "
            "flips know no coherence; set `drive=0`."
        )
