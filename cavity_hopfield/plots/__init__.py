"""Figures of results: each function takes a result, draws it on axes, and returns them."""

from cavity_hopfield.plots.agreement import plot_agreement
from cavity_hopfield.plots.animation import animate_recall
from cavity_hopfield.plots.bridge import plot_one_drive
from cavity_hopfield.plots.canvas import off_screen, save_figure
from cavity_hopfield.plots.capacity import plot_capacity
from cavity_hopfield.plots.design import plot_design, plot_elasticities, plot_pareto_front
from cavity_hopfield.plots.gallery import draw, evolution_of, kinds_of, save_figures
from cavity_hopfield.plots.laboratories import plot_laboratories
from cavity_hopfield.plots.light import plot_light_recall, plot_transition
from cavity_hopfield.plots.nonequilibrium import plot_nonequilibrium
from cavity_hopfield.plots.overlaps import plot_overlaps
from cavity_hopfield.plots.phases import plot_basins, plot_flux, plot_phase_diagram
from cavity_hopfield.plots.platforms import plot_interaction
from cavity_hopfield.plots.rates import plot_rates
from cavity_hopfield.plots.recall import plot_recall
from cavity_hopfield.plots.retrieval import plot_platform, plot_retrieval
from cavity_hopfield.plots.spectra import plot_spectrum
from cavity_hopfield.plots.style import house_style
from cavity_hopfield.plots.sweeps import plot_sweep
from cavity_hopfield.plots.validity import plot_certificate, plot_validity_map
from cavity_hopfield.plots.wigner import plot_wigner

__all__ = [
    "animate_recall",
    "draw",
    "evolution_of",
    "house_style",
    "kinds_of",
    "off_screen",
    "plot_agreement",
    "plot_basins",
    "plot_capacity",
    "plot_certificate",
    "plot_design",
    "plot_elasticities",
    "plot_flux",
    "plot_interaction",
    "plot_laboratories",
    "plot_light_recall",
    "plot_nonequilibrium",
    "plot_one_drive",
    "plot_overlaps",
    "plot_pareto_front",
    "plot_phase_diagram",
    "plot_platform",
    "plot_rates",
    "plot_recall",
    "plot_retrieval",
    "plot_spectrum",
    "plot_sweep",
    "plot_transition",
    "plot_validity_map",
    "plot_wigner",
    "save_figure",
    "save_figures",
]
