"""Figures of results: each function takes a result, draws on a new figure, and returns it."""

from cavity_hopfield.plots.agreement import agreement_figure
from cavity_hopfield.plots.bridge import one_drive_figure
from cavity_hopfield.plots.capacity import capacity_figure
from cavity_hopfield.plots.design import design_figure, elasticities_figure, pareto_figure
from cavity_hopfield.plots.gallery import FIGURES, save_figures
from cavity_hopfield.plots.laboratories import laboratories_figure
from cavity_hopfield.plots.light import light_recall_figure, transition_figure
from cavity_hopfield.plots.nonequilibrium import nonequilibrium_figure
from cavity_hopfield.plots.phases import basins_figure, flux_figure, phase_diagram_figure
from cavity_hopfield.plots.platforms import interaction_figure
from cavity_hopfield.plots.rates import rates_figure
from cavity_hopfield.plots.recall import overlaps_figure, recall_figure
from cavity_hopfield.plots.retrieval import platform_figure, retrieval_figure
from cavity_hopfield.plots.validity import certificate_figure, save_validity_map, validity_map_figure

__all__ = [
    "FIGURES",
    "agreement_figure",
    "basins_figure",
    "capacity_figure",
    "certificate_figure",
    "design_figure",
    "elasticities_figure",
    "flux_figure",
    "interaction_figure",
    "laboratories_figure",
    "light_recall_figure",
    "nonequilibrium_figure",
    "one_drive_figure",
    "overlaps_figure",
    "pareto_figure",
    "phase_diagram_figure",
    "platform_figure",
    "rates_figure",
    "recall_figure",
    "retrieval_figure",
    "save_figures",
    "save_validity_map",
    "transition_figure",
    "validity_map_figure",
]
