"""The figures of phases show the numbers of the diagram, its lines, and the flow."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Glauber, HopfieldLimit, MultimodeDicke, Patterns
from cavity_hopfield.analysis.bifurcations import bifurcations_of
from cavity_hopfield.analysis.phases.phase_diagram import cavity_phase_diagram, phase_diagram
from cavity_hopfield.plots import plot_basins, plot_flux, plot_phase_diagram
from tests.systems.cavity_limits import many_spins, single_flips_assumed


def test_the_colours_are_the_phases_and_the_lines_lie_on_top(diagram, lines):
    axes = plot_phase_diagram(diagram, lines)
    assert np.array_equal(axes.collections[0].get_array().reshape(3, 4), diagram["phase"].values.T)
    assert np.allclose(axes.lines[0].get_ydata(), lines["pitchfork"].values)
    corner = axes.lines[-1]
    assert (float(corner.get_xdata()[0]), float(corner.get_ydata()[0])) == pytest.approx((2 / 3, 1 / 4))
    assert "units" in axes.get_xlabel()
    assert "units" in axes.get_ylabel()
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "limit cycle" in labels
    assert "Takens-Bogdanov point" in labels


def test_the_legend_names_the_phases_that_occur_alone(diagram):
    axes = plot_phase_diagram(diagram.sel(temperature=[0.7]))
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["paramagnet", "retrieval"]


def test_lines_of_a_cavity_are_drawn_in_its_own_unit():
    pattern = Patterns(np.ones((1, 10)))

    def platform(g):
        return MultimodeDicke.from_patterns(pattern, g=g, omega=1.0, loss=4.0, drive=0.01)

    couplings = [0.6, 0.9]
    with single_flips_assumed():
        dark = cavity_phase_diagram(platform(1.0), coupling=couplings, drive=[0.0, 0.5], starts=1)
    lines = bifurcations_of(lambda g: many_spins(platform(g)), couplings, "coupling")
    axes = plot_phase_diagram(dark, lines)
    expected = np.sqrt((1 / dark["temperature"].values - 1) / 8)
    assert np.allclose(axes.lines[0].get_ydata(), expected, rtol=1e-6)
    with pytest.raises(ArgumentError, match="`lines` must run along 'temperature'"):
        plot_phase_diagram(phase_diagram(temperature=[0.5], drive=[0.1], starts=1), lines)


def test_the_flow_has_the_cycles_and_the_points_it_should():
    limits = [HopfieldLimit(1, Glauber(0.15), drive) for drive in (0.1, 0.58, 0.8)]
    panels = plot_flux(limits)
    drawn = []
    for axes in panels:
        markers = [line for line in axes.lines if line.get_marker() == "o"]
        full = sum(line.get_markerfacecolor() != "white" for line in markers)
        cycles = [line for line in axes.lines if line.get_linewidth() == 2]
        stable = [line for line in cycles if line.get_linestyle() == "-"]
        drawn.append((len(markers), full, bool(stable), len(cycles) > len(stable)))
    assert drawn == [(3, 2, False, False), (3, 2, True, True), (3, 0, True, False)]
    loop = next(line for line in panels[2].lines if line.get_linewidth() == 2)
    assert loop.get_xdata().max() == pytest.approx(0.815561, abs=1e-4)  # docs/check_values.md
    assert "0.58" in panels[1].get_title()


def test_the_flow_of_one_network_and_none_of_two_patterns():
    assert len(plot_flux(HopfieldLimit(1, Glauber(0.9), 0.5))) == 1
    with pytest.raises(ArgumentError, match="networks of one pattern"):
        plot_flux([HopfieldLimit(2, Glauber(0.5))])


def test_basins_are_drawn_where_there_are_states(plane):
    axes = plot_basins(plane)
    codes = axes.collections[0].get_array().reshape(8, 10)
    assert np.array_equal(codes.mask, plane["attractor"].values.T < 0)
    assert np.array_equal(codes.filled(-1), plane["attractor"].values.T)
    assert len(axes.get_legend().get_texts()) == plane.sizes["attractor_code"]
