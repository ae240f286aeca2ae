"""Quantum-jump trajectories against the master equation of their mean, exact waiting times, and closed forms."""

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import kstest

from cavity_hopfield import (
    CavityRates,
    ClassicalMasterEquation,
    Glauber,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
)
from cavity_hopfield.dynamics import spawn_streams
from cavity_hopfield.theory.jumps import QuantumJumps, _kernels, runs
from cavity_hopfield.theory.jumps.runs import Rates, real_parts
from tests.twins import classical_generator as classical
from tests.twins import jump_unravelling as twin

STORED = Patterns([[1, 1, -1, 1], [1, -1, -1, -1]])
COUPLINGS = classical.hebb(STORED.values)
START = (1, 1, -1, 1)
TIMES = (0.4, 1.5, 4.0)
TRUST = 4.5
"""Largest deviation in standard errors; among a hundred numbers, chance exceeds it once in 1500 cases."""
STRIDE = _kernels.stride
CAVITY = MultimodeDicke(
    g=[[0.5, 0.3], [0.5, -0.3], [-0.4, -0.3], [0.5, -0.2]],
    omega=[1.0, 1.3],
    loss=[0.7, 0.9],
    gain=[0.1, 0.0],
    drive=0.6,
)


def cases():
    g, omega, loss, gain = CAVITY.g, CAVITY.omega, CAVITY.loss, CAVITY.gain
    cavity = classical.cavity_couplings(g, omega, loss, gain)
    yield "glauber", OpenHopfield(STORED, Glauber(0.3), drive=0.5), classical.glauber(COUPLINGS, 0.3)
    yield "metropolis", OpenHopfield(STORED, Metropolis(0.7), drive=0.8), classical.metropolis(COUPLINGS, 0.7)
    yield (
        "cavity",
        OpenHopfield(cavity, CavityRates(CAVITY), drive=0.3, patterns=STORED),
        classical.cavity(g, omega, loss, gain, CAVITY.drive),
    )


CASES = {name: (network, rate) for name, network, rate in cases()}


def ket(sigma):
    vector = np.zeros(2 ** len(sigma), complex)
    vector[classical.number(sigma)] = 1
    return vector


def projector(vector):
    return np.outer(vector, vector.conj())


def observables(network):
    """Dense operators of what a run reports, by name."""
    n = network.n_spins
    sigma = {a: [twin.on_spin(twin.SIGMA[a], i, n) for i in range(n)] for a in "xyz"}
    stored = network.patterns.values
    energies = [classical.energy(network.couplings, classical.configuration(k, n)) for k in range(2**n)]
    return {
        "overlap": [sum(x * s for x, s in zip(xi, sigma["z"], strict=True)) / n for xi in stored],
        "overlap_y": [sum(x * s for x, s in zip(xi, sigma["y"], strict=True)) / n for xi in stored],
        "overlap_x": [sum(x * s for x, s in zip(xi, sigma["x"], strict=True)) / n for xi in stored],
        "energy": [np.diag(energies)],
        "spin_z": sigma["z"],
    }


def deviations(result, network, generator, start, times):
    """By how many standard errors each mean over runs differs from the master equation with `generator`."""
    matrices = twin.density_matrices(generator, start, times)
    found = {}
    for name, operators in observables(network).items():
        exact = twin.means(operators, matrices)
        mean = result[name].mean("run") if "run" in result[name].dims else result[name]
        error = result[f"{name}_error"].values.reshape(exact.shape)
        difference = mean.values.reshape(exact.shape) - exact
        certain = error < 1e-12
        np.testing.assert_allclose(difference[certain], 0, atol=1e-7)
        found[name] = np.abs(difference[~certain] / error[~certain]).max(initial=0.0)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_mean_over_runs_is_the_master_equation(name):
    """4000 runs have standard errors near 0.01: rates wrong by 15 % are seen, and so are merged channels."""
    network, rate = CASES[name]
    result = QuantumJumps(runs=4000, seed=11).evolve(network, START, TIMES)
    start = projector(ket(START))

    def largest(factor=1.0, channels=2):
        wrong = twin.liouvillian(4, network.drive, lambda s, i: factor * rate(s, i), channels)
        return max(deviations(result, network, wrong, start, TIMES).values())

    assert largest() < TRUST
    assert min(largest(1.15), largest(0.85), largest(channels=1)) > TRUST
    assert result["overlap_error"].max() < 0.02


