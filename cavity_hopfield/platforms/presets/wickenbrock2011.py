"""Caesium in a lossy, nearly confocal cavity at University College London."""

from cavity_hopfield.hopfield import letters
from cavity_hopfield.platforms.preset import Preset, made_of
from cavity_hopfield.platforms.provenance import assumed, published
from cavity_hopfield.platforms.raman_cavity import RamanCavity
from cavity_hopfield.platforms.written_modes import WrittenModes

ABSTRACT = "A. Wickenbrock et al., arXiv:1111.6770, abstract (read at mafiadoc.com)"
TRIPLE = "(g, kappa, gamma) = 2pi x (0.12, 0.8, 2.6) MHz of TEM00"
OURS = "the experiment drives no Raman transition; chosen by us"


def preset() -> Preset:
    """Caesium atoms as Raman-driven spins, one mode of this cavity for each letter."""
    values = (
        published(
            "coupling_rad_s", "2pi * 0.12 MHz", source=ABSTRACT, printed=TRIPLE,
            conversion="taken for g0 in H = g0 (a |e><g| + h.c.)",
        ),
        published(
            "photon_loss_rad_s", "2pi * 1.6 MHz", source=ABSTRACT, printed=TRIPLE,
            conversion="times 2: kappa taken for the half width, as gamma in the same triple is",
        ),
        published(
            "atomic_linewidth_rad_s", "2pi * 5.2 MHz", source=ABSTRACT, printed=TRIPLE,
            conversion="times 2: gamma is the half width of the D2 line of caesium, whose full width is 5.2 MHz",
        ),
        assumed("atomic_detuning_rad_s", "2pi * -1 GHz", reason=OURS),
        assumed("mode_detuning_rad_s", "2pi * 800 kHz", reason=f"{OURS}, half of the loss"),
        assumed("pump_rabi_rad_s", "2pi * 100 MHz", reason=f"{OURS}: a tenth of the detuning"),
        assumed("level_splitting_rad_s", "2pi * 1 kHz", reason=f"{OURS}, the two-photon detuning"),
    )  # fmt: skip
    return made_of(
        values,
        lambda value: RamanCavity(geometry=WrittenModes(), **dict(value)),
        name="wickenbrock2011",
        title="caesium in a lossy, nearly confocal cavity (University College London)",
        references=("wickenbrock2011", "dimer2007"),
        notes=(
            "The published cavity with a memory of ours: one mode for each letter, one atom for each spin.",
            "Up to (1.33 +- 0.08) 10^5 atoms were in the mode volume (abstract); the model has 35 of them.",
        ),
        patterns=letters("EV"),
    )
