"""The slowest relaxations of a chain: eigenvalues of its generator with the largest real parts."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array, diags_array, eye_array
from scipy.sparse.linalg import ArpackError, LinearOperator, bicgstab, eigs, eigsh, splu

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.exceptions import ConvergenceError
from cavity_hopfield.theory.master_equation import _chain_kernels as kernels
from cavity_hopfield.theory.master_equation.chain import Band, Chain
from cavity_hopfield.theory.master_equation.stationary import solve_stationary

LARGEST_DENSE = 1000
"""Levels of a sector up to which all its eigenvalues are found."""
SPARE = 2
"""Eigenvalues found beside those wanted: neighbours converge together."""
VECTORS = 40
"""Least length of a Krylov space."""
BEYOND = 1e-6
"""Where eigenvalues are looked for by inverse powers: this share of the largest rate beyond zero."""
FIRST_LOOK = 1e-6
"""Relative accuracy of the look for an eigenvalue that was passed over."""
MOST_LOOKS = 20
KRYLOV_ACCURACY = 1e-13
MOST_TURNS = 30
DIGIT = 10.0
"""Times its error an eigenvalue is known to differ from zero."""
SLOW = 1e-5
"""The same for a general chain, whose inverse is itself found by iteration."""
INVERSE_ACCURACY = 1e-9
MOST_STEPS = 5000
NumberArray = TypeVar("NumberArray", FloatArray, ComplexArray)


@dataclass(frozen=True, eq=False)
class Relaxation:
    r"""$G R_k = \lambda_k R_k$ by decreasing real part.

    Build with `solve_relaxation`.

    Attributes
    ----------
    values, residuals, parities : (K,) arrays
        Eigenvalues; $\Vert S v - \lambda v \Vert$ for $\Vert v \Vert = 1$ with $S = D^{-1/2} G D^{1/2}$, D the
        stationary probabilities; signs of the vectors when the levels are turned over, 0 without that symmetry.
    method : str
        "symmetric" in detailed balance, else "general".
    """

    values: ComplexArray
    residuals: FloatArray
    parities: IntArray
    method: str

    @property
    def errors(self) -> FloatArray:
        """Estimated errors of the eigenvalues (K,): residuals, or their squares over the distance of the others."""
        if self.method == "general":
            return self.residuals
        return np.asarray(self.residuals**2 / np.maximum(np.abs(self.values).max(), self.residuals))

    def times(self, zeros: int) -> FloatArray:
        """Relaxation times (K,): infinite for `zeros` of the levels, nan where another is lost in round-off."""
        decays = -self.values.real
        lost = ~(decays > DIGIT * self.errors)
        times = np.full(decays.size, np.nan)
        times[~lost] = 1 / decays[~lost]
        # a stationary state does not change its sign when all spins are turned over
        times[np.lexsort((np.abs(decays), -self.parities, ~lost))[:zeros]] = np.inf
        return times


@dataclass(frozen=True, eq=False)
class Sector:
    """Vectors that keep (parity 1) or change (-1) their sign when the levels are turned over, or all (0)."""

    size: int
    parity: int

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        if self.parity == 0:
            return self.size
        return (self.size + 1) // 2 if self.parity > 0 else self.size // 2

    def whole(self, part: NumberArray) -> NumberArray:
        """A vector (dimension, ...) of the sector in the space of all, with the same norm."""
        if self.parity == 0:
            return part
        half = self.size // 2
        found = np.zeros((self.size, *part.shape[1:]), part.dtype)
        found[:half] = part[:half] / np.sqrt(2)
        found[self.size - half :] = self.parity * found[:half][::-1]
        if self.parity > 0 and self.size % 2:
            found[half] = part[half]
        return found

    def part(self, whole: NumberArray) -> NumberArray:
        """The coordinates of a vector of the sector."""
        if self.parity == 0:
            return whole
        found = whole[: self.dimension].copy()
        found[: self.size // 2] *= np.sqrt(2)
        return found

    def matrix(self, operator: csr_array) -> csr_array:
        """An operator that keeps the sector, on its coordinates."""
        if self.parity == 0:
            return operator
        embed = csr_array(self.whole(np.eye(self.dimension))) if self.size <= 2 * LARGEST_DENSE else self._embedding()
        return csr_array(embed.T @ operator @ embed)

    def _embedding(self) -> csr_array:
        half, columns = self.size // 2, np.arange(self.size // 2)
        rows = np.concatenate([columns, self.size - 1 - columns])
        values = np.concatenate([np.ones(half), np.full(half, float(self.parity))]) / np.sqrt(2)
        columns = np.concatenate([columns, columns])
        if self.parity > 0 and self.size % 2:
            rows, columns, values = np.append(rows, half), np.append(columns, half), np.append(values, 1.0)
        return csr_array((values, (rows, columns)), shape=(self.size, self.dimension))


def solve_relaxation(chain: Chain, wanted: int, tolerance: float) -> Relaxation:
    r"""The `wanted` eigenvalues with the largest real parts of a chain; one more if the last is one of a pair.

    In detailed balance those of the symmetric $-\sqrt{G_{kj} G_{jk}}$, and slow ones from sums of squares, so that they
    keep digits far below the round-off of the fast ones; else those of the generator scaled by its stationary state.

    Raises
    ------
    ConvergenceError
        If a residual exceeds `tolerance` of the largest rate out of a level.
    """
    symmetric = chain.balanced
    operator = _symmetric(chain) if symmetric else _scaled(chain, tolerance)
    signs = (1, -1) if chain.size > 1 and chain.turned() else (0,)
    found: list[tuple[complex, float, int]] = []
    for sign in signs:
        sector = Sector(chain.size, sign)
        find = _slowest_balanced if symmetric else _slowest
        values, vectors = find(chain, operator, sector, min(wanted, sector.dimension))
        missed = np.linalg.norm(np.asarray(operator @ vectors) - vectors * values, axis=0)
        missed /= np.linalg.norm(vectors, axis=0)
        found += [(complex(v), float(r), sign) for v, r in zip(values, missed, strict=True)]
    found.sort(key=lambda level: (-level[0].real, -level[0].imag))
    kept = found[:wanted]
    if len(found) > wanted and kept[-1][0].imag > 0 and found[wanted][0] == kept[-1][0].conjugate():
        kept = found[: wanted + 1]
    residuals = np.array([residual for _, residual, _ in kept])
    scale = max(float(chain.exits.max()), np.finfo(np.float64).tiny)
    if not residuals.max() <= tolerance * scale:
        raise ConvergenceError(
            f"An eigenvalue is known to a residual of {residuals.max():.1e} only, beyond {tolerance:g} of the largest "
            f"rate {scale:.3g}. Raise `tolerance`, or ask for another `k`: the last may stand in a cluster."
        )
    return Relaxation(
        values=np.array([value for value, _, _ in kept]),
        residuals=residuals,
        parities=np.array([sign for _, _, sign in kept]),
        method="symmetric" if symmetric else "general",
    )


def _symmetric(chain: Chain) -> csr_array:
    rows = chain.inward
    values = np.sqrt(np.abs(rows.data)) * np.sqrt(np.abs(chain.outward.data))
    return csr_array((np.where(rows.data < 0, -values, values), rows.indices, rows.indptr), shape=rows.shape)


def _scaled(chain: Chain, tolerance: float) -> csr_array:
    """The generator between roots of the stationary probabilities; as it is where some of these vanish."""
    if len(chain.closed_classes) > 1 or chain.closed_classes[0].size < chain.size:
        return chain.inward
    root = np.sqrt(solve_stationary(chain, tolerance).probability)
    if not root.min() > 0:
        return chain.inward
    return csr_array(diags_array(1 / root) @ chain.inward @ diags_array(root))


def _slowest_balanced(chain: Chain, operator: csr_array, sector: Sector, wanted: int) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues of the symmetric `operator` and their vectors in the whole space, the slowest sharpened."""
    size, count = sector.dimension, min(wanted + SPARE, sector.dimension)
    if size <= LARGEST_DENSE:
        part = sector.matrix(operator).toarray()
        vectors = eigh(part, subset_by_index=(size - count, size - 1))[1]
    elif Band.of(operator).affordable:
        vectors = _inverse_powers(sector.matrix(operator), count)
    else:
        vectors = _krylov(operator, sector, count)
    return _sharpened(chain, sector.whole(vectors), wanted)


