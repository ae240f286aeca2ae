"""Every figure can be read as it is printed: no wider than a page, no small text, nothing over anything else."""

from itertools import combinations, pairwise

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from cavity_hopfield import Glauber, HopfieldLimit, MultimodeDicke, OpenHopfield, Patterns, certify, measured_map
from cavity_hopfield import plots as p
from cavity_hopfield.analysis.nonequilibrium import fluctuation_dissipation
from cavity_hopfield.platforms.degenerate_cavity import DegenerateCavity
from cavity_hopfield.plots.style import PAGE, SMALLEST_TEXT

NEAR = 1.0
"""Pixels by which boxes may touch."""
HIDDEN = 0.02
"""The share of a line's points that a legend may cover."""


def transition():
    couplings = np.linspace(0.5, 1.5, 7)
    rungs = ("Lindblad", "QuantumJumps", "PermutationSymmetric", "TruncatedWigner", "Cumulants", "MeanField")
    return [
        xr.Dataset(
            {"order": ("coupling", couplings / 2), "photons_per_spin": ("coupling", couplings**6 / 50)},
            {"coupling": couplings},
            {"rung": rung, "spins": 10**k},
        )
        for k, rung in enumerate(rungs)
    ]


def seen_in_light():
    times = np.linspace(0.0, 10.0, 21)
    wave = np.stack([np.cos(times), np.sin(times)], axis=-1)
    data = {
        "overlap": (("run", "time", "pattern"), np.stack([wave, -wave])),
        "overlap_noise": (("time", "pattern"), np.full(wave.shape, 0.1)),
        "true_overlap": (("run", "time", "pattern"), np.stack([wave, -wave]) / 2),
    }
    grid = np.linspace(-2, 2, 9)
    values = np.exp(-(grid**2) - grid[:, None] ** 2)[None]
    light = xr.Dataset(
        {"wigner": (("time", "alpha_imag", "alpha_real"), values)}, {"alpha_real": grid, "alpha_imag": grid}
    )
    recalls = xr.Dataset(data, {"time": times, "pattern": ["A", "B"]})
    return recalls, {(memory, mode): light for memory in "AB" for mode in "AB"}


def two_drives():
    times = np.linspace(0.0, 100.0, 41)
    path = xr.Dataset(
        {
            "overlap": (("time", "pattern"), np.cos(times / 5)[:, None]),
            "overlap_y": (("time", "pattern"), np.sin(times / 5)[:, None]),
        },
        {"time": times},
    )
    levels = np.array([0, -0.05, -0.1 + 0.2j, -0.1 - 0.2j, -0.25])
    spectrum = xr.Dataset({"eigenvalue_real": ("level", levels.real), "eigenvalue_imag": ("level", levels.imag)})
    both = ("eliminated", "independent")
    return dict.fromkeys(both, path), dict.fromkeys(both, spectrum)


def breaches():
    across = xr.Variable("coupling", [0.1, 0.2, 0.4], {"long_name": "disorder of the couplings"})
    names = ("largest_affinity", "mean_affinity", "entropy_per_flip")
    scan = xr.Dataset(
        {name: ("coupling", [0.1 * k + 0.01, 1.0, 3.0]) for k, name in enumerate(names)}, {"coupling": across}
    )
    warm = OpenHopfield(Patterns([[1, 1, 1, 1]]), Glauber(0.6))
    ratios = {"warm": fluctuation_dissipation(warm, 0, [0.0, 0.1, 1.0, 10.0])}
    return scan, {"warm": warm}, ratios


FIGURES = {
    "agreement": lambda get: p.plot_agreement(get("found"), ("overlap", "photons", "energy")),
    "agreement of one observable": lambda get: p.plot_agreement(get("found"), ("overlap",)),
    "basins": lambda get: p.plot_basins(get("plane")),
    "capacity": lambda get: p.plot_capacity(**get("loads")),
    "certificate": lambda _: p.plot_certificate(certify(MultimodeDicke([[0.5]], 1.0, 0.6, drive=0.02))),
    "certificate of a broken one": lambda _: p.plot_certificate(certify(MultimodeDicke([[0.5]], 1.0, 0.6, drive=0.5))),
    "design": lambda get: p.plot_design(get("designed")),
    "elasticities": lambda get: p.plot_elasticities(get("slopes")),
    "flux": lambda _: p.plot_flux(HopfieldLimit(1, Glauber(0.9), 0.5)),
    "interaction": lambda _: p.plot_interaction(DegenerateCavity("35 um"), ("40 um", "25 um"), "3 um", points=41),
    "laboratories": lambda get: p.plot_laboratories([get("laboratory")]),
    "light recall": lambda _: p.plot_light_recall(*seen_in_light()),
    "nonequilibrium": lambda _: p.plot_nonequilibrium(*breaches()),
    "one drive": lambda _: p.plot_one_drive(*two_drives(), rate=0.1, few=two_drives()[0]),
    "overlaps of a study": lambda get: p.plot_overlaps(get("tree")),
    "overlaps": lambda get: p.plot_overlaps(get("evolution")),
    "pareto front": lambda get: p.plot_pareto_front(get("front")),
    "phase diagram": lambda get: p.plot_phase_diagram(get("diagram"), get("lines")),
    "platform": lambda get: p.plot_platform(get("compared")),
    "rates": lambda get: p.plot_rates(get("tree")["rates"].to_dataset()),
    "rates of a laboratory": lambda get: p.plot_rates(get("laboratory").rates),
    "recall of a study": lambda get: p.plot_recall(get("tree")),
    "recall": lambda get: p.plot_recall(get("evolution"), times=[0, 1, 2, 3, 4, 6]),
    "retrieval": lambda get: p.plot_retrieval(get("recalls")),
    "spectrum": lambda get: p.plot_spectrum(get("spectrum")),
    "sweep over two axes": lambda get: p.plot_sweep(get("swept")),
    "sweep over one axis": lambda get: p.plot_sweep(get("swept").isel(loss=0)),
    "transition": lambda _: p.plot_transition(transition()),
    "validity map": lambda _: p.plot_validity_map(measured_map()),
    "wigner": lambda get: p.plot_wigner(get("light")),
}


