"""The steps of a design: from its configuration to the apparatus, what it keeps, and what it costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

import xarray as xr

from cavity_hopfield.design import (
    Constraint,
    Design,
    GlauberTarget,
    PhaseTarget,
    RetrievalTarget,
    Target,
    Verification,
    design,
    pareto_front,
    sensitivities,
)
from cavity_hopfield.design.design import OBJECTIVES
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms import (
    BareCavity,
    IonChain,
    MomentumCavity,
    Platform,
    RamanCavity,
    RingModes,
    StandingWaves,
    TransverseModes,
    WrittenModes,
    changed,
    presets,
)
from cavity_hopfield.study.design_configuration import DesignStudy
from cavity_hopfield.study.recall import Stage, build_memory

PLATFORMS: Mapping[str, Callable[..., Platform]] = MappingProxyType(
    {kind.__name__: kind for kind in (BareCavity, RamanCavity, MomentumCavity, IonChain)}
)
GEOMETRIES: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {kind.__name__: kind for kind in (WrittenModes, StandingWaves, RingModes, TransverseModes)}
)
TARGETS: Mapping[str, Callable[..., Target]] = MappingProxyType(
    {"glauber": GlauberTarget, "retrieval": RetrievalTarget, "phase": PhaseTarget}
)
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Designed:
    """What a design study found; what was not asked for, or is not yet done, is None.

    Made by `run_design`.

    Attributes
    ----------
    design : Design
        The apparatus.
    elasticities : xarray.Dataset or None
        How its numbers answer to each knob.
    front : xarray.Dataset or None
        What two wishes cost one another.
    verification : Verification or None
        The full chain.
    """

    design: Design
    elasticities: xr.Dataset | None = None
    front: xr.Dataset | None = None
    verification: Verification | None = None


def run_design(study: DesignStudy, stage: Stage, keep: Callable[[Designed], object] | None = None) -> Designed:
    """Search, then look at what was found.

    Parameters
    ----------
    study : DesignStudy
        The configuration.
    stage : callable
        Told the name of each part; gives back where its progress is reported.
    keep : callable, optional
        Told what there is after every part that is done.

    Returns
    -------
    Designed
        The apparatus, how its numbers answer to each knob, and what else was asked for.

    Raises
    ------
    ConfigurationError
        If the values of a table do not go together; the text has the place in the file.

    Examples
    --------
    >>> wish = DesignStudy.model_validate({
    ...     "memory": {"letters": "EV"}, "target": {"kind": "glauber", "temperature": 0.6},
    ...     "search": {"evaluations": 60, "verify": False}})
    >>> found = run_design(wish, lambda name: lambda fraction: None)
    >>> found.design.met, found.front is None
    (True, True)
    """
    memory, search = build_memory(study), study.search
    platform, target, constraints = build_platform(study), build_target(study), build_constraints(study)
    with study.blaming("platform"):
        platform.to_dicke(memory)  # what is wrong with the apparatus is said before anything is searched
    wish: dict[str, Any] = {"patterns": memory, "constraints": constraints, "seed": search.seed}
    objectives = study.objectives or OBJECTIVES
    with study.blaming("vary"):
        design_found = design(
            target, platform, study.vary, **wish, objectives=objectives,
            evaluations=search.evaluations, progress=stage("search"),
        )  # fmt: skip
    found = Designed(design_found)

    def done(**part: Any) -> Designed:
        more = replace(found, **part)
        if keep is not None:
            keep(more)
        return more

    found = done(elasticities=sensitivities(design_found.platform, memory, tuple(study.vary)))
    if search.verify:
        found = done(verification=design_found.verify(seed=search.seed))
    if search.pareto is not None:
        with study.blaming("search"):
            front = pareto_front(
                target, platform, study.vary, **wish, trade=(search.pareto[0], search.pareto[1]),
                points=search.points, evaluations=search.front_evaluations, progress=stage("Pareto front"),
            )  # fmt: skip
        found = done(front=front)
    return found


def build_platform(study: DesignStudy) -> Platform:
    """The apparatus before anything is varied."""
    table = study.platform
    with study.blaming("platform"):
        values = {name: _part(name, value) for name, value in (table.model_extra or {}).items()}
        if table.preset is not None:
            return changed(presets.load(table.preset).platform, values)
        return _made("kind", PLATFORMS, str(table.kind), values)


def build_target(study: DesignStudy) -> Target:
    """What is wanted."""
    with study.blaming("target"):
        return _made("kind", TARGETS, study.target.kind, dict(study.target.model_extra or {}))


def build_constraints(study: DesignStudy) -> tuple[Constraint, ...]:
    """What must be kept, beside what a design keeps anyway."""
    with study.blaming("constraints"):
        return tuple(
            Constraint(quantity, **{side: limit})
            for quantity, bound in study.constraints.items()
            for side, limit in bound.model_dump(exclude_none=True).items()
        )


def _part(name: str, value: Any) -> Any:
    """A table with a `kind` is a part of the apparatus, such as its geometry; anything else is as it is."""
    if not isinstance(value, dict):
        return value
    return _made(name, GEOMETRIES, str(value.get("kind")), {key: each for key, each in value.items() if key != "kind"})


def _made(name: str, kinds: Mapping[str, Callable[..., T]], kind: str, values: dict[str, Any]) -> T:
    """One of `kinds` with `values`; an `ArgumentError` that names the argument if there is no such kind or value."""
    if kind not in kinds:
        raise ArgumentError(f"Argument `{name}` must be one of {', '.join(kinds)}, but is {kind!r}.")
    try:
        return kinds[kind](**values)
    except TypeError as error:
        raise ArgumentError(f"Argument `{name}` = {kind!r} does not fit its values: {error}.") from error
