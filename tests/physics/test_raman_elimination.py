"""Driven four-level atoms with all levels against the Dicke model of `RamanCavity`: the error falls as 1/Delta_a."""

import numpy as np
import pytest

from cavity_hopfield.platforms import RamanCavity, StandingWaves
from tests.twins.raman_atoms import driven_atoms, liouvillian, spin_one_and_quadrature, spins_and_quadratures

STRENGTH, LOSS, SPLITTING = 0.15, 0.8, 0.5
FOCK = 4


def cavity(detuning, positions=(0.1,), wavelengths=(1.0,), **changes):
    """A platform in which g0 and the Rabi frequency grow with the detuning, so that the Dicke model stays as it is."""
    strength = np.sqrt(2 * STRENGTH * abs(detuning))
    options = {
        "coupling_rad_s": strength,
        "atomic_linewidth_rad_s": 1e-6,
        "photon_loss_rad_s": LOSS,
        "atomic_detuning_rad_s": detuning,
        "mode_detuning_rad_s": 1.0 + 0.4 * np.arange(len(wavelengths)),
        "pump_rabi_rad_s": strength,
        "level_splitting_rad_s": SPLITTING,
        "geometry": StandingWaves(positions_m=positions, wavelengths_m=wavelengths),
    }
    return RamanCavity(**options | changes)


def all_levels(platform, linewidth=0.0):
    return driven_atoms(
        platform.geometry.amplitudes(),
        coupling=platform.coupling_rad_s,
        rabi=platform.pump_rabi_rad_s,
        detuning=platform.atomic_detuning_rad_s,
        cavity=np.atleast_1d(platform.mode_detuning_rad_s),
        splitting=platform.level_splitting_rad_s,
        linewidth=linewidth,
        fock=FOCK,
    )


def without_excited(platform):
    model = platform.to_dicke(unit_rad_s=1.0)
    return spins_and_quadratures(model.g, model.omega, model.drive, fock=FOCK)


def energy_error(detuning, **options):
    """Largest error of an energy, after the common light shift is taken off."""
    platform = cavity(detuning, **options)
    reduced = np.linalg.eigvalsh(without_excited(platform)[0])
    full = np.linalg.eigvalsh(all_levels(platform)[0])
    kept = full[: len(reduced)] if detuning < 0 else full[-len(reduced) :]
    shift = len(platform.geometry.amplitudes()) * platform.pump_rabi_rad_s**2 / (4 * detuning)
    return np.abs(kept - shift - reduced).max()


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("positions", [(0.1,), (0.1, 0.47)])
def test_energies_differ_by_the_inverse_detuning(sign, positions):
    near, far = (energy_error(sign * detuning, positions=positions) for detuning in (1000, 2000))
    assert far < 0.02
    assert near / far == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("mixed", [False, True])
def test_two_modes_are_right_where_the_atoms_do_not_mix_them(mixed):
    options = {"positions": (0.1, 0.8 if mixed else 0.9), "wavelengths": (1.0, 2.0)}
    assert (abs(cavity(-1000, **options).dispersive_shifts_rad_s()[0, 1]) > 1e-2) == mixed
    near, far = (energy_error(detuning, **options) for detuning in (-1000, -2000))
    assert near / far == pytest.approx(1 if mixed else 2, rel=0.05)


def test_relaxation_rates_differ_by_the_inverse_detuning():
    errors = []
    for detuning in (-1000, -2000):
        platform = cavity(detuning)
        spectra = []
        for hamiltonian, light in (all_levels(platform), without_excited(platform)):
            spectra.append(np.linalg.eigvals(liouvillian(hamiltonian, [(LOSS, light[0])])))
        slowest = spectra[1][np.argsort(-spectra[1].real)[:8]]
        errors.append(max(np.abs(spectra[0] - value).min() for value in slowest))
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)


def test_scattered_photons_are_the_population_that_decays():
    errors = []
    for detuning in (-30.0, -60.0):
        options = {"coupling_rad_s": 1e-9, "pump_rabi_rad_s": 1.0, "atomic_linewidth_rad_s": 0.4}
        platform = cavity(detuning, level_splitting_rad_s=0.0, **options)
        energies = np.linalg.eigvals(all_levels(platform, linewidth=0.4)[0])
        lost = -2 * energies.imag[np.abs(energies) < -detuning / 2]
        # in this scheme either state sees one of the two beams
        errors.append(np.abs(lost / (platform.spontaneous_rate_per_s() / 2) - 1).max())
    assert errors[1] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)


def test_spin_one_is_the_symmetric_half_of_two_spins():
    platform = cavity(-1000.0, spin=1.0)
    model = platform.to_dicke(unit_rad_s=1.0)
    assert model.g.shape == (2, 1)
    two_spins = np.linalg.eigvalsh(without_excited(platform)[0])
    single = cavity(-1000.0).to_dicke(unit_rad_s=1.0)
    one = np.linalg.eigvalsh(spin_one_and_quadrature(single.g[0, 0], single.omega[0], SPLITTING, fock=FOCK))
    singlet = single.omega[0] * np.arange(FOCK)
    np.testing.assert_allclose(two_spins, np.sort(np.concatenate([one, singlet])), atol=1e-12)
