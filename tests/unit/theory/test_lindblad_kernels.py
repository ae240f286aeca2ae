"""The kernels of the matrix-free generator, compiled and as Python, against products written with index arrays."""

import numpy as np
import pytest

from cavity_hopfield import Glauber, OpenHopfield
from cavity_hopfield.network import configuration_rates
from cavity_hopfield.theory.lindblad import _sweep_kernels as sweep
from cavity_hopfield.theory.lindblad import _tile_kernels as tile
from cavity_hopfield.theory.lindblad.matrix_free import MatrixFree

COMPILED = {name: code for name, code in {**vars(tile), **vars(sweep)}.items() if hasattr(code, "py_func")}
SECTORS = [None, "even", "odd"]


def network_of(n_spins):
    half = np.random.default_rng(n_spins).normal(size=(n_spins, n_spins))
    return OpenHopfield(half + half.T, Glauber(0.5), drive=0.7)


@pytest.fixture(params=["compiled", "python"])
def kernels(request, monkeypatch):
    """The sweeps and all they call."""
    if request.param == "python":
        for name, code in COMPILED.items():
            monkeypatch.setattr(sweep, name, code.py_func, raising=False)
    return sweep


def product(network, matrix):
    """The generator in the turned frame, one fancy-indexed term at a time."""
    n = network.n_spins
    rates = configuration_rates(network)
    every = np.arange(2**n)
    out = -(rates.sum(axis=0)[:, None] + rates.sum(axis=0)) / 2 * matrix
    for i in range(n):
        flipped = every ^ (1 << (n - 1 - i))
        down = (every >> (n - 1 - i)) & 1
        turn = network.drive * (2 * down - 1)
        out += turn[:, None] * matrix[flipped] + turn * matrix[:, flipped]
        weighted = np.sqrt(np.outer(rates[i], rates[i])) * matrix
        out += (down[:, None] == down) * weighted[flipped][:, flipped]
    return out


def packed_matrix(generator, seed=0):
    size = 2**generator.network.n_spins
    matrix = np.random.default_rng(seed).normal(size=(size, size))
    return generator.pack(matrix + generator.sign * matrix.T)


@pytest.mark.parametrize("n_spins", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("sector", SECTORS)
@pytest.mark.parametrize("antisymmetric", [False, True])
def test_a_product(kernels, n_spins, sector, antisymmetric):
    assert kernels is sweep
    generator = MatrixFree.of(network_of(n_spins), sector, antisymmetric=antisymmetric)
    x = packed_matrix(generator)
    exact = product(generator.network, generator.unpack(x))
    np.testing.assert_allclose(generator.unpack(generator.apply(x)), exact, atol=1e-13)


@pytest.mark.parametrize("sector", SECTORS)
def test_a_product_with_tiles_of_sixteen_rows(kernels, sector):
    assert kernels is sweep
    generator = MatrixFree.of(network_of(6), sector)
    x = packed_matrix(generator)
    exact = product(generator.network, generator.unpack(x))
    np.testing.assert_allclose(generator.unpack(generator.apply(x)), exact, atol=1e-13)


@pytest.mark.parametrize("sector", SECTORS)
def test_a_step_of_the_recurrence(kernels, sector):
    assert kernels is sweep
    generator = MatrixFree.of(network_of(4), sector)
    now, before, end = (packed_matrix(generator, seed) for seed in range(3))
    after = 0.3 * generator.apply(now) - 0.2 * now + 0.7 * before
    total = end + 0.4 * now + 1.5 * after
    generator.advance(now, before, end, (0.3, -0.2, 0.7, 0.4, 1.5))
    np.testing.assert_allclose(before, after, atol=1e-14)
    np.testing.assert_allclose(end, total, atol=1e-14)


@pytest.mark.parametrize("n_spins", [1, 3, 6])
@pytest.mark.parametrize("sector", SECTORS)
@pytest.mark.parametrize("antisymmetric", [False, True])
def test_packing_keeps_what_is_in_the_space_and_nothing_else(n_spins, sector, antisymmetric):
    generator = MatrixFree.of(network_of(n_spins), sector, antisymmetric=antisymmetric)
    x = packed_matrix(generator)
    matrix = generator.unpack(x)
    np.testing.assert_array_equal(matrix, generator.sign * matrix.T)
    np.testing.assert_array_equal(generator.pack(matrix), x)
    if sector is not None:
        down = np.array([int(k).bit_count() for k in range(2**n_spins)])
        sign = (1 if sector == "even" else -1) * (-1.0) ** (down[:, None] + down)
        np.testing.assert_array_equal(matrix, sign * matrix[::-1, ::-1])


def test_the_sectors_add_up():
    network = network_of(5)
    matrix = np.random.default_rng(1).normal(size=(32, 32))
    matrix += matrix.T
    parts = [MatrixFree.of(network, sector) for sector in ("even", "odd")]
    total = sum(part.unpack(part.pack(matrix)) for part in parts)
    np.testing.assert_allclose(total, matrix, atol=1e-15)


def test_half_is_stored():
    network = network_of(8)
    assert MatrixFree.of(network).size < 1.1 * 4**8 / 2
    assert MatrixFree.of(network, "even").size < 1.15 * 4**8 / 4


def test_places_are_those_of_the_elements():
    generator = MatrixFree.of(network_of(6))
    x = np.arange(float(generator.size))
    matrix = generator.unpack(x)
    rows, columns = np.array([0, 3, 17, 40]), np.array([0, 5, 49, 41])
    np.testing.assert_array_equal(x[generator.places(rows, columns)], matrix[rows, columns])
