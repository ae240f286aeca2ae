"""The pages of the reference: every public name, on the page of its room, in the order in which the data walk."""  # noqa: INP001

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from importlib import import_module
from inspect import isclass, ismodule
from pathlib import Path
from types import FunctionType

ROOT = "cavity_hopfield"
ALSO_DATA = {"energy", "correlation", "load", "names", "retrieval", "spread", "total"}
"""Names that are more often those of variables of a result, or of arguments."""


@dataclass(frozen=True)
class Section:
    """A heading, and the modules whose public names stand below it.

    Parameters
    ----------
    title : str
        The heading.
    modules : tuple of str
        Modules or packages below `cavity_hopfield`. A name goes to the section that names its module most closely.
    """

    title: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A room of the package as a page.

    Parameters
    ----------
    name : str
        The file, without its ending.
    title : str
        The heading.
    sentence : str
        What is found there.
    sections : tuple of Section
        In the order of reading.
    namespace : str
        Where a user finds the names: the package itself, or a module that is imported by name.
    files : tuple of str
        Files of examples/ that explain more than the docstrings do, shown at the end.
    """

    name: str
    title: str
    sentence: str
    sections: tuple[Section, ...]
    namespace: str = ROOT
    files: tuple[str, ...] = ()


PAGES = (
    Page(
        "memory",
        "The memory",
        "Patterns, where they come from, and the couplings and energies they define. No light in it.",
        (
            Section("Patterns", ("hopfield.patterns", "hopfield.sources", "hopfield.image_files")),
            Section("Couplings and energies", ("hopfield",)),
        ),
    ),
    Page(
        "model",
        "The model",
        "Spins and modes of a cavity, rate laws, and the states an evolution starts from.",
        (
            Section("Spins and light", ("model.dicke", "model.channels")),
            Section("Rate laws", ("model.rate_laws", "model.matching")),
            Section("Starts and schedules", ("model",)),
        ),
    ),
    Page(
        "reductions",
        "Reductions",
        "From light to rates: the kernel of a flip, what it gives, and where that can be trusted.",
        (
            Section("Flip rates", ("elimination.cavity_rates", "elimination.ensembles", "elimination.ramsey")),
            Section("Where rates can be trusted", ("elimination.certificate",)),
            Section("The kernel of a flip", ("elimination.kernel",)),
            Section("Beyond rates", ("elimination.memory",)),
            Section(
                "Spins without light",
                ("elimination.sectors", "elimination.atom_only", "elimination.spin_generator"),
            ),
            Section("The full equation of small systems", ("elimination",)),
        ),
    ),
    Page(
        "theories",
        "Theories",
        "The ladder: each takes a model, a start and times, and returns the same observables.",
        (
            Section(
                "Spins and light",
                (
                    "theory.mean_field",
                    "theory.lindblad.lindblad",
                    "theory.jumps",
                    "theory.heterodyne",
                    "theory.symmetric",
                    "theory.cumulants",
                    "theory.truncated_wigner",
                    "theory.linearised",
                ),
            ),
            Section(
                "Kinetics of single flips", ("theory.kinetic", "theory.master_equation", "theory.zero_temperature")
            ),
            Section("Generators as matrices", ("theory",)),
        ),
    ),
    Page(
        "network",
        "The network",
        "Spins alone: couplings and a rate law, from patterns or from a cavity whose light was eliminated.",
        (Section("Networks", ("network",)),),
    ),
    Page(
        "analysis",
        "Analysis",
        "What the dynamics of a network amounts to.",
        (
            Section("Where a network can rest", ("analysis.class_dynamics", "analysis.equilibria")),
            Section("How it oscillates", ("analysis.cycles",)),
            Section("Where that changes", ("analysis.bifurcations",)),
            Section("Phases", ("analysis.phases",)),
            Section("What retrieval is worth", ("analysis.retrieval",)),
            Section("How many patterns fit", ("analysis.capacity",)),
            Section("How far from equilibrium", ("analysis",)),
        ),
    ),
    Page(
        "light",
        "The light",
        "What the light that leaves the cavity tells of the spins.",
        (Section("Readout", ("analysis.light",)),),
    ),
    Page(
        "bridge",
        "The bridge",
        "From a cavity to the network it becomes, how far the two are apart, and which theories agree.",
        (
            Section("From cavity to network and back", ("bridge.bridge", "bridge.thermal")),
            Section("Distance and fits", ("bridge",)),
            Section("Which theories agree", ("bridge.levels",)),
        ),
    ),
    Page(
        "platforms",
        "Platforms",
        "The laboratory in SI: from couplings, linewidths, detunings and pumps to the model, with what is neglected.",
        (
            Section(
                "Apparatus",
                (
                    "platforms.bare_cavity",
                    "platforms.raman_cavity",
                    "platforms.momentum_cavity",
                    "platforms.degenerate_cavity",
                    "platforms.ion_chain",
                ),
            ),
            Section("Modes and gain", ("platforms",)),
            Section("Where it stands", ("platforms.operating_point", "platforms.improvement")),
            Section("Published laboratories", ("platforms.preset_report", "platforms.presets", "platforms.citation")),
        ),
    ),
    Page(
        "presets",
        "Published laboratories",
        "Laboratories from papers, every number with its source.",
        (Section("Presets", ("platforms.presets", "platforms.preset")),),
        namespace="cavity_hopfield.platforms.presets",
    ),
    Page(
        "design",
        "Design",
        "From the wish to the apparatus: targets, search, feasibility, sensitivity and tolerance.",
        (
            Section("Targets and constraints", ("design.targets", "design.constraints")),
            Section("Search and sensitivity", ("design",)),
        ),
    ),
    Page(
        "sweeps",
        "Sweeps",
        "A labelled grid of points, on any executor, that survives whatever stops it.",
        (Section("Grids of runs", ("sweep",)),),
    ),
    Page(
        "files",
        "Files",
        "Result files that remember how they were made.",
        (Section("Save and load", ("io",)),),
    ),
    Page(
        "figures",
        "Figures",
        "Each function takes a result, draws on axes, and returns them.",
        (
            Section("From any result", ("plots.gallery", "plots.animation", "plots.canvas", "plots.style")),
            Section("Figure by figure", ("plots",)),
        ),
        namespace="cavity_hopfield.plots",
    ),
    Page(
        "study",
        "Studies",
        "What the command line does, from Python: validated configurations, and the steps from them to results.",
        (
            Section(
                "Configurations", ("study.configuration", "study.design_configuration", "study.sweep_configuration")
            ),
            Section("Steps", ("study",)),
        ),
        namespace="cavity_hopfield.study",
        files=("letters.toml", "design.toml", "sweep.toml"),
    ),
    Page(
        "symbolic",
        "Computer algebra",
        "Operators, generators of master equations, and closed equations of moments. The only room that loads sympy.",
        (
            Section("Operators", ("elimination.symbolic.algebra",)),
            Section("Generators", ("elimination.symbolic.generators",)),
            Section("Moments", ("elimination.symbolic.moments", "elimination.symbolic.cumulants")),
            Section("Many alike", ("elimination.symbolic.systems",)),
            Section("Gaussian light", ("elimination.symbolic.gaussian",)),
            Section("Spins without light", ("elimination.symbolic",)),
        ),
        namespace="cavity_hopfield.elimination.symbolic",
    ),
    Page(
        "exceptions",
        "Errors and warnings",
        "All derive from `CavityHopfieldError`, or are warnings; each names the argument, the value and the remedy.",
        (Section("Classes", ("exceptions",)),),
    ),
)


def public_names(namespace: str) -> list[str]:
    """The names to be documented in a module: those of `__all__`, but no rooms, not the version, and nothing twice."""
    module, root = import_module(namespace), import_module(ROOT)
    names = [name for name in module.__all__ if name != "__version__" and not ismodule(getattr(module, name))]
    if module is root:
        return names
    return [name for name in names if getattr(root, name, None) is not getattr(module, name)]


def entries(page: Page) -> dict[str, list[str]]:
    """The names on a page by the titles of its sections, in the order of their modules; no section without names."""
    sections = [(other, section) for other in PAGES if other.namespace == page.namespace for section in other.sections]
    found: dict[str, list[tuple[int, str]]] = {section.title: [] for section in page.sections}
    for name in public_names(page.namespace):
        value = getattr(import_module(page.namespace), name)
        home = f"{getattr(value, '__module__', page.namespace)}.".removeprefix(f"{ROOT}.")
        owner, section = max(sections, key=lambda rival: max(_closeness(rival[1], home)))
        if not any(_closeness(section, home)):
            raise LookupError(f"No section of docs/api_pages.py takes `{name}` of {home[:-1]}. Give it one.")
        if owner is page:
            closeness = _closeness(section, home)
            found[section.title].append((closeness.index(max(closeness)), name))
    return {title: [name for _, name in sorted(names)] for title, names in found.items() if names}


def _closeness(section: Section, home: str) -> list[int]:
    """How much of a module's name each module of a section spells out."""
    return [len(module) if home.startswith(f"{module}.") else 0 for module in section.modules]


