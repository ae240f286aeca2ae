"""The near-confocal "4/7" cavity at Stanford."""

from collections.abc import Mapping
from typing import Any

from cavity_hopfield.platforms.mode_families import ModeFamily
from cavity_hopfield.platforms.preset import Preset, made_of
from cavity_hopfield.platforms.presets.confocal_stanford import raman_cavity, unread
from cavity_hopfield.platforms.provenance import assumed, published
from cavity_hopfield.platforms.raman_cavity import RamanCavity

ABSTRACT = "B. P. Marsh et al., arXiv:2505.22658, abstract (read at ar5iv.labs.arxiv.org)"
HIGHEST_ORDER = 98
POSITIONS_UM = (
    (12, 5), (-30, 18), (25, -33), (-14, -41), (48, 20), (-52, -8), (6, 55), (38, -6), (-20, -12), (20, 36),
    (-44, 34), (-2, 26), (58, -24), (-33, -46), (10, -14), (-60, 12),
)  # fmt: skip


def preset() -> Preset:
    """Sixteen ensembles in every seventh order of modes."""
    values = (
        published("longitudinal", 4.0, source=ABSTRACT, printed='a novel "4/7" multimode geometry'),
        published("transverse", 7.0, source=ABSTRACT, printed='a novel "4/7" multimode geometry'),
        published(
            "ensembles", 16.0, source=ABSTRACT, printed="system sizes up to n = 16 (networks of up to n = 25 imaged)",
            conversion="16, the size up to which overlaps were measured",
        ),
        assumed(
            "coupling_rad_s", "2pi * 1.475 MHz",
            reason="not read; that of one mode in the preset kroeze2022, another cavity of this group",
        ),
        *unread(),
    )  # fmt: skip
    return made_of(
        values,
        _platform,
        name="marsh2025",
        title='an Ising spin glass of atoms in the "4/7" cavity (Stanford)',
        references=("marsh2025", "marsh2021", "dimer2007"),
        notes=(
            "The geometry is published; every rate of it is assumed, those of the confocal cavity of the same group.",
            "Positions are ours: sixteen ensembles up to 64 um from the axis. They decide what is stored.",
            "Every ensemble is one spin 1/2: one atom at its place, or atoms that something else holds together.",
            f"Modes up to order {HIGHEST_ORDER} are kept.",
        ),
    )


def _platform(value: Mapping[str, Any]) -> RamanCavity:
    family = ModeFamily(round(value["longitudinal"]), round(value["transverse"]))
    places = POSITIONS_UM[: round(value["ensembles"])]
    return raman_cavity(value, value["coupling_rad_s"], family, HIGHEST_ORDER, places)
