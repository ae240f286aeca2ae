"""The one door to QuTiP: states and superoperators in and out. QuTiP is loaded when the door is first used."""

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array, csr_matrix

from cavity_hopfield._typing import ComplexArray, FloatArray

if TYPE_CHECKING:
    from qutip import Qobj


def is_qobj(value: object) -> bool:
    """Whether `value` is a `qutip.Qobj`; never loads QuTiP."""
    return any(kind.__name__ == "Qobj" and kind.__module__.startswith("qutip") for kind in type(value).__mro__)


def plain(value: Any) -> Any:
    """The dense array of a `qutip.Qobj`, a ket as (D,); anything else as it is."""
    if not is_qobj(value):
        return value
    array = np.asarray(value.full())
    return array[:, 0] if value.isket else array


def state(array: ComplexArray, dimensions: tuple[int, ...]) -> "Qobj":
    """A ket (D,) or density matrix (D, D) as a `qutip.Qobj` on factors of the given `dimensions`."""
    from qutip import Qobj

    if array.ndim == 1:
        return Qobj(array[:, None], dims=[list(dimensions), [1] * len(dimensions)])
    return Qobj(array, dims=[list(dimensions)] * 2)


def superoperator(matrix: csr_array, dimensions: tuple[int, ...]) -> "Qobj":
    """A generator on density matrices stacked by columns, as a `qutip.Qobj` with `superrep="super"`."""
    from qutip import Qobj

    operator = [list(dimensions)] * 2
    return Qobj(csr_matrix(matrix, dtype=np.complex128), dims=[operator] * 2, superrep="super")


def wigner_function(rho: ComplexArray, real: FloatArray, imag: FloatArray) -> FloatArray:
    r"""$W(\alpha)$ of one mode on the grid of $\alpha$ with these parts, shape (imag.size, real.size); its
    integral over the plane is the trace.
    """
    from qutip import Qobj, wigner

    # g = 2 makes the coordinates those of a, and the measure d^2 alpha
    return np.asarray(wigner(Qobj(rho), real, imag, g=2.0), dtype=np.float64)
