"""`Cumulants` at its door: options, sizes, what is stored, what is told."""

import json
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp

from cavity_hopfield import MultimodeDicke
from cavity_hopfield.elimination.symbolic import ClosureError, symmetric_adjoint
from cavity_hopfield.elimination.symbolic._kernels import extend, flow_jacobian, flow_rates
from cavity_hopfield.elimination.symbolic.closure import MomentTable
from cavity_hopfield.elimination.symbolic.dicke_moments import DickeSites
from cavity_hopfield.elimination.symbolic.moment_flow import moment_flow
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import ProductState, SpinChannels
from cavity_hopfield.theory.cumulants import Cumulants, hierarchy, storage
from cavity_hopfield.theory.cumulants.structure import Structure

MODEL = MultimodeDicke([[0.2], [0.2], [-0.2]], omega=1.0, loss=1.0, gain=0.1, drive=0.3)
STRUCTURES = [
    Structure(1, (None,), 1, None),
    Structure(2, (None,), 1, "x"),
    Structure(2, (1, 1, None), 2, None),
    Structure(3, (2, None), 1, "z"),
    Structure(4, (1,), 2, None),
]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty folder in which every derivation is kept, and no equations in the process."""
    monkeypatch.setenv(storage.FOLDER_VARIABLE, str(tmp_path / "equations"))
    monkeypatch.setattr(hierarchy, "WORTH_STORING", 0.0)
    hierarchy.hierarchy.cache_clear()
    yield tmp_path / "equations"
    hierarchy.hierarchy.cache_clear()


# Equations


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_number_of_moments_is_known_before(structure):
    found = hierarchy.hierarchy(structure)
    assert len(found.moments) == structure.n_moments
    assert found.flow.size == structure.n_real
    listed = {moment for k in range(1, structure.order + 1) for light in range(k + 1)
              for moment in found.sites.moments("a" * light + "s" * (k - light))}  # fmt: skip
    assert {MomentTable.of(found.moments).number(moment) for moment in listed} >= set(range(len(found.moments)))


def test_a_single_spin_has_no_pair():
    moments = hierarchy.hierarchy(Structure(2, (1,), 1, None)).moments
    assert not any("c0_2" in repr(moment) for moment in moments)


@pytest.mark.parametrize("version", ["compiled", "python"])
@pytest.mark.parametrize("structure", STRUCTURES[:4])
def test_the_flow_is_the_formulas_and_the_jacobian_its_derivative(structure, version):
    equations = DickeSites.of(structure.members, structure.n_modes).equations(structure.order, structure.axis)
    flow, rng = equations.flow, np.random.default_rng(2)
    point, x = rng.uniform(0.1, 0.9, len(equations.parameters)), rng.normal(size=flow.size)
    function = sp.lambdify([equations.symbols, equations.parameters], equations.right_hand_sides)
    values = flow.joined(x)
    moments = [v.real if real else v for v, real in zip(values, equations.real, strict=True)]
    expected = np.array(function(moments, point))
    weights = flow.coefficients(point)
    pick = (lambda kernel: kernel) if version == "compiled" else (lambda kernel: kernel.py_func)
    powers = np.empty(2 * (flow.real.size + flow.product_first.size), complex)
    products = (flow.product_first, flow.product_begin, flow.product_factors, flow.product_numbers)
    pick(extend)(x, flow.imaginary, *products, powers)
    rates, matrix = np.empty(flow.size), np.zeros((flow.size, flow.size))
    pick(flow_rates)(flow.row, flow.which, flow.column, weights, powers, flow.imaginary, rates)
    np.testing.assert_allclose(rates, flow.split(expected), rtol=1e-11, atol=1e-12)
    pick(flow_jacobian)(flow.row, flow.which, flow.column, weights, powers, flow.imaginary, *products, matrix)
    along, step = rng.normal(size=flow.size), 1e-5
    slope = (flow.rates(x + step * along, weights) - flow.rates(x - step * along, weights)) / (2 * step)
    np.testing.assert_allclose(matrix @ along, slope, rtol=1e-7, atol=1e-7 * np.abs(slope).max())
    np.testing.assert_array_equal(flow.split(values), x)


def test_a_flow_needs_polynomial_coefficients():
    sites, g = DickeSites.of((None,), 1), sp.Symbol("g")
    moment = next(iter(sites.modes[0].a.terms))
    derivative = symmetric_adjoint(moment.operator(), sites.modes[0].number * sp.sqrt(sp.Symbol("w", positive=True)))
    with pytest.raises(ArgumentError, match="must be a polynomial in the parameters"):
        moment_flow([derivative], MomentTable.of([moment]), 1, [g])


def test_moments_are_written_and_read():
    found = hierarchy.hierarchy(Structure(3, (2, None), 1, "z"))
    assert tuple(found.sites.read(found.sites.written(moment)) for moment in found.moments) == found.moments


# Equations on disk


def test_equations_are_read_back_and_damaged_files_do_no_harm(kept, monkeypatch):
    first = Cumulants(order=2).evolve(MODEL, [1, 1, -1], [0.0, 1.0])
    (file,) = kept.glob("*")
    assert file.name.startswith("moments-")
    with monkeypatch.context() as patch:
        patch.setattr(DickeSites, "equations", None)  # would fail if asked
        hierarchy.hierarchy.cache_clear()
        again = Cumulants(order=2).evolve(MODEL, [1, 1, -1], [0.0, 1.0])
    assert again.identical(first)
    whole = file.read_bytes()
    for damaged in (b"", b"nonsense", whole[:-30], whole[: len(whole) // 2] + b"x" + whole[len(whole) // 2 + 1 :]):
        file.write_bytes(damaged)
        hierarchy.hierarchy.cache_clear()
        assert Cumulants(order=2).evolve(MODEL, [1, 1, -1], [0.0, 1.0]).identical(first)
    for arrays in ({"moments": np.array("[]"), "parameters": np.array("[]")}, {"moments": np.array("broken")}):
        storage.store(Structure(2, (None,), 1, None), arrays)
        hierarchy.hierarchy.cache_clear()
        assert Cumulants(order=2).evolve(MODEL, [1, 1, -1], [0.0, 1.0]).identical(first)
    hierarchy.hierarchy.cache_clear()
    assert Cumulants(order=2).evolve(MODEL, [1, 1, -1], [0.0, 1.0]).identical(first)


def test_one_derivation_serves_every_model_of_a_structure(kept):
    rng = np.random.default_rng(0)
    for n in (4, 50):
        model = MultimodeDicke(np.full((n, 1), rng.uniform(0.01, 0.1)), rng.uniform(0.5, 2), 1.0, 0.1, rng.uniform())
        Cumulants(order=3).evolve(model, [1] * n, [0.5])
    assert hierarchy.hierarchy.cache_info().misses == 1
    Cumulants(order=3).evolve(MODEL, [1, 1, -1], [0.5])  # three alike spins: as many as the order
    assert hierarchy.hierarchy.cache_info().misses == 1
    Cumulants(order=3).evolve(MODEL, [1, 1, 1], [0.5])
    assert hierarchy.hierarchy.cache_info().misses == 2
    assert len(list(kept.glob("*"))) == 2


def test_no_folder_is_needed(monkeypatch, tmp_path):
    monkeypatch.setenv(storage.FOLDER_VARIABLE, "")
    assert storage.folder() is None
    storage.store(STRUCTURES[0], {})
    assert storage.stored(STRUCTURES[0]) is None
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(storage.FOLDER_VARIABLE, str(tmp_path / "file"))
    storage.store(STRUCTURES[0], {"a": np.zeros(1)})
    assert storage.stored(STRUCTURES[0]) is None
    monkeypatch.delenv(storage.FOLDER_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert storage.folder() == tmp_path / "cavity_hopfield"


# Options


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"order": 0}, "`order` must be at least 1"),
        ({"order": 2.0}, "`order` must be a whole number"),
        ({"resolution": "pixel"}, "`resolution` must be one of"),
        ({"only": ("a", "b")}, "`only` must hold words of one to 2 letters"),
        ({"only": ("sss",)}, "`only` must hold words of one to 2 letters"),
        ({"only": ()}, "`only` must hold some kinds"),
        ({"compare": 1}, "`compare` must be True or False"),
        ({"order": 1, "compare": True}, "`compare` needs an order below"),
        ({"rtol": 1.0}, "`rtol` must be at most"),
        ({"atol": 0.0}, "`atol` must be at least"),
        ({"memory_gib": 0.0}, "`memory_gib` must be greater"),
    ],
)
def test_wrong_options_are_told(options, told):
    with pytest.raises(ArgumentError, match=told):
        Cumulants(**options)


def test_wrong_models_starts_and_times_are_told():
    theory = Cumulants()
    with pytest.raises(ArgumentError, match="`model` must be a `MultimodeDicke`"):
        theory.evolve("model", [1], [1.0])
    with pytest.raises(ArgumentError, match="`initial` must have 3 spins and 1 modes"):
        theory.evolve(MODEL, ProductState([[0, 0, 1]], [0.0]), [1.0])
    with pytest.raises(ArgumentError, match="`times` must increase strictly"):
        theory.evolve(MODEL, [1, 1, 1], [1.0, 0.5])
    with pytest.raises(ArgumentError, match="`longest` must be greater"):
        theory.steady_state(MODEL, [1, 1, 1], longest=0.0)


def test_sets_that_are_not_closed_are_refused_by_name():
    with pytest.raises(ClosureError, match=r"not tracked: <a_0 sx_c0_1>, <a_0 sy_c0_1>, <a_0 sz_c0_1>"):
        Cumulants(order=2, only=("a", "s", "aa", "ss")).evolve(MODEL, [1, 1, -1], [1.0])
    with pytest.raises(ClosureError, match=r"not tracked: <sx_c0_1 sz_c0_2>, <sy_c0_1 sz_c0_2>, <sz_c0_1"):
        Cumulants(order=2, only=["a", "s", "aa", "sa"]).evolve(MODEL, [1, 1, -1], [1.0])
    complete = Cumulants(order=2, only=("a", "s", "aa", "sa", "ss"))
    assert complete.only == ("a", "s", "aa", "as", "ss")
    found = complete.evolve(MODEL, [1, 1, -1], [1.0])
    np.testing.assert_array_equal(found["photons"], Cumulants(order=2).evolve(MODEL, [1, 1, -1], [1.0])["photons"])


def test_what_is_too_large_is_refused_before_any_work():
    """9 pair moments of 150 (149) / 2 pairs, 450 components, 1800 times a field, and 24 moments of light."""
    rng = np.random.default_rng(1)
    many = MultimodeDicke(rng.normal(size=(150, 4)), 1.0, 1.0)
    with pytest.raises(SizeError, match=r"102849 moments of order 2 for 150 classes .* need about \d+.* GiB"):
        Cumulants(order=2).evolve(many, [1] * 150, [1.0])
    with pytest.raises(SizeError, match=r"memory_gib=0\.001"):
        Cumulants(order=3, memory_gib=1e-3).steady_state(MODEL, [1, 1, 1])


# Results


def test_a_result_says_what_was_done():
    told = []
    result = Cumulants(order=2, compare=True).evolve(MODEL, [1, 1, -1], [0.0, 1.0], progress=told.append)
    assert result.attrs["moments"] == 15
    assert json.loads(result.attrs["structure"]) == {"members": [None], "modes": 1, "axis": None}
    assert result.attrs["g2_from"] == "cumulants up to order 2"
    assert set(json.loads(result.attrs["order_difference"])) >= {"magnetisation", "photons", "energy", "overlap"}
    assert told[-1] == 1.0
    assert json.loads(result.attrs["theory"])["name"] == "Cumulants"
    assert result["photons"].dims == ("time", "mode")
    split = Cumulants(order=2).evolve(MODEL, [1, 1, 1], [0.0]).attrs  # the third spin starts against its coupling
    assert json.loads(split["structure"])["members"] == [None, 1]
    assert split["moments"] == 15 + 3 + 3 + 9  # its components, beside the field, beside another spin
    assert Cumulants(order=4).evolve(MODEL, [1, 1, -1], [0.0]).attrs["g2_from"] == "its own moment"
    assert "g2" not in Cumulants(order=1).evolve(MODEL, [1, 1, -1], [0.0])


def test_the_order_of_the_spins_does_not_matter():
    place, start = [2, 0, 1], np.array([1, 1, -1])
    channels = SpinChannels(decay=0.1, axis="z")
    one = MultimodeDicke([[0.2], [0.3], [-0.2]], 1.0, 1.0, 0.1, 0.3, channels=channels)
    other = MultimodeDicke(one.g[place], 1.0, 1.0, 0.1, 0.3, channels=channels)
    first, second = (Cumulants().evolve(m, s, [1.0]) for m, s in ((one, start), (other, start[place])))
    np.testing.assert_allclose(first["spin_z"].values[:, place], second["spin_z"], rtol=1e-9)
    np.testing.assert_allclose(first["photons"], second["photons"], rtol=1e-9)


def test_a_configuration_starts_at_rest():
    """The observables at time 0 are those of the configuration, its light and its Ising energy."""
    start = np.array([1, -1, 1])
    found = Cumulants(order=2).evolve(MODEL, start, [0.0])
    alpha = MODEL.relaxed_amplitudes(start)
    np.testing.assert_array_equal(found["spin_z"][0], start)
    np.testing.assert_allclose(found["photons"][0], abs(alpha) ** 2 + MODEL.thermal_occupation, rtol=1e-12)
    assert found["energy"].item() == pytest.approx(float(MODEL.energy(start)))


def test_the_theory_loads_no_computer_algebra_before_it_is_asked():
    code = (
        "import sys, cavity_hopfield\nfrom cavity_hopfield.theory.cumulants import Cumulants\nCumulants(order=2)\n"
        "print([m for m in ('sympy', 'qutip', 'matplotlib') if m in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


# where equations are kept


@pytest.mark.parametrize("named", [None, "~nobody_of_this_name/equations"])
def test_who_has_no_folder_keeps_no_equations(named, monkeypatch):
    def unknown(self):
        if str(self).startswith("~"):
            raise RuntimeError("Could not determine home directory.")
        return self

    for variable in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", storage.FOLDER_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    if named is not None:
        monkeypatch.setenv(storage.FOLDER_VARIABLE, named)
    monkeypatch.setattr(storage.Path, "expanduser", unknown)
    assert storage.folder() is None
    storage.store(STRUCTURES[0], {"a": np.zeros(1)})
    assert storage.stored(STRUCTURES[0]) is None


@pytest.mark.parametrize("readable", [True, False])
def test_equations_of_another_version_are_not_read(readable, kept, monkeypatch):
    def locked(self):
        raise PermissionError(self)

    if not readable:
        monkeypatch.setattr(storage.Path, "read_bytes", locked)
    places = []
    for version in ("1.0", "2.0"):
        monkeypatch.setattr(storage, "__version__", version)
        storage._version.cache_clear()
        places.append(storage._place(STRUCTURES[0]))
    storage._version.cache_clear()
    assert places[0] != places[1]
    assert {place.parent for place in places} == {kept}
