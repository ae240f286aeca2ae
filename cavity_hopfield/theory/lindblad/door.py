"""The generator of a network or a cavity as a QuTiP superoperator, or as a sparse matrix."""

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import ComplexArray
from cavity_hopfield.elimination.exact.fock_levels import checked_levels
from cavity_hopfield.elimination.exact.full_liouvillian import full_liouvillian
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.network import OpenHopfield, configuration_rates, require_network
from cavity_hopfield.operators import configurations, lindbladian, pauli
from cavity_hopfield.operators.qutip_door import superoperator

if TYPE_CHECKING:
    from qutip import Qobj

BYTES_PER_ELEMENT = 60
"""Peak memory for one element of the sparse generator."""


def liouvillian(
    model: OpenHopfield | MultimodeDicke, *, fock: int | tuple[int, ...] | None = None, memory_gib: float = 4.0
) -> "Qobj":
    r"""$\mathcal{L} = -i [H, \cdot] + \sum_k D[L_k]$ as a `qutip.Qobj` with `superrep="super"`.

    Of an `OpenHopfield`: $H = \Omega \sum_i \sigma^x_i$ and two jumps per spin,
    $\sqrt{W_i(\epsilon_i)}\, \sigma^\pm_i$, where $\epsilon_i$ is the flip energy before the flip; if the jumps are
    collective, two per ensemble,
    $\sqrt{W_c(\epsilon_{c\pm})} \sum_{i \in c} (\text{flip of spin i with } \tau_i = \pm 1)$.
    Of a `MultimodeDicke`: spins and light, truncated.

    Parameters
    ----------
    model : OpenHopfield or MultimodeDicke
        The network or the cavity.
    fock : int or (M,) tuple of int, optional
        Fock states kept of each mode: needed for a `MultimodeDicke`, an error for a network, which has no modes.
    memory_gib : float
        Refuse a model that needs more than this.

    Returns
    -------
    qutip.Qobj
        On density matrices stacked by columns; factors in the order of the spins, up before down, then the modes.

    Raises
    ------
    ArgumentError
        If `model` is neither, or `fock` is missing or has no meaning.
    SizeError
        If more memory is needed than `memory_gib`; the text gives the need.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1]]), rate_law=Glauber(temperature=0.5), drive=0.2)
    >>> liouvillian(network).shape
    (64, 64)
    """
    matrix = sparse_liouvillian(model, fock=fock, memory_gib=memory_gib)
    dimensions = (2,) * model.n_spins
    if isinstance(model, MultimodeDicke) and fock is not None:
        dimensions += checked_levels(model, fock)
    return superoperator(matrix, dimensions)


def sparse_liouvillian(
    model: OpenHopfield | MultimodeDicke, *, fock: int | tuple[int, ...] | None = None, memory_gib: float = 4.0
) -> csr_array:
    r"""$\mathcal{L} = -i [H, \cdot] + \sum_k D[L_k]$ as a sparse complex (d^2, d^2) array, without QuTiP.

    Parameters
    ----------
    model, fock, memory_gib
        As for `liouvillian`.

    Returns
    -------
    csr_array
        On density matrices stacked by columns; factors in the order of the spins, up before down, then the modes.

    Raises
    ------
    ArgumentError
        If `model` is neither a network nor a cavity, `fock` is missing or has no meaning, or a rate is none.
    SizeError
        If more memory is needed than `memory_gib`; the text gives the need.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> spin = OpenHopfield([[0.0]], rate_law=Glauber(temperature=0.5))
    >>> sparse_liouvillian(spin).toarray().real
    array([[-0.5,  0. ,  0. ,  0.5],
           [ 0. , -0.5,  0. ,  0. ],
           [ 0. ,  0. , -0.5,  0. ],
           [ 0.5,  0. ,  0. , -0.5]])
    """
    if isinstance(model, MultimodeDicke):
        if fock is None:
            raise ArgumentError(
                "Argument `fock` must be given for a `MultimodeDicke`: how many Fock states are kept of each mode, "
                "such as `fock=8`. Raise it until the answer stands still."
            )
        return full_liouvillian(model, fock, memory_gib=memory_gib)
    require_network(model, "`liouvillian`")
    if fock is not None:
        raise ArgumentError(f"Argument `fock` must be left out for a network, which has no modes, but is {fock!r}.")
    _check_size(model.n_spins, real_number("memory_gib", memory_gib, above=0.0))
    n = model.n_spins
    total = csr_array((2**n, 2**n), dtype=np.complex128)
    for spin in range(n):
        total = total + model.drive * pauli("x", spin, n)
    return lindbladian(csr_array(total), ((1.0, jump) for jump in jump_operators(model)))


def frame_phases(n_spins: int) -> ComplexArray:
    r"""$i^{n_\downarrow}$ of every configuration, shape (2^N,): $\langle s|\rho|s'\rangle$ times its phase and the
    conjugate of that of $s'$ is the element in the frame where $\sigma^x$ is $\sigma^y$.
    """
    down = (n_spins - configurations(n_spins).sum(axis=1, dtype=np.int64)) // 2
    return np.asarray(np.array([1, 1j, -1, -1j])[down % 4])


def jump_operators(network: OpenHopfield) -> list[csr_array]:
    """The jumps of `network`, two for each spin or ensemble: first of the spins that are up in its gauge, then down."""
    n = network.n_spins
    ensembles = network.ensembles
    label = np.arange(n) if ensembles is None else ensembles.label
    gauged = configurations(n) if ensembles is None else ensembles.gauged(configurations(n))
    amplitudes = np.sqrt(configuration_rates(network))
    jumps = []
    for group in np.unique(label):
        for tau in (1, -1):
            spins, before = np.nonzero((label == group)[:, None] & np.equal(gauged.T, tau))
            after = before ^ (1 << (n - 1 - spins))
            jumps.append(csr_array((amplitudes[spins, before] + 0j, (after, before)), shape=(2**n, 2**n)))
    return jumps


def _check_size(n_spins: int, allowed: float) -> None:
    need = 4.0 ** min(n_spins, 500) * (3 * n_spins + 1) * BYTES_PER_ELEMENT / 2**30
    if need > allowed:
        raise SizeError(
            f"The sparse generator of {n_spins} spins needs about {need:.3g} GiB, more than memory_gib={allowed:g}. "
            "`Lindblad` evolves it without a matrix; raise `memory_gib` if the matrix is wanted."
        )
