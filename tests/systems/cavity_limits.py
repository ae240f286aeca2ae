"""Cavities of many spins whose equal couplings are taken to have some spread, too small to matter otherwise."""

import warnings
from contextlib import contextmanager

from cavity_hopfield import HopfieldLimit, RegimeWarning


@contextmanager
def single_flips_assumed():
    """No warning that flips of spins with equal couplings are not single ones: left out here, and here alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)
        yield


def many_spins(dicke, drive=0.0):
    """The many spins of a cavity, under that assumption."""
    with single_flips_assumed():
        return HopfieldLimit.from_dicke(dicke, drive)
