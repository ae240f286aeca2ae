"""Figures of results: each function takes a result, draws on a new figure, and returns it."""

from cavity_hopfield.plots.gallery import FIGURES, save_figures
from cavity_hopfield.plots.rates import rates_figure
from cavity_hopfield.plots.recall import overlaps_figure, recall_figure

__all__ = ["FIGURES", "overlaps_figure", "rates_figure", "recall_figure", "save_figures"]
