r"""Moments of Gaussian operators of modes, under one- and two-sided master equations.

A coherence block $\chi$ between two spin configurations obeys
$\dot\chi = -i (H_l \chi - \chi H_r) + \sum_k r_k D[L_k] \chi$. With Hamiltonians of at most second degree and jump
operators that are linear in $a, a^\dagger$ a Gaussian $\chi$ stays Gaussian: loss, gain, thermal and squeezed baths.
Its norm, its amplitudes and its connected second moments then say everything. $\chi$ is not Hermitian, so the
amplitudes of $a$ and of $a^\dagger$ are independent, and $\langle A \rangle = \mathrm{Tr}[A \chi] / \mathrm{Tr} \chi$.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from cavity_hopfield.elimination.symbolic.algebra import IDENTITY, Mode, Monomial, Operator, Scalar
from cavity_hopfield.elimination.symbolic.generators import Jump, two_sided_adjoint
from cavity_hopfield.exceptions import ArgumentError, ClosureError

STEMS = {(0, 1): "alpha", (1, 0): "alphabar", (1, 1): "n", (0, 2): "s", (2, 0): "sbar"}


@dataclass(frozen=True)
class GaussianMoments:
    r"""The symbols of the moments of a Gaussian operator of `modes`, and what they say of every other moment.

    For a mode without a name they are `alpha`, `alphabar` for the amplitudes $\langle a \rangle$,
    $\langle a^\dagger \rangle$ and `n`, `s`, `sbar` for the connected moments $\langle a^\dagger a \rangle_c$,
    $\langle a a \rangle_c$, $\langle a^\dagger a^\dagger \rangle_c$; the name of a mode is added after an underscore.

    Parameters
    ----------
    modes : tuple of Mode
        The modes.

    Examples
    --------
    >>> GaussianMoments((Mode(),)).symbols
    {a: alpha, ad: alphabar, ad a: n, a^2: s, ad^2: sbar}
    """

    modes: tuple[Mode, ...]

    @cached_property
    def letters(self) -> tuple[Monomial, ...]:
        r"""$a$ and $a^\dagger$ of every mode."""
        return tuple(Monomial(((mode, powers),)) for mode in self.modes for powers in ((0, 1), (1, 0)))

    @cached_property
    def pairs(self) -> tuple[Monomial, ...]:
        """The normally ordered products of two letters."""
        products = (first.times(second) for first in self.letters for second in self.letters)
        return tuple(dict.fromkeys(max(terms, key=lambda term: term.order) for terms in products))

    @cached_property
    def symbols(self) -> dict[Monomial, sp.Symbol]:
        """The symbol of every amplitude (keyed by its letter) and of every connected second moment (by its pair)."""
        named = {
            Monomial(((mode, powers),)): sp.Symbol(f"{stem}_{mode.name}" if mode.name else stem)
            for mode in self.modes
            for powers, stem in STEMS.items()
        }
        mixed = {pair: sp.Symbol(rf"\langle {pair.latex()} \rangle_c") for pair in self.pairs if pair not in named}
        return named | mixed

    def expectation(self, operator: Operator) -> sp.Expr:
        r"""$\langle A \rangle$ by the theorem of Isserlis and Wick, exact for a Gaussian $\chi$."""
        terms = (value * self._moment(monomial.letters()) for monomial, value in operator.terms.items())
        return sp.expand(sp.Add(*terms))

    def connected(self, left: Operator, right: Operator) -> sp.Expr:
        r"""$\langle A B \rangle - \langle A \rangle \langle B \rangle$."""
        return sp.expand(self.expectation(left * right) - self.expectation(left) * self.expectation(right))

    def _moment(self, letters: Sequence[Monomial]) -> sp.Expr:
        if not letters:
            return sp.S.One
        first, *rest = letters
        moment = self.symbols[first] * self._moment(rest)
        for place, partner in enumerate(rest):
            (pair,) = first.times(partner)
            moment += self.symbols[pair] * self._moment(rest[:place] + rest[place + 1 :])
        return sp.expand(moment)


@dataclass(frozen=True)
class GaussianEquations:
    r"""Time derivatives of the moments of a Gaussian $\chi$.

    Made by `gaussian_equations`.

    Attributes
    ----------
    moments : GaussianMoments
        The symbols in which the derivatives are written.
    log_norm : sympy expression
        $\frac{d}{dt} \ln \mathrm{Tr} \chi$.
    means : dictionary from letter to sympy expression
        Derivatives of the amplitudes.
    covariances : dictionary from pair of letters to sympy expression
        Derivatives of the connected second moments.
    """

    moments: GaussianMoments
    log_norm: sp.Expr
    means: dict[Monomial, sp.Expr]
    covariances: dict[Monomial, sp.Expr]

    @property
    def drift(self) -> sp.Matrix:
        r"""$K$ in $\frac{d}{dt} \langle v \rangle = K \langle v \rangle + f$, with $v = (a, a^\dagger, \dots)$."""
        symbols = [self.moments.symbols[letter] for letter in self.moments.letters]
        return sp.Matrix(list(self.means.values())).jacobian(symbols)


def gaussian_equations(left: Operator, right: Operator, jumps: Iterable[Jump] = ()) -> GaussianEquations:
    r"""Equations of the norm, the amplitudes and the connected second moments of a Gaussian $\chi$.

    $\frac{d}{dt} \langle O \rangle = \langle L^\dagger O \rangle - \langle O \rangle \langle L^\dagger 1 \rangle$,
    and connected moments are those of amplitudes zero. With `left` equal to `right` they are those of a state.

    Parameters
    ----------
    left, right : Operator
        $H_l$ and $H_r$, Hermitian and of at most second degree in the modes.
    jumps : iterable of (rate, Operator)
        Every operator linear in the modes.

    Raises
    ------
    ClosureError
        If a Hamiltonian has a higher degree, a jump operator is not linear, or a spin occurs.

    Examples
    --------
    >>> omega, loss = sp.symbols("omega loss", positive=True)
    >>> mode = Mode()
    >>> gaussian_equations(omega * mode.number, omega * mode.number, [(loss, mode.a)]).means
    {a: -alpha*loss/2 - I*alpha*omega, ad: -alphabar*loss/2 + I*alphabar*omega}
    """
    listed = tuple(jumps)
    moments = GaussianMoments(_modes(left, right, listed))
    _require_gaussian(moments, left, right, listed)

    def image(observable: Operator) -> sp.Expr:
        return moments.expectation(two_sided_adjoint(observable, left, right, listed))

    log_norm = image(IDENTITY.operator())

    def rate(monomial: Monomial) -> sp.Expr:
        operator = monomial.operator()
        return sp.expand(image(operator) - moments.expectation(operator) * log_norm)

    means = {letter: rate(letter) for letter in moments.letters}
    centred = {moments.symbols[letter]: 0 for letter in moments.letters}  # connected moments do not see the amplitudes
    covariances = {pair: sp.expand(rate(pair).subs(centred)) for pair in moments.pairs}
    return GaussianEquations(moments, log_norm, means, covariances)


def _modes(left: Operator, right: Operator, jumps: Sequence[Jump]) -> tuple[Mode, ...]:
    """Every mode on which the generator acts, in the order of monomials."""
    monomials = dict.fromkeys(m for part in (left, right, *(jump for _, jump in jumps)) for m in part.terms)
    sites = Operator(dict.fromkeys(monomials, 1)).sites
    spins = [site for site in sites if not isinstance(site, Mode)]
    if spins:
        raise ClosureError(
            f"Gaussian moments know modes only, but the generator acts on {spins[0]}. Give each sigma^z the value it "
            "has in a configuration of the spins."
        )
    return tuple(site for site in sites if isinstance(site, Mode))


def _require_gaussian(moments: GaussianMoments, left: Operator, right: Operator, jumps: Sequence[Jump]) -> None:
    """A `ClosureError` that names the missing moments, unless the generator keeps a Gaussian operator Gaussian."""
    limits = [(left, 2, "Hamiltonian"), (right, 2, "Hamiltonian"), *((jump, 1, "jump operator") for _, jump in jumps)]
    for operator, degree, kind in limits:
        if operator.order > degree:
            tracked = [monomial.operator() for monomial in (*moments.letters, *moments.pairs)]
            images = (two_sided_adjoint(observable, left, right, jumps) for observable in tracked)
            high = {monomial for image in images for monomial in image.terms if monomial.order > 2}
            names = (f"<{monomial!r}>" for monomial in sorted(high, key=lambda m: (m.order, repr(m))))
            raise ClosureError(
                f"The Gaussian moments do not close: the {kind} {operator} has degree {operator.order}, which makes "
                f"independent moments of {', '.join(names) or 'third and higher order'}. Keep Hamiltonians to "
                "degree 2 and jump operators to degree 1, or use a cumulant expansion."
            )


@dataclass(frozen=True)
class RelaxedState:
    r"""The stationary Gaussian state of a master equation: the values of its moments.

    Made by `relaxed_state`.

    Attributes
    ----------
    equations : GaussianEquations
        The one-sided equations whose stationary point it is.
    values : dictionary from symbol to sympy expression
        The amplitudes and connected second moments.
    """

    equations: GaussianEquations
    values: dict[sp.Symbol, sp.Expr]

    def expectation(self, operator: Operator) -> sp.Expr:
        r"""$\langle A \rangle$ in the relaxed state."""
        return sp.simplify(self.equations.moments.expectation(operator).subs(self.values))

    def correlation(self, left: Operator, right: Operator) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
        r"""Weights and rates $(w_k, z_k)$ of $\langle A(t) B(0) \rangle_c = \sum_k w_k e^{-z_k t}$, $t \ge 0$.

        The quantum regression theorem: $\langle v(t) B \rangle_c = e^{K t} \langle v B \rangle_c$.

        Raises
        ------
        ClosureError
            If an operator is not linear in the modes, or the drift $K$ has no basis of eigenvectors.
        """
        moments, drift = self.equations.moments, self.equations.drift
        for operator in (left, right):
            if operator.order > 1:
                raise ClosureError(f"The correlation needs operators linear in the modes, but one is {operator}.")
        row = sp.Matrix([[left.coefficient(letter) for letter in moments.letters]])
        column = sp.Matrix([moments.connected(letter.operator(), right) for letter in moments.letters]).subs(
            self.values
        )
        if not drift.is_diagonal():
            if not drift.is_diagonalizable():
                raise ClosureError(
                    f"The drift {drift} has no basis of eigenvectors: decay is not a sum of exponentials."
                )
            vectors, drift = drift.diagonalize()
            row, column = row * vectors, vectors.LUsolve(column)
        terms = ((sp.simplify(row[k] * column[k]), sp.simplify(-drift[k, k])) for k in range(drift.rows))
        return tuple((weight, rate) for weight, rate in terms if weight != 0)


def relaxed_state(hamiltonian: Operator, jumps: Iterable[Jump]) -> RelaxedState:
    r"""The stationary Gaussian state of $\dot\rho = -i [H, \rho] + \sum_k r_k D[L_k] \rho$.

    Parameters
    ----------
    hamiltonian : Operator
        Hermitian, of at most second degree in the modes.
    jumps : iterable of (rate, Operator)
        Every operator linear in the modes.

    Raises
    ------
    ClosureError
        If the moments do not close.
    ArgumentError
        If there is no unique stationary state, as without loss.

    Examples
    --------
    >>> omega, loss, force = sp.symbols("omega loss x", positive=True)
    >>> mode = Mode()
    >>> relaxed_state(omega * mode.number + force * mode.quadrature, [(loss, mode.a)]).expectation(mode.a)
    -2*I*x/(loss + 2*I*omega)
    """
    equations = gaussian_equations(hamiltonian, hamiltonian, jumps)
    values: dict[sp.Symbol, sp.Expr] = {}
    for rates in (equations.means, equations.covariances):
        unknowns = [equations.moments.symbols[monomial] for monomial in rates]
        solutions = list(sp.linsolve(list(rates.values()), unknowns))
        if not solutions or sp.Tuple(*solutions).has(*unknowns):
            raise ArgumentError(
                f"Argument `jumps` must damp every mode, but the equations of {unknowns} have no unique stationary "
                "point. Add a loss that exceeds the gain."
            )
        values.update(zip(unknowns, (sp.simplify(value) for value in solutions[0]), strict=True))
    return RelaxedState(equations, values)


def phi(rate: sp.Expr, time: sp.Expr) -> sp.Expr:
    r"""$\varphi(z, t) = t/z - (1 - e^{-zt})/z^2$, the doubly integrated decay at the complex `rate` $z$."""
    return time / rate - (1 - sp.exp(-rate * time)) / rate**2


def kernel_exponent(
    hamiltonian: Operator, jumps: Iterable[Jump], coupling: Operator, change: Scalar, time: sp.Symbol
) -> sp.Expr:
    r"""$\ln F = -i \delta \bar X t - \delta^2 S(t)$ with
    $S(t) = \int_0^t dt' \int_0^{t'} dt''\, \langle X(t'') X(0) \rangle_c = \sum_k w_k \varphi(z_k, t)$.

    $F(t) = \mathrm{Tr} \chi(t)$ of the coherence block between $H_l = H + \delta X$ and $H_r = H$, from the relaxed
    state of $H$, exactly. The dephasing rate is $\Gamma_\varphi = \delta^2\, \mathrm{Re} \sum_k w_k / z_k$.

    Parameters
    ----------
    hamiltonian : Operator
        $H$ before the flip, with the force of the spins on the mode.
    jumps : iterable of (rate, Operator)
        The Gaussian bath: every operator linear in the modes.
    coupling : Operator
        $X$, linear in the modes, such as $a + a^\dagger$.
    change : scalar
        $\delta$, the change of the force on $X$.
    time : sympy.Symbol
        $t$.

    Raises
    ------
    ClosureError
        If the moments do not close.

    Examples
    --------
    >>> time, delta = sp.symbols("t delta", positive=True)
    >>> mode = Mode()
    >>> exponent = kernel_exponent(mode.number, [(2, mode.a)], mode.quadrature, delta, time)
    >>> sp.simplify(exponent.subs({delta: 1, time: 1}))
    -1/2 + I*exp(-1 - I)/2
    """
    state = relaxed_state(hamiltonian, jumps)
    amount = sp.sympify(change)
    spread = sp.Add(*(weight * phi(rate, time) for weight, rate in state.correlation(coupling, coupling)))
    return -sp.I * amount * state.expectation(coupling) * time - amount**2 * spread
