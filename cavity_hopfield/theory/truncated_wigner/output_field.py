"""The field that leaves the cavity, in the language of Wigner functions, as a heterodyne detector sees it."""

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.dynamics.checkpoint import Block
from cavity_hopfield.dynamics.streams import run_stream
from cavity_hopfield.theory.truncated_wigner.readings import Reader
from cavity_hopfield.theory.truncated_wigner.sampling import DETECTION
from cavity_hopfield.theory.truncated_wigner.steps import shares


def records(reader: Reader, first: int, last: int, spans: FloatArray) -> Block:
    r"""Records (R, T, M) of the runs from `first` up to, not with, `last`, and the overlaps (R, T, P) of their spins.

    The mode is driven by the vacuum that enters,

    $$\dot\alpha = -z \alpha - i x - \sqrt\gamma\, w + \sqrt\kappa\, v, \qquad
    E\, w(t) w^*(t') = E\, v(t) v^*(t') = \tfrac12 \delta(t - t'),$$

    and $\sqrt\gamma\, \alpha + w$ leaves. Over a step under constant forces

    $$\int_0^h (\sqrt\gamma\, \alpha + w)\, dt = \frac{\sqrt\gamma}{z} (-i x h - \Delta\alpha)
    + \left(1 - \frac\gamma z\right) \int w + \frac{\sqrt{\gamma\kappa}}{z} \int v,$$

    where the noise is normal with a known covariance with that of $\alpha$: its mean under the noise that the run had,
    and one more normal number for each bin, which changes no run. Heterodyne detection adds the vacuum of a second
    field, another half. The mean of a record over a bin of length T is that of $\sqrt\gamma\, \langle a \rangle$; in
    the vacuum its square is $1/T$.
    """
    steps, model = reader.ensemble.steps, reader.ensemble.model
    tied, spread = _tied_noise(reader)
    lead = np.sqrt(model.loss) / model.pole
    noise = _detection(reader.ensemble.seed, first, last, (spans.size, model.n_modes))
    kept: list[ComplexArray] = []
    overlaps: list[FloatArray] = []
    for stretch in reader.ensemble.along(first, last):
        here = stretch.times
        force = stretch.sums[:, :, 0] * steps.lengths[here, None, None]
        alpha = stretch.alpha
        before = np.concatenate([(stretch.before[:, 0] + 1j * stretch.before[:, 1])[None], alpha[:-1]])
        driven = stretch.sums[:, :, 1] + 1j * stretch.sums[:, :, 2]
        whole = lead[:, None] * (-1j * force - (alpha - before)) + tied[here, :, None] * driven
        kept.append(np.moveaxis(whole, -1, 0) + spread[here] * noise[:, here])
        overlaps.append(np.moveaxis(reader.per_run(stretch)["spin"][:, 2, 1:], -1, 0))
    record = np.concatenate(kept, axis=1)
    record /= np.where(spans > 0, spans, 1.0)[:, None]
    record[:, spans == 0] = np.nan
    return {"record": record, "overlap": np.concatenate(overlaps, axis=1)}


def samples(reader: Reader, first: int, last: int, mode: int) -> Block:
    """Amplitudes (R, T) of one mode."""
    return {"alpha": np.concatenate([one.alpha[:, mode].T for one in reader.ensemble.along(first, last)], axis=1)}


def _tied_noise(reader: Reader) -> tuple[ComplexArray, FloatArray]:
    """What the noise of the modes says of that of the record, (T, M), and the spread (T, M) of what it leaves open."""
    steps, model = reader.ensemble.steps, reader.ensemble.model
    loss, gain, pole = model.loss, model.gain, model.pole
    h = steps.lengths[:, None]
    own = (loss + gain) / 2 * -np.expm1(-model.net_loss * h) / model.net_loss
    share = np.stack([shares(pole, float(length)) for length in steps.lengths])
    common = np.sqrt(loss) * share.conj() / 2 * ((loss + gain) / pole - 1)
    total = h / 2 * (np.abs(1 - loss / pole) ** 2 + loss * gain / np.abs(pole) ** 2)
    tied = np.divide(common, own, out=np.zeros_like(common), where=own > 0)
    rest = total - np.divide(np.abs(common) ** 2, own, out=np.zeros_like(own), where=own > 0)
    counts = steps.counts[:, None]
    # rounding can leave a little less than nothing
    return tied, np.sqrt(np.maximum(rest, 0.0) * counts + counts * h / 2)


def _detection(seed: int, first: int, last: int, shape: tuple[int, int]) -> ComplexArray:
    """Complex normal numbers (R, T, M) with a mean square of one, from a stream that no run reads."""
    drawn = [run_stream(seed, run, DETECTION).standard_normal((2, *shape)) for run in range(first, last)]
    normal = np.array(drawn) / np.sqrt(2)
    return np.asarray(normal[:, 0] + 1j * normal[:, 1])
