import mpmath as mp
import numpy as np
import pytest

from cavity_hopfield.elimination.kernel import _axis_kernels as axis_kernels
from cavity_hopfield.elimination.kernel import _kernels as kernels

ORDER = 16
NODES, WEIGHTS = np.polynomial.legendre.leggauss(ORDER)
POLYNOMIALS = np.polynomial.legendre.legvander(NODES, ORDER - 1).T
TO_LEGENDRE = (np.arange(ORDER)[:, None] + 0.5) * POLYNOMIALS * WEIGHTS

U = np.array([0.8 - 1.1j, 0.2 + 0.4j])
Z = np.array([0.4 + 1.0j, 0.7 - 1.6j])
DEPHASING = 0.9

both_versions = pytest.mark.parametrize("version", [lambda f: f, lambda f: f.py_func], ids=["compiled", "python"])


def exact_kernel(t, dephasing=DEPHASING):
    """f(t) at 40 digits."""
    with mp.workdps(40):
        memory = sum(mp.mpc(u) * (1 - mp.exp(-mp.mpc(z) * t)) for u, z in zip(U, Z, strict=True))
        return mp.exp(-mp.mpf(dephasing) * t + memory)


def memory_at(t, version=lambda f: f):
    """What the modes remember at `t`, one term each."""
    memory = np.empty(len(U), complex)
    version(kernels.recall_memory)(U, Z, t, memory)
    return memory


def value_at(t, *, settled, version=lambda f: f, offset=0.0):
    """The kernel, or what is left of it where settled."""
    return version(kernels.kernel_value)(DEPHASING, U, Z, memory_at(t), t, offset, settled)


def relative_error(value, exact):
    return float(abs(mp.mpc(complex(value)) - exact) / abs(exact))


@both_versions
@pytest.mark.parametrize("x", [0.0, 1e-8, 9.9e-4, 1.1e-3, 0.3, -4.0, np.pi, 4.493409457909064, 15.9, 16.1, -40.0, 1e4])
def test_spherical_bessel_functions(version, x):
    values = np.empty(ORDER)
    version(kernels.spherical_bessel)(x, values)
    with mp.workdps(40):
        exact = [
            float(mp.sqrt(mp.pi / (2 * mp.mpf(abs(x)))) * mp.besselj(m + mp.mpf(1) / 2, abs(x))) if x else float(m == 0)
            for m in range(ORDER)
        ]
    parity = np.where(x < 0, (-1.0) ** np.arange(ORDER), 1.0)
    np.testing.assert_allclose(values, parity * exact, atol=1e-15, rtol=1e-12)


@pytest.mark.parametrize("degree", range(4))
def test_a_legendre_polynomial_against_a_phase_gives_a_bessel_function(degree):
    values = np.empty(ORDER)
    kernels.spherical_bessel(2.3, values)
    integral = np.sum(WEIGHTS * POLYNOMIALS[degree] * np.exp(-2.3j * NODES))
    assert 2 * (-1j) ** degree * values[degree] == pytest.approx(integral, abs=1e-14)


@both_versions
@pytest.mark.parametrize(("energy", "t"), [(0.3, 2.0), (-7.1, 1234.5), (1e3, 9876.54321), (1.0 / 3.0, 1e8 / 7.0)])
def test_a_phase_of_many_turns_keeps_its_digits(version, energy, t):
    with mp.workdps(60):
        exact = mp.expj(-mp.mpf(energy) * mp.mpf(t))
        assert relative_error(version(kernels.turned)(energy, t), exact) < 4e-16


@both_versions
@pytest.mark.parametrize("w", [1e-12 + 2e-12j, -1e-5j, 0.3 - 0.2j, -0.99j, 1.01 + 0.0j, -3.0 + 2.0j, 5.0 - 1.0j])
def test_remainders_of_exponentials_keep_their_digits(version, w):
    with mp.workdps(60):
        linear = mp.exp(mp.mpc(w)) - 1 - mp.mpc(w)
        quadratic = linear - mp.mpc(w) ** 2 / 2
        assert relative_error(version(kernels.exponential_beyond_linear)(w), linear) < 2e-15
        assert relative_error(version(axis_kernels.exponential_remainder)(w), quadratic) < 1e-14


@both_versions
@pytest.mark.parametrize(("t", "offset"), [(0.0, 0.0), (0.0, 1e-9), (0.7, -0.2), (3.0, 0.1)])
def test_the_kernel_value_is_the_kernel(version, t, offset):
    found = value_at(t, settled=False, version=version, offset=offset)
    with mp.workdps(40):
        assert relative_error(found, exact_kernel(mp.mpf(t) + offset)) < 2e-15


@both_versions
@pytest.mark.parametrize("t", [4.0, 9.0, 25.0])
def test_the_settled_part_and_its_remainder_add_up_to_the_kernel(version, t):
    settled = np.exp(U.sum() - DEPHASING * t) * (1 - memory_at(t, version).sum())
    remainder = value_at(t, settled=True, version=version)
    with mp.workdps(40):
        settled_exactly = mp.exp(sum(map(mp.mpc, U)) - mp.mpf(DEPHASING) * t) * (
            1 - sum(mp.mpc(u) * mp.exp(-mp.mpc(z) * t) for u, z in zip(U, Z, strict=True))
        )
        assert relative_error(settled, settled_exactly) < 2e-15
        assert relative_error(remainder, exact_kernel(t) - settled_exactly) < 1e-14


