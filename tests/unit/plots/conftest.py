"""Results that figures are drawn from, made once; figures without a screen, let go after each test."""

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt

import cavity_hopfield as ch
from cavity_hopfield import study
from cavity_hopfield.analysis.bifurcations import bifurcations
from cavity_hopfield.analysis.capacity import phase_boundaries, recall_capacity, recall_fraction, thermal_recall
from cavity_hopfield.analysis.phases.basins import basins
from cavity_hopfield.analysis.phases.phase_diagram import phase_diagram
from cavity_hopfield.analysis.retrieval.against_glauber import platform_against_glauber
from cavity_hopfield.analysis.retrieval.retrieval import retrieval
from cavity_hopfield.bridge.levels.agreement import agreement
from cavity_hopfield.design import design, pareto_front, sensitivities
from cavity_hopfield.platforms import BareCavity, presets
from cavity_hopfield.platforms.preset_report import preset_report

TURN = 2 * np.pi
LAB = BareCavity(
    coupling_rad_s=TURN * 1e5, mode_detuning_rad_s=TURN * 1e6, photon_loss_rad_s=TURN * 1e6, drive_rad_s=60
)
VARY = {"coupling_rad_s": (TURN * 1e4, TURN * 3e5), "photon_loss_rad_s": (TURN * 3e5, TURN * 2e6)}
OVERLAPS = [0.0, 0.3, 0.6, 1.0]


@pytest.fixture(autouse=True)
def no_screen():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def shortened():
    """The built-in study with few runs and times, and whatever else is changed."""

    def made(**values):
        built_in = study.Study()
        return study.Study(
            recall=built_in.recall.model_copy(update={"runs": 5, "points": 6, **values.pop("recall", {})}),
            mean_field=built_in.mean_field.model_copy(update={"duration": 10.0, "points": 4}),
            **values,
        )

    return made


@pytest.fixture(scope="session")
def tree(shortened):
    return study.run_study(shortened(), stage=lambda _: lambda _: None)


@pytest.fixture(scope="session")
def evolution():
    """Runs of single flips of three letters."""
    memory = ch.letters("EVX")
    network = ch.OpenHopfield(memory, ch.Glauber(0.2))
    start = memory.corrupted("E", flips=0.2, seed=1)
    return ch.KineticMonteCarlo(runs=6, seed=1).evolve(network, start, np.linspace(0.0, 6.0, 7))


@pytest.fixture(scope="session")
def found():
    """Five theories side by side."""
    model = ch.MultimodeDicke.from_patterns(
        ch.Patterns([[1, 1, 1, 1], [1, 1, -1, -1]]), 0.5, 1.0, 1.0, drive=0.25, scaling="intensive"
    )
    theories = [ch.Cumulants(order=3), ch.QuantumJumps(40, 1), ch.Cumulants(order=2), ch.MeanField()]
    return agreement(model, [1, 1, 1, 1], np.linspace(0.0, 4.0, 9), theories, reference="Cumulants(order=3)").dataset


@pytest.fixture(scope="session")
def designed():
    return design(ch.Glauber(0.5), LAB, VARY, patterns=ch.letters("EV"), seed=1, evaluations=60).to_dataset()


@pytest.fixture(scope="session")
def front():
    return pareto_front(
        ch.Glauber(0.5), LAB, VARY, trade=("distance", "photons"), patterns=ch.letters("EV"), seed=1, points=3,
        evaluations=300,
    )  # fmt: skip


@pytest.fixture(scope="session")
def slopes():
    return sensitivities(LAB, ch.letters("EV"))


@pytest.fixture(scope="session")
def laboratory():
    return preset_report(
        presets.load("kroeze2022"),
        runs=5,
        initial_overlaps=[0.0, 1.0],
        vary=["level_splitting_rad_s", "atomic_linewidth_rad_s"],
    )


@pytest.fixture(scope="session")
def diagram():
    return phase_diagram(temperature=[0.2, 0.5, 0.65, 0.7], drive=[0.1, 0.5, 1.0], starts=4)


@pytest.fixture(scope="session")
def lines():
    return bifurcations(temperature=[0.2, 0.5, 0.65, 0.7])


@pytest.fixture(scope="session")
def plane():
    limit = ch.HopfieldLimit(1, ch.Glauber(0.15), 0.58)
    return basins(limit, first=np.linspace(-1, 1, 10), second=np.linspace(-1, 1, 8))


@pytest.fixture(scope="session")
def recalls():
    network = ch.OpenHopfield(ch.letters("AC"), ch.Glauber(temperature=0.15))
    return retrieval(network, initial_overlaps=OVERLAPS, runs=30, seed=2, time=60.0)


@pytest.fixture(scope="session")
def compared():
    dicke = ch.MultimodeDicke.from_patterns(
        ch.letters("EV"), g=0.12, omega=1.0, loss=0.3, gain=0.01, drive=1e-4, disorder=0.05, seed=3
    )
    return platform_against_glauber(dicke, initial_overlaps=OVERLAPS, runs=40, seed=2)


@pytest.fixture(scope="session")
def loads():
    """The arguments of the figure of the capacity."""
    recall = recall_fraction([80, 160], np.linspace(0.1, 0.35, 6), samples=4, tested=8, seed=1)
    return {
        "boundaries": phase_boundaries([0.0, 0.01, 0.4, 0.8, 1.2]),
        "recall": recall,
        "points": thermal_recall([0.3, 0.9], [0.02, 0.1], spins=60, samples=2, time=5.0, seed=1),
        "capacity": recall_capacity(recall),
    }


@pytest.fixture(scope="session")
def spectrum():
    network = ch.OpenHopfield(ch.Patterns([[1, 1, 1, 1], [1, 1, -1, -1]]), ch.Glauber(0.3), drive=0.5)
    return ch.Lindblad().spectrum(network, k=20)


@pytest.fixture(scope="session")
def light():
    """The Wigner function of a mode at three times."""
    model = ch.MultimodeDicke.from_patterns(ch.Patterns([[1, 1]]), g=0.6, omega=1.0, loss=1.0, drive=0.3)
    state = ch.Lindblad().light_state(model, [1, 1], [0.0, 1.0, 2.0])
    return ch.wigner(state, np.linspace(-3, 3, 21), np.linspace(-2, 2, 15))


@pytest.fixture(scope="session")
def swept():
    """A sweep over two axes, of which one point failed and one is missing."""
    status = np.ones((4, 3), np.int8)
    status[1, 2], status[3, 0] = 2, 0
    couplings, losses = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.1, 0.2, 0.4])
    flags = {"flag_values": np.array([0, 1, 2], np.int8), "flag_meanings": "missing done failed"}
    return xr.Dataset(
        {
            "status": (("g", "loss"), status, flags),
            "glauber_temperature": (("g", "loss"), couplings[:, None] + losses, {"units": "omega"}),
            "flips": (("g", "loss"), np.arange(12).reshape(4, 3)),
        },
        {"g": couplings, "loss": losses},
        {"sweep": "{}"},
    )
