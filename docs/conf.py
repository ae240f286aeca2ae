"""Sphinx configuration."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from cavity_hopfield import __version__  # noqa: E402
from derivations.pages import write_pages  # noqa: E402

project = "cavity_hopfield"
author = "the cavity_hopfield developers"
release = __version__
extensions = ["myst_parser", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"cavity_hopfield {release}"
exclude_patterns = ["_build"]

write_pages(HERE / "derivations")
