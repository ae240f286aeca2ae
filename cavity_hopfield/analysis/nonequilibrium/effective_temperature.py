"""The temperature that a pair of opposite rates shows, which for a platform depends on the flip energy."""

import warnings

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_array, whole_number
from cavity_hopfield._typing import ArrayLike, BoolArray, FloatArray
from cavity_hopfield.analysis.nonequilibrium.transitions import Network, Transitions, rates_of
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import FlipEnergySample, Glauber, Metropolis, RateLaw
from cavity_hopfield.network import Scheduled

FREE = 1e-9
"""Flip energies below this share of the largest are free: they tell no temperature."""
SMALL = 1e-3
"""Share of the largest flip energy, halved and quartered, from which the limit at zero is taken."""
TINY = float(np.finfo(np.float64).tiny)
"""Smaller rates have lost digits."""


def effective_temperature(law: RateLaw, flip_energy: ArrayLike, spin_class: int = 0) -> FloatArray:
    r"""$T_\mathrm{eff}(\epsilon) = \epsilon / \ln [W(-\epsilon) / W(\epsilon)]$ of any rate law.

    Constant for a thermal law, whatever its name; `Glauber` and `Metropolis` give their own at any flip energy. Even in
    the flip energy. At zero a law that knows its own limit (`CavityRates.temperature`) gives it; of any other it is
    extrapolated from a thousandth of the largest flip energy.

    Parameters
    ----------
    law : RateLaw
        W; of a `Scheduled` law that of time 0.
    flip_energy : array
        $\epsilon$.
    spin_class : int
        Class of the spin.

    Returns
    -------
    array
        Temperatures, k_B = 1, of the shape of `flip_energy`. Plus infinity where both rates are equal, zero where the
        flip that costs energy never happens, negative where it is the faster one, NaN where a rate is too small for a
        floating-point number, though it is not at smaller flip energies.

    Raises
    ------
    ArgumentError
        If an energy is zero, no other is given, and the law does not know the limit; or it is no law.

    Warns
    -----
    RegimeWarning
        If a rate is too small to tell a temperature, with the flip energy from which on.

    Examples
    --------
    >>> from cavity_hopfield import Metropolis
    >>> effective_temperature(Metropolis(temperature=0.3), [-1.0, 0.0, 2.0]).round(12)
    array([0.3, 0.3, 0.3])
    """
    energies, label = real_array("flip_energy", flip_energy), whole_number("spin_class", spin_class, minimum=0)
    law = _at_first(law)
    if isinstance(law, (Glauber, Metropolis)):
        return np.full(energies.shape, law.temperature)
    own = getattr(law, "temperature", None)
    if callable(own):
        return np.asarray(own(energies, label))
    largest = float(np.abs(energies).max(initial=0.0))
    free = np.abs(energies) <= FREE * largest
    if largest == 0 and energies.size:
        raise ArgumentError(
            f"Argument `flip_energy` must not be zero alone for {type(law).__name__}, whose scale is not known. Add a "
            "flip energy that occurs."
        )
    temperatures = np.empty(energies.shape)
    temperatures[~free] = _ratio(law, energies[~free], label)
    if free.any():
        coarse, fine = _ratio(law, largest * SMALL * np.array([1.0, 0.5]), label)
        temperatures[free] = fine if coarse == fine else (4 * fine - coarse) / 3
    return temperatures


