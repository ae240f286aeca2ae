"""What a file says of its own making: the command, the versions, the machine, and a digest of what it holds."""

import hashlib
import json
import platform
import shlex
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.dynamics.results import versions
from cavity_hopfield.io.attributes import json_text

ENTRY_POINT = "cavity-hopfield"
DIGEST = "digest"
ADDED = ("schema", "command", "versions", "python", "platform", DIGEST)
"""The attributes of the root that tell of the making of a file."""


def provenance(attributes: Json) -> Json:
    """What `save` adds to the attributes of the root.

    What the result already tells stays, for it tells where the numbers are from; the command is added to those before.
    """
    before = str(attributes.get("command", ""))
    now = command()
    made = {"versions": json.dumps(versions()), **_machine()}
    told = {name: attributes.get(name, text) for name, text in made.items()}
    return {"command": before if before.split("\n")[-1:] == [now] else f"{before}\n{now}".strip("\n"), **told}


def command() -> str:
    """The line that runs this process again, as one types it in a shell."""
    if "ipykernel" in sys.modules:
        return "(notebook)"
    program, *arguments = sys.argv or [""]
    if Path(program).stem == ENTRY_POINT:
        return shlex.join([ENTRY_POINT, *arguments])
    interpreter, *given = sys.orig_argv or ["python"]
    return shlex.join([Path(interpreter).name, *given]) if given else "(interactive)"


def digest(groups: Mapping[str, xr.Dataset]) -> str:
    """SHA-256 of plain datasets by place: names, dimensions, types, values and attributes, whatever their order.

    Of the attributes of the root, the digest itself is left out.
    """
    whole = hashlib.sha256()
    for place in sorted(groups):
        dataset = groups[place]
        attributes = {name: value for name, value in dataset.attrs.items() if place != "/" or name != DIGEST}
        whole.update(json_text([place, attributes, sorted(str(name) for name in dataset.coords)]).encode())
        for name in sorted(dataset.variables, key=str):
            values = dataset[name].variable
            array = np.ascontiguousarray(values.values)
            array = array.astype(array.dtype.newbyteorder("<"), copy=False)
            whole.update(json_text([name, values.dims, array.dtype.str, values.shape, values.attrs]).encode())
            whole.update(array.reshape(-1).view(np.uint8).data)
    return f"sha256:{whole.hexdigest()}"


@cache
def _machine() -> dict[str, str]:
    return {"python": platform.python_version(), "platform": platform.platform()}
