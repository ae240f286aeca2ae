"""Sphinx configuration."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils.nodes import document
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import api_pages  # noqa: E402

from cavity_hopfield import __version__  # noqa: E402
from derivations.pages import write_pages as write_derivations  # noqa: E402

project = "cavity_hopfield"
project_copyright = author = "the cavity_hopfield developers"
release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # equations without a network, on a laptop in the laboratory as on a cluster
]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["equations.css"]
html_title = f"cavity_hopfield {release}"
exclude_patterns = ["_build"]
default_role = "code"

autodoc_typehints = "none"  # the docstrings give types with shapes and units
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]  # a list, not an entry for each
add_module_names = False
toc_object_entries_show_parents = "hide"
nitpicky = True

COLON = "\ue000"  # a character that no text has
DOCTEST = re.compile(r"(^[ \t]*>>>.*?(?:\n[ \t]*\n|\Z))", re.DOTALL | re.MULTILINE)
PIECES = re.compile(r"``.+?``|`(?P<code>[^`]+)`|(?P<before>\w?)\$(?P<tex>[^$]+)\$(?P<after>\w?)", re.DOTALL)
DISPLAYED = re.compile(r"(?P<indent>[ \t]*)\$\$(?P<tex>.+)\$\$\s*", re.DOTALL)


def as_restructured_text(text: str) -> str:
    """Docstring `text` with dollar math and code as reStructuredText wants them; doctests stay as they are."""
    return "".join(
        part if number % 2 else "".join(map(_paragraph, re.split(r"(\n[ \t]*\n)", part)))
        for number, part in enumerate(DOCTEST.split(text))
    )


def _paragraph(block: str) -> str:
    displayed = DISPLAYED.fullmatch(block)
    if displayed:
        indent, lines = displayed["indent"], displayed["tex"].strip().splitlines()
        return "\n".join([f"{indent}.. math::", "", *(f"{indent}   {line.strip()}" for line in lines)])
    return PIECES.sub(_role, block)


def _role(found: re.Match[str]) -> str:
    if found["code"]:
        return f"``{found['code']}``"
    if found["tex"] is None:
        return found[0]
    before, after = (found["before"] and f"{found['before']}\\ "), (found["after"] and f"\\ {found['after']}")
    return f"{before}:math:`{found['tex']}`{after}"


def before_napoleon(_: "Sphinx", what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Give a docstring its math and code; hide colons of the first line of a property: napoleon sees types there."""
    lines[:] = as_restructured_text("\n".join(lines)).split("\n")
    if what in {"attribute", "property"}:
        lines[0] = lines[0].replace(":", COLON)


def after_napoleon(_: "Sphinx", _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Show the colons again."""
    lines[:] = [line.replace(COLON, ":") for line in lines]


def link_names(_: "Sphinx", doctree: "document") -> None:
    """Link code to the reference where it is a public name; of types, which are words, leave such links."""
    from docutils import nodes  # noqa: PLC0415  pytest collects this file, and runs without Sphinx
    from sphinx.addnodes import pending_xref  # noqa: PLC0415

    for reference in list(doctree.findall(pending_xref)):
        if reference["reftype"] == "class" and reference["reftarget"] not in api_pages.homes():
            reference.replace_self(reference.children)
    types = [word for word in doctree.findall(nodes.emphasis) if word.astext()[:1].isupper()]
    for code in [*doctree.findall(nodes.literal), *types]:
        target = api_pages.target(code.astext())
        if target and not isinstance(code.parent, pending_xref | nodes.reference | nodes.title):
            link = pending_xref("", refdomain="py", reftype="obj", reftarget=target, refexplicit=True, refwarn=True)
            link["refdoc"] = doctree.settings.env.current_document.docname
            code.replace_self(link)
            link += code


def write_pages(_: "Sphinx") -> None:
    """Write the pages that are made from code."""
    api_pages.write_pages(HERE / "api")
    write_derivations(HERE / "derivations")


def setup(app: "Sphinx") -> None:
    """What the settings above cannot say."""
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-process-docstring", before_napoleon, priority=400)
    app.connect("autodoc-process-docstring", after_napoleon, priority=600)
    app.connect("doctree-read", link_names)
