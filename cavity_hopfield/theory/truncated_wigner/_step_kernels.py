r"""Steps of many runs side by side: spins turn by half a step, modes move by a whole one, spins turn by half a step.

Arrays have the runs along their last axis: `spins` (K, 3, R), the vectors of K spins or sums of spins, and `light`
(M, 2, R), real and imaginary parts. Every loop over runs is free of branches, and no run's numbers depend on which runs
are beside it.
"""

import math

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.theory.truncated_wigner._random_kernels import LOWEST, Bits, normal_pairs, uniforms

BLOCK = 64
"""Spins without channels whose fields are held at a time."""
NEAR = 0.25
"""Squares of angles up to here are turned by the series."""


@compiled
def path(
    g: FloatArray,
    drive: float,
    axis: int,
    counts: IntArray,
    lengths: FloatArray,
    parts: int,
    modes: FloatArray,
    chances: FloatArray,
    spins: FloatArray,
    light: FloatArray,
    force: FloatArray,
    states: Bits,
    bits: Bits,
    values: FloatArray,
    scratch: FloatArray,
    noise: FloatArray,
    spin_path: FloatArray,
    light_path: FloatArray,
    sums: FloatArray,
) -> None:
    r"""Move `spins` and `light` over T intervals of `counts` (T,) steps of `lengths` (T,).

    `modes` (T, M, 7): of a whole step $e^{-zh}$ and $(1 - e^{-zh})/z$, of one of the `parts` of which its noise is made
    $e^{-zh}$, each as real and imaginary part, and the standard deviation of either component of the noise of a part.
    `chances` (T, 5) are those of `scatter`, in half of such a part; negative for none. `states` (2, 4, R) are the
    streams of light and of spins, `scratch` (1 + `BLOCK`, R), or (1 + K, R) with channels, `noise` (M, 2, R), `bits`
    and `values` (4, R) the same memory.

    Fills `spin_path` (T, K, 3, R), `light_path` (T, M, 2, R) and `sums` (T, M, 3, R): over the steps, of the force and
    of the noise.
    """
    sums[:] = 0.0
    for t in range(counts.size):
        h, told = lengths[t], chances[t]
        own = parts if told[0] >= 0.0 else 0
        if counts[t] > 0:
            turn(g, drive, 0.5 * h, axis, own, told, spins, light, force, states[1], bits, values, scratch)
        for step in range(counts[t]):
            push(modes[t], parts, light, force, states[0], bits, values, scratch, noise, sums[t])
            if step < counts[t] - 1:
                turn(g, drive, h, axis, 2 * own, told, spins, light, force, states[1], bits, values, scratch)
        if counts[t] > 0:
            turn(g, drive, 0.5 * h, axis, own, told, spins, light, force, states[1], bits, values, scratch)
        spin_path[t] = spins
        light_path[t] = light


@compiled
def push(
    modes: FloatArray,
    parts: int,
    light: FloatArray,
    force: FloatArray,
    states: Bits,
    bits: Bits,
    values: FloatArray,
    scratch: FloatArray,
    noise: FloatArray,
    sums: FloatArray,
) -> None:
    r"""$\alpha \to e^{-zh} \alpha - i x (1 - e^{-zh}) / z + n$ of all modes, under the constant `force` x (M, R).

    $n = \int_0^h e^{-z(h-s)} \sqrt{(\gamma + \kappa)/2}\, d\xi$, made of `parts` equal stretches, each with its noise:
    all modes draw for a stretch before any draws for the next, as they would in steps of one stretch each.
    """
    one, two = scratch[0], scratch[1]
    for part in range(parts):
        for mu in range(light.shape[0]):
            part_re, part_im, spread = modes[mu, 4:]
            real, imag = noise[mu, 0], noise[mu, 1]
            normal_pairs(states, bits, values, one, two)
            if part == 0:
                for r in range(one.size):
                    real[r] = spread * one[r]
                    imag[r] = spread * two[r]
            else:
                for r in range(one.size):
                    a, b = real[r], imag[r]
                    real[r] = part_re * a - part_im * b + spread * one[r]
                    imag[r] = part_re * b + part_im * a + spread * two[r]
    for mu in range(light.shape[0]):
        decay_re, decay_im, push_re, push_im = modes[mu, :4]
        alpha_re, alpha_im, x, real, imag = light[mu, 0], light[mu, 1], force[mu], noise[mu, 0], noise[mu, 1]
        for r in range(one.size):
            a, b = alpha_re[r], alpha_im[r]
            alpha_re[r] = decay_re * a - decay_im * b + push_im * x[r] + real[r]
            alpha_im[r] = decay_re * b + decay_im * a - push_re * x[r] + imag[r]
        add(sums[mu, 0], x)
        add(sums[mu, 1], real)
        add(sums[mu, 2], imag)


