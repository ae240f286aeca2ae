"""A cavity recalls a letter: certificate, rates beside Glauber, and the recall at two levels of theory."""

from dataclasses import replace
from pathlib import Path

import cavity_hopfield as ch
from cavity_hopfield import study


def main(quick: bool = False, folder: Path | None = None) -> float:
    """Run the built-in study, draw its figures into `folder`, and return the final overlap by single flips."""
    letters = study.Study()
    if quick:
        letters = letters.model_copy(update={"recall": letters.recall.model_copy(update={"runs": 20, "points": 21})})

    dicke = study.build_dicke(letters)
    print(ch.certify(dicke))
    strong = letters.mean_field.drive
    print(f"At the drive of the mean field, {strong:g}: {ch.certify(replace(dicke, drive=strong)).verdict}.")

    tree = study.run_study(letters, stage=lambda _: lambda _: None)
    if folder is not None:
        ch.plots.save_figures(tree, folder)
    overlap = float(tree["kinetic/overlap"].sel(pattern="E").isel(time=-1).mean())
    print(f"overlap with E after single flips: {overlap:.2f}")
    return overlap


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
