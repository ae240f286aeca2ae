"""The confocal cavity QED microscope at Stanford."""

from collections.abc import Mapping
from typing import Any

from cavity_hopfield.platforms.mode_families import CONFOCAL
from cavity_hopfield.platforms.preset import Preset, made_of
from cavity_hopfield.platforms.presets.confocal_stanford import raman_cavity, single_mode_coupling_rad_s, unread
from cavity_hopfield.platforms.provenance import published
from cavity_hopfield.platforms.raman_cavity import RamanCavity

ABSTRACT = "R. M. Kroeze et al., arXiv:2212.06716, abstract (read at ar5iv.labs.arxiv.org)"
HIGHEST_ORDER = 100
POSITIONS_UM = ((12, 5), (-30, 18), (25, -33), (-14, -41), (48, 20), (-52, -8), (6, 55), (38, -6))


def preset() -> Preset:
    """Eight ensembles of 87Rb in the even modes of a confocal cavity."""
    values = (
        published("multimode_cooperativity", 110.0, source=ABSTRACT, printed="cooperativity in excess of 110"),
        published(
            "enhancement", 21.0, source=ABSTRACT, printed="21 times that of single-mode resonators of similar length",
            conversion="C of one mode is 110 / 21; C = 4 g0^2 / (loss linewidth) with full widths is taken for its "
            "definition",
        ),
        *unread(),
    )  # fmt: skip
    return made_of(
        values,
        _platform,
        name="kroeze2022",
        title="ensembles of 87Rb in a confocal cavity (Stanford)",
        references=("kroeze2022", "vaidya2018", "guo2019", "marsh2021", "dimer2007"),
        notes=(
            "Positions are ours: eight ensembles up to 56 um from the axis. They decide what is stored.",
            "Every ensemble is one spin 1/2: one atom at its place, or atoms that something else holds together.",
            f"Modes up to order {HIGHEST_ORDER} are kept; the mirrors carry more, which resolve 1.7 um (abstract).",
        ),
    )


def _platform(value: Mapping[str, Any]) -> RamanCavity:
    coupling = single_mode_coupling_rad_s(
        value["multimode_cooperativity"] / value["enhancement"],
        value["photon_loss_rad_s"],
        value["atomic_linewidth_rad_s"],
    )
    return raman_cavity(value, coupling, CONFOCAL, HIGHEST_ORDER, POSITIONS_UM)