@compiled
def add(total: FloatArray, values: FloatArray) -> None:
    """Add `values` (R,) to `total`."""
    for r in range(total.size):
        total[r] += values[r]


@compiled
def turn(
    g: FloatArray,
    drive: float,
    tau: float,
    axis: int,
    parts: int,
    chances: FloatArray,
    spins: FloatArray,
    light: FloatArray,
    force: FloatArray,
    states: Bits,
    bits: Bits,
    values: FloatArray,
    scratch: FloatArray,
) -> None:
    r"""Turn every spin about $(\Omega, 0, h_i)$ by the time `tau`, $h_i = \sum_\mu 2 g_{i\mu} \mathrm{Re}\,\alpha_\mu$,
    with its own channels half way, and fill `force` (M, R) with $x_\mu = \sum_i g_{i\mu} s^z_i$.

    Fields are held of as many spins as `scratch` has rows, but one: of all of them where they have channels, for all
    spins draw for one of the `parts` before any draws for the next, as they would in steps of one part each.
    """
    held = scratch.shape[0] - 1
    spare = scratch[held]
    share = 2.0 if parts == 0 else 1.0
    force[:] = 0.0
    for first in range(0, g.shape[0], held):
        last = min(first + held, g.shape[0])
        for i in range(first, last):
            fill_field(g[i], light, scratch[i - first])
            rotate(share * drive * tau, share * tau, scratch[i - first], spins[i])
        for _ in range(parts):
            for i in range(first, last):
                scatter(axis, chances, spins[i], states, bits, values, spare)
        if parts > 0:
            for i in range(first, last):
                rotate(drive * tau, tau, scratch[i - first], spins[i])
        add_forces(g[first:last], spins[first:last], force)


@compiled
def fill_field(row: FloatArray, light: FloatArray, field: FloatArray) -> None:
    """Fill `field` (R,) with that of one spin, whose couplings are `row` (M,)."""
    field[:] = 0.0
    n_modes = row.size
    whole = n_modes - n_modes % 4
    for mu in range(0, whole, 4):
        a, b, c, d = 2.0 * row[mu], 2.0 * row[mu + 1], 2.0 * row[mu + 2], 2.0 * row[mu + 3]
        w, x, y, z = light[mu, 0], light[mu + 1, 0], light[mu + 2, 0], light[mu + 3, 0]
        for r in range(field.size):
            field[r] += a * w[r] + b * x[r] + c * y[r] + d * z[r]
    for mu in range(whole, n_modes):
        a, w = 2.0 * row[mu], light[mu, 0]
        for r in range(field.size):
            field[r] += a * w[r]


@compiled
def add_forces(g: FloatArray, spins: FloatArray, force: FloatArray) -> None:
    """Add to `force` (M, R) that of some spins with couplings `g` (K, M)."""
    n_spins = g.shape[0]
    whole = n_spins - n_spins % 4
    for i in range(0, whole, 4):
        w, x, y, z = spins[i, 2], spins[i + 1, 2], spins[i + 2, 2], spins[i + 3, 2]
        for mu in range(g.shape[1]):
            a, b, c, d = g[i, mu], g[i + 1, mu], g[i + 2, mu], g[i + 3, mu]
            total = force[mu]
            for r in range(total.size):
                total[r] += a * w[r] + b * x[r] + c * y[r] + d * z[r]
    for i in range(whole, n_spins):
        w = spins[i, 2]
        for mu in range(g.shape[1]):
            a, total = g[i, mu], force[mu]
            for r in range(total.size):
                total[r] += a * w[r]


