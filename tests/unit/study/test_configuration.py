"""A wrong configuration is a one-line error with the place in the file and the remedy."""

import numpy as np
import pytest
from PIL import Image

from cavity_hopfield import ConfigurationError
from cavity_hopfield.study import Study, build_dicke, read_study
from cavity_hopfield.study.recall import build_memory, build_start


def written(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[cavity]\nlos = 1.0", r"line 2: `cavity.los` is not a key. The keys here are g, omega, loss, "),
        ("[lab]\ng = 1.0", r"line 1: `lab` is not a key. The keys here are title, memory, "),
        ('[cavity]\n# strength\ng = "strong"', r"line 3: `cavity.g` should be a valid number, but is 'strong'"),
        ("[recall]\nruns = 2.5", r"line 2: `recall.runs` should be a valid integer, but is 2.5"),
        ("[recall]\nruns = 0", r"line 2: `recall.runs` should be greater than or equal to 1, but is 0"),
        ("[cavity]\ndrive = -1.0", r"line 2: `cavity.drive` should be greater than 0, but is -1.0"),
        ("[cavity]\ndrive = nan", r"line 2: `cavity.drive` should be"),
        ("[cavity]\nomega = inf", r"line 2: `cavity.omega` should be"),
        ('[cavity]\nscaling = "huge"', r"line 2: `cavity.scaling` should be 'extensive' or 'intensive', but is 'huge'"),
        (
            '[memory]\nletters = "AB"\nfile = "a.npy"',
            r"line 1: `memory` needs exactly one of letters, .* letters and file",
        ),
        ("[memory]\nthreshold = 0.5", r"line 1: `memory` needs exactly one of .* none of them"),
        ('[memory]\nletters = "AB"\nthreshold = 0.4', r"line 1: `memory` has threshold, which only images use"),
        ("[memory.random]\npatterns = 2\nspins = 0\nseed = 1", r"line 3: `memory.random.spins` should be greater"),
        ("[cavity\n", r"is not TOML: .*line 1"),
    ],
)
def test_error_names_place_wish_and_value(tmp_path, text, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_study(written(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert "study.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "build", "message"),
    [
        ("[cavity]\nloss = 0.1\ngain = 0.3", build_dicke, r"line 2: \[cavity\] Argument `loss` must exceed `gain`"),
        ("[cavity]\ng = [0.1, 0.2]", build_dicke, r"line 2: \[cavity\] Argument `g` must .* shape \(3,\)"),
        ('[memory]\nfile = "none.npy"', build_memory, r"line 2: \[memory\] .*no file"),
        ('[memory]\nimages = ["none.png"]', build_memory, r"line 2: \[memory\] .*none.png"),
        ('[memory]\nletters = "A1"', build_memory, r"line 2: \[memory\] .*letters"),
        (
            '[recall]\npattern = "Q"',
            lambda study: build_start(study, build_memory(study)),
            r"line 2: \[recall\] Argument `pattern` must be one of the names 'E', 'V', 'X'",
        ),
    ],
)
def test_error_of_a_value_that_only_the_model_can_judge_has_its_place_too(tmp_path, text, build, message):
    study = read_study(written(tmp_path, text))
    with pytest.raises(ConfigurationError, match=message):
        build(study)


def test_missing_file_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_study(tmp_path / "none.toml")


def test_random_memory_is_drawn(tmp_path):
    text = "[memory.random]\npatterns = 2\nspins = 30\nseed = 3\n"
    plain = build_memory(read_study(written(tmp_path, text)))
    close = build_memory(read_study(written(tmp_path, text + "correlation = 0.9\n")))
    assert plain.values.shape == close.values.shape == (2, 30)
    assert close.overlaps(close[0])[1] > plain.overlaps(plain[0])[1]


def test_files_are_looked_up_beside_the_configuration(tmp_path):
    np.save(tmp_path / "patterns.npy", np.array([[1, -1, 1], [1, 1, -1]]))
    assert build_memory(read_study(written(tmp_path, '[memory]\nfile = "patterns.npy"'))).n_spins == 3


def test_images_are_read_with_size_and_threshold(tmp_path):
    picture = Image.new("L", (8, 8), 255)
    picture.paste(0, (0, 0, 4, 8))
    picture.save(tmp_path / "left.png")
    text = '[memory]\nimages = ["left.png"]\nimage_size = [4, 2]\nthreshold = 0.4\n'
    memory = build_memory(read_study(written(tmp_path, text)))
    assert memory.shape == (2, 4)
    assert memory["left"].tolist() == [1, 1, -1, -1] * 2


def test_no_disorder_needs_no_seed(tmp_path):
    dicke = build_dicke(read_study(written(tmp_path, "[cavity]\ndisorder = 0.0\n")))
    assert np.allclose(np.abs(dicke.g), Study().cavity.g)
