import re

import numpy as np
import pytest
from PIL import Image

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import load_images

CROSS = np.array([[0, 255, 0], [255, 0, 255], [0, 255, 0], [255, 255, 255]], dtype=np.uint8)


@pytest.fixture
def save(tmp_path):
    def write(pixels, name="picture.png", **options):
        path = tmp_path / name
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels, dtype=np.uint8))
        image.save(path, **options)
        return path

    return write


def test_every_pixel_becomes_a_spin_and_dark_is_up(save):
    stored = load_images([save(CROSS, "cross.png")])
    assert stored.shape == (4, 3)
    assert stored.names == ("cross",)
    np.testing.assert_array_equal(stored.image(stored["cross"]), np.where(CROSS == 0, 1, -1))


def test_light_ink_is_the_exact_negative(save):
    path = save(np.arange(256).reshape(16, 16))
    dark, light = load_images([path], ink="dark"), load_images([path], ink="light")
    np.testing.assert_array_equal(dark.values, -light.values)
    assert dark.equivalent_to(light)


@pytest.mark.parametrize(("threshold", "n_dark"), [(0.5, 128), (0.2, 51), (51 / 255, 51), (0.201, 52), (0.999, 255)])
def test_a_pixel_is_dark_below_the_threshold_only(save, threshold, n_dark):
    stored = load_images([save(np.arange(256).reshape(16, 16))], threshold=threshold)
    np.testing.assert_array_equal(stored[0], [1] * n_dark + [-1] * (256 - n_dark))


def test_resizing_averages_over_boxes(save):
    # Blocks of 2 x 2 pixels with mean luminance 64, 191 / 128, 127 out of 255.
    blocks = [[0, 128, 255, 127], [128, 0, 255, 127], [128, 128, 254, 0], [128, 128, 0, 254]]
    stored = load_images([save(blocks)], size=(2, 2))
    np.testing.assert_array_equal(stored[0], [1, -1, -1, 1])
    assert stored.shape == (2, 2)


def test_size_is_columns_by_rows(save):
    assert load_images([save(CROSS)], size=(6, 2), threshold=0.7).shape == (2, 6)


def test_images_of_different_sizes_fit_after_resizing(save):
    big = np.kron(CROSS, np.ones((5, 5)))
    stored = load_images([save(CROSS, "small.png"), str(save(big, "big.png"))], size=(3, 4))
    assert stored.names == ("small", "big")
    np.testing.assert_array_equal(stored["small"], stored["big"])


def test_colours_count_by_their_luminance(save):
    # Y / 255 of red, green, blue is 0.299, 0.587, 0.114.
    path = save([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]])
    np.testing.assert_array_equal(load_images([path], threshold=0.5)[0], [1, -1, 1, -1])
    np.testing.assert_array_equal(load_images([path], threshold=0.2)[0], [-1, -1, 1, -1])
    np.testing.assert_array_equal(load_images([path], threshold=0.7)[0], [1, 1, 1, -1])


def test_transparent_pixels_are_white_paper(save):
    black = [0, 0, 0]
    path = save([[[*black, 255], [*black, 0], [*black, 128], [*black, 127]]])
    np.testing.assert_array_equal(load_images([path])[0], [1, -1, 1, -1])


def test_transparency_of_gray_and_palette_images(save):
    gray = save(np.dstack([np.zeros((1, 2)), [[255, 0]]]), "gray.png")
    keyed = save([[10, 0]], "keyed.png", transparency=0)
    palette = Image.fromarray(np.array([[0, 1]], dtype=np.uint8)).convert("P")
    palette.putpalette([0, 0, 0, 0, 0, 0])
    indexed = save(palette, "indexed.png", transparency=1)
    for path in (gray, keyed, indexed):
        np.testing.assert_array_equal(load_images([path])[0], [1, -1])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_every_common_mode_gives_the_same_pattern(save, mode):
    picture = Image.fromarray(CROSS).convert("RGB").convert(mode)
    name = "picture.tif" if mode in ("CMYK", "YCbCr") else "picture.png"
    np.testing.assert_array_equal(load_images([save(picture, name)])[0], np.where(CROSS == 0, 1, -1).ravel())


def test_the_orientation_of_a_camera_is_followed(save):
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side: turn by 90 degrees clockwise to see it upright
    stored = load_images([save(CROSS, exif=exif)])
    np.testing.assert_array_equal(stored.image(stored[0]), np.where(np.rot90(CROSS, -1) == 0, 1, -1))


def test_a_uniform_image_is_refused_with_size_range_and_threshold(save):
    path = save([[200, 250, 225]])
    text = (
        r"`threshold` must divide every image .* every pixel of '.*picture.png' is light: at 3 columns "
        r"x 1 rows its luminance runs from 0.784 to 0.98 and the threshold is 0.5. Choose a "
        r"threshold between 0.784 and 0.98"
    )
    with pytest.raises(ArgumentError, match=text):
        load_images([path])
    with pytest.raises(ArgumentError, match=r"is dark: .*the threshold is 0.99"):
        load_images([path], threshold=0.99)
    assert load_images([path], threshold=0.9)[0].tolist() == [1, -1, 1]