@pytest.mark.slow
def test_a_complex_start_gives_the_master_equation_too():
    network, rate = CASES["glauber"]
    bloch = np.array([[1, 0, 0], [0, 0.6, 0.8], [0.48, 0.6, 0.64], [0, 0, -1]])
    result = QuantumJumps(runs=4000, seed=12).evolve(network, ProductState(bloch), TIMES)
    rho = np.eye(1)
    for vector in bloch:
        rho = np.kron(rho, (np.eye(2) + sum(v * twin.SIGMA[a] for v, a in zip(vector, "xyz", strict=True))) / 2)
    found = deviations(result, network, twin.liouvillian(4, network.drive, rate), rho, TIMES)
    assert max(found.values()) < TRUST
    assert found["overlap_x"] > 0


def test_jumps_are_as_many_as_the_rate_times_the_time():
    network, rate = CASES["glauber"]
    result = QuantumJumps(runs=2000, seed=13).evolve(network, START, TIMES)
    # one more row integrates the decay of the density matrix
    augmented = np.zeros((257, 257), complex)
    augmented[:256, :256] = twin.liouvillian(4, network.drive, rate)
    augmented[256, :256] = twin.decay_rate(4, rate).reshape(-1)
    start = np.append(projector(ket(START)).reshape(-1), 0)
    exact = [(expm(augmented * t) @ start)[256].real for t in TIMES]
    counts = result["flips"].values
    z = (counts.mean(axis=0) - exact) / (counts.std(axis=0, ddof=1) / np.sqrt(2000))
    assert np.abs(z).max() < TRUST


def biased_waiting(*arguments):
    """A step whose jumps come twenty per cent late."""
    step, *rest = STRIDE(*arguments)
    return (1.2 * step if rest[-1] else step, *rest)


def uniform_channel(rates, total, _shares, _rate, generator, state):
    """A jump of any spin in the most likely configuration, whatever the rates."""
    place = int((state**2).sum(axis=0).argmax())
    flat = np.zeros_like(rates)
    flat[:, place] = 1
    spin = int(rates.shape[0] * generator.random())
    sources = (np.arange(total.size) >> (rates.shape[0] - 1 - spin)) & 1 == (place >> (rates.shape[0] - 1 - spin)) & 1
    partner = np.arange(total.size) ^ (1 << (rates.shape[0] - 1 - spin))
    state[:] = np.where(sources, state * np.sqrt(rates[spin]), 0)[:, partner]
    return 2 * spin


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "replacement"), [(None, None), ("stride", biased_waiting), ("collapse", uniform_channel)]
)
def test_planted_faults_are_seen(monkeypatch, fault, replacement):
    """The same comparison with one part of the loop replaced: late jumps or wrong channels exceed the trust."""
    network, rate = CASES["glauber"]
    monkeypatch.setattr(runs, "run", _kernels.run.py_func)
    if fault:
        monkeypatch.setattr(_kernels, fault, replacement)
    result = QuantumJumps(runs=1500, seed=14).evolve(network, START, (1.0, 2.0))
    generator = twin.liouvillian(4, network.drive, rate)
    largest = max(deviations(result, network, generator, projector(ket(START)), (1.0, 2.0)).values())
    assert (largest > TRUST) == (fault is not None)


def test_without_a_drive_the_first_jump_is_the_exponential_of_its_random_number():
    network = OpenHopfield(STORED, Glauber(0.5))
    total = network.rates(START).sum()
    jumps = QuantumJumps(runs=200, seed=3).records(network, START, 1000.0)
    first = jumps["jump_time"].values[np.unique(jumps["jump_run"], return_index=True)[1]]
    expected = [-np.log(1 - stream.random()) / total for stream in spawn_streams(3, 200)]
    np.testing.assert_allclose(first, expected, rtol=1e-7, atol=1e-8)


