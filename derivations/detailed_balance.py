r"""When flips are in detailed balance, when they are thermal, and what else equilibrium implies, step by step."""

from collections.abc import Iterator
from itertools import product

import sympy as sp

from derivations.story import Step, Story

coupling, field_i, field_j = sp.symbols("J h_i h_j", real=True)
a, b, c = sp.symbols("a b c", real=True)
beta, kappa, push = sp.symbols("beta kappa b", real=True)
inner, cross, rest = sp.symbols("K k H", real=True)
odd_part = sp.Function("F", real=True)
up, down, free = sp.symbols("W_+ W_- W_0", positive=True)


def asymmetry(energy: sp.Expr) -> sp.Expr:
    r"""$f(\epsilon) = \ln [W(-\epsilon) / W(\epsilon)]$ of any law: any odd function."""
    return odd_part(energy) - odd_part(-energy)


def pair_energy(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """Energy of two spins in the fields of the others."""
    return -coupling * first * second - field_i * first - field_j * second


def affinity(around_i: tuple[sp.Expr, sp.Expr], around_j: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    """A from f at a and at a - c, and at b and at b - c."""
    return around_j[0] - around_j[1] - around_i[0] + around_i[1]


def affinity_of(first: sp.Expr, second: sp.Expr, change: sp.Expr) -> sp.Expr:
    """A of two spins that share one law, at a, b and c."""
    return affinity((asymmetry(first), asymmetry(first - change)), (asymmetry(second), asymmetry(second - change)))


def cost(spins: tuple[int, int], own: int, spin: int) -> sp.Expr:
    """Flip energy of a spin of class `own` at the sums of two classes: K inside them, k between."""
    return 2 * spin * (inner * (spins[own] - spin) + cross * spins[1 - own])


def steps() -> Iterator[Step]:
    """From the products of rates around a cycle to the theorems that hold where they are equal."""
    yield from _cycle()
    yield from _ways_to_vanish()
    yield from _two_patterns()
    yield from _four_spins()
    yield from _closest_temperature()
    yield from _response()
    yield from _pair_in_a_field()
    yield from _entropy()


def _cycle() -> Iterator[Step]:
    residues = []
    for s, r in product((1, -1), repeat=2):
        first = pair_energy(-s, r) - pair_energy(s, r)
        second = pair_energy(s, -r) - pair_energy(s, r)
        change = 4 * coupling * s * r
        residues += [
            pair_energy(-s, -r) - pair_energy(-s, r) - (second - change),
            pair_energy(s, -r) - pair_energy(-s, -r) + (first - change),
            pair_energy(s, r) - pair_energy(s, -r) + second,
        ]
    yield Step(
        r"**The shortest cycle.** Flip spin i, flip j, flip i back, flip j back. With the flip energies $a = "
        r"\epsilon_i$ and $b = \epsilon_j$ at the start and $c = 4 J_{ij} \sigma_i \sigma_j$, the four flips cost, "
        r"one after the other (for all four signs of the two spins),",
        r"a, \qquad b - c, \qquad -(a - c), \qquad -b",
        tuple(residues),
    )
    evens = sp.symbols("w_1:5", positive=True)
    odds = f_a, f_ac, f_b, f_bc = sp.symbols("f_a f_ac f_b f_bc", real=True)
    w_a, w_ac, w_b, w_bc = (
        (even * sp.exp(-odd / 2), even * sp.exp(odd / 2)) for even, odd in zip(evens, odds, strict=True)
    )
    forward = (w_a[0], w_bc[0], w_ac[1], w_b[1])
    backward = (w_b[0], w_ac[0], w_bc[1], w_a[1])
    ratio = sum(sp.expand_log(sp.log(rate)) for rate in forward) - sum(sp.expand_log(sp.log(rate)) for rate in backward)
    yield Step(
        r"Any law is an even function times $e^{-f(\epsilon)/2}$ with an odd $f(\epsilon) = \ln [W(-\epsilon) / "
        r"W(\epsilon)]$, which is $\epsilon / T_\mathrm{eff}(\epsilon)$. Even parts cancel around the cycle. Cycles of "
        r"this kind span all cycles of configurations, so that detailed balance is A = 0 for all of them.",
        r"A = \ln \frac{W_i(a) W_j(b - c) W_i(c - a) W_j(-b)}{W_j(b) W_i(a - c) W_j(c - b) W_i(-a)} = [f_j(b) - "
        r"f_j(b - c)] - [f_i(a) - f_i(a - c)]",
        (ratio - affinity((f_a, f_ac), (f_b, f_bc)),),
    )


def _ways_to_vanish() -> Iterator[Step]:
    def thermal(energy: sp.Expr) -> sp.Expr:
        return beta * energy

    slope = sp.diff(affinity_of(a, b, c), c).subs(c, 0).doit()
    yield Step(
        r"A thermal law has $f = \epsilon / T$: no cycle, whatever the couplings. No other has this for all a and b: "
        r"at weak coupling A is c times the difference of the slopes of f at b and at a, so f has one slope.",
        r"A = 0 \quad (f = \beta \epsilon), \qquad A = c\, [f'(b) - f'(a)] + O(c^2)",
        (
            affinity((thermal(a), thermal(a - c)), (thermal(b), thermal(b - c))),
            slope - (sp.diff(asymmetry(b), b) - sp.diff(asymmetry(a), a)),
        ),
    )
    cubic = affinity(*(((x**3).expand(), ((x - c) ** 3).expand()) for x in (a, b)))
    yield Step(
        r"Of a law that is not thermal the first thing seen is a cubic, $f = \beta \epsilon - \kappa \epsilon^3$. Its "
        r"cycle factorises: there are three ways to vanish, and for spins of one law they serve any f. Spins that do "
        r"not couple, $c = 0$; spins whose flips cost the same, $a = b$; spins of which the second, once the first has "
        r"turned, gains what that one cost, $a + b = c$.",
        r"A = -3 \kappa\, c\, (b - a)(a + b - c)",
        (
            cubic - 3 * c * (b - a) * (a + b - c),
            affinity_of(a, b, sp.S.Zero),
            affinity_of(a, a, c),
            affinity_of(a, c - a, c),
        ),
    )
    alike = {(s, r): (2 * s * (inner * r + rest), 2 * r * (inner * s + rest)) for s, r in product((1, -1), repeat=2)}
    yield Step(
        r"**Spins that are alike** have a coupling K and the same field H of the rest, in their gauge. If they agree, "
        r"$a = b$; if not, $a + b = c$. So there is no current among them at any law: only their number up counts. One "
        r"pattern with equal couplings is one class, a chain, and in detailed balance at any law.",
        r"a = 2 \tau_i (K \tau_j + H), \quad b = 2 \tau_j (K \tau_i + H), \quad c = 4 K \tau_i \tau_j",
        tuple(
            (first - second) if s == r else (first + second - 4 * inner * s * r)
            for (s, r), (first, second) in alike.items()
        ),
    )


def _two_patterns() -> Iterator[Step]:
    k_1, k_2 = sp.symbols("k_1 k_2", real=True)
    columns = ((1, 1), (1, -1))
    between = [[k_1 * x[0] * y[0] + k_2 * x[1] * y[1] for y in columns] for x in columns]
    yield Step(
        r"**Two patterns** of strengths $k_1, k_2$ make two classes, with the columns (1, 1) and (1, -1). Equal modes "
        r"give $k = 0$: two chains that do not feel each other, in detailed balance at any law.",
        r"K = k_1 + k_2 \text{ inside a class}, \qquad k = k_1 - k_2 \text{ between them}",
        (
            between[0][0] - k_1 - k_2,
            between[1][1] - k_1 - k_2,
            between[0][1] - k_1 + k_2,
        ),
    )
    corner, other = (2, 2), (2, -2)
    yield Step(
        r"Four spins, two of each class, stay in detailed balance even where the modes differ: the four cycles of "
        r"their numbers up each hold a state in which all spins of either class agree, and there flips of both classes "
        r"cost the same.",
        r"a = b = 2 (K + 2 k) \text{ at } S = (2, 2), \qquad a = b = 2 (K - 2 k) \text{ at } S = (2, -2)",
        (
            cost(corner, 0, 1) - cost(corner, 1, 1),
            cost(corner, 0, 1) - 2 * (inner + 2 * cross),
            cost(other, 0, 1) - cost(other, 1, -1),
            cost(other, 0, 1) - 2 * (inner - 2 * cross),
        ),
    )
    outer, middle = (3, 1), (1, 1)
    first, second = cost(outer, 0, 1), cost(outer, 1, 1)
    size = 3 * 4 * cross * (second - first) * (first + second - 4 * cross)
    yield Step(
        r"Three and one are not so lucky. At $S = (3, 1)$ the flips cost $a = 4K + 2k$ and $b = 6k$; to the cubic of f "
        r"the cycle there vanishes only for $k = 0$ or $k = \pm K$, where one of the patterns is not stored. In the "
        r"middle, at $S = (1, 1)$, $a = b = 2k$.",
        r"A = -192\, \kappa\, k (k^2 - K^2)",
        (
            first - 4 * inner - 2 * cross,
            second - 6 * cross,
            size - 192 * cross * (cross**2 - inner**2),
            cost(middle, 0, 1) - cost(middle, 1, 1),
        ),
    )


def _four_spins() -> Iterator[Step]:
    pair = sp.Matrix([[-2 * up, down, 0], [2 * up, -2 * down, 2 * up], [0, down, -2 * up]])
    weights = sp.Matrix([down, 2 * up, down])
    yield Step(
        r"**Detailed balance is not a temperature.** Two alike spins meet one flip energy, $\pm 2K$; with $W_\pm = "
        r"W(\pm 2K)$ their stationary state is thermal at $T_\mathrm{eff}(2K)$, exactly. Their slowest rate is that at "
        r"which an aligned pair breaks.",
        r"p(S) \propto (W_-, 2 W_+, W_-) \text{ at } S = (2, 0, -2), \qquad \lambda = 2 W_+",
        (
            *(pair * weights),
            sp.expand((pair + 2 * up * sp.eye(3)).det()),
        ),
    )
    triple = sp.Matrix(
        [
            [-3 * up, down, 0, 0],
            [3 * up, -down - 2 * free, 2 * free, 0],
            [0, 2 * free, -down - 2 * free, 3 * up],
            [0, 0, down, -3 * up],
        ]
    )
    total = 3 * up + down + 4 * free
    slow = (total - sp.sqrt(total**2 - 48 * up * free)) / 2
    yield Step(
        r"Three alike spins meet 0 and $\pm 4K$, of which a free flip knows no temperature: thermal at "
        r"$T_\mathrm{eff}(4K)$, exactly; $W_\pm = W(\pm 4K)$, $W_0 = W(0)$. Four meet $\pm 2K$ and $\pm 6K$: two "
        r"temperatures, and no Boltzmann distribution, though in detailed balance.",
        r"p(S) \propto (W_-, 3 W_+, 3 W_+, W_-), \qquad 2 \lambda = w - \sqrt{w^2 - 48 W_+ W_0}, \quad w = 3 W_+ + W_- "
        r"+ 4 W_0",
        (
            *(triple * sp.Matrix([down, 3 * up, 3 * up, down])),
            sp.expand((triple + slow * sp.eye(4)).det()),
            cost((3, 0), 0, 1).subs(cross, 0) - 4 * inner,
            cost((1, 0), 0, 1).subs(cross, 0),
            cost((4, 0), 0, 1).subs(cross, 0) - 6 * inner,
            cost((2, 0), 0, 1).subs(cross, 0) - 2 * inner,
        ),
    )


def _closest_temperature() -> Iterator[Step]:
    energies, shares = sp.symbols("E_1:4", real=True), sp.symbols("p_1:4", positive=True)
    boltzmann = [sp.exp(-beta * energy) for energy in energies]
    partition = sum(boltzmann)
    distance = sum(
        share * (sp.log(share) + beta * energy) for share, energy in zip(shares, energies, strict=True)
    ) + sum(shares) * sp.log(partition)
    mean = sum(energy * weight for energy, weight in zip(energies, boltzmann, strict=True)) / partition
    square = sum(energy**2 * weight for energy, weight in zip(energies, boltzmann, strict=True)) / partition
    given = sum(share * energy for share, energy in zip(shares, energies, strict=True))
    yield Step(
        r"**The closest temperature.** The divergence of a distribution p from the thermal one is convex in $\beta$, "
        r"and least where both have the same mean energy (shown for three levels).",
        r"D(\beta) = \sum_\sigma p_\sigma \ln \frac{p_\sigma Z}{e^{-\beta E_\sigma}}, \qquad \frac{dD}{d\beta} = "
        r"\langle E \rangle_p - \langle E \rangle_\beta, \qquad \frac{d^2 D}{d\beta^2} = \langle E^2 \rangle_\beta - "
        r"\langle E \rangle_\beta^2 \ge 0",
        (
            sp.diff(distance, beta) - (given - sum(shares) * mean),
            sp.diff(distance, beta, 2) - sum(shares) * (square - mean**2),
        ),
    )


def stationary_push(sign: int = 1) -> sp.Matrix:
    r"""$(\partial_b G)\, p + \beta G (X p)$ of three levels in detailed balance at energies $E - b X$, times Z."""
    energies, overlap = sp.symbols("E_1:4", real=True), sp.symbols("X_1:4", real=True)
    lowered = [energy - sign * push * x for energy, x in zip(energies, overlap, strict=True)]
    generator = sp.zeros(3, 3)
    for edge, (one, two) in enumerate(((0, 1), (1, 2), (0, 2)), start=1):
        even = sp.Function(f"s_{edge}", positive=True)(push)
        for start, end in ((one, two), (two, one)):
            rate = even * sp.exp(-beta * (lowered[end] - lowered[start]) / 2)
            generator[end, start] += rate
            generator[start, start] -= rate
    weights = sp.Matrix([sp.exp(-beta * energy) for energy in energies])
    pushed = (sp.diff(generator, push) * weights).subs(push, 0).doit()
    spread = sp.Matrix([x * weight for x, weight in zip(overlap, weights, strict=True)])
    return pushed + beta * generator.subs(push, 0) * spread


def pushed_pair(sign: int = 1) -> sp.Matrix:
    r"""Generator of two alike spins at $S = 2, 0, -2$ in a field b that favours them up; $W(\epsilon)$ is any law."""
    law, energy = sp.Function("W", positive=True), 2 * coupling
    field = 2 * sign * push
    up_break, up_form = 2 * law(energy + field), law(-energy - field)
    down_break, down_form = 2 * law(energy - field), law(-energy + field)
    return sp.Matrix(
        [[-up_break, up_form, 0], [up_break, -up_form - down_form, down_break], [0, down_form, -down_break]]
    )


def _response() -> Iterator[Step]:
    yield Step(
        r"**Fluctuations and response.** A field lowers the energy, $E \to E - b X$ with $X = N m$. In detailed "
        r"balance at every b, with symmetric parts of the rates that may change with b in any way, what the field adds "
        r"to the motion of p is what a fluctuation of X would do (shown for three levels, all of them connected).",
        r"(\partial_b G)\, p = -\beta\, G (X p)",
        tuple(stationary_push()),
    )
    yield Step(
        r"After the field is switched on, $\delta p(t) = \int_0^t e^{G s} (\partial_b G)\, p\, ds = -\beta (e^{G t} "
        r"- 1) X p$ per field, whose overlap is the fluctuation-dissipation theorem. Where balance is broken, or the "
        r"distribution is not thermal, or is thermal without a field but not under it, the ratio of both sides defines "
        r"a temperature for every time. Fields lead to any flip energy: a thermal law alone is thermal in all of them.",
        r"\chi(t) = \beta N\, [C(0) - C(t)], \qquad C(t) = \langle m(t)\, m(0) \rangle - \langle m \rangle^2",
    )


def _pair_in_a_field() -> Iterator[Step]:
    law, x = sp.Function("W", positive=True), sp.Symbol("x", real=True)
    energy = 2 * coupling
    high, low = law(energy), law(-energy)
    steep, back = (sp.diff(law(x), x).subs(x, place).doit() for place in (energy, -energy))
    overlap, weights = sp.Matrix([[1, 0, -1]]), sp.Matrix([low, 2 * high, low]) / (2 * (low + high))
    generator = pushed_pair()
    still = generator.subs(push, 0)
    spread = (overlap * sp.diag(*weights) * overlap.T)[0]
    pull = (overlap * sp.diff(generator, push).subs(push, 0).doit() * weights)[0]
    response = -1 / (steep / high + back / low)
    even = sp.Function("s", positive=True)
    named = even(x**2) * sp.exp(-asymmetry(x) / 2)
    slopes = (sp.diff(sp.log(named), x), sp.diff(sp.log(named), x).subs(x, -x).doit())
    yield Step(
        r"**Two alike spins** show the difference. Without a field they are thermal at $T_\mathrm{eff}(2J) = 2J / "
        r"f(2J)$ at any law. Their overlap is an eigenvector, so that the ratio is one number at all times; but it "
        r"asks for the slopes of the rates, to either side of the energy that occurs. With $W = s e^{-f/2}$ the even "
        r"part drops out. What is left is the slope of f: the same temperature only where $T_\mathrm{eff}$ is level.",
        r"G^T m = -2 W_+ m, \qquad T(t) = \frac{2\, C(0) \cdot 2 W_+}{m \cdot (\partial_b G)\, p} = -\frac{1}{(\ln "
        r"W)'(2J) + (\ln W)'(-2J)} = \frac{1}{f'(2J)}",
        (
            *(still * weights),
            *(overlap * still + 2 * high * overlap),
            2 * spread * 2 * high / pull - response,
            slopes[0] + slopes[1] + sp.diff(asymmetry(x), x),
        ),
    )


def _entropy() -> Iterator[Step]:
    flow = sp.Symbol("I", real=True)
    levels = sp.symbols("p_1:4", positive=True)
    around = sum(flow * (sp.log(levels[k]) - sp.log(levels[(k + 1) % 3])) for k in range(3))
    yield Step(
        r"**Entropy.** Every term of the production is a current times its own sign, so that it vanishes in detailed "
        r"balance alone. Stationary currents run in loops, around which $\ln p$ comes back to itself: production and "
        r"flow into the surroundings are the same, and a loop gives its current times the ln of the products of rates.",
        r"\dot S = \frac12 \sum (p_k w_{kk'} - p_{k'} w_{k'k}) \ln \frac{p_k w_{kk'}}{p_{k'} w_{k'k}} = \sum p_k "
        r"w_{kk'} \ln \frac{w_{kk'}}{w_{k'k}} \ge 0",
        (around,),
    )


STORY = Story(
    name="detailed_balance",
    title="Detailed balance: cycles, temperatures, fluctuations",
    introduction=(
        "When single flips at rates $W_i(\\epsilon_i)$ are in detailed balance, which is less than being thermal, and "
        "what both imply. The criterion by cycles is A. N. Kolmogorov's, Math. Ann. 112, 155 (1936); currents and "
        "entropy are those of J. Schnakenberg, Rev. Mod. Phys. 48, 571 (1976)."
    ),
    steps=steps,
)
