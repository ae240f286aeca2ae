"""The derivations as pages of the documentation."""

from pathlib import Path

from derivations.__main__ import STORIES


def write_pages(directory: Path) -> list[Path]:
    """Write one MyST Markdown page for each derivation into `directory`; pages that are current stay untouched.

    Parameters
    ----------
    directory : Path
        Where the pages go; it must exist.

    Returns
    -------
    list of Path
        The pages, in order.

    Raises
    ------
    DerivationError
        If a step does not hold: no page shows what is not shown.
    """
    pages = []
    for story in STORIES:
        page = directory / f"{story.name}.md"
        text = story.markdown()
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
        pages.append(page)
    return pages
