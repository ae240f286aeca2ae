"""Moments of the Dicke model: against the same equations printed by sympy for numpy, and against QuTiP's `mesolve`.

`peer` of the first rows is what a script would do: the formulas of the engine, `sympy.lambdify` with shared
subexpressions, scipy's DOP853 at the same tolerances. "From nothing" is with the derivation of the equations. QuTiP
works on the ladder of total spin N/2, which has no room for channels of single atoms, and is exact.
"""

import os

import numpy as np
import sympy as sp
from qutip import basis, coherent, jmat, ket2dm, mesolve, qeye, tensor
from qutip import destroy as lowering
from scipy.integrate import solve_ivp

from cavity_hopfield import MultimodeDicke
from cavity_hopfield.elimination.symbolic.dicke_moments import DickeSites
from cavity_hopfield.theory.cumulants import Cumulants
from cavity_hopfield.theory.cumulants.hierarchy import hierarchy
from tests.benchmarks.interleaved import Row, interleaved

GOAL_PRINTED, GOAL_FROM_NOTHING, GOAL_QUTIP = 2.0, 2.0, 1.0
TIMES = np.linspace(0.0, 4.0, 9)
LIGHT = {"omega": 1.0, "loss": 1.0, "gain": 0.0, "drive": 0.4}
RTOL, ATOL = 1e-8, 1e-10


def model_of(n_classes, n_modes, members):
    """Classes of `members` spins each, with couplings of their own."""
    rng = np.random.default_rng(4)
    rows = rng.uniform(0.2, 0.5, (n_classes, n_modes)) / np.sqrt(n_classes * members)
    return MultimodeDicke(np.repeat(rows, members, axis=0), **LIGHT)


def ours(model, order):
    tight = Cumulants(order=order, rtol=RTOL, atol=ATOL)
    return tight.evolve(model, np.ones(model.n_spins), TIMES)["photons"].values


class Printed:
    """The equations as text of numpy, compiled by the interpreter."""

    def __init__(self, n_classes, n_modes, order):
        self.sites = DickeSites.of((None,) * n_classes, n_modes)
        self.equations = self.sites.equations(order, None)
        symbols = [sp.Symbol(f"y{k}") for k in range(len(self.equations.moments))]
        plain = dict(zip(self.equations.symbols, symbols, strict=True))
        right = [rate.xreplace(plain) for rate in self.equations.right_hand_sides]
        self.function = sp.lambdify([symbols, self.equations.parameters], right, modules="numpy", cse=True)

    def photons(self, model):
        rows, sizes = np.unique(model.g, axis=0, return_counts=True)
        values = {"drive": model.drive} | {f"N_{c}": size for c, size in enumerate(sizes)}
        for name in ("omega", "loss", "gain"):
            values |= {f"{name}_{mu}": value for mu, value in enumerate(getattr(model, name))}
        values |= {f"g_{c}_{mu}": value for (c, mu), value in np.ndenumerate(rows)}
        point = [values[symbol.name] for symbol in self.equations.parameters]
        alphas = model.relaxed_amplitudes(np.ones(model.n_spins))
        start = self.equations.product_state(
            dict.fromkeys(self.sites.classes, (0, 0, 1)), dict(zip(self.sites.modes, alphas, strict=True))
        )
        path = solve_ivp(
            lambda _, y: self.function(y, point), (0, TIMES[-1]), start, "DOP853", TIMES, rtol=RTOL, atol=ATOL
        )
        places = [self.equations.number(next(iter(mode.number.terms))) for mode in self.sites.modes]
        return path.y[places].T.real


def from_nothing(model, order):
    hierarchy.cache_clear()
    return ours(model, order)


def by_qutip(n, coupling, levels):
    """Photons from all atoms up and the mode at rest under them."""
    a, one = tensor(qeye(n + 1), lowering(levels)), qeye(levels)
    z, x = 2 * tensor(jmat(n / 2, "z"), one), 2 * tensor(jmat(n / 2, "x"), one)
    g = coupling / np.sqrt(n)
    energy = LIGHT["omega"] * a.dag() * a + g * z * (a + a.dag()) + LIGHT["drive"] * x
    alpha = -1j * g * n / (LIGHT["loss"] / 2 + 1j * LIGHT["omega"])
    start = ket2dm(tensor(basis(n + 1, 0), coherent(levels, alpha)))
    options = {"rtol": 1e-8, "atol": 1e-10, "nsteps": 10**6, "progress_bar": ""}
    jumps = [np.sqrt(LIGHT["loss"]) * a]
    return mesolve(energy, start, TIMES, jumps, e_ops=[a.dag() * a], options=options).expect[0]


def rows():
    """Evolution alone, with the derivation, and eight atoms against the exact answer at orders 2 and 3."""
    os.environ["CAVITY_HOPFIELD_CACHE"] = ""
    for order, n_classes, n_modes in ((2, 1, 1), (2, 4, 2), (3, 1, 1), (3, 2, 2)):
        model, printed = model_of(n_classes, n_modes, 50), Printed(n_classes, n_modes, order)
        mine, peers = ours(model, order), printed.photons(model)
        error = float(np.abs(mine - peers).max() / np.abs(peers).max())
        work = f"moments, order {order}, {n_classes} classes, {n_modes} modes"
        seconds, peer = interleaved(lambda m=model, o=order: ours(m, o), lambda p=printed, m=model: p.photons(m))
        yield Row(work, "numpy by sympy", seconds, peer, GOAL_PRINTED, error, 0)
        if order == 3:
            seconds, peer = interleaved(
                lambda m=model, o=order: from_nothing(m, o),
                lambda c=n_classes, k=n_modes, o=order, m=model: Printed(c, k, o).photons(m),
                rounds=3,
            )
            yield Row(f"{work}, from nothing", "numpy by sympy", seconds, peer, GOAL_FROM_NOTHING, error, 0)
    model = MultimodeDicke(np.full((8, 1), 0.4 / np.sqrt(8)), **LIGHT)
    exact = by_qutip(8, 0.4, 24)
    for order in (2, 3):
        error = float(np.abs(ours(model, order)[:, 0] - exact).max() / exact.max())
        seconds, peer = interleaved(lambda o=order: ours(model, o), lambda: by_qutip(8, 0.4, 24), rounds=3)
        yield Row(f"moments, order {order}, N = 8", "QuTiP mesolve", seconds, peer, GOAL_QUTIP, error, 0)
