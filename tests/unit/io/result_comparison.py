"""Comparing files and results to the last bit."""


def files_of(path):
    """The bytes of a file, or of each in a folder."""
    if path.is_file():
        return path.read_bytes()
    return {str(part.relative_to(path)): part.read_bytes() for part in sorted(path.rglob("*")) if part.is_file()}


def same_bits(one, other):
    """Whether two trees have the same groups, variables, types, bytes and attributes."""
    assert set(one.groups) == set(other.groups)
    for place in one.groups:
        here, there = one[place].to_dataset(), other[place].to_dataset()
        assert set(here.variables) == set(there.variables)
        assert set(here.coords) == set(there.coords)
        assert told(here) == told(there)
        for name in here.variables:
            a, b = here[name].variable, there[name].variable
            assert (name, a.dims, a.dtype, told(a)) == (name, b.dims, b.dtype, told(b))
            assert a.values.tobytes() == b.values.tobytes()


def told(owner):
    return {name: (type(value), repr(value), getattr(value, "dtype", None)) for name, value in owner.attrs.items()}
