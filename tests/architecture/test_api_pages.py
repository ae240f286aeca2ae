"""The reference: every public name has its place, and its docstring says what its signature says."""

import ast
import importlib.util
import inspect
import re
import sys
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
SECTION = re.compile(
    r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}\n(?P<body>.*?)(?=^[A-Z][A-Za-z ]+\n-{3,}\n|\Z)", re.MULTILINE | re.DOTALL
)

# What is still owed. A name that is mended must leave its list, and none may join one.
WITHOUT_PARAMETERS = {
    # of one line, and in the example of `Operator`
    "cavity_hopfield.elimination.symbolic.anticommutator",
    "cavity_hopfield.elimination.symbolic.commutator",
    "cavity_hopfield.elimination.symbolic.total",
}
WITHOUT_EXAMPLE = {
    *WITHOUT_PARAMETERS,
    "cavity_hopfield.elimination.symbolic.for_each",  # in the example of `symmetric_adjoint`
    # minutes, or warnings that belong to them: examples/ runs these
    "cavity_hopfield.cavity_phase_diagram",
    "cavity_hopfield.platform_report",
    "cavity_hopfield.preset_report",
}
DRAWS_ALONE = ("cavity_hopfield.plots.",)
"""Rooms whose examples are pictures: those of the tutorials and of examples/."""
EQUATION_IS_THE_ANSWER = ("cavity_hopfield.elimination.symbolic.",)
"""Rooms whose functions open with the expression that they return."""


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


API = loaded(ROOT / "docs" / "api_pages.py")
PUBLIC = {
    f"{page.namespace}.{name}": getattr(import_module(page.namespace), name)
    for page in API.PAGES
    for names in API.entries(page).values()
    for name in names
}
FUNCTIONS = {name: value for name, value in PUBLIC.items() if inspect.isfunction(value)}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}
DATA = {name: one for name, one in CLASSES.items() if not issubclass(one, Exception | Enum)}
METHODS = {
    f"{name}.{key}": getattr(value, "__func__", value)
    for name, one in DATA.items()
    for key, value in vars(one).items()
    if inspect.isfunction(getattr(value, "__func__", value)) and (not key.startswith("_") or key == "__call__")
}


def sections(value):
    return {found["title"]: found["body"] for found in SECTION.finditer(inspect.cleandoc(value.__doc__ or ""))}


def told(value, title):
    """The names that a section explains, in its order."""
    heads = re.findall(r"^(\*{0,2}\w[\w, *]*?)(?: :.*)?$", sections(value).get(title, ""), re.MULTILINE)
    return [name.strip(" *") for head in heads for name in head.split(",")]


def parameters(value):
    return [name for name in inspect.signature(value).parameters if name not in {"self", "cls"}]


def fields_of(one):
    if hasattr(one, "model_fields"):  # a table of a configuration file, whose keys its commented example explains
        return []
    return [field.name for field in fields(one) if not field.name.startswith("_")] if is_dataclass(one) else []


def raises(value):
    """Whether the code of a function itself raises."""
    return any(isinstance(node, ast.Raise) for node in ast.walk(ast.parse(dedent(inspect.getsource(value)))))


def test_every_public_name_has_one_entry():
    for namespace in {page.namespace for page in API.PAGES}:
        pages = [page for page in API.PAGES if page.namespace == namespace]
        listed = [name for page in pages for names in API.entries(page).values() for name in names]
        assert sorted(listed) == sorted(API.public_names(namespace))
        for page in pages:
            text = API.text(page)
            for names in API.entries(page).values():
                assert [
                    name for name in names if not re.search(rf"^\.\. [\w:]+:: {name}(\(\))?$", text, re.MULTILINE)
                ] == []


def test_a_room_without_a_page_is_told(monkeypatch):
    rest = tuple(page for page in API.PAGES if page.name != "memory")
    monkeypatch.setattr(API, "PAGES", rest)
    with pytest.raises(LookupError, match=r"No section of docs/api_pages\.py takes `Factorised`"):
        API.entries(rest[0])


@pytest.mark.parametrize(
    ("code", "full"),
    [
        ("ch.certify", "cavity_hopfield.certify"),
        ("certify(compare=True)", "cavity_hopfield.certify"),
        ("Lindblad.steady_state", "cavity_hopfield.Lindblad.steady_state"),
        ("MultimodeDicke.g", "cavity_hopfield.MultimodeDicke"),
        ("presets.load", "cavity_hopfield.platforms.presets.load"),
        ("ch.load", "cavity_hopfield.load"),
        ("load", None),
        ("energy", None),
        ("r < 0.03", None),
    ],
)
def test_code_is_linked_to_what_it_names(code, full):
    assert API.target(code) == full


def test_parameters_are_those_of_the_signature():
    wrong = {}
    for name, value in {**FUNCTIONS, **METHODS}.items():
        brief = name in WITHOUT_PARAMETERS or (name in METHODS and "Parameters" not in sections(value))
        wanted = [] if brief else parameters(value)
        if told(value, "Parameters") != wanted:
            wrong[name] = (told(value, "Parameters"), wanted)
    assert wrong == {}


def test_fields_and_arguments_of_classes_are_explained():
    unexplained, unknown = {}, {}
    for name, one in DATA.items():
        known = fields_of(one)
        spoken = {*told(one, "Parameters"), *told(one, "Attributes"), *re.findall(r"`(\w+)`", one.__doc__)}
        spoken |= {key for key, value in vars(one).items() if isinstance(value, property)}
        unexplained[name] = [
            key for key in dict.fromkeys([*known, *(parameters(one) if known else [])]) if key not in spoken
        ]
        unknown[name] = set(told(one, "Parameters")) - {*parameters(one), *known}
    assert {name: left for name, left in unexplained.items() if left} == {}
    assert {name: left for name, left in unknown.items() if left} == {}


def test_what_comes_back_is_told():
    silent = [
        name
        for name, value in FUNCTIONS.items()
        if "None" not in {*re.split(r"[\[\]]", str(inspect.signature(value).return_annotation))}  # nor yields it
        and not name.startswith(EQUATION_IS_THE_ANSWER)
        and not {"Returns", "Yields"} & set(sections(value))
    ]
    assert silent == []


def test_what_is_raised_is_told():
    raising = {name: value for name, value in {**FUNCTIONS, **METHODS}.items() if raises(value)}
    assert len(raising) > 50
    assert [n for n, value in raising.items() if "Raises" not in sections(value) and "rror" not in value.__doc__] == []


def test_functions_have_examples():
    lacking = {name for name, value in FUNCTIONS.items() if "Examples" not in sections(value)}
    assert {name for name in lacking if not name.startswith(DRAWS_ALONE)} == WITHOUT_EXAMPLE


def test_classes_have_an_example_or_name_what_makes_them():
    known, silent = {**PUBLIC, **METHODS}, []
    for name, one in DATA.items():
        makers = (API.target(code) for code in re.findall(r"`([^`\n]+)`", one.__doc__))
        if not any(
            "Examples" in sections(each) for each in (one, *(known[maker] for maker in makers if maker in known))
        ):
            silent.append(name)
    assert silent == []


def test_every_example_is_in_the_gallery_with_every_figure():
    gallery = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    scripts = {path.stem for path in (ROOT / "examples").glob("*.py")}
    assert set(re.findall(r"\{literalinclude\} \.\./examples/(\w+)\.py", gallery)) == scripts
    figures = {path.name for path in (ROOT / "docs" / "figures").glob("*.png")}
    assert set(re.findall(r"\(figures/(\w+\.png)\)", gallery)) == figures
