"""Array types used in signatures."""

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
IntArray = npt.NDArray[np.int64]
SpinArray = npt.NDArray[np.int8]
BoolArray = npt.NDArray[np.bool_]
ArrayLike = npt.ArrayLike
Json = dict[str, Any]
Seed = int | np.random.Generator | np.random.SeedSequence