def _inverse_powers(matrix: csr_array, count: int) -> FloatArray:
    """The vectors nearest to zero of a matrix with a narrow band."""
    beyond = BEYOND * float(np.abs(matrix.diagonal()).max())
    factors = splu((matrix - beyond * eye_array(matrix.shape[0])).tocsc(), permc_spec="MMD_AT_PLUS_A")
    inverse = LinearOperator(matrix.shape, matvec=factors.solve, dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(matrix.shape[0])
    return np.asarray(eigsh(matrix, count, sigma=beyond, OPinv=inverse, v0=start)[1])


def _krylov(operator: csr_array, sector: Sector, count: int) -> FloatArray:
    """The uppermost vectors by Lanczos; then a look beside them for one that was passed over, as equal ones may be."""
    stream, size = np.random.default_rng(0), sector.dimension
    length = max(VECTORS, 3 * count)
    # moved to one, so that accuracies are relative to the largest rate
    scale = float(np.abs(operator.diagonal()).max())

    def beside(vectors: FloatArray) -> LinearOperator:
        def product(x: FloatArray) -> FloatArray:
            flat = x.ravel()
            moved = sector.part(operator @ sector.whole(flat)) / scale + flat
            return np.asarray(moved - 4 * (vectors @ (vectors.T @ flat)))

        return LinearOperator((size, size), matvec=product, dtype=np.float64)

    def uppermost(vectors: FloatArray, many: int, accuracy: float) -> tuple[FloatArray, FloatArray]:
        start = stream.standard_normal(size)
        try:
            values, found = eigsh(beside(vectors), many, which="LA", ncv=length, v0=start, tol=accuracy)
        except ArpackError as error:
            raise ConvergenceError(f"The slowest eigenvalues are not found: {error}. Ask for fewer.") from error
        return values, found

    values, vectors = uppermost(np.empty((size, 0)), count, KRYLOV_ACCURACY)
    for _ in range(MOST_LOOKS):
        value, _ = uppermost(vectors, 1, FIRST_LOOK)
        if value[0] <= np.sort(values)[-max(count - SPARE, 1)] + 10 * FIRST_LOOK:
            break
        new_values, new = uppermost(vectors, 1, KRYLOV_ACCURACY)
        values, vectors = np.append(values, new_values), np.hstack([vectors, new])
    return vectors


def _sharpened(chain: Chain, vectors: FloatArray, wanted: int) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues and vectors within the space of `vectors`, from sums of squares over all pairs of levels.

    Errors of the vectors enter squared: eigenvalues far below round-off of the largest rate keep digits.
    """
    basis = np.linalg.qr(vectors)[0]
    form = np.empty((basis.shape[1],) * 2)
    rows = (chain.inward.indptr, chain.inward.indices, chain.inward.data, chain.outward.data)
    kernels.dirichlet(*rows, np.ascontiguousarray(basis), form)
    values, turn = _diagonal(form)
    return -values[:wanted], basis @ turn[:, :wanted]


def _diagonal(form: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues, ascending, and vectors of a sum of squares by Jacobi's rotations, which keep the digits of small
    ones (J. Demmel, K. Veselic, SIAM J. Matrix Anal. Appl. 13, 1204 (1992)).
    """
    matrix, turn = form.copy(), np.eye(len(form))
    for _ in range(MOST_TURNS):
        turned = False
        for a in range(len(form)):
            for b in range(a):
                size = np.sqrt(matrix[a, a] * matrix[b, b])
                if not abs(matrix[a, b]) > np.finfo(np.float64).eps * size:
                    continue
                turned = True
                ratio = (matrix[b, b] - matrix[a, a]) / (2 * matrix[a, b])
                tangent = (1 if ratio >= 0 else -1) / (abs(ratio) + np.hypot(1, ratio))
                cosine = 1 / np.hypot(1, tangent)
                rotation = np.array([[cosine, tangent * cosine], [-tangent * cosine, cosine]])
                first, second, cross = matrix[a, a], matrix[b, b], matrix[a, b]
                matrix[:, [a, b]] = matrix[:, [a, b]] @ rotation
                matrix[[a, b]] = rotation.T @ matrix[[a, b]]
                matrix[a, a], matrix[b, b] = first - tangent * cross, second + tangent * cross
                matrix[a, b] = matrix[b, a] = 0.0
                turn[:, [a, b]] = turn[:, [a, b]] @ rotation
        if not turned:
            break
    values = np.diag(matrix)
    order = np.argsort(values)
    return values[order], turn[:, order]


def _slowest(chain: Chain, operator: csr_array, sector: Sector, wanted: int) -> tuple[ComplexArray, ComplexArray]:
    """Eigenvalues of a general `operator` and their vectors in the whole space."""
    del chain
    size, count = sector.dimension, min(wanted + SPARE, sector.dimension)
    if size <= max(LARGEST_DENSE, count + 2):
        dense = np.linalg.eig(sector.matrix(operator).toarray())
        values, vectors = dense[0] + 0j, dense[1] + 0j
    else:
        values, vectors = _arnoldi(operator, sector, count)
    order = np.lexsort((-values.imag, -values.real))
    values, vectors = values[order], vectors[:, order]
    # of a pair that the cut would part, both
    many = wanted + int(wanted < values.size and values[wanted - 1].imag > 0)
    return values[:many], sector.whole(vectors[:, :many])


def _arnoldi(operator: csr_array, sector: Sector, count: int) -> tuple[ComplexArray, ComplexArray]:
    """The eigenvalues nearest to a point beyond zero, by a Krylov space of the inverse, itself by BiCGSTAB."""
    size = sector.dimension
    rates = -operator.diagonal()[:size]
    beyond = SLOW * float(rates.max())

    def product(x: FloatArray) -> FloatArray:
        return np.asarray(sector.part(operator @ sector.whole(x.ravel())))

    def level(x: FloatArray) -> FloatArray:
        return (beyond * x.ravel() - product(x)) / (rates + beyond)

    def inverse(x: FloatArray) -> FloatArray:
        found, failed = bicgstab(
            LinearOperator((size, size), matvec=level, dtype=np.float64), -x.ravel() / (rates + beyond),
            rtol=INVERSE_ACCURACY, atol=0.0, maxiter=MOST_STEPS,
        )  # fmt: skip
        if failed:
            raise ConvergenceError(
                f"The slowest eigenvalues are not found: an inverse is not reached in {MOST_STEPS} steps. Raise the "
                'temperature, or count spins that are alike with `resolution="classes"`.'
            )
        return np.asarray(found)

    start = np.random.default_rng(0).standard_normal(size)
    matrices = [LinearOperator((size, size), matvec=by, dtype=np.float64) for by in (product, inverse)]
    length = min(2 * count + 6, size - 1)
    try:
        found = eigs(matrices[0], count, sigma=beyond, OPinv=matrices[1], ncv=length, v0=start, tol=INVERSE_ACCURACY)
    except ArpackError as error:
        raise ConvergenceError(f"The slowest eigenvalues are not found: {error}. Ask for fewer.") from error
    return found[0] + 0j, found[1] + 0j