@cache
def homes() -> Mapping[str, str]:
    """Where each public name is found; a name that the package itself has is found there."""
    pages = sorted(PAGES, key=lambda page: page.namespace == ROOT)
    return {name: page.namespace for page in pages for names in entries(page).values() for name in names}


def target(code: str) -> str | None:
    """The full name of what a piece of code names, such as `ch.certify`, `Lindblad.steady_state` or
    `presets.load("zhang2017")`; None if it names nothing that a page documents.
    """
    path = code.partition("(")[0].removeprefix(f"{ROOT}.").removeprefix("ch.")
    rooms = {page.namespace.rpartition(".")[2]: page.namespace for page in PAGES if page.namespace != ROOT}
    room, _, rest = path.partition(".")
    namespace, inside = (rooms[room], rest) if room in rooms and rest else (homes().get(room, ""), path)
    head, _, member = inside.partition(".")
    if not namespace or code in ALSO_DATA or head not in public_names(namespace):
        return None
    owner = getattr(import_module(namespace), head)
    documented = (FunctionType, property, cached_property, classmethod, staticmethod)
    known = isclass(owner) and isinstance(vars(owner).get(member), documented)
    return f"{namespace}.{head}.{member}" if member and known else f"{namespace}.{head}"


def text(page: Page) -> str:
    """A page as reStructuredText: its sections, and each name in full."""
    above, _, module = page.namespace.rpartition(".")
    by_name = [f"Imported by name: ``from {above} import {module}``.", ""] if page.namespace != ROOT else []
    lines = [*_heading(page.title, "="), page.sentence, "", *by_name, f".. currentmodule:: {page.namespace}", ""]
    listed = entries(page)
    for title, names in listed.items():
        lines += _heading(title, "-") if len(listed) > 1 else []
        lines += [line for name in names for line in _entry(page.namespace, name)]
    for file in page.files:
        lines += [
            *_heading(f"examples/{file}", "-"),
            f".. literalinclude:: ../../examples/{file}",
            "   :language: toml",
            "",
        ]
    return "\n".join(lines)