@compiled
def rotate(along_x: float, scale: float, field: FloatArray, spin: FloatArray) -> None:
    r"""Turn `spin` (3, R) by the vectors $\mathbf a = (\mathtt{along\_x}, 0, \mathtt{scale}\, h)$, h the `field` (R,):
    $\mathbf s + \frac{\sin a}{a} \mathbf a \times \mathbf s + \frac{1 - \cos a}{a^2} \mathbf a \times (\mathbf a \times
    \mathbf s)$, for small angles by the series.
    """
    x, y, z = spin[0], spin[1], spin[2]
    far = 0
    for r in range(field.size):
        along_z = scale * field[r]
        far += 1 if along_x * along_x + along_z * along_z > NEAR else 0
    if far == 0:
        for r in range(field.size):
            along_z = scale * field[r]
            u = along_x * along_x + along_z * along_z
            one, two = series(u)
            x[r], y[r], z[r] = carried(along_x, along_z, one, two, x[r], y[r], z[r])
        return
    for r in range(field.size):
        along_z = scale * field[r]
        u = along_x * along_x + along_z * along_z
        if u > NEAR:
            angle = math.sqrt(u)
            one, two = math.sin(angle) / angle, 2.0 * (math.sin(0.5 * angle) / angle) ** 2
        else:
            one, two = series(u)
        x[r], y[r], z[r] = carried(along_x, along_z, one, two, x[r], y[r], z[r])


@compiled
def series(u: float) -> tuple[float, float]:
    r"""$\sin\theta / \theta$ and $(1 - \cos\theta)/\theta^2$ for $u = \theta^2$ up to a quarter."""
    one = -1 / 39916800 + u * (1 / 6227020800)
    one = 1 / 120 + u * (-1 / 5040 + u * (1 / 362880 + u * one))
    two = -1 / 479001600 + u * (1 / 87178291200)
    two = 1 / 720 + u * (-1 / 40320 + u * (1 / 3628800 + u * two))
    return 1.0 + u * (-1 / 6 + u * one), 0.5 + u * (-1 / 24 + u * two)


@compiled
def carried(
    along_x: float, along_z: float, one: float, two: float, x: float, y: float, z: float
) -> tuple[float, float, float]:
    r"""$\mathbf s + c_1\, \mathbf a \times \mathbf s + c_2\, \mathbf a \times (\mathbf a \times \mathbf s)$."""
    cross_x, cross_y, cross_z = -along_z * y, along_z * x - along_x * z, along_x * y
    return (
        x + one * cross_x - two * along_z * cross_y,
        y + one * cross_y + two * (along_z * cross_x - along_x * cross_z),
        z + one * cross_z + two * along_x * cross_y,
    )


@compiled
def scatter(
    axis: int, chances: FloatArray, spin: FloatArray, states: Bits, bits: Bits, values: FloatArray, spare: FloatArray
) -> None:
    r"""What a spin (3, R) does by itself, by one uniform number u for each run.

    Between `chances` (5,): nothing; both transverse components change sign; the component along `axis` becomes +1, or
    -1; it becomes +1, or -1, and the transverse ones are drawn anew from +-1.
    """
    uniforms(states, bits, values, spare)
    raw = bits[0]
    nothing, signs, up, down, fresh_up = chances
    along, one, two = spin[axis], spin[(axis + 1) % 3], spin[(axis + 2) % 3]
    for r in range(spare.size):
        u = spare[r]
        kept = 1.0 if u < nothing else (-1.0 if u < signs else (1.0 if u < down else 0.0))
        fresh = 0.0 if u < down else 1.0
        first = 1.0 if raw[r] & LOWEST else -1.0
        second = 1.0 if (raw[r] >> LOWEST) & LOWEST else -1.0
        new = 1.0 if u < up else (-1.0 if u < down else (1.0 if u < fresh_up else -1.0))
        along[r] = along[r] if u < signs else new
        one[r] = kept * one[r] + fresh * first
        two[r] = kept * two[r] + fresh * second
