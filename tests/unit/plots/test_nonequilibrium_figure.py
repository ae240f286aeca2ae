"""The figure of equilibrium shows what it was given."""

import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import ArgumentError, Glauber, OpenHopfield, Patterns
from cavity_hopfield.analysis.nonequilibrium import fluctuation_dissipation
from cavity_hopfield.plots import plot_nonequilibrium
from tests.systems.two_baths import TwoBaths


def test_each_panel_shows_its_numbers():
    across = xr.Variable("coupling", [0.1, 0.2], {"long_name": "coupling of two baths"})
    names = ("largest_affinity", "mean_affinity", "entropy_per_flip")
    scan = xr.Dataset({name: ("coupling", [k + 1.0, k + 2.0]) for k, name in enumerate(names)}, {"coupling": across})
    warm = OpenHopfield(Patterns([[1, 1, 1, 1]]), Glauber(0.6))
    ratios = {
        "warm": fluctuation_dissipation(warm, 0, [0.0, 0.1, 1.0]),
        "baths": fluctuation_dissipation(TwoBaths(0.8, (0.5, 1.5)).model(), 0, [0.1, 1.0]),
    }
    first, second, third = plot_nonequilibrium(scan, {"warm": warm}, ratios)
    assert first.get_xlabel() == "coupling of two baths"
    assert [line.get_ydata().tolist() for line in first.get_lines()] == [[1.0, 2.0], [2.0, 3.0], [3.0, 4.0]]
    curve, closest = second.get_lines()
    np.testing.assert_allclose(curve.get_ydata(), 0.6, rtol=1e-9)
    np.testing.assert_allclose(closest.get_ydata(), 0.6, rtol=1e-9)
    # flips cost 2 K = 1/2 or 6 K = 3/2
    np.testing.assert_allclose(second.collections[0].get_offsets(), [[0.5, 0.6], [1.5, 0.6]], rtol=1e-9)
    # time zero does not exist on a logarithmic axis
    assert [line.get_xdata().tolist() for line in third.get_lines()] == [[0.1, 1.0], [0.1, 1.0]]
    np.testing.assert_allclose(third.get_lines()[0].get_ydata(), 0.6, rtol=1e-9)
    assert [text.get_text() for text in third.get_legend().get_texts()] == ["warm", "baths"]


def test_other_arguments_are_refused_by_name():
    names = ("largest_affinity", "mean_affinity", "entropy_per_flip")
    bare = xr.Dataset({name: ("coupling", [1.0, 2.0]) for name in names}, {"coupling": [0.1, 0.2]})
    scan = bare.assign_coords(coupling=("coupling", [0.1, 0.2], {"long_name": "coupling"}))
    for wrong in (bare, scan.isel(coupling=0), scan.drop_vars("mean_affinity"), None):
        with pytest.raises(ArgumentError, match="`scan` must be a dataset with largest_affinity"):
            plot_nonequilibrium(wrong, {}, {})
    with pytest.raises(ArgumentError, match="`networks` must be `OpenHopfield` by name"):
        plot_nonequilibrium(scan, {"one": Glauber(0.1)}, {})
    with pytest.raises(ArgumentError, match="`ratios` must be what `fluctuation_dissipation` returned"):
        plot_nonequilibrium(scan, {}, {"one": scan})
