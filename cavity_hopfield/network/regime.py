"""Whether the jumps of a network are those of its platform, in words with the number that tells."""

import numpy as np

from cavity_hopfield.elimination import Certificate, Regime, Verdict
from cavity_hopfield.elimination.certificate.certificate import LIMIT_DRIVE, LIMIT_RATIO, SAFE_DRIVE, SAFE_RATIO


def individual_doubts(certificate: Certificate) -> list[str]:
    """What speaks against flips one by one; nothing where the rates are good and all spins are told apart."""
    if certificate.verdict is Verdict.GOOD and certificate.flips_singly:
        return []
    remedy = [] if np.isfinite(certificate.pair_ratio) else ['Or take `jumps="collective"`.']
    return [f"r = {certificate.ratio:.2g}: {certificate.sentence}", *remedy]


def collective_doubts(certificate: Certificate) -> list[str]:
    r"""What speaks against flips of spins with equal forces together.

    What must be small against the dephasing of a flip is now $W$ times $(j + m)(j - m + 1)$, so that ensembles of n
    spins leave the regime $n^2$ times as early as single spins.
    """
    doubts = []
    ratio, drive_ratio = certificate.collective_ratio, certificate.drive_ratio
    if ratio >= SAFE_RATIO or drive_ratio >= SAFE_DRIVE:
        safe = certificate.drive * min(float(np.sqrt(SAFE_RATIO / ratio)), SAFE_DRIVE / drive_ratio)
        doubts.append(
            f"r = {ratio:.2g} for collective flips, {certificate.ratio:.2g} for one, 2 drive/|z| = {drive_ratio:.2g}: "
            f"the drive {certificate.drive:g} is not weak. Below {safe:.3g} collective rates are good."
        )
    if certificate.flips_singly and certificate.n_spins > 1:
        doubts.append(
            f"Flip rate / splitting = {certificate.pair_ratio:.2g}: the light tells all spins apart, and they flip "
            'singly. Collective jumps are not their limit; take `jumps="individual"`.'
        )
    in_reach = ratio < LIMIT_RATIO and drive_ratio < LIMIT_DRIVE
    if in_reach and not certificate.flips_singly and certificate.regime is not Regime.COLLECTIVE_RATES:
        doubts.append(
            f"Flip rate / splitting = {certificate.pair_ratio:.2g}: among {certificate.unresolved_spins} spins some "
            "have unequal forces and still flip faster than the light tells them apart, neither together nor singly."
        )
    return doubts


DOUBTS = {"individual": individual_doubts, "collective": collective_doubts}
