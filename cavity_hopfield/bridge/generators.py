"""What is left of the drive when the light is eliminated: jumps, the Lamb shift, and the dressing of the spins."""

import warnings

import numpy as np
from scipy.sparse import csr_array, diags_array

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.elimination.sectors import SectorEquation, flip_strengths
from cavity_hopfield.elimination.spin_generator import force_labels
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.operators import adjoint, flip_partners, pauli, turning, two_sided


def lamb_hamiltonian(dicke: MultimodeDicke, jumps: str) -> csr_array:
    r"""$H_\mathrm{LS}$, (2^N, 2^N): $\sum_{i\sigma} \Lambda_i(\sigma) \Pi_\sigma$ of flips one by one; of the "sector"
    $\sum_{x\delta} \Lambda(\delta, x) V_{x,\delta}^\dagger V_{x,\delta}$.
    """
    shifts: FloatArray = flip_strengths(dicke).imag
    if jumps == "sector":
        return _there_and_back(dicke, shifts.astype(np.complex128))
    return csr_array(diags_array(shifts.sum(axis=1) + 0j))


def sector_generator(dicke: MultimodeDicke, memory_gib: float) -> csr_array:
    r"""$-i [H_\mathrm{LS}, \rho] + \sum W(\delta, x) D[V_{x,\delta}] \rho$ on whole, stacked density matrices.

    Between equal forces it is that of `SectorEquation`. A coherence between unequal forces is not fed by any jump, for
    no $V_{x,\delta}$ acts on both of its configurations, and decays as they are left.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)  # the network of these choices has told
        lasting = SectorEquation(memory_gib).generator(dicke).superoperator()
    labels = force_labels(dicke)
    unequal = (labels[:, None] != labels[None, :]).ravel(order="F")
    decay = _there_and_back(dicke, flip_strengths(dicke))
    one = csr_array(diags_array(np.ones(labels.size) + 0j))
    leaving = two_sided(decay, one) + two_sided(one, adjoint(decay))
    return csr_array(lasting - leaving @ diags_array(unequal + 0j))


def transverse_field(n_spins: int, field: float) -> csr_array:
    r"""$\rho \mapsto -i [\Omega' \sum_i \sigma^x_i, \rho]$, on stacked density matrices."""
    total = csr_array((2**n_spins, 2**n_spins), dtype=np.complex128)
    for spin in range(n_spins):
        total = csr_array(total + field * pauli("x", spin, n_spins))
    return turning(total)


def dressing(dicke: MultimodeDicke) -> csr_array:
    r"""$D = \Omega \sum_{i\sigma} \int_0^\infty F\,dt\; |\sigma^{(i)}\rangle\langle\sigma|$, (2^N, 2^N), with
    $\sigma^{(i)}$ the configuration in which spin i is flipped (see `dressed`).
    """
    strengths, partners = flip_strengths(dicke), flip_partners(dicke.n_spins)
    size, n_spins = partners.shape
    before = np.repeat(np.arange(size), n_spins)
    return csr_array((strengths.ravel() / dicke.drive, (partners.ravel(), before)), shape=(size, size))


def dressed(dicke: MultimodeDicke, states: ComplexArray) -> ComplexArray:
    r"""$\rho - i (D \rho - \rho D^\dagger)$: what spins with light are to first order in the drive, where the equation
    of second order says $\rho$; for `states` (..., 2^N, 2^N).

    A drive holds every configuration in a superposition with those one flip away. The light is at rest under the
    configuration before and follows: $\langle\sigma^{(i)}|\rho|\sigma\rangle = -i \Omega [I_i(\sigma) p_\sigma
    - I_i(\sigma^{(i)})^* p_{\sigma^{(i)}}]$ with $I = \int_0^\infty F\,dt$. Its imaginary part makes the populations
    flow, $\dot p = W p$; its real part is the polarisation $\langle\sigma^x\rangle$ that goes with the Lamb shift.

    Raises
    ------
    ArgumentError
        If `states` are not finite matrices of the spins.

    Notes
    -----
    Valid for `states` without coherences between unequal forces, later than the memory of the light after the start.
    Hermitian with trace one; eigenvalues may be negative by the square of the drive.

    Examples
    --------
    The current of sigma^z that the rates make is what the drive makes of the dressing:

    >>> from cavity_hopfield import CavityRates
    >>> one = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> up = dressed(one, np.diag([1.0 + 0j, 0.0]))
    >>> sigma_y = 2 * up[1, 0].imag
    >>> bool(abs(2 * 0.02 * sigma_y + 2 * CavityRates(one)(0.0)) < 1e-12)
    True
    """
    given = np.asarray(states)
    n_spins = require_dicke("dicke", dicke).n_spins
    if given.ndim < 2 or given.dtype.kind not in "biufc" or given.shape[-2:] != (2**n_spins,) * 2:
        raise ArgumentError(
            f"Argument `states` must be density matrices of {n_spins} spins, of shape (..., 2^{n_spins}, 2^{n_spins}), "
            f"but has shape {given.shape}."
        )
    if not np.isfinite(given).all():
        raise ArgumentError("Argument `states` must be finite, but holds nan or infinity.")
    matrix = dressing(dicke).toarray()
    return np.asarray(given - 1j * (matrix @ given - given @ matrix.conj().T))


def require_configuration(initial: object, n_spins: int) -> None:
    """An error unless `initial` is a configuration, under which the light of a cavity can be at rest."""
    given = np.asarray(initial) if isinstance(initial, (list, tuple, np.ndarray)) else None
    if given is None or given.shape != (n_spins,) or not np.isin(given, (-1, 1)).all():
        raise ArgumentError(
            f"Argument `initial` must be a configuration, {n_spins} entries of -1 and +1, under which the light is at "
            f"rest, but is {initial!r}. For other states of the spins compare `Bridge.states` with those of `Lindblad`."
        )


def bloch_vectors_of(states: ComplexArray) -> FloatArray:
    """Bloch vectors (..., N, 3) of every spin in density matrices (..., 2^N, 2^N)."""
    size = states.shape[-1]
    n_spins = size.bit_length() - 1
    found = np.empty((*states.shape[:-2], n_spins, 3))
    for spin in range(n_spins):
        for k, axis in enumerate("xyz"):
            entries = pauli(axis, spin, n_spins).tocoo()
            found[..., spin, k] = np.sum(states[..., entries.col, entries.row] * entries.data, axis=-1).real
    return found


def _there_and_back(dicke: MultimodeDicke, weights: ComplexArray) -> csr_array:
    r"""$\sum_{x\delta} w(\delta, x) V_{x,\delta}^\dagger V_{x,\delta}$ with `weights` (2^N, N) of the flips."""
    labels, partners = force_labels(dicke), flip_partners(dicke.n_spins)
    size, n_spins = partners.shape
    before = np.arange(size)
    total = csr_array((size, size), dtype=np.complex128)
    for i in range(n_spins):
        for j in range(n_spins):
            after = partners[partners[:, i], j]
            alike = np.flatnonzero(labels[after] == labels)
            entries = (weights[alike, i], (after[alike], before[alike]))
            total = csr_array(total + csr_array(entries, shape=(size, size)))
    return total