def _entry(namespace: str, name: str) -> Iterator[str]:
    """The directive that documents a name."""
    value = getattr(import_module(namespace), name)
    if not callable(value):
        yield from (f".. py:data:: {name}", "", f"   A `{type(value).__name__}`: ``{value!r}``.", "")
    elif not isclass(value):
        yield from (f".. autofunction:: {name}", "")
    else:
        table = hasattr(value, "model_fields")  # of a configuration, whose defaults would fill a screen
        yield f".. autoclass:: {name}{'()' if table or getattr(value, '_is_protocol', False) else ''}"
        yield "   :members:"
        yield "   :special-members: __call__"
        yield from ("   :exclude-members: model_config, model_post_init",) if table else ()
        yield from ("   :undoc-members:",) if issubclass(value, Enum) else ()
        yield ""


def _heading(title: str, line: str) -> list[str]:
    return [title, line * len(title), ""]


def write_pages(directory: Path) -> None:
    """Write the index of the reference and its pages into `directory`; pages that are current stay untouched."""
    filled = [page for page in PAGES if entries(page)]
    index = [*_heading("Reference", "="), "Every public name, in the order in which the data walk.", ""]
    for page in filled:
        index += [*_heading(page.title, "-"), f"{page.sentence} In full: :doc:`{page.name}`.", ""]
        for title, names in entries(page).items():
            index += [title, f"   {', '.join(f':py:obj:`~{page.namespace}.{name}`' for name in names)}", ""]
    index += [".. toctree::", "   :hidden:", "", *(f"   {page.name}" for page in filled), ""]
    texts = {"index": "\n".join(index), **{page.name: text(page) for page in filled}}
    directory.mkdir(exist_ok=True)
    for name, content in texts.items():
        target = directory / f"{name}.rst"
        if not target.exists() or target.read_text(encoding="utf-8") != content:
            target.write_text(content, encoding="utf-8")
