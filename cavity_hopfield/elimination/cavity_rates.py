"""Flip rates of spins in a lossy cavity, by adiabatic elimination of the light."""

import math
import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, one_of, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json, SpinArray
from cavity_hopfield.elimination.ensembles import SpinEnsembles
from cavity_hopfield.elimination.kernel.contour import SpectralDensity
from cavity_hopfield.elimination.kernel.flip import class_flips, dephasing, flip_classes, transients
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import FlipEnergySample, MultimodeDicke, require_dicke

JUMPS = ("individual", "collective")
WORST_ERROR = 1e-8
RECALL_FLIPS = np.linspace(0.0, 0.5, 11)
RECALL_DRAWS = 4
RECALL_SPINS = 20_000
ROUND_OFF = 1e-12
SMALLEST_SQUARE = 1e-200


@dataclass(frozen=True, eq=False, init=False)
class CavityRates(ReadOnlyArrays):
    r"""$W_i(\epsilon) = 2 \Omega^2\, \mathrm{Re} \int_0^\infty F_i(t)\,dt$: a rate law, of second order in the drive.

    $F_i$ is the kernel of a flip of spin $i$ (see `coherence`) and depends on the other spins through the flip energy
    $\epsilon$ alone. Spins with equal $|g_{i\mu}|$ share one function and form a class. Any number of modes with
    unequal frequency, loss and gain. The value and a bound on its error come from one adaptive Filon quadrature, on a
    path in the complex time plane where the real axis would lose digits: the relative error stays below 1e-10 for
    net_loss/omega from 0.02 to 10, g/omega from 0.02 to 3 and all flip energies of a network; `estimate` returns it.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform. Its drive must not be zero, and every spin must couple to some mode.
    jumps : {"individual", "collective"}
        What happens at this rate. Individual: spin $i$ flips. Collective: the spins with equal forces flip together,
        by one step of their total spin, at $W(\epsilon) (j \pm m)(j \mp m + 1)$ (see `SpinEnsembles`). That is the
        limit of a weak drive where rows of couplings are equal up to a sign, as with $g\,\xi_i^\mu$; individual flips
        are where the light tells all spins apart. The function $W$ is the same.

    Attributes
    ----------
    classes : (N,) array of int
        The class of each spin.

    Raises
    ------
    ArgumentError
        If the drive is zero, a spin couples to nothing, or `jumps` is neither.

    Notes
    -----
    Where these rates hold is a question to `certify`. Source: E. Fiorelli et al., Phys. Rev. Lett.
    125, 070604 (2020); derived, with gain and unequal modes, in `derivations/adiabatic_elimination.py`.

    Examples
    --------
    >>> rates = CavityRates(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02))
    >>> round(2 * float(rates(0.0)), 8)
    0.0028594
    """

    dicke: MultimodeDicke
    jumps: str
    classes: IntArray
    _densities: tuple[SpectralDensity, ...]

    def __init__(self, dicke: MultimodeDicke, jumps: str = "individual") -> None:
        one_of("jumps", jumps, JUMPS)
        require_drive(dicke)
        silent = np.flatnonzero(~dicke.g.any(axis=1))
        if silent.size:
            raise ArgumentError(
                f"Argument `dicke` must couple every spin to some mode, but spin {silent[0]} has only zeros in `g`. "
                "Remove that spin: without dephasing it has no flip rate."
            )
        deltas, classes = flip_classes(dicke)
        densities = tuple(SpectralDensity(dephasing(dicke, delta), *transients(dicke, delta)) for delta in deltas)
        object.__setattr__(self, "dicke", dicke)
        object.__setattr__(self, "jumps", jumps)
        object.__setattr__(self, "classes", frozen(classes))
        object.__setattr__(self, "_densities", densities)

    @cached_property
    def ensembles(self) -> SpinEnsembles:
        """The spins with equal forces: what flips together if `jumps` is "collective"."""
        return SpinEnsembles.of(self.dicke)

    @property
    def n_classes(self) -> int:
        """Number of classes of spins with equal $|g|$."""
        return len(self._densities)

    def spin_classes(self, n_spins: int) -> IntArray:
        """The class of each spin, shape (N,); an error if the network is not as large as the platform."""
        if n_spins != self.dicke.n_spins:
            raise ArgumentError(
                f"These rates belong to a platform of {self.dicke.n_spins} spins, but the network has {n_spins}."
            )
        return self.classes

    def __call__(self, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> FloatArray:
        r"""$W_c(\epsilon)$ at `flip_energy` for spins of `spin_class`, broadcast against each other.

        Parameters
        ----------
        flip_energy : array
            Flip energies, in units of omega.
        spin_class : array of int
            Classes, from 0 to `n_classes - 1`; those of the spins are in `classes`.

        Returns
        -------
        array
            Rates, in units of omega.

        Raises
        ------
        ArgumentError
            If an energy is not finite or a class does not exist.

        Warns
        -----
        RegimeWarning
            If the bound on a relative error exceeds 1e-8.
        """
        values, errors = self.estimate(flip_energy, spin_class)
        worst = float(np.max(errors / np.abs(values), initial=0.0))
        if worst > WORST_ERROR:
            warnings.warn(f"a cavity rate has the relative error {worst:.1e}", RegimeWarning, stacklevel=2)
        return values

    def estimate(self, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> tuple[FloatArray, FloatArray]:
        r"""$W_c(\epsilon)$ as by calling, and a bound on the absolute error of each value.

        The bound adds truncation of the quadrature, the neglected end of the time axis, and round-off.

        Returns
        -------
        tuple of two arrays
            Rates and bounds, in units of omega.

        Examples
        --------
        >>> rates = CavityRates(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02))
        >>> value, error = rates.estimate([-1.0, 0.0, 1.0])
        >>> bool((error < 1e-10 * value).all())
        True
        """
        energies, classes = class_flips(flip_energy, spin_class, self.n_classes)
        estimates = np.empty((2, *energies.shape))
        for label in np.unique(classes):
            here = classes == label
            distinct, inverse = np.unique(energies[here], return_inverse=True)
            estimates[:, here] = np.stack(self._densities[label](distinct))[:, inverse]
        values, errors = 2 * self.dicke.drive**2 * estimates
        return values, errors

    def dephasing_rates(self) -> FloatArray:
        r"""$\Gamma_\varphi = \sum_\mu \delta_\mu^2 \nu_\mu \mathrm{Re}(1/z_\mu)$ of one flip, per class (C,)."""
        return np.array([density.dephasing for density in self._densities])

    def temperature(self, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> FloatArray:
        r"""$T_\mathrm{eff}(\epsilon) = \epsilon / \ln[W(-\epsilon)/W(\epsilon)]$, in units of omega.

        Even in the flip energy. A thermal platform would give one number; this one does not. At zero the limit is
        taken at a flip energy so small, beside the dephasing rate and $T^*$, that it changes by parts in $10^8$.

        Parameters
        ----------
        flip_energy, spin_class
            As by calling.

        Returns
        -------
        array
            Temperatures, k_B = 1.

        Examples
        --------
        >>> rates = CavityRates(MultimodeDicke(g=[[0.01]], omega=1.0, loss=1.0, drive=0.001))
        >>> round(float(rates.temperature(0.0)), 4), round(rates.asymptotic_temperature(), 4)
        (0.3125, 0.3125)
        """
        energies, classes = class_flips(flip_energy, spin_class, self.n_classes)
        weak = np.array([self.asymptotic_temperature(label) for label in range(self.n_classes)])[classes]
        smallest = np.minimum(1e-2 * self.dephasing_rates()[classes], 1e-4 * weak)
        sizes = np.maximum(np.abs(energies), smallest)
        # so weak a coupling that the ratio of rates would be round-off: there T* is the limit to that accuracy
        told = sizes > 1e-8 * weak
        ratio = np.where(told, self(-sizes, classes) / self(sizes, classes), math.e)
        return np.asarray(np.where(told, sizes / np.log(ratio), weak))

    def asymptotic_temperature(self, spin_class: int = 0) -> float:
        r"""$T^* = \frac14 \sum_\mu \frac{\delta_\mu^2 \nu_\mu \Gamma_\mu}{|z_\mu|^2} \Big/
        \sum_\mu \frac{\delta_\mu^2 \Gamma_\mu \omega_\mu}{|z_\mu|^4}$: the temperature at weak coupling.

        For equal modes $\nu |z|^2 / (4 \omega)$. At weak coupling it holds for flip energies well below $\omega$ alone:
        beyond, a flip exchanges whole photons and $T_\mathrm{eff}$ rises.
        """
        _, label = class_flips(0.0, spin_class, self.n_classes)
        density = self._densities[int(label)]
        return float(-density.dephasing / (2 * density.u.sum().imag))

    def recall_configurations(self, seed: int = 0) -> SpinArray:
        """Configurations on the way to every stored pattern, shape (K, N).

        Each pattern, and each with 5, 10 ... 50 per cent of its spins flipped at random: four draws of each in a
        small network, one in a network with more than 20 000 spins in all draws together, for many spins need fewer.
        """
        memory = self.dicke.memory
        stream = np.random.default_rng(whole_number("seed", seed, minimum=0))
        draws = RECALL_DRAWS if RECALL_FLIPS.size * RECALL_DRAWS * memory.values.size <= RECALL_SPINS else 1
        return np.stack(
            [
                memory.corrupted(pattern, float(flips), stream)
                for pattern in range(memory.n_patterns)
                for flips in RECALL_FLIPS
                for _ in range(draws if flips else 1)
            ]
        )

    def recall_sample(self, seed: int = 0) -> FlipEnergySample:
        """Flip energies of all spins in the `recall_configurations`, with how often each occurs as its weight."""
        energies = self.dicke.flip_energies(self.recall_configurations(seed))
        keys = merged(energies) + 1j * self.classes
        distinct, counts = np.unique(keys, return_counts=True)
        return FlipEnergySample(distinct.real, np.rint(distinct.imag).astype(np.int64), counts)

    def to_dict(self) -> Json:
        """The law's name, its jumps and its platform."""
        return {"rate_law": "CavityRates", "jumps": self.jumps, "dicke": self.dicke.to_dict()}

    @classmethod
    def from_dict(cls, data: Json) -> "CavityRates":
        """The law that `to_dict` described; an `ArgumentError` if keys are missing or unknown."""
        wanted = {"rate_law", "jumps", "dicke"}
        if set(data) != wanted or data["rate_law"] != "CavityRates":
            raise ArgumentError(
                f"Argument `data` must describe `CavityRates` by the keys {sorted(wanted)}, but has {sorted(data)}."
            )
        return cls(MultimodeDicke.from_dict(data["dicke"]), data["jumps"])


def require_drive(dicke: MultimodeDicke) -> None:
    """An error unless `dicke` is a platform whose spins flip."""
    require_dicke("dicke", dicke)
    if dicke.drive**2 < SMALLEST_SQUARE:
        raise ArgumentError(
            f"Argument `dicke` must have a drive, but its drive is {dicke.drive:g}: no spin ever flips, and no rate is "
            "above the smallest number a computer knows."
        )


def merged(energies: FloatArray) -> FloatArray:
    """Flip energies without the round-off in which those of a regular network differ: an absolute change of at most
    a part in $10^{12}$ of the largest, for samples only.
    """
    quantum = ROUND_OFF * max(float(np.abs(energies).max()), 1e-300)
    return np.asarray(np.rint(energies / quantum) * quantum)
