"""The light of a mode in phase space."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from cavity_hopfield._checks import real_number
from cavity_hopfield.plots.canvas import on_axes
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import COLUMN, DIVERGING, house_style


def plot_wigner(result: xr.Dataset, *, time: float | None = None, axes: Axes | None = None) -> Axes:
    r"""$W(\alpha)$ of one mode as colours: red where positive, blue where negative, white at zero.

    Parameters
    ----------
    result : xarray.Dataset
        What `wigner` or `wigner_histogram` returned.
    time : float, optional
        Of several times the nearest to this one; the last if left out.
    axes : matplotlib.axes.Axes, optional
        Where to draw; those of a new figure if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is another one, or holds functions along another dimension than time.

    Examples
    --------
    >>> import numpy as np
    >>> from cavity_hopfield import Lindblad, MultimodeDicke, wigner
    >>> cavity = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6)
    >>> at_rest = Lindblad().light_state(cavity, [1], [0.0])
    >>> axes = plot_wigner(wigner(at_rest, np.linspace(-3, 3, 31), np.linspace(-3, 3, 31)))
    >>> axes.get_title()
    't = 0'
    """
    require("wigner", result)
    one = at_time(result, time)
    with house_style():
        axes = on_axes(axes, COLUMN + 0.4, 3.0)
        image = draw_wigner(axes, one)
        axes.figure.colorbar(image, ax=axes, label=r"$W(\alpha)$")
        if "time" in result.coords:
            axes.set_title(f"t = {float(one['time']):.3g}")
    return axes


def at_time(result: xr.Dataset, time: float | None) -> xr.Dataset:
    """The function at one time, the last if none is named."""
    one = result
    if "time" in result.dims:
        last = result.isel(time=-1)
        one = last if time is None else result.sel(time=real_number("time", time), method="nearest")
    return one.squeeze([dim for dim in one["wigner"].dims if dim not in {"alpha_imag", "alpha_real"}])


def draw_wigner(axes: Axes, one: xr.Dataset, scale: float | None = None) -> QuadMesh:
    """One function, its colours from minus to plus `scale`, its own largest value if none is given."""
    values = one["wigner"].transpose("alpha_imag", "alpha_real").values
    reach = float(np.abs(values).max()) if scale is None else scale
    image = axes.pcolormesh(
        one["alpha_real"], one["alpha_imag"], values, cmap=DIVERGING, vmin=-reach, vmax=reach, shading="nearest",
        rasterized=True,
    )  # fmt: skip
    axes.set_aspect("equal")
    axes.set_xlabel(r"$\mathrm{Re}\,\alpha$")
    axes.set_ylabel(r"$\mathrm{Im}\,\alpha$")
    axes.spines[:].set_visible(True)
    return image