def test_without_a_drive_jumps_follow_the_rates_of_the_configuration():
    network = OpenHopfield(STORED, Glauber(0.8))
    jumps = QuantumJumps(runs=300, seed=4).records(network, START, 6.0)
    scaled, expected, seen = [], np.zeros(4), np.zeros(4)
    for k in range(300):
        mine = jumps.isel(jump=jumps["jump_run"].values == k)
        sigma, before = np.array(START), 0.0
        for when, spin, direction in zip(
            mine["jump_time"].values, mine["jump_spin"].values, mine["jump_direction"].values, strict=True
        ):
            rates = network.rates(sigma)
            assert direction == -sigma[spin]
            scaled.append((when - before) * rates.sum())
            expected += rates / rates.sum()
            seen[spin] += 1
            sigma[spin], before = direction, when
    # waiting times that end with the run are missing: of each run, only the last, and so only long ones
    early = np.array(scaled)[np.array(scaled) < 1]
    assert kstest((1 - np.exp(-early)) / (1 - np.exp(-1)), "uniform").pvalue > 1e-5
    assert np.abs((seen - expected) / np.sqrt(expected)).max() < TRUST


def test_without_a_drive_the_populations_are_classical():
    network = OpenHopfield(STORED, Metropolis(0.6))
    result = QuantumJumps(runs=3000, seed=5).evolve(network, START, TIMES)
    exact = ClassicalMasterEquation().evolve(network, START, TIMES)
    z = (result["overlap"].mean("run") - exact["overlap"]) / result["overlap_error"]
    assert np.abs(z).max() < TRUST
    assert (np.abs(result["overlap_y"]) < 1e-15).all()


def test_cold_spins_without_a_drive_come_to_rest():
    network = OpenHopfield(Patterns([[1, -1, 1, 1, -1]]), Glauber(0.0))
    result = QuantumJumps(runs=5, seed=6).evolve(network, [1, -1, 1, 1, -1], [0.0, 1e6])
    np.testing.assert_array_equal(result["overlap"], 1)
    np.testing.assert_array_equal(result["flips"], 0)


def strided(network, start, longest, ratio, tolerance=1e-12):
    """The step, the state after it with its decay, and whether a jump ends it."""
    tables = Rates.of(network)
    parts, size = start.shape
    terms = np.empty((parts, runs.MOST_ORDER + 1, size + runs.PADDING))
    terms[:, 0, :size] = start
    state, shares = np.empty((parts, size)), np.empty(size)
    mean = float(np.sum(tables.total * start**2))
    reach = network.drive * network.n_spins + 0.5 * max(mean - tables.total.min(), tables.total.max() - mean)
    step, _, _, _, error, jumped = _kernels.stride(
        tables.total, network.drive, tolerance, longest, reach, ratio, mean, terms, np.empty(terms.shape[1]), state,
        shares,
    )  # fmt: skip
    return step, state * np.exp(-0.5 * mean * step), error, jumped


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("real", [True, False])
def test_the_state_between_jumps_is_the_exponential_of_the_effective_hamiltonian(name, real):
    network, rate = CASES[name]
    stream = np.random.default_rng(1)
    # in the y-z plane amplitudes carry one factor -i for each spin that is down
    vector = (-1j) ** np.array([k.bit_count() for k in range(16)]) * stream.normal(size=16)
    if not real:
        vector = stream.normal(size=16) + 1j * stream.normal(size=16)
    vector /= np.linalg.norm(vector)
    start = real_parts(vector, 4)
    assert len(start) == (1 if real else 2)
    step, state, _, jumped = strided(network, start, 0.4, 1e-9)
    exact = expm(twin.effective(4, network.drive, rate) * step) @ vector
    assert (step, jumped) == (0.4, False)
    np.testing.assert_allclose(np.sum(state**2), np.linalg.norm(exact) ** 2, rtol=1e-11)
    complex_state = state[0] if real else state[0] + 1j * state[1]
    assert abs(np.vdot(real_parts(exact / np.linalg.norm(exact), 4)[0], state[0])) > 0.1 or not real
    rebuilt = (-1j) ** np.array([k.bit_count() for k in range(16)]) * complex_state
    assert abs(abs(np.vdot(rebuilt, exact)) / np.linalg.norm(exact) ** 2 - 1) < 1e-11


