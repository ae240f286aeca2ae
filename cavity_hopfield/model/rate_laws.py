"""Rate laws: the rate at which a spin flips, given what the flip costs."""

from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.special import expit

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model.matching import FlipEnergySample, balancing_glauber, closest_glauber


@runtime_checkable
class RateLaw(Protocol):
    r"""$W_c(\epsilon)$: the rate of a flip that changes the energy by $\epsilon$, for spins of class $c$.

    Spins that couple alike to the light share one function of the flip energy and form a class. Whatever has these
    methods is a rate law; `Glauber`, `Metropolis` and `CavityRates` are.
    """

    def __call__(self, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> FloatArray:
        """Rates at `flip_energy` for spins of `spin_class`, broadcast against each other."""
        ...

    def spin_classes(self, n_spins: int) -> IntArray:
        """The class of each of `n_spins` spins, shape (N,)."""
        ...

    def to_dict(self) -> Json:
        """A dictionary of plain values that describes the law."""
        ...


@dataclass(frozen=True)
class Glauber:
    r"""$W(\epsilon) = \mathtt{rate} / (1 + e^{\epsilon / T})$: thermal flips in detailed balance at `temperature`.

    Parameters
    ----------
    temperature : float
        Temperature in the unit of the flip energy, k_B = 1. At zero only flips that do not cost energy happen, free
        ones at half the rate.
    rate : float
        Rate of a flip that gains much energy.

    Raises
    ------
    ArgumentError
        If the temperature is negative or the rate not positive.

    Notes
    -----
    Source: P. Rotondo et al., J. Phys. A 51, 115301 (2018), eq. (3), with the sign that attracts to the memories;
    its Delta E is half the flip energy.

    Examples
    --------
    >>> float(Glauber(temperature=0.5)(0.0))
    0.5
    """

    temperature: float
    rate: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "temperature", real_number("temperature", self.temperature, minimum=0.0))
        object.__setattr__(self, "rate", real_number("rate", self.rate, above=0.0))

    def __call__(self, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> FloatArray:
        """Rates at `flip_energy`; every spin obeys the same law."""
        energy, _ = np.broadcast_arrays(np.asarray(flip_energy, dtype=np.float64), spin_class)
        if self.temperature == 0:
            return np.asarray(self.rate * np.heaviside(-energy, 0.5))
        return np.asarray(self.rate * expit(-energy / self.temperature))

    def spin_classes(self, n_spins: int) -> IntArray:
        """One class for all."""
        return np.zeros(n_spins, np.int64)

    def to_dict(self) -> Json:
        """The law's name and parameters."""
        return {"rate_law": "Glauber", **asdict(self)}

    @classmethod
    def matched_to(cls, law: RateLaw, sample: FlipEnergySample | None = None) -> "GlauberMatch":
        r"""The Glauber law closest to `law` over the flip energies of `sample`, with the distance
        $d = \left[\sum_k w_k \ln^2 (W_k / W^G_k)\right]^{1/2}$.

        Parameters
        ----------
        law : RateLaw
            The platform's rates.
        sample : FlipEnergySample, optional
            Flip energies with weights. If omitted, what `law.recall_sample()` gives: the flip energies met on the way
            from a random configuration to a stored pattern.

        Returns
        -------
        GlauberMatch
            The law, the distance in this norm (0.1 means that rates differ by ten per cent, typically), the sample.

        Raises
        ------
        ArgumentError
            If no sample is given and the law has none of its own, or if a rate in the sample is not positive.

        Examples
        --------
        >>> match = Glauber.matched_to(Metropolis(temperature=0.5), FlipEnergySample([-1.0, -0.5, 0.5, 1.0]))
        >>> round(match.law.temperature, 3), round(match.distance, 3)
        (0.483, 0.088)
        """
        sample = _sample_of(law) if sample is None else sample
        temperature, rate, distance = closest_glauber(law(sample.flip_energy, sample.spin_class), sample)
        return GlauberMatch(law=cls(temperature, rate), distance=distance, sample=sample)

    @classmethod
    def balanced_with(cls, law: RateLaw, sample: FlipEnergySample | None = None) -> "Glauber":
        r"""The Glauber law with the detailed balance of `law`: $\epsilon / T$ closest to
        $\ln [W(-\epsilon) / W(\epsilon)]$ over the flip energies of `sample`, at the rate that fits best.

        What a network holds is decided by the ratios of forward and backward rates, and how soon by their size. The
        `matched_to` law is closest to the size, and where its distance is large its temperature says little of what is
        held.

        Parameters
        ----------
        law, sample
            As for `matched_to`.

        Returns
        -------
        Glauber
            The law.

        Raises
        ------
        ArgumentError
            If no sample is given and the law has none of its own.
        ConvergenceError
            If the rates favour flips that cost energy.

        Examples
        --------
        >>> sample = FlipEnergySample([-1.0, 0.5])
        >>> Glauber.balanced_with(Metropolis(temperature=0.25), sample).temperature
        0.25
        """
        sample = _sample_of(law) if sample is None else sample
        energies, classes = sample.flip_energy, sample.spin_class
        return cls(*balancing_glauber(law(energies, classes), law(-energies, classes), sample))


def _sample_of(law: RateLaw) -> FlipEnergySample:
    """The flip energies that a law names itself."""
    own = getattr(law, "recall_sample", None)
    if own is None:
        raise ArgumentError(
            f"Argument `sample` must be given for {type(law).__name__}, which belongs to no network. "
            "Pass a `FlipEnergySample`."
        )
    found: FlipEnergySample = own()
    return found


@dataclass(frozen=True, eq=False)
class GlauberMatch:
    r"""The closest Glauber law and how far it is, in the norm
    $d = \left[\sum_k w_k \ln^2 (W_k / W^G_k)\right]^{1/2}$ over the flip energies of `sample`.

    Made by `Glauber.matched_to`.

    Attributes
    ----------
    law : Glauber
        The law.
    distance : float
        $d$: 0.1 means that rates differ by ten per cent, typically.
    sample : FlipEnergySample
        Where the laws were compared.
    """

    law: Glauber
    distance: float
    sample: FlipEnergySample


@dataclass(frozen=True)
class Metropolis:
    r"""$W(\epsilon) = \mathtt{rate} \cdot \min(1, e^{-\epsilon / T})$: the Metropolis rule in continuous time.

    Parameters
    ----------
    temperature : float
        Temperature in the unit of the flip energy, k_B = 1; at zero only flips that cost nothing happen.
    rate : float
        Rate of a flip that costs nothing.

    Raises
    ------
    ArgumentError
        If the temperature is negative or the rate not positive.

    Examples
    --------
    >>> float(Metropolis(temperature=0.5)(-1.0))
    1.0
    """

    temperature: float
    rate: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "temperature", real_number("temperature", self.temperature, minimum=0.0))
        object.__setattr__(self, "rate", real_number("rate", self.rate, above=0.0))

    def __call__(self, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> FloatArray:
        """Rates at `flip_energy`; every spin obeys the same law."""
        energy, _ = np.broadcast_arrays(np.asarray(flip_energy, dtype=np.float64), spin_class)
        if self.temperature == 0:
            return self.rate * (energy <= 0).astype(np.float64)
        return np.asarray(self.rate * np.exp(-np.maximum(energy, 0.0) / self.temperature))

    def spin_classes(self, n_spins: int) -> IntArray:
        """One class for all."""
        return np.zeros(n_spins, np.int64)

    def to_dict(self) -> Json:
        """The law's name and parameters."""
        return {"rate_law": "Metropolis", **asdict(self)}


def rate_law_from_dict(data: Json) -> RateLaw:
    """The thermal law that `to_dict` described."""
    laws: dict[str, type[Glauber | Metropolis]] = {"Glauber": Glauber, "Metropolis": Metropolis}
    parameters = dict(data)
    name = parameters.pop("rate_law")
    if name not in laws:
        raise ArgumentError(f"Rate law must be one of {sorted(laws)}, but is {name!r}.")
    return laws[name](**parameters)