def drawn(figure):
    """The figure drawn, and every text that was drawn with its box: ticks beyond the ends of an axis are not."""
    texts = []
    draw = Text.draw

    def recorded(self, renderer, *arguments, **options):
        if self.get_visible() and self.get_text().strip():
            texts.append(self)
        draw(self, renderer, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        figure.canvas.draw()  # twice, for the layout is found by the first
        patch.setattr(Text, "draw", recorded)
        figure.canvas.draw()
    return figure, [(text, text.get_window_extent()) for text in texts]


@pytest.fixture(scope="module", params=FIGURES)
def picture(request):
    axes = FIGURES[request.param](request.getfixturevalue)
    return drawn((axes[0] if isinstance(axes, np.ndarray) else axes).figure)


def overlap(first, second):
    common = Bbox.intersection(first, second)
    return common is not None and common.width > NEAR and common.height > NEAR


def test_it_is_no_wider_than_a_page_and_has_no_small_text(picture):
    figure, texts = picture
    assert figure.get_figwidth() <= PAGE
    small = {text.get_text() for text, _ in texts if text.get_fontsize() < SMALLEST_TEXT}
    assert small == set()


def test_no_text_lies_outside_or_over_another(picture):
    figure, texts = picture
    edge = figure.bbox.padded(NEAR)
    cut = [
        text.get_text() for text, box in texts if not (edge.contains(box.x0, box.y0) and edge.contains(box.x1, box.y1))
    ]
    assert cut == []
    level = [(text, box) for text, box in texts if text.get_rotation() % 90 == 0]  # of others boxes are too large
    pairs = [(one.get_text(), other.get_text()) for (one, a), (other, b) in combinations(level, 2) if overlap(a, b)]
    assert pairs == []


def test_no_legend_lies_over_data(picture):
    figure, _ = picture
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend() is not None)]
    lines = [line for axes in figure.axes for line in axes.lines if axes.axison and along(axes, line)]
    for legend in legends:
        box = legend.get_window_extent()
        for line in lines:
            points = densely(line)
            under = np.mean([box.contains(*point) for point in points]) if len(points) else 0.0
            assert under <= HIDDEN, (legend.get_texts()[0].get_text(), line.get_label())


def along(axes, line):
    """Lines of data; those at a fixed place over the whole axis are not."""
    return line.get_transform() == axes.transData


def densely(line: Line2D):
    """Places of a line on the figure, in pixels, with as many between the points as it takes."""
    points = line.get_transform().transform(np.column_stack([line.get_xdata(), line.get_ydata()]).astype(float))
    box = line.axes.bbox
    points = points[np.isfinite(points).all(axis=1)]
    if line.get_linestyle() in {"None", "none", ""} or len(points) < 2:
        dense = points
    else:
        dense = np.concatenate([np.linspace(a, b, 12) for a, b in pairwise(points)])
    return [point for point in dense if box.contains(*point)]


def test_the_measure_finds_what_is_wrong():
    """Each check fails for a figure made to fail it."""
    bad, axes = plt.subplots(figsize=(9.0, 2.0))
    axes.plot([0, 1, 2], [0, 1, 2], label="a line")
    axes.legend(loc="center")
    axes.set_xticks([0.0, 0.01], ["one text", "and another"])
    axes.text(0.5, 0.5, "small", fontsize=5)
    for check in (
        test_it_is_no_wider_than_a_page_and_has_no_small_text,
        test_no_text_lies_outside_or_over_another,
        test_no_legend_lies_over_data,
    ):
        with pytest.raises(AssertionError):
            check(drawn(bad))
