"""Closing a cycle by Newton's method, and how small pushes grow around it."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.analysis.cycles.flow import Flow
from cavity_hopfield.exceptions import ConvergenceError

NEWTON_STEPS = 40
CLOSED = 1e-11
"""Largest gap of a closed cycle, in units of one plus the size of the state."""
LARGEST_STEP = 0.3
"""Largest change of a component of the state in one step of Newton's method."""


@dataclass(frozen=True, eq=False)
class ClosedOrbit:
    r"""A state on a cycle, the period, whether $m(t + T/2) = -m(t)$, and the matrix that pushes grow by in a period."""

    state: FloatArray
    period: float
    symmetric: bool
    monodromy: FloatArray
    gap: float

    @property
    def multipliers(self) -> ComplexArray:
        """Eigenvalues of the monodromy matrix, the largest first."""
        values = np.linalg.eigvals(self.monodromy).astype(np.complex128)
        return np.asarray(values[np.argsort(-np.abs(values), kind="stable")])


def close(flow: Flow, state: FloatArray, period: float, *, symmetric: bool, neutral: float) -> ClosedOrbit:
    r"""Solve $\varphi_T(x) = x$, or $\varphi_{T/2}(x) = -x$, for the state x and the period T.

    The state is kept on the plane across the flow at the first guess, and, where cycles come in families, near it:
    singular values below `neutral` times the largest count as directions along the family. Backward flows close
    unstable cycles. A `ConvergenceError` if Newton's method does not end on a cycle.
    """
    sign, part = (-1.0, 0.5) if symmetric else (1.0, 1.0)
    forward = -1.0 if flow.backward else 1.0
    anchor, across = state.copy(), flow.dynamics.velocity(state)
    across = across / np.linalg.norm(across)
    x, duration, n = state.copy(), part * period, state.size
    for _ in range(NEWTON_STEPS):
        end, carried = flow.with_tangent(x, duration)
        gap = np.concatenate([(end - sign * x).ravel(), [np.sum(across * (x - anchor))]])
        matrix = np.zeros((n + 1, n + 1))
        matrix[:n, :n] = carried - sign * np.eye(n)
        matrix[:n, n] = forward * flow.dynamics.velocity(end).ravel()
        matrix[n, :n] = across.ravel()
        if np.abs(gap).max() < CLOSED * (1 + np.abs(x).max()):
            whole = monodromy(flow, carried, symmetric=symmetric)
            return ClosedOrbit(x, duration / part, symmetric, whole, float(np.abs(gap).max()))
        change = np.linalg.lstsq(matrix, -gap, rcond=neutral)[0]
        largest = max(np.abs(change[:n]).max() / LARGEST_STEP, abs(change[n]) / (0.3 * duration), 1.0)
        x = x + (change[:n] / largest).reshape(x.shape)
        duration += change[n] / largest
        if not np.abs(x).max() < 1.5:
            break
    raise ConvergenceError(
        f"No cycle of a period near {period:.4g} closes there. Start closer to one, or follow one by `continue_cycle`."
    )


def monodromy(flow: Flow, carried: FloatArray, *, symmetric: bool) -> FloatArray:
    """The matrix of a whole period forward in time, from that of what was followed."""
    part = np.linalg.inv(carried) if flow.backward else carried
    return np.asarray(part @ part if symmetric else part)
