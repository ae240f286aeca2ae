"""Work and points as bytes, which any executor carries, also of functions that a script or a notebook defines."""

from typing import Any


def sent(thing: Any) -> bytes:
    """`thing` as bytes."""
    import cloudpickle

    content: bytes = cloudpickle.dumps(thing)
    return content


def received(content: bytes) -> Any:
    """The thing that was sent, as it was then."""
    import cloudpickle

    return cloudpickle.loads(content)
