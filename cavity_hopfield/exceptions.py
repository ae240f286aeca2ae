"""Errors and warnings a caller may want to catch."""


class CavityHopfieldError(Exception):
    """Root of the package's own errors."""


class ArgumentError(CavityHopfieldError, ValueError):
    """An argument has a value, shape or type that the physics does not allow; the text names the remedy."""


class SizeError(CavityHopfieldError, ValueError):
    """The request would need more memory than allowed; the text gives the need and a cheaper route."""


class RateTableError(CavityHopfieldError, RuntimeError):
    """A rate law cannot be tabulated to the requested accuracy over the flip energies of a network."""


class ConvergenceError(CavityHopfieldError, RuntimeError):
    """A numerical method stopped before it reached its tolerance; the text gives the error reached.

    Attributes
    ----------
    partial
        What was finished before, such as the dataset of an evolution until it diverged; None where there is nothing.
    """

    def __init__(self, *arguments: object, partial: object = None) -> None:
        super().__init__(*arguments)
        self.partial = partial


class ClosureError(CavityHopfieldError, ValueError):
    """Equations of motion do not close on what is tracked; the text names the missing operators or moments."""


class ConfigurationError(CavityHopfieldError):
    """A configuration file is wrong; the text is one line with the place in the file and the remedy."""


class ResultFileError(CavityHopfieldError):
    """A result file cannot be read or written."""


class RegimeWarning(UserWarning):
    """A level of theory is used outside the regime where it can be trusted; the text gives the number that tells."""


class InfeasibleError(CavityHopfieldError, RuntimeError):
    """A design has no solution within its bounds and constraints; the text names what binds and the closest point.

    Attributes
    ----------
    partial
        The closest `Design` found.
    """

    def __init__(self, *arguments: object, partial: object = None) -> None:
        super().__init__(*arguments)
        self.partial = partial


class SweepError(CavityHopfieldError, RuntimeError):
    """A sweep cannot begin or go on: its store holds another study, its engine is gone, or every point failed."""


class FailedPointsWarning(UserWarning):
    """Points of a sweep failed; the text says how many, and the result keeps the traceback of each."""
