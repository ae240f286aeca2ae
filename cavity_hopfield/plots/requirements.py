"""What each figure is drawn from: one table, asked before it is drawn and when a file is asked what it can show."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import xarray as xr

from cavity_hopfield.elimination import Certificate
from cavity_hopfield.exceptions import ArgumentError

Dims = tuple[str, ...]


def _nothing(_given: xr.Dataset) -> list[str]:
    return []


@dataclass(frozen=True)
class Needs:
    """What a dataset must hold to be drawn.

    Attributes
    ----------
    maker : str
        What returns such a dataset.
    variables : tuple of str
        Variables and coordinates.
    dims : mapping
        For some variables the dimensions that they may have, in any order.
    attributes : tuple of str
        Names of attributes.
    also : callable
        What else a dataset with all these lacks, in words.
    """

    maker: str
    variables: tuple[str, ...] = ()
    dims: Mapping[str, tuple[Dims, ...]] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    also: Callable[[xr.Dataset], list[str]] = field(default=_nothing)

    def lacks(self, given: xr.Dataset) -> list[str]:
        """What of it `given` does not hold, in words."""
        names = (*self.variables, *self.dims)
        missing = [f"the variable `{name}`" for name in dict.fromkeys(names) if name not in given.variables]
        missing += [f"the attribute `{name}`" for name in self.attributes if name not in given.attrs]
        for name, allowed in self.dims.items():
            if name in given.variables and not any(set(given[name].dims) == set(dims) for dims in allowed):
                wanted = " or ".join(f"({', '.join(dims)})" for dims in allowed)
                has = ", ".join(map(str, given[name].dims))
                missing.append(f"`{name}` over {wanted}, it has ({has}); `isel` keeps a dimension if given a list")
        return missing or self.also(given)


def _one_line(given: xr.Dataset) -> list[str]:
    dims = given["eigenvalue_real"].dims
    return (
        [] if len(dims) == 1 else [f"eigenvalues along one dimension; choose of {', '.join(map(str, dims))} by `isel`"]
    )


def _coded(given: xr.Dataset) -> list[str]:
    phase = given["phase"]
    missing = [f"`phase` over two dimensions; it has {phase.ndim}"] if phase.ndim != 2 else []
    missing += [] if "flag_meanings" in phase.attrs else ["the attribute `flag_meanings` of `phase`"]
    return missing + [f"the coordinate `{dim}`" for dim in phase.dims if dim not in given.coords]


def _on_plane(given: xr.Dataset) -> list[str]:
    function = given["wigner"]
    missing = [f"the dimension `{dim}` of `wigner`" for dim in ("alpha_imag", "alpha_real") if dim not in function.dims]
    wide = [str(dim) for dim in function.dims[:-2] if dim != "time" and function.sizes[dim] > 1]
    return missing + [f"one function; choose one of `{dim}` by `isel`" for dim in wide]


def _of_number(given: xr.Dataset) -> list[str]:
    axes = [dim for dim in given["status"].dims if dim != "replica"]
    few = [] if 1 <= len(axes) <= 2 else [f"one or two axes; of {', '.join(map(str, axes))} choose some by `sel`"]
    return few or ([] if swept(given) else ["a number at each point"])


def _certified(given: xr.Dataset) -> list[str]:
    try:
        Certificate.from_json(given.attrs["certificate"])
    except ArgumentError as error:
        return [f"a certificate that can be read ({error})"]
    return []


def _traded(given: xr.Dataset) -> list[str]:
    trade = theory_of(given).get("trade", ["what is traded"])
    return [f"the variable `{name}`" for name in trade if name not in given.variables]


def swept(given: xr.Dataset) -> list[str]:
    """The variables of a sweep that are one number at each point."""
    axes = set(given["status"].dims)
    told = {"status", "seed", "attempts"}
    return [
        str(name)
        for name, values in given.data_vars.items()
        if set(values.dims) == axes
        and values.dtype.kind in "fiu"
        and name not in told
        and "flag_meanings" not in values.attrs
    ]


LEVELS: tuple[Dims, ...] = (("time", "pattern"), ("run", "time", "pattern"))
SUCCESS = ("success_low", "success_high", "basin_overlap", "basin_overlap_low", "basin_overlap_high")
NEEDS: Mapping[str, Needs] = MappingProxyType(
    {
        "rates": Needs(
            "`study.rates_result`",
            dims={"rate": (("flip_energy",),), "glauber_rate": (("flip_energy",),)},
            attributes=("glauber_temperature", "glauber_distance"),
        ),
        "recall": Needs("`evolve` of a theory", ("time",), {"spin_z": (("time", "spin"),)}),
        "overlaps": Needs("`evolve` of a theory", ("time", "pattern"), {"overlap": LEVELS}),
        "certificate": Needs(
            "`certify`, or a result with its certificate", attributes=("certificate",), also=_certified
        ),
        "phase_diagram": Needs("`phase_diagram`, `cavity_phase_diagram` or a sweep", ("phase",), also=_coded),
        "validity_map": Needs(
            "`validity_map` or `measured_map`",
            ("ratio", "drive_ratio"),
            {"error": (("flip_energy", "eta", "coupling", "drive_over_dephasing"),)},
        ),
        "basins": Needs("`basins`", ("name", "share"), {"attractor": (("first", "second"),)}),
        "agreement": Needs(
            "`agreement`, as its `dataset`", ("first_disagreement", "observable", "theory"), attributes=("reference",)
        ),
        "spectrum": Needs("`spectrum` of a theory", ("eigenvalue_real", "eigenvalue_imag"), also=_one_line),
        "wigner": Needs("`wigner` or `wigner_histogram`", ("wigner", "alpha_real", "alpha_imag"), also=_on_plane),
        "retrieval": Needs("`retrieval`", (*SUCCESS, "retrieval_time"), {"success": (("pattern", "initial_overlap"),)}),
        "platform": Needs(
            "`platform_against_glauber`",
            (*SUCCESS, "time_quantile", "own_time_quantile", "late_energy", "significant"),
            {"success": (("law", "pattern", "initial_overlap"),)},
        ),
        "design": Needs(
            "`design`, as its `to_dataset`",
            ("knob_low", "knob_high", "constraint_excess", "binding", "tried_misfit", "tried_excess"),
            {"knob_value": (("knob",),)},
            ("met",),
        ),
        "pareto_front": Needs("`pareto_front`", dims={"knob_value": (("point", "knob"),)}, also=_traded),
        "elasticities": Needs("`sensitivities`", dims={"elasticity": (("quantity", "knob"),)}),
        "ways": Needs("`ways_to`", ("outcome",), {"factor": (("knob",),)}),
        "sweep": Needs("`sweep`", ("status",), also=_of_number),
        "boundaries": Needs(
            "`phase_boundaries`",
            ("retrieval", "ground_state", "replica_symmetry", "temperature"),
        ),
        "recall_fraction": Needs(
            "`recall_fraction`", ("recalled", "recalled_low", "recalled_high", "patterns", "spins")
        ),
        "points": Needs("`thermal_recall`", ("sets_recalled", "load_used", "temperature", "overlap_in_set")),
        "capacity": Needs(
            "`recall_capacity`", ("half_load", "half_load_error", "asymptote", "slope", "chi_square", "spins")
        ),
        "recall_from_light": Needs(
            "`recall_from_light`", ("overlap_noise",), {"overlap": (("run", "time", "pattern"),)}
        ),
        "transition": Needs(
            "made of one theory and one size",
            dims={"order": (("coupling",),), "photons_per_spin": (("coupling",),)},
            attributes=("rung", "spins"),
        ),
        "overlap": Needs("`evolve` of a theory", ("time",), {"overlap": (("time", "pattern"),)}),
        "path": Needs(
            "`evolve` of a theory", ("time",), dict.fromkeys(("overlap", "overlap_y"), (("time", "pattern"),))
        ),
        "response": Needs("`fluctuation_dissipation`", ("time", "temperature")),
    }
)
"""What is drawn from what."""


def require(kind: str, given: object, argument: str = "result") -> xr.Dataset:
    """`given`, which the argument of that name must be to draw `kind`.

    Raises
    ------
    ArgumentError
        If it is something else; the text names what is missing.

    Examples
    --------
    >>> require("spectrum", xr.Dataset({"eigenvalue_real": ("level", [0.0])}))
    Traceback (most recent call last):
    ...
    cavity_hopfield.exceptions.ArgumentError: Argument `result` must be what `spectrum` of a theory returned, but lacks
    the variable `eigenvalue_imag`.
    """
    needs = NEEDS[kind]
    if not isinstance(given, xr.Dataset):
        group = (
            ": take one group, `tree[name].to_dataset()`, or `draw(tree, kind)`"
            if isinstance(given, xr.DataTree)
            else ""
        )
        raise ArgumentError(
            f"Argument `{argument}` must be what {needs.maker} returned, but is of type {type(given).__name__}{group}."
        )
    missing = needs.lacks(given)
    if missing:
        made = made_by(given)
        by = f"; it was made by `{made}`" if made else ""
        raise ArgumentError(
            f"Argument `{argument}` must be what {needs.maker} returned, but lacks {', '.join(missing)}{by}."
        )
    return given


def fits(kind: str, given: xr.Dataset) -> bool:
    """Whether `kind` can be drawn from `given`."""
    return not NEEDS[kind].lacks(given)


def made_by(given: xr.Dataset | xr.DataTree) -> str | None:
    """The theory or analysis that made a result, by its name."""
    return theory_of(given).get("name")


def theory_of(given: xr.Dataset | xr.DataTree) -> dict[str, Any]:
    """Name and options of what made a result."""
    try:
        told = json.loads(given.attrs.get("theory", "{}"))
    except (TypeError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