@both_versions
@pytest.mark.parametrize("settled", [False, True])
def test_the_envelope_bounds_the_kernel_and_the_horizon_bounds_the_envelope(version, settled):
    times = np.linspace(version(kernels.memory_time)(U, Z) if settled else 0.0, 40.0, 300)
    envelope = np.array([version(kernels.log_envelope)(DEPHASING, U, Z, t, settled) for t in times])
    sizes = np.array([np.log(abs(value_at(t, settled=settled)) + 1e-300) for t in times])
    assert (sizes <= envelope + 1e-12).all()
    assert (np.diff(envelope) < 0).all()
    floor = -20.0
    late = version(kernels.horizon)(DEPHASING, U, Z, floor, settled)
    assert kernels.log_envelope(DEPHASING, U, Z, late, settled) <= floor
    assert kernels.log_envelope(DEPHASING, U, Z, 0.999 * late, settled) > floor


@both_versions
def test_the_memory_time_is_where_the_transients_have_shrunk_to_one(version):
    settles_at = version(kernels.memory_time)(U, Z)
    assert np.sum(np.abs(U * np.exp(-Z * settles_at))) == pytest.approx(1.0, abs=1e-12)
    assert version(kernels.memory_time)(0.1 * U, Z) == 0.0


@both_versions
@pytest.mark.parametrize("settled", [False, True])
def test_panels_cover_the_stretch_and_hold_the_function(version, settled):
    start, stop = 2.0, 30.0
    midpoints, levels, series, sizes, truncation = version(kernels.build_panels)(
        DEPHASING, U, Z, start, stop, settled, 1e-16, NODES, TO_LEGENDRE
    )
    halves = 0.5 * (stop - start) / 2.0**levels
    edges = np.sort(np.concatenate([midpoints - halves, midpoints + halves]))
    np.testing.assert_allclose(edges[1:-1:2], edges[2:-1:2], rtol=1e-14)
    assert (edges[0], edges[-1]) == (start, stop)
    assert 0 < truncation < 1e-14 * len(midpoints)
    inside = np.linspace(-0.97, 0.97, 9)
    for middle, half, coefficients, size in zip(midpoints, halves, series, sizes, strict=True):
        expected = [value_at(middle, settled=settled, offset=offset) for offset in half * inside]
        found = np.polynomial.legendre.legval(inside, coefficients)
        np.testing.assert_allclose(found, expected, atol=1e-12 * size + 1e-15)


@both_versions
def test_a_looser_tolerance_takes_fewer_panels_and_reports_a_larger_truncation(version):
    counts, truncations = [], []
    for tolerance in (1e-3, 1e-7, 1e-11):
        panels = version(kernels.build_panels)(DEPHASING, U, Z, 0.0, 200.0, False, tolerance, NODES, TO_LEGENDRE)
        counts.append(len(panels[0]))
        truncations.append(panels[-1])
        assert truncations[-1] <= tolerance * counts[-1]
    assert counts == sorted(set(counts))
    assert truncations == sorted(set(truncations), reverse=True)


@both_versions
@pytest.mark.parametrize("energy", [0.0, -2.0, 7.0, 300.0])
def test_summed_panels_are_the_integral(version, energy):
    stop = 6.0
    panels = kernels.build_panels(DEPHASING, U, Z, 0.0, stop, False, 1e-18, NODES, TO_LEGENDRE)
    integral = np.zeros(1, complex)
    version(kernels.sum_panels)(np.array([energy]), 0.0, stop, *panels[:3], integral)
    with mp.workdps(25):
        pieces = mp.linspace(0, stop, 4 + int(abs(energy) * stop / 8))
        exact = mp.quad(lambda t: mp.expj(-energy * t) * exact_kernel(t), pieces, method="gauss-legendre", maxdegree=4)
    assert abs(integral[0] - complex(exact)) < 1e-14


@both_versions
@pytest.mark.parametrize("y", [-0.8, 0.01, 1.3])
def test_the_kernel_on_the_imaginary_axis_is_its_continuation(version, y):
    # imaginary_axis leaves out the first-order transient and dephasing phases: both are real energies on the axis.
    u, z = np.array([0.3, 0.3]) * (Z[0].conjugate() ** 2, Z[0] ** 2), np.array([Z[0], Z[0].conjugate()])
    dephasing = float(np.sum(u * z).real)
    real, imaginary = version(axis_kernels.imaginary_axis)(u, z, y)
    with mp.workdps(40):
        t = mp.mpc(0, -y)
        exact = -mp.mpf(dephasing) * t + sum(
            mp.mpc(a) * (1 - mp.exp(-mp.mpc(b) * t)) for a, b in zip(u, z, strict=True)
        )
        assert real == pytest.approx(float(exact.real), rel=1e-12)
        assert imaginary == pytest.approx(float(exact.imag), rel=1e-10, abs=1e-15)
