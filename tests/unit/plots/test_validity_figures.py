"""The figures of validity show the measured numbers."""

import numpy as np
import pytest

from cavity_hopfield import MultimodeDicke, certify, measured_map
from cavity_hopfield.plots import plot_certificate, plot_validity_map


def test_the_map_has_one_panel_for_each_eta_with_the_errors_as_colours():
    measured = measured_map()
    panels = plot_validity_map(measured, flip_energy=0.1)
    assert len(panels) == measured.sizes["eta"]
    colours = panels[2].collections[0].get_array().reshape(measured.sizes["coupling"], -1)
    np.testing.assert_allclose(colours, np.abs(measured["error"].sel(flip_energy=0.1, eta=0.3)))
    # a mark at every point with r < 0.1
    assert len(panels[2].lines) >= int((measured["ratio"].sel(flip_energy=0.1, eta=0.3) < 0.1).sum())


@pytest.mark.parametrize("drive", [0.02, 0.1, 0.5])
def test_a_certificate_shows_the_platform_among_the_measured_points(drive):
    certificate = certify(MultimodeDicke([[0.5]], 1.0, 0.6, drive=drive))
    upper, lower = plot_certificate(certificate)
    assert any(np.allclose(line.get_xdata(), certificate.ratio) for line in upper.lines if len(line.get_xdata()) == 2)
    assert sum(len(line.get_xdata()) for line in upper.lines[:2]) == 1008
    assert np.allclose(lower.lines[0].get_xdata(), drive)
    assert str(certificate.regime) in upper.figure.get_suptitle()
    words = [text.get_text() for text in lower.texts]
    assert words == ["good", "marginal", "broken"]
