"""Where the class dynamics carries a state, and how it carries small differences along."""

from dataclasses import dataclass, field

import numpy as np
from scipy.integrate import DOP853

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.class_dynamics import ClassDynamics
from cavity_hopfield.analysis.cycles import _flow_kernels as kernels
from cavity_hopfield.exceptions import ConvergenceError

MOST_STEPS = 1_000_000
STILL = 1e-15
"""Velocity, in units of s at zero field, at which a solution has come to rest."""
LOST = "The flow left the fields at which the rate law is known, or its steps became too small."
TABLEAU: kernels.Tableau = (
    np.ascontiguousarray(DOP853.A, dtype=np.float64),
    np.ascontiguousarray(DOP853.B, dtype=np.float64),
    np.ascontiguousarray(DOP853.E3, dtype=np.float64),
    np.ascontiguousarray(DOP853.E5, dtype=np.float64),
)
"""The method of E. Hairer, S. P. Norsett and G. Wanner, Solving Ordinary Differential Equations I, section II.5."""


@dataclass(frozen=True, eq=False)
class Flow:
    r"""$\varphi_t(x)$ and $\partial\varphi_t / \partial x$ of the class dynamics, forward or backward in time.

    `tolerance` bounds the error of a step, in units of one plus the size of each component.
    """

    dynamics: ClassDynamics
    tolerance: float = 1e-13
    backward: bool = False
    _model: kernels.Model = field(init=False, repr=False)

    def __post_init__(self) -> None:
        limit, response = self.dynamics.limit, self.dynamics.response
        response.require_smooth()
        model = (
            np.ascontiguousarray(limit.columns),
            np.ascontiguousarray(limit.columns * limit.weights[:, None]),
            np.ascontiguousarray(limit.strengths),
            np.ascontiguousarray(response.classes, dtype=np.int64),
            response.kind,
            np.ascontiguousarray(response.coefficients),
            np.ascontiguousarray(response.stretches),
            float(response.reach),
            float(limit.drive),
            -1.0 if self.backward else 1.0,
        )
        object.__setattr__(self, "_model", model)

    def path(self, start: FloatArray, times: FloatArray) -> FloatArray:
        """States (T, 2, C) at `times` (T,), which increase from zero or later."""
        return self._advance(np.array(start, dtype=np.float64, order="C")[None], np.asarray(times, dtype=np.float64))[
            :, 0
        ]

    def with_tangent(self, start: FloatArray, time: float) -> tuple[FloatArray, FloatArray]:
        """The state (2, C) after `time` and the matrix (2C, 2C) that carries small differences there."""
        n = start.size
        rows = np.empty((n + 1, *start.shape))
        rows[0], rows[1:] = start, np.eye(n).reshape(n, *start.shape)
        end = self._advance(rows, np.array([time]))[0]
        return end[0], end[1:].reshape(n, n).T

    def to_section(
        self, start: FloatArray, normal: FloatArray, offset: float, *, rising: bool, longest: float, tangents: int = 0
    ) -> tuple[float, FloatArray]:
        """Time and state where `normal` times the state next passes `offset` upward or downward; infinite if not
        before `longest`, or if it comes to rest. With `start` (1 + `tangents`, 2, C) the differences are carried along,
        at equal times.
        """
        given = np.array(start, dtype=np.float64, order="C")
        rows = given if tangents else given[None]
        still = STILL * float(self.dynamics.response.sums(np.zeros(self.dynamics.n_classes)).max())
        across = np.ascontiguousarray(normal, dtype=np.float64)
        time = kernels.to_section(self._model, TABLEAU, rows, across, offset, rising, longest, still, self.tolerance)
        if np.isnan(time):
            raise ConvergenceError(LOST)
        return float(time), rows if tangents else rows[0]

    def _advance(self, rows: FloatArray, times: FloatArray) -> FloatArray:
        out = np.empty((len(times), *rows.shape))
        status = kernels.advance(self._model, TABLEAU, rows, times, self.tolerance, MOST_STEPS, out)
        if status == kernels.TOO_MANY_STEPS:
            raise ConvergenceError(f"The flow took more than {MOST_STEPS} steps. Ask for a shorter time.")
        if status != kernels.DONE:
            raise ConvergenceError(LOST)
        return out
