"""The slowest decays of an open network: eigenvalues of its generator with the largest real parts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import qr, schur
from scipy.sparse import csr_array

from cavity_hopfield._checks import real_number, whole_number
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.dynamics import Ellipse, Observables, propagate
from cavity_hopfield.dynamics.accuracy import USUAL, checked_tolerance
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, SizeError
from cavity_hopfield.network import OpenHopfield, configuration_rates, require_single_flips
from cavity_hopfield.operators import flip_partners
from cavity_hopfield.operators.qutip_door import state
from cavity_hopfield.theory.lindblad.sectors import Sector, memory_gib

if TYPE_CHECKING:
    from qutip import Qobj

FIRST_WANTED = 10
"""Eigenvalues of a sector that are found before it is known whether more are needed."""
LARGEST_DENSE = 300
"""Coordinates of a sector up to which all its eigenvalues are found."""
BLOCK = 4
"""Vectors multiplied at once."""
SPARE = 8
"""Vectors kept beside those wanted."""
ADDED_BLOCKS = 12
"""Blocks by which the space grows between two restarts."""
MOST_RESTARTS = 60
ALMOST_NONE = 1e-14
"""What is left of a direction that the space already has, beside its length."""
TIME = 10.0
"""Time of the filter, in units of half the length of the spectrum: it keeps what decays slowly."""
FILTER_ACCURACY = 1e-14
SMALLEST = 1e-300


@dataclass(frozen=True, eq=False)
class Spectrum:
    r"""$\mathcal{L} R_k = \lambda_k R_k$ by decreasing real part; of a conjugate pair first the one that turns
    positively.

    Build with `solve_spectrum`.

    Attributes
    ----------
    values, residuals, parities : (K,) arrays
        Eigenvalues, $\Vert \mathcal{L} R - \lambda R \Vert$ for $\Vert R \Vert = 1$, and the signs of the
        eigenmatrices when all spins are turned over.
    """

    values: ComplexArray
    residuals: FloatArray
    parities: IntArray
    sectors: tuple[Sector, ...]
    vectors: tuple[ComplexArray, ...]

    def matrix(self, level: int) -> ComplexArray:
        r"""$R_k$ (2^N, 2^N) in the product basis, of norm one."""
        return self.sectors[level].matrix(self.vectors[level])

    def observables(self) -> Observables:
        """What is reported of every level."""
        return {
            "eigenvalue_real": (("level",), np.ascontiguousarray(self.values.real)),
            "eigenvalue_imag": (("level",), np.ascontiguousarray(self.values.imag)),
            "residual": (("level",), self.residuals),
            "parity": (("level",), self.parities),
        }

    def qobj(self, level: int) -> "Qobj":
        """The same as a `qutip.Qobj`."""
        return state(self.matrix(level), (2,) * self.sectors[level].n_spins)


def solve_spectrum(
    network: OpenHopfield, k: int = 20, *, tolerance: float = USUAL, memory_gib: float = 4.0
) -> Spectrum:
    r"""The `k` eigenvalues of $\mathcal{L}$ with the largest real parts, and their eigenmatrices.

    Each of the four sectors (see `sectors`) by itself: small ones by all their eigenvalues; of others the slow ones are
    filtered out by $e^{\mathcal{L} \tau}$, a block Krylov space of which is restarted until the residuals are small.

    Options and errors are those of `Lindblad.spectrum`; residuals are in units of the largest loss.

    Notes
    -----
    Equal eigenvalues, which networks of equal couplings have, are looked for by a fresh start at random beside those
    found, until no more turn up.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1]]), rate_law=Glauber(temperature=0.5))
    >>> bool(abs(solve_spectrum(network, 1).values[0]) < 1e-12)
    True
    """
    wanted = whole_number("k", k, minimum=1)
    largest = checked_tolerance("tolerance", tolerance)
    require_single_flips(network, "Lindblad")
    n = network.n_spins
    if n < 32 and wanted > 4**n:
        raise ArgumentError(f"Argument `k` must be at most {4**n}, the eigenvalues of {n} spins, but is {wanted}.")
    _check_size(n, wanted, real_number("memory_gib", memory_gib, above=0.0))
    rates = configuration_rates(network)
    scale = float(rates.sum(axis=0).max()) + 2 * network.drive * n
    ellipse = _ellipse(rates, network.drive)
    sectors = [Sector.of(network, transposition, parity) for transposition in (1, -1) for parity in (1, -1)]
    parts: list[_Part] = []
    for sector in sectors:
        parts += _parts_above(sector, wanted, parts, ellipse, (scale, largest))
    parts.sort(key=lambda part: -part[0].real)
    return _collected(_complete(parts, wanted), scale, largest)


_Part = tuple[complex, Sector, ComplexArray]


def _parts_above(
    sector: Sector, wanted: int, others: list[_Part], ellipse: Ellipse, bounds: tuple[float, float]
) -> list[_Part]:
    """The slowest eigenvalues of a sector: so many that, beside `others`, the slowest `wanted` are among them."""
    if not sector.size:
        return []
    count = min(wanted, FIRST_WANTED)
    while True:
        values, vectors = _slowest(sector.generator, count, ellipse, *bounds)
        together = np.sort([value.real for value, _, _ in others] + list(values.real))[::-1]
        enough = together.size >= wanted and values[-1].real <= together[wanted - 1]
        if enough or count >= wanted or values.size == sector.size:
            return [(value, sector, vector) for value, vector in zip(values, vectors.T, strict=True)]
        count = min(2 * count, wanted)


def _complete(parts: list[_Part], wanted: int) -> list[_Part]:
    """The first parts, with the partner of the last if it has one: both come from one sector with one real part."""
    chosen: list[_Part] = []
    for value, sector, vector in parts:
        if len(chosen) >= wanted:
            break
        if value.imag < 0:
            continue
        chosen.append((value, sector, vector))
        if value.imag > 0:
            chosen.append((value.conjugate(), sector, vector.conj()))
    return chosen


def _collected(parts: list[_Part], scale: float, tolerance: float) -> Spectrum:
    """Eigenvalues with their residuals, checked."""
    residuals = [
        float(np.linalg.norm(np.asarray(sector.generator @ vector) - value * vector)) for value, sector, vector in parts
    ]
    if max(residuals) > tolerance * scale:
        raise ConvergenceError(
            f"An eigenvalue is known to a residual of {max(residuals):.1e} only, beyond {tolerance:g} of the largest "
            f"loss {scale:.3g}. Raise `tolerance`, or ask for another `k`: the last may stand in a cluster."
        )
    return Spectrum(
        values=np.array([value for value, _, _ in parts]),
        residuals=np.array(residuals),
        parities=np.array([sector.parity for _, sector, _ in parts]),
        sectors=tuple(sector for _, sector, _ in parts),
        vectors=tuple(vector for _, _, vector in parts),
    )


def _slowest(
    generator: csr_array, wanted: int, ellipse: Ellipse, scale: float, tolerance: float
) -> tuple[ComplexArray, ComplexArray]:
    """The eigenvalues with the largest real parts, at least `wanted` if there are so many, and their vectors."""
    size = generator.shape[0]
    room = wanted + (ADDED_BLOCKS + 2) * BLOCK
    if size <= max(LARGEST_DENSE, 2 * room):
        return _by_real_part(generator.toarray(), np.eye(size))
    return _filtered(generator, wanted, ellipse, scale, tolerance)


def _by_real_part(projected: FloatArray, basis: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    """Eigenvalues of a `projected` generator, the slowest first, and their vectors of norm one in the whole space."""
    values, vectors = np.linalg.eig(projected)
    values = values + 0j
    order = np.lexsort((-values.imag, -values.real))
    whole = basis @ vectors[:, order]
    return values[order], whole / np.linalg.norm(whole, axis=0)


def _filtered(
    generator: csr_array, wanted: int, ellipse: Ellipse, scale: float, tolerance: float
) -> tuple[ComplexArray, ComplexArray]:
    r"""From a block Krylov space of $e^{\mathcal{L} \tau}$, restarted with what it keeps best."""
    kept = wanted + SPARE
    stream = np.random.default_rng(0)
    new = _directions(np.empty((generator.shape[0], 0)), stream.standard_normal((generator.shape[0], BLOCK)), stream)
    space, image = np.empty((generator.shape[0], 0)), np.empty((generator.shape[0], 0))
    before = np.full(wanted, np.inf)
    for _ in range(MOST_RESTARTS):
        while space.shape[1] < kept + ADDED_BLOCKS * BLOCK:
            passed = _filter(generator, new, ellipse)
            space, image = np.hstack([space, new]), np.hstack([image, passed])
            new = _directions(space, passed, stream)
        projected = space.T @ image
        # without the directions that have not settled, which a generator far from normal would mix in
        settled = space @ _invariant(projected, wanted)
        values, vectors = _by_real_part(settled.T @ (generator @ settled), settled)
        values, vectors = values[:wanted], vectors[:, :wanted]
        missed = np.linalg.norm(np.asarray(generator @ vectors) - vectors * values, axis=0)
        found = missed.max() < tolerance * scale
        if found and np.abs(values.real - before).max() < tolerance * scale:
            break
        keep = _invariant(projected, kept)
        space, image = space @ keep, image @ keep
        if found:
            # a fresh start beside what is found shows eigenvalues that are equal to it and were passed over
            before = values.real
            new = _directions(space, stream.standard_normal(new.shape), stream)
    return values, vectors


def _filter(generator: csr_array, block: FloatArray, ellipse: Ellipse) -> FloatArray:
    r"""$e^{\mathcal{L} \tau}$ times a block of vectors."""
    time = np.array([TIME / max(ellipse.half_length, ellipse.half_height / 3)])

    def product(x: FloatArray) -> FloatArray:
        return np.asarray(generator @ x.reshape(block.shape)).ravel()

    def nothing(_: FloatArray) -> FloatArray:
        return np.empty(0)

    found = propagate(product, block.ravel(), time, ellipse, nothing, tolerance=FILTER_ACCURACY)
    return found.end.reshape(block.shape)


def _directions(space: FloatArray, block: FloatArray, stream: np.random.Generator) -> FloatArray:
    """An orthonormal block beside `space` that holds what `block` adds to it; at random where it adds nothing."""
    lengths = np.linalg.norm(block, axis=0)
    rest = block - space @ (space.T @ block)
    rest -= space @ (space.T @ rest)
    weak = np.linalg.norm(rest, axis=0) < ALMOST_NONE * lengths
    basis, triangle = qr(rest, mode="economic")[:2]
    weak |= np.abs(np.diag(triangle)) < ALMOST_NONE * lengths
    basis[:, weak] = stream.standard_normal((len(block), int(weak.sum())))
    for _ in range(2):
        basis -= space @ (space.T @ basis)
        basis = qr(basis, mode="economic")[0]
    return np.asarray(basis)


def _invariant(projected: FloatArray, least: int) -> FloatArray:
    """An orthonormal basis of the space of the largest eigenvalues, of `least` or a few more."""
    sizes = np.sort(np.abs(np.linalg.eigvals(projected)))[::-1]
    # in the widest gap nearby, so that round-off moves none across
    gaps = sizes[least - 1 : least + SPARE] / np.maximum(sizes[least : least + SPARE + 1], SMALLEST)
    cut = least + int(np.argmax(gaps))
    bound = float(np.sqrt(sizes[cut - 1] * sizes[cut]))
    _, basis, count = schur(projected, sort=lambda real, imag: np.hypot(real, imag) > bound)
    return np.asarray(basis[:, :count])


def _ellipse(rates: FloatArray, drive: float) -> Ellipse:
    """Around the spectrum, by the discs of the rates made symmetric and the extent of the commutator."""
    n = len(rates)
    back = np.stack([rate[after] for rate, after in zip(rates, flip_partners(n).T, strict=True)])
    half_length = float((rates.sum(axis=0) + np.sqrt(rates * back).sum(axis=0)).max()) / 2
    return Ellipse(1.1 * half_length, 2.2 * drive * n + 0.1 * half_length)


def _check_size(n_spins: int, wanted: int, allowed: float) -> None:
    columns = 2 * (wanted + (ADDED_BLOCKS + 2) * BLOCK) + 6 * BLOCK
    need = 2 * memory_gib(n_spins) + 4.0 ** min(n_spins - 1, 500) * 8 * columns / 2**30
    if need > allowed:
        raise SizeError(
            f"{wanted} eigenvalues of {n_spins} spins need about {need:.3g} GiB, more than memory_gib={allowed:g}. "
            "Raise `memory_gib`, or ask for fewer."
        )