@pytest.mark.parametrize("ratio", [0.97, 0.85, 0.7])
def test_a_jump_comes_when_the_norm_has_fallen_to_the_random_number(ratio):
    network, rate = CASES["glauber"]
    step, state, _, jumped = strided(network, real_parts(ket(START), 4), 10.0, ratio)
    exact = expm(twin.effective(4, network.drive, rate) * step) @ ket(START)
    assert jumped
    assert np.linalg.norm(exact) ** 2 == pytest.approx(ratio, rel=1e-11)
    assert np.sum(state**2) == pytest.approx(ratio, rel=1e-11)


def test_the_error_of_a_step_follows_the_tolerance_and_stays_below_its_bound():
    network, rate = CASES["glauber"]
    stream = np.random.default_rng(2)
    vector = stream.normal(size=16) + 1j * stream.normal(size=16)
    vector /= np.linalg.norm(vector)
    start = real_parts(vector, 4)
    tolerances, errors = 10.0 ** -np.arange(2, 11), []
    for tolerance in tolerances:
        step, state, bound, _ = strided(network, start, 0.9, 1e-9, tolerance)
        exact = real_parts(expm(twin.effective(4, network.drive, rate) * step) @ vector, 4)
        norm = np.linalg.norm(exact)
        phase = np.vdot(state[0] + 1j * state[1], exact[0] + 1j * exact[1])
        turned = (state[0] + 1j * state[1]) * phase / abs(phase)
        errors.append(np.linalg.norm(turned - exact[0] - 1j * exact[1]) / norm)
        assert errors[-1] <= bound * (1 + 1e-6)
        assert errors[-1] <= tolerance * 2
    slope = np.polyfit(np.log(tolerances), np.log(errors), 1)[0]
    assert 0.8 < slope < 1.2


def test_runs_converge_with_the_tolerance():
    network, _ = CASES["glauber"]

    def final(tolerance):
        return QuantumJumps(runs=20, seed=7, tolerance=tolerance).evolve(network, START, [3.0])["overlap"].values

    reference = final(1e-12)
    errors = [np.abs(final(tolerance) - reference).max() for tolerance in (1e-5, 1e-7, 1e-9)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-7


@pytest.mark.slow
@pytest.mark.parametrize("drive", [0.05, 0.4])
def test_one_spin_has_its_closed_form(drive):
    r"""$\dot m^z = 2\Omega m^y - m^z$, $\dot m^y = -2\Omega m^z - m^y/2$, $\dot m^x = -m^x/2$ for rates of one half."""
    network = OpenHopfield([[0.0]], Glauber(1.0), drive=drive)
    times = np.array([0.5, 1.5, 4.0])
    root = np.emath.sqrt(1 / 16 - 4 * drive**2)
    z = np.exp(-0.75 * times) * (np.cosh(root * times) - np.sinh(root * times) / (4 * root))
    y = -2 * drive * np.exp(-0.75 * times) * np.sinh(root * times) / root
    theory = QuantumJumps(runs=5000, seed=8)
    found = theory.evolve(network, [1], times)
    for name, exact in (("magnetisation", z.real), ("magnetisation_y", y.real)):
        assert (np.abs(found[name].mean("run") - exact) / found[f"{name}_error"]).max() < TRUST
    across = theory.evolve(network, ProductState([[1, 0, 0]]), times)["magnetisation_x"]
    np.testing.assert_allclose(across.mean("run"), np.exp(-times / 2), atol=TRUST * 0.5 / np.sqrt(5000))
