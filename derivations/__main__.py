"""`python -m derivations [--check]`: derive, check, and emit (or compare) the closed forms."""

import argparse
import difflib
import sys
from types import ModuleType

from derivations import adiabatic_elimination, mean_field
from derivations.emission import TARGET, DerivationError, module_source

SCRIPTS: tuple[ModuleType, ...] = (adiabatic_elimination, mean_field)


def main(arguments: list[str] | None = None) -> int:
    """Derive every script; write its formulas, or with `--check` compare them with the files on disk."""
    parser = argparse.ArgumentParser(prog="python -m derivations", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the files on disk, write nothing")
    only_check = parser.parse_args(arguments).check
    stale = False
    for script in SCRIPTS:
        origin = script.__name__.rpartition(".")[2]
        try:
            script.check()
            text = module_source(origin, script.formulas())
        except DerivationError as error:
            print(f"{origin}: {error}", file=sys.stderr)
            return 1
        target = TARGET / f"{script.MODULE}.py"
        on_disk = target.read_text(encoding="utf-8") if target.exists() else ""
        if on_disk == text:
            print(f"{origin}: derived, checked, {target.name} is current")
        elif only_check:
            stale = True
            changes = difflib.unified_diff(
                on_disk.splitlines(), text.splitlines(), "on disk", "derived now", lineterm=""
            )
            print(f"{origin}: {target.name} is not current\n" + "\n".join(changes), file=sys.stderr)
        else:
            target.write_text(text, encoding="utf-8")
            print(f"{origin}: derived, checked, wrote {target.name}")
    if stale:
        print("Run `python -m derivations` to write the formulas anew.", file=sys.stderr)
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
