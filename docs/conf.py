"""Sphinx configuration."""

from cavity_hopfield import __version__

project = "cavity_hopfield"
author = "the cavity_hopfield developers"
release = __version__
extensions = ["myst_parser", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"cavity_hopfield {release}"
exclude_patterns = ["_build"]
