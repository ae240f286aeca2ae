"""A rate law as a file describes it, thermal or of a cavity."""

from cavity_hopfield._checks import keys_of
from cavity_hopfield._typing import Json
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Ramp, RateLaw, rate_law_from_dict
from cavity_hopfield.network.scheduled import Scheduled


def stored_rate_law(data: Json) -> RateLaw:
    """The law that `to_dict` of a rate law described; an `ArgumentError` if it describes none."""
    name = data.get("rate_law") if isinstance(data, dict) else None
    if not isinstance(name, str):
        raise ArgumentError(
            f"Argument `rate_law` must be a dictionary that names its law under 'rate_law', but is {data!r}."
        )
    if name == "CavityRates":
        return CavityRates.from_dict(data)
    if name == "Scheduled":
        keys_of("rate_law", data, {"rate_law", "law", "temperature", "drive"})
        ramps = {key: None if data[key] is None else Ramp.from_dict(data[key]) for key in ("temperature", "drive")}
        return Scheduled(stored_rate_law(data["law"]), **ramps)
    try:
        return rate_law_from_dict(data)
    except TypeError as error:
        raise ArgumentError(f"Argument `rate_law` must hold the parameters of {name}, but is {data!r}.") from error
