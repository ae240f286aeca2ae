"""What happens to every atom by itself: decay, pumping, dephasing."""

from dataclasses import dataclass, fields

from scipy.sparse import csr_array

from cavity_hopfield._checks import keys_of, one_of, real_number
from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.operators import LOWERING, adjoint, pauli
from cavity_hopfield.operators.superoperators import Jump

AXES = ("x", "z")


@dataclass(frozen=True)
class SpinChannels:
    r"""$\sum_i \gamma_\downarrow D[\tau^-_i] + \gamma_\uparrow D[\tau^+_i] + \gamma_\phi D[\tau^z_i]$: what every atom
    does by itself.

    $\tau^z$ is the component of the spin along `axis`. Along x it is $\sigma^x$, whose eigenstates a free atom has in
    its transverse field, and $\tau^- = \frac12 (\sigma^z + i \sigma^y)$ takes it from $\sigma^x = +1$ to -1: this is
    what atomic decay is in the usual notation of the Dicke model, where the light couples to the other component. Along
    z, $\tau^z = \sigma^z$ and $\tau^- = \sigma^-$: the component that the light couples to and that carries the
    patterns. A Bloch vector obeys

    $$\dot m_\parallel = (\gamma_\uparrow - \gamma_\downarrow) - (\gamma_\uparrow + \gamma_\downarrow) m_\parallel,
    \qquad \dot{\mathbf m}_\perp = -\left(\tfrac12 (\gamma_\uparrow + \gamma_\downarrow) + 2 \gamma_\phi\right)
    \mathbf m_\perp .$$

    Parameters
    ----------
    decay, pumping, dephasing : float
        Rates, not negative, in units of omega; at least one is positive.
    axis : {"x", "z"}
        The component that decays.

    Raises
    ------
    ArgumentError
        If a rate is negative, all vanish, or the axis is unknown.

    Notes
    -----
    P. Kirton and J. Keeling, Phys. Rev. Lett. 118, 123602 (2017) write $\Gamma_\downarrow$ = `decay` and
    $\Gamma_\phi$ = `dephasing`, with the axis x of this package.

    Examples
    --------
    >>> channels = SpinChannels(decay=0.2, dephasing=0.1)
    >>> channels.longitudinal, channels.transverse, channels.rest
    (0.2, 0.30000000000000004, -1.0)
    """

    decay: float = 0.0
    pumping: float = 0.0
    dephasing: float = 0.0
    axis: str = "x"

    def __post_init__(self) -> None:
        for name in ("decay", "pumping", "dephasing"):
            object.__setattr__(self, name, real_number(name, getattr(self, name), minimum=0.0))
        one_of("axis", self.axis, AXES)
        if not self.decay + self.pumping + self.dephasing > 0:
            raise ArgumentError(
                "Arguments `decay`, `pumping` and `dephasing` must not all be zero. Leave `channels` out for atoms "
                "that do nothing by themselves."
            )

    @property
    def longitudinal(self) -> float:
        r"""$\gamma_\downarrow + \gamma_\uparrow$, the rate at which $m_\parallel$ goes to rest."""
        return self.decay + self.pumping

    @property
    def transverse(self) -> float:
        r"""$\frac12 (\gamma_\downarrow + \gamma_\uparrow) + 2 \gamma_\phi$, the decay rate of the other components."""
        return self.longitudinal / 2 + 2 * self.dephasing

    @property
    def rest(self) -> float:
        r"""$(\gamma_\uparrow - \gamma_\downarrow) / (\gamma_\uparrow + \gamma_\downarrow)$, where $m_\parallel$
        comes to rest; 0 without decay and pumping.
        """
        return (self.pumping - self.decay) / self.longitudinal if self.longitudinal else 0.0

    @property
    def tells_up_from_down(self) -> bool:
        r"""Whether a turn about x by half a circle changes them: where $\sigma^z$ decays more than it is pumped."""
        return self.axis == "z" and self.decay != self.pumping

    def jumps(self) -> list[Jump]:
        r"""Rates and jump operators (2, 2) of one spin, those that are not zero."""
        lowering = csr_array(LOWERING[self.axis])
        channels = [(self.decay, lowering), (self.pumping, adjoint(lowering)), (self.dephasing, pauli(self.axis, 0, 1))]
        return [(rate, jump) for rate, jump in channels if rate]

    def to_dict(self) -> Json:
        """A dictionary that `from_dict` turns back into equal channels."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_dict(cls, data: Json) -> "SpinChannels":
        """The channels that `to_dict` described."""
        keys_of("data", data, {field.name for field in fields(cls)})
        return cls(**data)
