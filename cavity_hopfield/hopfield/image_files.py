"""Patterns drawn as pictures: image files become ±1 pixels."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from cavity_hopfield._checks import one_of, real_number, whole_number
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield.patterns import Patterns

if TYPE_CHECKING:
    from PIL import Image

_DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


def load_images(
    paths: Sequence[str | Path],
    *,
    size: tuple[int, int] | None = None,
    threshold: float = 0.5,
    ink: Literal["dark", "light"] = "dark",
) -> Patterns:
    r"""$\xi_i^\mu = +1$ where the luminance $Y_i^\mu / 255 < \theta$, else $-1$; $\theta$ = `threshold`.

    Each image is turned upright (EXIF), laid over white where it is transparent, converted to 8-bit grayscale
    ($Y = 0.299 R + 0.587 G + 0.114 B$), averaged over boxes to `size`, and compared with the threshold. With
    the defaults every pixel of the files becomes one spin, up where darker than half the full luminance.

    Parameters
    ----------
    paths
        One image file per pattern, in any format that Pillow reads, 8 bits per channel, one frame.
    size
        `(columns, rows)` that every image is resized to, without keeping its aspect ratio. None keeps the
        images as they are; they must then all have one size.
    threshold
        Luminance between ink and paper, strictly between 0 (black) and 1 (white).
    ink
        `"dark"`: dark pixels are +1. `"light"`: light pixels are +1, the exact negative.

    Returns
    -------
    Patterns
        Named by the file names without suffix, with shape `(rows, columns)`. The threshold is not stored.

    Raises
    ------
    ArgumentError
        If a file is missing or no such image, two file names agree, sizes differ, or an image is all ink or
        all paper at this threshold; the text then gives the size, the luminance range and the threshold.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> from cavity_hopfield.hopfield import load_images
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "half.png")
    ...     picture = Image.new("L", (4, 2), color=255)
    ...     picture.paste(0, (0, 0, 2, 2))
    ...     picture.save(path)
    ...     stored = load_images([path])
    >>> stored
    Patterns(1 pattern of 8 spins: half; shape (2, 4))
    >>> stored["half"]
    array([ 1,  1, -1, -1,  1,  1, -1, -1], dtype=int8)
    """
    files = _checked_paths(paths)
    if size is not None:
        size = _checked_size(size)
    level = real_number("threshold", threshold, above=0.0)
    if level >= 1:
        raise ArgumentError(
            f"Argument `threshold` must be less than 1, but is {level:g}. Divide a level from 0 to 255 by 255."
        )
    up = {"dark": 1, "light": -1}[one_of("ink", ink, ("dark", "light"))]
    images = [_luminance(file, size) for file in files]
    _require_one_size(files, images)
    for file, image in zip(files, images, strict=True):
        _require_contrast(file, image, level)
    values = np.array([np.where(image < level, up, -up).ravel() for image in images], dtype=np.int8)
    rows, columns = images[0].shape
    return Patterns(values, names=tuple(file.stem for file in files), shape=(rows, columns))


def _checked_paths(paths: Sequence[str | Path]) -> list[Path]:
    if isinstance(paths, (str, Path)):
        raise ArgumentError(
            f"Argument `paths` must be a list of image files, but is the single path '{paths}'. Write `[path]`."
        )
    files = [Path(path) for path in paths]
    if not files:
        raise ArgumentError("Argument `paths` must name at least one image file, but is empty. Check the folder.")
    owner: dict[str, Path] = {}
    for file in files:
        if file.stem in owner:
            raise ArgumentError(
                f"Argument `paths` must name files with distinct names, but '{owner[file.stem]}' and "
                f"'{file}' would both be called {file.stem!r}. Rename one of the files."
            )
        owner[file.stem] = file
    return files


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ArgumentError(f"Argument `size` must be (columns, rows), but is {size!r}. Give two whole numbers.")
    return whole_number("size", size[0], minimum=1), whole_number("size", size[1], minimum=1)


def _luminance(file: Path, size: tuple[int, int] | None) -> FloatArray:
    """Luminance from 0 to 1 of the image in `file`, shape (rows, columns)."""
    from PIL import Image, ImageOps

    if not file.is_file():
        raise ArgumentError(f"Argument `paths` must name image files, but there is no file '{file}'. Check the name.")
    try:
        with Image.open(file) as opened:
            _require_plain(file, opened)
            picture = ImageOps.exif_transpose(opened)
            # Some modes (CMYK, Lab) reach RGBA only by way of RGB; those have no transparency to lose.
            if picture.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA"):
                picture = picture.convert("RGB")
            picture = picture.convert("RGBA")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ArgumentError(
            f"Argument `paths` must name readable image files, but '{file}' cannot be read: {error}. Save "
            "it again as a PNG file."
        ) from error
    gray = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("L")
    if size is not None:
        gray = gray.resize(size, resample=Image.Resampling.BOX)
    return np.asarray(gray, dtype=np.float64) / 255


def _require_plain(file: Path, image: "Image.Image") -> None:
    if image.mode in _DEEP_MODES:
        raise ArgumentError(
            f"Argument `paths` must name images of 8 bits per channel, but '{file}' has mode "
            f"{image.mode!r}, whose white level is not known. Convert it to 8-bit grayscale."
        )
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        raise ArgumentError(
            f"Argument `paths` must name images of one frame, but '{file}' has {frames} frames. Save each "
            "frame that is a pattern to its own file."
        )


def _require_one_size(files: list[Path], images: list[FloatArray]) -> None:
    for file, image in zip(files, images, strict=True):
        if image.shape != images[0].shape:
            raise ArgumentError(
                f"Argument `paths` must name images of one size, but '{files[0]}' has {_pixels(images[0])} "
                f"and '{file}' has {_pixels(image)}. Resize them all with `size=(columns, rows)`."
            )


def _require_contrast(file: Path, image: FloatArray, threshold: float) -> None:
    low, high = float(image.min()), float(image.max())
    if low < threshold <= high:
        return
    side = "light" if low >= threshold else "dark"
    remedy = "The image has no contrast." if low == high else f"Choose a threshold between {low:.3g} and {high:.3g}."
    raise ArgumentError(
        f"Argument `threshold` must divide every image into ink and paper, but every pixel of '{file}' is "
        f"{side}: at {_pixels(image)} its luminance runs from {low:.3g} to {high:.3g} and the threshold is "
        f"{threshold:g}. {remedy}"
    )


def _pixels(image: FloatArray) -> str:
    rows, columns = image.shape
    return f"{columns} columns x {rows} rows"
