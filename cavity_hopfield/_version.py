"""The version of the package: that of the git tag it was built from."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("cavity_hopfield")
except PackageNotFoundError:  # read from a folder that was never installed
    __version__ = "0+not.installed"
