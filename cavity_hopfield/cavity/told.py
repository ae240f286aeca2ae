"""An answer with what its reader should know, told where the reader called."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cavity_hopfield.exceptions import RegimeWarning

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Told(Generic[Result]):
    """An answer, and texts of the warnings that go with it; None stands for no warning.

    Attributes
    ----------
    result
        The answer.
    texts : iterable of str or None
        What to warn of.
    """

    result: Result
    texts: Iterable[str | None]

    def aloud(self) -> Result:
        """The answer, after a `RegimeWarning` for each text, in the name of the line that called the method that calls
        this.
        """
        for text in self.texts:
            if text is not None:
                warnings.warn(text, RegimeWarning, stacklevel=3)
        return self.result