def test_an_image_whose_darkest_pixel_is_at_the_threshold_is_all_light(save):
    path = save([[51, 255]])
    with pytest.raises(ArgumentError, match=r"is light: .*from 0.2 to 1 and the threshold is 0.2"):
        load_images([path], threshold=51 / 255)
    assert load_images([path], threshold=1 - 1e-12)[0].tolist() == [1, -1]


def test_an_image_without_contrast_is_refused(save):
    with pytest.raises(ArgumentError, match=r"from 0.196 to 0.196 .*The image has no contrast"):
        load_images([save(np.full((2, 2), 50))])


def test_resizing_can_wash_the_contrast_out(save):
    checkers = np.indices((4, 4)).sum(axis=0) % 2 * 255
    with pytest.raises(ArgumentError, match=r"at 2 columns x 2 rows its luminance runs from 0.502 to 0.502"):
        load_images([save(checkers)], size=(2, 2))


def test_different_sizes_are_refused_with_both(save):
    paths = [save(CROSS, "first.png"), save(CROSS.T, "second.png")]
    text = "'.*first.png' has 3 columns x 4 rows and '.*second.png' has 4 columns x 3 rows. Resize them all"
    with pytest.raises(ArgumentError, match=text):
        load_images(paths)


def test_files_of_one_name_are_refused(save, tmp_path):
    (tmp_path / "other").mkdir()
    paths = [save(CROSS, "cross.png"), save(CROSS, "other/cross.bmp")]
    with pytest.raises(ArgumentError, match=r"distinct names, but '.*cross.png' and '.*cross.bmp' would both be"):
        load_images(paths)


def test_deep_images_are_refused(save):
    deep = Image.fromarray(np.array([[0, 65535]], dtype=np.uint16))
    with pytest.raises(ArgumentError, match=r"8 bits per channel, but '.*deep.png' has mode 'I.*Convert it to 8-bit"):
        load_images([save(deep, "deep.png")])
    floating = Image.fromarray(np.array([[0, 1]], dtype=np.float32))
    with pytest.raises(ArgumentError, match="has mode 'F', whose white level is not known"):
        load_images([save(floating, "floating.tif")])


def test_films_are_refused(save):
    frames = [Image.fromarray(CROSS), Image.fromarray(255 - CROSS)]
    path = save(frames[0], "film.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(ArgumentError, match=r"one frame, but '.*film.gif' has 2 frames. Save each frame"):
        load_images([path])


def test_missing_and_damaged_files_are_refused_by_name(save, tmp_path):
    with pytest.raises(ArgumentError, match=r"there is no file '.*absent.png'. Check the name"):
        load_images([tmp_path / "absent.png"])
    with pytest.raises(ArgumentError, match="there is no file"):
        load_images([tmp_path])
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(
        ArgumentError, match=re.compile("text.png' cannot be read: .*Save it again as a PNG", re.DOTALL)
    ):
        load_images([tmp_path / "text.png"])
    cut = save(np.random.default_rng(1).integers(0, 255, (64, 64)), "cut.png")
    cut.write_bytes(cut.read_bytes()[:600])
    with pytest.raises(ArgumentError, match=r"cut.png' cannot be read"):
        load_images([cut])


def test_decompression_bombs_are_refused(save, monkeypatch):
    path = save(CROSS)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)
    with pytest.raises(ArgumentError, match=r"picture.png' cannot be read: Image size"):
        load_images([path])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"threshold": 0.0}, "`threshold` must be greater than 0, but is 0"),
        (
            {"threshold": 128},
            "`threshold` must be less than 1, but is 128. Divide a level from 0 to 255 by 255",
        ),
        ({"ink": "blue"}, "`ink` must be one of 'dark', 'light', but is 'blue'"),
        ({"size": 8}, r"`size` must be \(columns, rows\), but is 8. Give two whole numbers"),
        ({"size": (8, 8, 3)}, r"`size` must be \(columns, rows\), but is \(8, 8, 3\)"),
        ({"size": (8, 0)}, "`size` must be at least 1, but is 0"),
        ({"size": (8.5, 8)}, "`size` must be a whole number, but is 8.5"),
    ],
)
def test_bad_options_are_refused(save, options, text):
    with pytest.raises(ArgumentError, match=text):
        load_images([save(CROSS)], **options)


def test_bad_path_lists_are_refused(save):
    path = save(CROSS)
    for single in (path, str(path)):
        with pytest.raises(ArgumentError, match=r"list of image files, but is the single path .*Write `\[path\]`"):
            load_images(single)
    with pytest.raises(ArgumentError, match="at least one image file, but is empty"):
        load_images([])
