"""What is handed out: the source distribution holds what the repository does, the wheel what runs, with its metadata.

Built without the network, from the source distribution as an index would; what builds it is in the extra `dev`.
"""

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
TOP_LEVEL_DATA = {"cavity_hopfield/py.typed", "cavity_hopfield/elimination/certificate/measured_map.csv"}
SMOKE = """
import cavity_hopfield as ch, importlib.metadata, pathlib, sys
assert pathlib.Path(ch.__file__).is_relative_to(sys.argv[1]), ch.__file__
assert ch.__version__ == sys.argv[2] == importlib.metadata.version("cavity_hopfield"), ch.__version__
dicke = ch.MultimodeDicke.from_patterns(ch.letters("EV"), g=0.12, omega=1.0, loss=0.3, drive=2.5e-4)
assert dicke.n_modes == 2
assert ch.measured_map().sizes and ch.presets.names() and "@" in ch.presets.load("zhang2017").citation
"""

pytestmark = pytest.mark.slow


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the two archives."""
    for tool in ("build", "hatchling", "hatch_vcs", "twine"):
        pytest.importorskip(tool, reason="part of the extra `dev`")
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    [path] = built.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def sources(built):
    """Names in the source distribution, without its own folder and what a build adds."""
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {str(PurePosixPath(*PurePosixPath(name).parts[1:])) for name in archive.getnames()} - {"PKG-INFO"}


@pytest.fixture(scope="module")
def metadata(wheel):
    [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(wheel.read(name).decode())


def test_archives_keep_the_rules_of_the_index(built):
    run(sys.executable, "-m", "twine", "check", "--strict", *built.iterdir())


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a tree without git does not know what belongs to it")
def test_the_source_distribution_is_the_repository(sources):
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
    assert sources == {name for name in listed if (ROOT / name).exists()}


def test_the_wheel_is_the_package(wheel, sources):
    files = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert files == {name for name in sources if name.startswith("cavity_hopfield/")}
    assert files >= TOP_LEVEL_DATA
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_metadata_say_what_it_is(metadata):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata["Name"] == "cavity_hopfield"
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["Requires-Python"] == project["requires-python"]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(project["dependencies"]) <= {
        line.partition(";")[0].strip() for line in metadata.get_all("Requires-Dist")
    }
    for name in ("Summary", "Author", "Keywords", "Classifier"):
        assert metadata[name]


def test_the_wheel_runs_far_from_its_sources(wheel, metadata, tmp_path):
    """With the libraries of this environment, and nothing of the repository."""
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    wheel.extractall(site)
    elsewhere.mkdir()
    here = {**os.environ, "PYTHONPATH": str(site)}
    run(sys.executable, "-W", "error", "-c", SMOKE, site, metadata["Version"], cwd=elsewhere, env=here)
    told = run(sys.executable, "-m", "cavity_hopfield", "--version", cwd=elsewhere, env=here)
    assert told.strip() == metadata["Version"]