def temperature_spread(model: Network, sample: FlipEnergySample | None = None) -> xr.Dataset:
    r"""$T_\mathrm{eff}(\epsilon)$ over the flip energies that occur, and how much it varies over them.

    Parameters
    ----------
    model : OpenHopfield or CountedHopfield
        The network.
    sample : FlipEnergySample, optional
        Flip energies with weights, such as `CavityRates(dicke).recall_sample()`, at any number of spins. If omitted,
        those of the flips in the stationary state, each with the share of the flips that it has.

    Returns
    -------
    xarray.Dataset
        `temperature`, `weight` and `spin_class`, of the law, for each `flip_energy` above zero, a flip and its reverse
        together; `mean` and `standard_deviation` over the weights, `lowest` and `highest`; `free`, the share of flips
        that cost nothing and know no temperature.

    Raises
    ------
    ArgumentError
        If all flips are free.
    SizeError
        If no sample is given and there are more than 131 072 states.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, OpenHopfield, letters
    >>> found = temperature_spread(OpenHopfield(letters("AC"), Glauber(temperature=0.4)))
    >>> round(float(found["mean"]), 12), bool(found["standard_deviation"] < 1e-12)
    (0.4, True)
    """
    met = _met(model) if sample is None else sample
    sizes = np.abs(met.flip_energy)
    largest = float(sizes.max())
    quantum = FREE * largest
    free = float(met.weight[sizes <= quantum].sum())
    told = sizes > quantum
    if not told.any():
        raise ArgumentError("Argument `model` must have flips that cost something, but every flip is free.")
    # equal energies differ by round-off; one of each group stands for it, as it is
    keys = np.stack([np.rint(sizes[told] / quantum), met.spin_class[told]])
    _, first, places = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    weight = np.bincount(places.reshape(-1), met.weight[told])
    energy, label = sizes[told][first], met.spin_class[told][first]
    temperature = np.empty(energy.size)
    for c in np.unique(label):
        temperature[label == c] = _ratio(_at_first(model.rate_law), energy[label == c], int(c))
    mean = float(np.average(temperature, weights=weight))
    deviation = float(np.sqrt(np.average((temperature - mean) ** 2, weights=weight)))
    unit, axis = "unit of omega", "flip_energy"
    variables = {
        "temperature": labelled(axis, temperature, "effective temperature", unit),
        "weight": labelled(axis, weight, "share of the flips"),
        "spin_class": labelled(axis, label, "class of the spin in the rate law"),
        "mean": labelled((), mean, "mean effective temperature", unit),
        "standard_deviation": labelled((), deviation, "spread of the effective temperature", unit),
        "lowest": labelled((), temperature.min(), "lowest effective temperature", unit),
        "highest": labelled((), temperature.max(), "highest effective temperature", unit),
        "free": labelled((), free, "share of the flips that cost nothing"),
    }
    coordinates = {axis: labelled(axis, energy, "size of the flip energy", unit)}
    return analysis_result("temperature_spread", variables, coordinates, {"sampled": sample is not None}, model=model)


def _met(model: Network) -> FlipEnergySample:
    """The flips of the stationary state."""
    chain = Transitions.of(model)
    classes = chain.ladders.rate_classes[chain.flipped]
    return FlipEnergySample(chain.energy, classes, chain.flows.sum(axis=1))


def _at_first(law: RateLaw) -> RateLaw:
    """The law, one with a schedule as it is at time 0."""
    if not callable(law):
        raise ArgumentError(
            f"Argument `law` must be a rate law, such as `network.rate_law` or `CavityRates(dicke)`, but is a "
            f"{type(law).__name__}."
        )
    return law.at(0.0) if isinstance(law, Scheduled) else law


def _ratio(law: RateLaw, energies: FloatArray, spin_class: int) -> FloatArray:
    """Of the sizes of the energies: where both rates are equal it is infinite at either sign."""
    sizes = np.abs(energies)
    if isinstance(law, (Glauber, Metropolis)):
        return np.full(sizes.shape, law.temperature)
    rates = rates_of(law, np.full(sizes.shape, spin_class), sizes)
    lost = _lost(law, rates, sizes, spin_class)
    with np.errstate(divide="ignore", invalid="ignore"):
        out, back = np.log(rates).transpose()
        return np.where(lost, np.nan, sizes / (back - out))


def _lost(law: RateLaw, rates: FloatArray, sizes: FloatArray, spin_class: int) -> BoolArray:
    """Where one of the two rates (E, 2) is too small to be told: with lost digits, or zero, but not so at smaller flip
    energies.
    """
    small = rates < TINY
    if not small.any():
        return np.zeros(sizes.shape, bool)
    near = rates_of(law, np.full(sizes.shape, spin_class), SMALL * sizes)
    lost = np.asarray((small & ((rates > 0) | (near > 0))).any(axis=-1) | (rates == 0).all(axis=-1))
    if lost.any():
        warnings.warn(
            f"the rates of {type(law).__name__} are below {TINY:.0e} from a flip energy of {sizes[lost].min():.3g} on, "
            "too small to tell a temperature, which is NaN there. Ask for smaller flip energies.",
            RegimeWarning,
            stacklevel=4,
        )
    return lost
