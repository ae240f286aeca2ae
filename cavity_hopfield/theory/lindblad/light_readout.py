"""What `Lindblad` tells of the light of a cavity beyond its mean moments."""

from typing import Any

import xarray as xr

from cavity_hopfield._typing import ArrayLike
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.lindblad import cavity_answers
from cavity_hopfield.theory.lindblad.cavity_evolution import CavityOptions


class LightReadout:
    """Correlations in time, emitted spectrum and state of one mode."""

    def _for_light(self, model: object) -> CavityOptions:
        """The options for spins and light; an error if `model` is no cavity."""
        raise NotImplementedError

    def correlation(
        self, model: MultimodeDicke, delays: ArrayLike, *, mode: int = 0, initial: Any = None, time: float = 0.0
    ) -> xr.Dataset:
        r"""$\langle a^\dagger(t + \tau) a(t) \rangle$ and
        $\langle a^\dagger(t) a^\dagger(t + \tau) a(t + \tau) a(t) \rangle$ of one mode, by the regression theorem.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity.
        delays : (D,) array
            $\tau$, strictly increasing, not negative.
        mode : int
            Which mode.
        initial : configuration (N,) or ProductState, optional
            The state at time 0; if left out, the steady state.
        time : float
            $t$ after `initial`.

        Returns
        -------
        xarray.Dataset
            `first_order_real`, `first_order_imag`, `second_order` (delay). Of a free mode the first goes as
            $e^{i \omega \tau}$. Attributes: `time`, and those of `light_state`.

        Raises
        ------
        ArgumentError, SizeError, ConvergenceError
            As for `evolve` and `steady_state`.

        Warns
        -----
        RegimeWarning
            If `fock` is given and cuts off light.

        Examples
        --------
        Light bunches in a thermal mode, $g^{(2)}(0) = 2$, and forgets itself at its net loss:

        >>> from cavity_hopfield import Lindblad, SpinChannels
        >>> mode = MultimodeDicke([[0.0]], omega=1.0, loss=1.5, gain=0.5, channels=SpinChannels(decay=1.0))
        >>> found = Lindblad().correlation(mode, [0.0, 1.0])
        >>> found["second_order"].values.round(3)  # 0.5^2 (1 + exp(-delay))
        array([0.5  , 0.342])
        """
        return cavity_answers.correlations(self, self._for_light(model), model, mode, delays, initial, time).aloud()

    def emission_spectrum(self, model: MultimodeDicke, frequencies: ArrayLike, *, mode: int = 0) -> xr.Dataset:
        r"""$S(\nu) = \frac{\gamma}{2\pi} \int e^{-i \nu \tau} \left(\langle a^\dagger(\tau) a(0) \rangle
        - |\langle a \rangle|^2\right) d\tau$ of what one mode emits in the steady state.

        $\nu$ counts from the frequency of the pump, so that a free mode shines at $\nu = \omega$. The integral over all
        $\nu$ is the flux $\gamma (\langle a^\dagger a \rangle - |\langle a \rangle|^2)$ of the incoherent photons.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity.
        frequencies : (F,) array
            $\nu$.
        mode : int
            Which mode.

        Returns
        -------
        xarray.Dataset
            `emission` (frequency). Attributes: `coherent_flux` $\gamma |\langle a \rangle|^2$ of the line at
            $\nu = 0$; `truncation`, the correlation at the end of the `window` in time beside that at its start;
            `quadrature_error`, by how much half the samples change the result; and those of `light_state`.

        Raises
        ------
        ArgumentError, SizeError, ConvergenceError
            As for `steady_state`.

        Warns
        -----
        RegimeWarning
            If the light remembers longer than the longest window, or `fock` is given and cuts off light.

        Examples
        --------
        >>> from cavity_hopfield import Lindblad, SpinChannels
        >>> mode = MultimodeDicke([[0.0]], omega=1.0, loss=1.5, gain=0.5, channels=SpinChannels(decay=1.0))
        >>> found = Lindblad().emission_spectrum(mode, [1.0])
        >>> round(found["emission"].item(), 4)  # gamma nbar / (pi net_loss / 2)
        0.4775
        """
        return cavity_answers.emission_spectrum(self, self._for_light(model), model, frequencies, mode).aloud()

    def light_state(
        self,
        model: MultimodeDicke,
        initial: Any = None,
        times: ArrayLike | None = None,
        *,
        mode: int = 0,
        given: tuple[str, float] | None = None,
    ) -> xr.Dataset:
        r"""The density matrix of one mode, of all states or of those with an overlap.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity.
        initial : configuration (N,) or ProductState, optional
            The state at time 0; if left out, the steady state.
        times : (T,) array, optional
            With `initial`, and only then.
        mode : int
            Which mode.
        given : (name, overlap), optional
            Keep the states whose overlap with the pattern of that name is at least `overlap`, or at most if that is
            negative; the matrix is then divided by their probability.

        Returns
        -------
        xarray.Dataset
            `light_state_real`, `light_state_imag` (time, level, level_2) in Fock states about the amplitude in the
            attributes `displacement_real` and `displacement_imag` (numbers, of this mode), and `probability` (time) of
            the condition, the trace without one; in the steady state without a time. Further attributes: `mode`,
            `levels`, `cutoff_error`, `top_population`.

        Raises
        ------
        ArgumentError, SizeError, ConvergenceError
            As for `evolve` and `steady_state`.

        Warns
        -----
        RegimeWarning
            If `fock` is given and cuts off light.

        Examples
        --------
        >>> from cavity_hopfield import Lindblad
        >>> pair = MultimodeDicke([[0.4], [0.4]], omega=1.0, loss=1.0, drive=0.2)
        >>> recalled = Lindblad(displacement="none").light_state(pair, given=("1", 1.0))
        >>> rho = recalled["light_state_real"] + 1j * recalled["light_state_imag"]
        >>> bool(abs(rho.values.trace() - 1) < 1e-9)
        True
        """
        return cavity_answers.light_state(self, self._for_light(model), model, initial, times, mode, given).aloud()
