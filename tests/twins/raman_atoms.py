"""Four-level atoms with all their levels in a cavity, and pumped media, as dense matrices: nothing is eliminated."""

import functools

import numpy as np

GROUND_0, GROUND_1, EXCITED_R, EXCITED_S = range(4)


def transition(to, origin, levels=4):
    matrix = np.zeros((levels, levels))
    matrix[to, origin] = 1.0
    return matrix


def annihilation(levels):
    return np.diag(np.sqrt(np.arange(1.0, levels)), 1)


def placed(operators, dimensions):
    """The product of `operators`, a dictionary from factor to matrix."""
    factors = (operators.get(place, np.eye(size)) for place, size in enumerate(dimensions))
    return functools.reduce(np.kron, factors)


def driven_atoms(amplitudes, *, coupling, rabi, detuning, cavity, splitting, linewidth=0.0, fock=5):
    """The Hamiltonian in the frame of the pumps: the cavity links 0-r and 1-s, the pumps 1-r and 0-s.

    With a linewidth it is not Hermitian: the part without scattered photons.
    """
    n_atoms, n_modes = amplitudes.shape
    dimensions = [4] * n_atoms + [fock] * n_modes
    light = [placed({n_atoms + mu: annihilation(fock)}, dimensions) for mu in range(n_modes)]
    total = sum(detuned * a.T @ a for detuned, a in zip(cavity, light, strict=True)).astype(complex)
    for atom in range(n_atoms):
        own = {name: placed({atom: transition(*name)}, dimensions) for name in np.ndindex(4, 4)}
        total += splitting / 2 * (own[GROUND_1, GROUND_1] - own[GROUND_0, GROUND_0])
        total += (-detuning - 0.5j * linewidth) * (own[EXCITED_R, EXCITED_R] + own[EXCITED_S, EXCITED_S])
        up = rabi / 2 * (own[EXCITED_R, GROUND_1] + own[EXCITED_S, GROUND_0])
        total += up + up.T
        for mu, a in enumerate(light):
            absorbed = coupling * amplitudes[atom, mu] * (own[EXCITED_R, GROUND_0] + own[EXCITED_S, GROUND_1]) @ a
            total += absorbed + absorbed.T
    return total, light


def spins_and_quadratures(couplings, frequencies, drive, *, fock=5):
    """The reduced model: couplings times sigma^z (a + a^dagger), the drive times sigma^x."""
    n_spins, n_modes = couplings.shape
    dimensions = [2] * n_spins + [fock] * n_modes
    light = [placed({n_spins + mu: annihilation(fock)}, dimensions) for mu in range(n_modes)]
    total = sum(frequency * a.T @ a for frequency, a in zip(frequencies, light, strict=True))
    for spin in range(n_spins):
        z = placed({spin: np.diag([1.0, -1.0])}, dimensions)
        total = total + drive * placed({spin: np.array([[0.0, 1.0], [1.0, 0.0]])}, dimensions)
        total = total + sum(g * z @ (a + a.T) for g, a in zip(couplings[spin], light, strict=True))
    return total, light


def spin_one_and_quadrature(coupling, frequency, splitting, *, fock=5):
    """An atom of spin 1: 2 g F_z (a + a^dagger) + omega_0 F_x."""
    along = np.diag([1.0, 0.0, -1.0])
    across = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) / np.sqrt(2)
    a = annihilation(fock)
    unit = np.eye(fock)
    return (
        2 * coupling * np.kron(along, a + a.T)
        + splitting * np.kron(across, unit)
        + frequency * np.kron(np.eye(3), a.T @ a)
    )


def liouvillian(hamiltonian, jumps):
    """-i [H, .] + sum rate D[L], on columns stacked."""
    unit = np.eye(len(hamiltonian))
    total = -1j * (np.kron(unit, hamiltonian) - np.kron(hamiltonian.T, unit))
    for rate, jump in jumps:
        square = jump.conj().T @ jump
        total = total + rate * np.kron(jump.conj(), jump)
        total -= rate / 2 * (np.kron(unit, square) + np.kron(square.T, unit))
    return total


def stationary(generator):
    """The state that does not change, by a linear solve with the trace as one of its rows."""
    size = round(np.sqrt(len(generator)))
    equations = np.array(generator)
    equations[0] = np.eye(size).reshape(-1, order="F")
    right = np.zeros(len(generator), complex)
    right[0] = 1.0
    return np.linalg.solve(equations, right).reshape(size, size, order="F")


def photons_with_pumped_atom(coupling, pump, decay, broadening, loss, *, fock=9):
    """Stationary photon number of a mode with one two-level atom that is pumped up."""
    a, lowering = np.kron(np.eye(2), annihilation(fock)), np.kron(transition(1, 0, 2), np.eye(fock))
    inversion = np.kron(np.diag([1.0, -1.0]), np.eye(fock))
    energy = coupling * (a.T @ lowering + lowering.T @ a)
    jumps = [(pump, lowering.T), (decay, lowering), (broadening / 4, inversion), (loss, a)]
    state = stationary(liouvillian(energy, jumps))
    return float(np.trace(a.T @ a @ state).real), float(np.trace(inversion @ state).real)


def photons_with_idler(coupling, idler_loss, loss, *, fock=8, idler_fock=3):
    """Stationary photon number of a mode that is driven in pairs with an idler."""
    a = np.kron(annihilation(fock), np.eye(idler_fock))
    b = np.kron(np.eye(fock), annihilation(idler_fock))
    state = stationary(liouvillian(coupling * (a @ b + a.T @ b.T), [(loss, a), (idler_loss, b)]))
    return float(np.trace(a.T @ a @ state).real)
