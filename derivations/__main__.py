"""`python -m derivations [--check | --show NAME]`: derive, check, and emit, compare or print."""

import argparse
import difflib
import sys

from derivations import (
    adiabatic_elimination,
    atom_only,
    detailed_balance,
    limit_cycles,
    mean_field,
    raman_elimination,
    spin_only,
)
from derivations.emission import TARGET, DerivationError, module_source
from derivations.story import Story

STORIES: tuple[Story, ...] = (
    adiabatic_elimination.STORY,
    mean_field.STORY,
    limit_cycles.STORY,
    detailed_balance.STORY,
    spin_only.STORY,
    atom_only.STORY,
    raman_elimination.STORY,
)


def main(arguments: list[str] | None = None) -> int:
    """Derive everything, check every step and write the formulas. Options compare with the disk, or print."""
    parser = argparse.ArgumentParser(prog="python -m derivations", description=main.__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="compare with the files on disk, write nothing")
    choice.add_argument(
        "--show", metavar="NAME", choices=[story.name for story in STORIES], help="print one derivation"
    )
    chosen = parser.parse_args(arguments)
    stale = False
    for story in STORIES:
        if chosen.show not in {None, story.name}:
            continue
        try:
            if chosen.show:
                print(story.text())
            else:
                stale |= not _settled(story, write=not chosen.check)
        except DerivationError as error:
            print(f"{story.name}: {error}", file=sys.stderr)
            return 1
    if stale:
        print("Run `python -m derivations` to write the formulas anew.", file=sys.stderr)
    return int(stale)


def _settled(story: Story, *, write: bool) -> bool:
    """Check `story`, and whether its formulas are on disk in the end; with `write` they are."""
    shown = f"{story.name}: derived, {story.check()} identities shown"
    if not story.module:
        print(shown)
        return True
    target = TARGET / f"{story.module}.py"
    text = module_source(story.name, story.formulas())
    on_disk = target.read_text(encoding="utf-8") if target.exists() else ""
    if on_disk == text:
        print(f"{shown}, {target.name} is current")
    elif write:
        target.write_text(text, encoding="utf-8")
        print(f"{shown}, wrote {target.name}")
    else:
        changes = difflib.unified_diff(on_disk.splitlines(), text.splitlines(), "on disk", "derived now", lineterm="")
        print(f"{story.name}: {target.name} is not current\n" + "\n".join(changes), file=sys.stderr)
    return write or on_disk == text


if __name__ == "__main__":
    sys.exit(main())
