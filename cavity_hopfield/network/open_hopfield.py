"""The open Hopfield network: Ising couplings, a rate law, and a coherent drive."""

import json
import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cavity_hopfield._checks import (
    ReadOnlyArrays,
    from_json_text,
    keys_of,
    one_of,
    real_number,
    spin_array,
)
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json
from cavity_hopfield.elimination import CavityRates, Certificate
from cavity_hopfield.elimination.cavity_rates import JUMPS
from cavity_hopfield.elimination.certificate.certification import certificate_of
from cavity_hopfield.elimination.ensembles import SpinEnsembles
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.hopfield import Factorised, Interactions, Patterns, interactions_from_dict, interactions_of
from cavity_hopfield.model import MultimodeDicke, RateLaw
from cavity_hopfield.network.regime import DOUBTS
from cavity_hopfield.network.stored_rate_law import stored_rate_law

JUMP_NAMES = {"individual": "individual", "collective": "collective", "sector": "collective"}
"""What `from_dicke` calls the jumps, and what the rate law calls them."""
DRIVES = ("eliminated", "independent")


@dataclass(frozen=True, eq=False, init=False)
class OpenHopfield(ReadOnlyArrays):
    r"""$\dot\rho = -i [\Omega \sum_i \sigma^x_i, \rho] + \sum_i D[L_i] \rho$ with $L_i = \sqrt{W_i(\epsilon_i)}$
    (flip of spin i), $\epsilon_i = 2 \sigma_i \sum_{j \ne i} J_{ij} \sigma_j$.

    Parameters
    ----------
    memory : Patterns, (N, N) array, scipy sparse array, Factorised or Pairwise
        Patterns, stored by the Hebb rule $J_{ij} = \frac1N \sum_\mu \xi_i^\mu \xi_j^\mu$; or symmetric couplings. The
        diagonal of the couplings plays no part and is kept as zero. Patterns and `Factorised` keep P or M numbers for
        each spin; the dense `couplings` are made when asked for.
    rate_law : RateLaw
        The rate of a flip as a function of what it costs, such as `Glauber(temperature=0.3)` or `CavityRates(dicke)`.
        With `CavityRates(dicke, jumps="collective")`, or any law that has `jumps = "collective"` and `ensembles`, the
        spins of an ensemble flip together: $L_{c\pm} = \sqrt{W_c(\epsilon_{c\pm})} \sum_{i \in c} (\text{flip of spin
        i with } \tau_i = \pm 1)$ (see `SpinEnsembles`).
    drive : float
        Transverse field $\Omega$, beside the rates.
    patterns : Patterns, optional
        The patterns whose overlaps are wanted, if `memory` is a matrix.

    Attributes
    ----------
    interactions : Factorised or Pairwise
        The couplings, in the form in which they came.

    Raises
    ------
    ArgumentError
        If the couplings are not square, symmetric and finite, the patterns do not fit them, the rate law belongs to
        another number of spins, its jumps are collective and the couplings differ within an ensemble, or patterns are
        given twice.

    Notes
    -----
    Source: P. Rotondo et al., J. Phys. A 51, 115301 (2018), eqs. (2)-(4); its Delta E is half the flip energy, and the
    sign of its eq. (3) is reversed here so that memories attract. A changed copy is made by the constructor, not by
    `dataclasses.replace`.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, letters
    >>> OpenHopfield(letters("AC"), rate_law=Glauber(temperature=0.3)).n_spins
    35
    """

    interactions: Interactions
    rate_law: RateLaw
    drive: float
    patterns: Patterns | None

    def __init__(
        self,
        memory: Patterns | Interactions | ArrayLike,
        rate_law: RateLaw,
        drive: float = 0.0,
        patterns: Patterns | None = None,
    ) -> None:
        if isinstance(memory, Patterns):
            if patterns is not None:
                raise ArgumentError("Argument `patterns` must be left out when `memory` already is `Patterns`.")
            patterns = memory
        interactions = interactions_of(memory)
        n = interactions.n_spins
        if patterns is not None and not isinstance(patterns, Patterns):
            raise ArgumentError(
                f"Argument `patterns` must be `Patterns`, but is {patterns!r}. Wrap it: `Patterns(values)`."
            )
        if patterns is not None and patterns.n_spins != n:
            raise ArgumentError(
                f"Argument `patterns` must have {n} spins, as the couplings, but has {patterns.n_spins}."
            )
        if isinstance(rate_law, type) or not isinstance(rate_law, RateLaw):
            raise ArgumentError(f"Argument `rate_law` must be a rate law such as `Glauber(0.3)`, but is {rate_law!r}.")
        rate_law.spin_classes(n)
        ensembles = _ensembles(rate_law)
        if ensembles is not None:
            ensembles.couplings(interactions.couplings)
        values = {
            "interactions": interactions,
            "rate_law": rate_law,
            "drive": real_number("drive", drive, minimum=0.0),
            "patterns": patterns,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_dicke(
        cls,
        dicke: MultimodeDicke,
        jumps: str = "individual",
        drive: str = "eliminated",
        *,
        field: float | None = None,
    ) -> "OpenHopfield":
        r"""The network that a cavity becomes when its light is eliminated: $J_{ij} = \sum_\mu 2 \omega_\mu g_{i\mu}
        g_{j\mu} / |z_\mu|^2$ and the platform's own rates.

        What was chosen can be read back from `choices`. The network has no Lamb shift; `Bridge` has it.

        Parameters
        ----------
        dicke : MultimodeDicke
            The platform, with a drive.
        jumps : {"individual", "collective", "sector"}
            Whether spins flip one by one, or those with equal forces together (see `CavityRates`). "sector" is another
            name of "collective": between configurations of equal force these are the jumps $V_{x,\delta}$ of the
            `SectorEquation`, also where unlike spins exert equal forces by accident, because a change $\delta$ of the
            force tells which ensemble flips. Only coherences between unequal forces differ: the sector equation lets
            them decay, jumps of an ensemble carry them along.
        drive : {"eliminated", "independent"}
            "eliminated": to second order the drive of the cavity is used up in making the rates, so that the network
            has none of its own. "independent": a second transverse field acts beside the rates, undressed. That is an
            assumption about the apparatus: this field turns the spins, but neither acts on the light nor is dephased
            by it. A field that merely adds to the drive of the cavity does not do so.
        field : float, optional
            The second field, positive, in units of omega: needed with `drive="independent"`, an error without.

        Raises
        ------
        ArgumentError
            If the cavity has no drive, a choice is unknown, or `field` and `drive` do not go together.

        Warns
        -----
        RegimeWarning
            If the drive is not weak enough, or spins flip together and `jumps` are individual, or the reverse; with the
            number that tells.

        Examples
        --------
        >>> from cavity_hopfield import ClassicalMasterEquation
        >>> pair = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.01)
        >>> network = OpenHopfield.from_dicke(pair, jumps="collective")
        >>> late = ClassicalMasterEquation().evolve(network, [1, -1], [1e5])
        >>> late["probability"].values[0].round(3)
        array([0.5  , 0.239, 0.022, 0.239])
        >>> OpenHopfield.from_dicke(pair, "sector", "independent", field=0.002).choices
        {'drive': 'independent', 'field': 0.002, 'jumps': 'collective'}
        """
        one_of("jumps", jumps, tuple(JUMP_NAMES))
        second = second_field(drive, field)
        rates = CavityRates(dicke, JUMP_NAMES[jumps])
        network = cls(Factorised(dicke.g, dicke.mediation), rates, drive=second, patterns=dicke.stored)
        if network.certificate is not None:
            doubts = DOUBTS[network.jumps](network.certificate)
            if doubts:
                warnings.warn(" ".join(doubts), RegimeWarning, stacklevel=2)
        return network

    @property
    def choices(self) -> Json | None:
        """What `from_dicke` was told: `drive`, `field` and `jumps` by their names; None where the rates are not those
        of a cavity. Derived from the rate law and the drive, so that files keep it.

        A network made by hand with `CavityRates` is told in the same words, though nobody chose: any drive that it has
        counts as an independent field, and whether its couplings are those of that cavity is not looked at. Jumps
        are "individual" or "collective"; a `Bridge` calls the second "sector".
        """
        if not isinstance(self.rate_law, CavityRates):
            return None
        return {"drive": DRIVES[self.drive > 0], "field": self.drive if self.drive > 0 else None, "jumps": self.jumps}

    @cached_property
    def certificate(self) -> Certificate | None:
        """Where the rates can be trusted, if they are those of a cavity; None for a law that is exact by definition.

        For a platform without patterns it speaks of the configuration with all spins up.
        """
        if not isinstance(self.rate_law, CavityRates):
            return None
        return certificate_of(self.rate_law.dicke)

    @property
    def n_spins(self) -> int:
        """Number of spins N."""
        return self.interactions.n_spins

    @property
    def couplings(self) -> FloatArray:
        """$J_{ij}$ as a dense matrix, shape (N, N); a `SizeError` where that would need more than 4 GiB."""
        return self.interactions.couplings

    @property
    def jumps(self) -> str:
        """Whether spins flip one by one, "individual", or those of an ensemble together, "collective"."""
        return "individual" if self.ensembles is None else "collective"

    @property
    def ensembles(self) -> SpinEnsembles | None:
        """The spins that flip together; None if all flip one by one."""
        return _ensembles(self.rate_law)

    @property
    def spin_classes(self) -> IntArray:
        """The class of each spin in the rate law, shape (N,)."""
        return self.rate_law.spin_classes(self.n_spins)

    def flip_energies(self, sigma: ArrayLike) -> FloatArray:
        r"""$\epsilon_i$ of every flip in configurations `sigma` (..., N), shape (..., N)."""
        spins = spin_array("sigma", sigma, n_spins=self.n_spins)
        return np.asarray(2 * spins * self.interactions.fields(spins))

    def energy(self, sigma: ArrayLike) -> FloatArray:
        r"""$E = -\frac12 \sum_{i \ne j} J_{ij} \sigma_i \sigma_j$ of configurations `sigma` (..., N), shape (...)."""
        return np.asarray(-0.25 * self.flip_energies(sigma).sum(axis=-1))

    def rates(self, sigma: ArrayLike) -> FloatArray:
        r"""$W_i(\epsilon_i)$, the flip rate of every spin in configurations `sigma` (..., N), shape (..., N).

        Collective jumps come at this rate times $(j \pm m)(j \mp m + 1)$ of their ensemble.
        """
        return self.rate_law(self.flip_energies(sigma), self.spin_classes)

    def to_dict(self) -> Json:
        """A dictionary of plain values that `from_dict` turns back into an equal model."""
        return {
            "model": "OpenHopfield",
            "interactions": self.interactions.to_dict(),
            "rate_law": self.rate_law.to_dict(),
            "drive": self.drive,
            "patterns": None if self.patterns is None else self.patterns.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Json) -> "OpenHopfield":
        """The model that `to_dict` described; an `ArgumentError` if keys are missing or unknown."""
        keys_of("data", data, {"model", "interactions", "rate_law", "drive", "patterns"}, "OpenHopfield")
        patterns = data["patterns"]
        return cls(
            interactions_from_dict(data["interactions"]),
            stored_rate_law(data["rate_law"]),
            data["drive"],
            None if patterns is None else Patterns.from_dict(patterns),
        )

    def to_json(self) -> str:
        """The model as JSON text, exact to the last bit."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> "OpenHopfield":
        """The model that `to_json` wrote."""
        return cls.from_dict(from_json_text("text", text))


def second_field(drive: str, field: float | None) -> float:
    """The transverse field that acts beside the rates: `field` if the `drive` is independent, else zero."""
    independent = one_of("drive", drive, DRIVES) == "independent"
    if independent and field is None:
        raise ArgumentError('Argument `field` must be given with drive="independent": the second transverse field.')
    if not independent and field is not None:
        raise ArgumentError(
            f'Argument `field` must be left out with drive="eliminated", which leaves no field, but is {field!r}. Take '
            'drive="independent" if a second, undressed field acts on the spins.'
        )
    return 0.0 if field is None else real_number("field", field, above=0.0)


def _ensembles(rate_law: RateLaw) -> SpinEnsembles | None:
    """What flips together under `rate_law`; None under a law without `jumps`, which is one of individual flips."""
    jumps = one_of("rate_law.jumps", getattr(rate_law, "jumps", "individual"), JUMPS)
    if jumps == "individual":
        return None
    ensembles = getattr(rate_law, "ensembles", None)
    if not isinstance(ensembles, SpinEnsembles):
        raise ArgumentError(
            "Argument `rate_law` must have `ensembles` if its jumps are collective, but "
            f"{type(rate_law).__name__} has {ensembles!r}. Give it `SpinEnsembles.of(dicke)`."
        )
    return ensembles
