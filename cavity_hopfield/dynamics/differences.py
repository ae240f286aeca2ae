"""Two descriptions of jobs side by side: which entry differs, what it was, what it is now."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

ABSENT = "nothing"
SHOWN = 6
"""So many differences are told; the others are counted."""
LONGEST = 72
"""Characters of a value that is told."""


def differences(stored: Any, now: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Every entry that differs, with its value in the store and its value now, in words.

    Mappings, lists of equal length and texts that are JSON are entered, so that the entry is as small as it can be.
    """
    old, new = _opened(stored), _opened(now)
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            below = f"{place}.{name}" if place else str(name)
            if name not in new or name not in old:
                yield below, _told(old[name]) if name in old else ABSENT, _told(new[name]) if name in new else ABSENT
            else:
                yield from differences(old[name], new[name], below)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for k, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{place}[{k}]")
    elif _exact(old) != _exact(new):
        yield place, _told(old), _told(new)


def told_differences(stored: Any, now: Any) -> str:
    """The differences as lines of a message, the first few of them; empty if there are none."""
    found = list(differences(stored, now))
    lines = [f"  {place}: {old} in the store, {new} now" for place, old, new in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"  and {len(found) - SHOWN} more")
    return "\n".join(lines)


def _opened(value: Any) -> Any:
    """A text that is a JSON mapping or list, opened."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _exact(value: Any) -> str:
    """The value and its kind: 1, 1.0 and true are three, and not-a-number is itself."""
    return json.dumps(value)


def _told(value: Any) -> str:
    text = json.dumps(value)
    if len(text) <= LONGEST:
        return text
    kept = LONGEST // 2
    size = f" ({len(value)} entries)" if isinstance(value, (list, dict)) else ""
    return f"{text[:kept]} ... {text[-kept // 2 :]}{size}"
