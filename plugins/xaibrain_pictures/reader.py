"""Ordinary picture files, through Pillow; plain JPEGs are decoded by OpenCV, which is twice as fast."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import PIL.Image
from PIL.ImageFile import ImageFile

from xaibrain import Coded, Image, Part
from xaibrain.errors import InputError, as_text
from xaibrain.reading import PIXEL_LIMIT, first_line, opened
from xaibrain.types import Pixels
from xaibrain_pictures.jpeg import bare

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
_KNOWN = "PNG, JPEG, TIFF, WebP or BMP"
_WIDE = ("I;16", "I;16L", "I;16B", "I;16N")
_TURNS = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_PHOTOMETRIC = 0x0106
_NEW_SUBFILE_TYPE = 0x00FE
_PREVIEW, _MASK = 1, 4
_MAY_HOLD_PAGES = (".tif", ".tiff", "")
_JPEG = b"\xff\xd8"
_COMPONENTS = {"L": 1, "RGB": 3}
"""Pillow's name of what OpenCV reads, and how many components a JPEG of it has."""


class PictureReader:
    """Reads PNG, JPEG, TIFF, WebP and BMP files.

    Grey pictures come as (h, w): uint8, uint16 where the file holds 16 bits, int32 or float32 where
    it holds those. Colour comes as (h, w, 3) uint8 RGB, or as grey where red, green and blue are
    equal everywhere. What is transparent lies on black, an EXIF rotation is applied, colour
    profiles are not. A TIFF in which 0 is white is inverted, so that high is bright. No range is
    changed otherwise, but colour of 16 bits is cut to 8. Of several frames, the first is read.

    The pages of a TIFF are pictures of their own, in their order; previews and masks among them are left
    out. They make no volume: a TIFF does not say where they lie in a patient.
    """

    def __init__(self) -> None:
        self._digest = (Path(), "")

    def parts(self, files: Sequence[tuple[Path, str]]) -> list[Part]:
        """List the pictures of files."""
        return [part for path, id in files for part in _parts(path, id)]

    def read(self, part: Part) -> Image:
        """Read a picture.

        Raises:
            InputError: The file is missing, no picture, damaged, too large, or not finite.
        """
        with opened(part.path) as found:
            file = _at_hand(found)
            pixels, content = _decoded(part.path, file, part.index)
            digest = self._digest_of(part, file)
        if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
            raise InputError(f"{part.path}: holds NaN or infinity; replace them first.")
        coded = Coded(pixels, content, ".jpg") if content else None
        return Image(pixels, part.id, as_text(part.path), file_sha256=digest, part=part, coded=coded)

    def _digest_of(self, part: Part, file: BinaryIO) -> str:
        """Return the digest of a file; that of a file of many pages is taken with the first that is read."""
        path, digest = self._digest
        if part.index == 0 or path != part.path:
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
            self._digest = (part.path, digest)
        return digest


def _at_hand(file: BufferedReader) -> BinaryIO:
    """Return a JPEG in memory: it is looked at several times; any other file, or a huge one, as it is."""
    if not file.peek(len(_JPEG)).startswith(_JPEG) or os.fstat(file.fileno()).st_size > PIXEL_LIMIT:
        return file
    return BytesIO(file.read())


def _parts(path: Path, id: str) -> list[Part]:
    pages = _pages(path) if path.suffix.lower() in _MAY_HOLD_PAGES else [0]
    if len(pages) == 1:
        return [Part(path, id, pages[0])]
    digits = len(str(len(pages) - 1))
    return [Part(path, f"{id}/{number:0{digits}d}", page) for number, page in enumerate(pages)]


def _pages(path: Path) -> list[int]:
    """Return the pages of a TIFF that are pictures; the first one of what is none, or is damaged."""
    try:
        with opened(path) as file:
            picture = _opened(path, file)
            kinds = []
            for page in range(getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1):
                picture.seek(page)
                kinds.append(int(getattr(picture, "tag_v2", {}).get(_NEW_SUBFILE_TYPE) or 0))
    # It is told when it is read.
    except Exception:
        return [0]
    return [page for page, kind in enumerate(kinds) if not kind & (_PREVIEW | _MASK)] or [0]


def _decoded(path: Path, file: BinaryIO, page: int) -> tuple[Pixels, bytes]:
    """Return the pixels, and the file where it is a JPEG that holds nothing else; else nothing for it."""
    content = file.getvalue() if isinstance(file, BytesIO) else b""
    frame = None if page else bare(content)
    if frame:
        _check_size(path, frame.width, frame.height)
        # Its brightness is decoded in half the time.
        pixels = _by_opencv(content, 1 if frame.colourless else frame.components)
        if pixels is not None:
            return pixels, content
    return _by_pillow(path, file, page), b""


def _by_pillow(path: Path, file: BinaryIO, page: int) -> Pixels:
    picture = _opened(path, file)
    try:
        picture.seek(page)
    except Exception as error:
        raise InputError(f"{path}: page {page} is damaged or gone ({first_line(error)}).") from error
    _check_size(path, *picture.size)
    pixels = _plain_jpeg(picture, file)
    if pixels is not None:
        return pixels
    try:
        picture.load()
        # Pillow turns 8-bit TIFFs of this kind round, and not those of 16 bits.
        white_is_zero = getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC) == 0
        return _pixels(_upright(picture), white_is_zero)
    # Damaged files make Pillow raise nearly anything: OSError, SyntaxError, struct.error, zlib.error.
    except Exception as error:
        raise InputError(f"{path}: damaged or cut short ({first_line(error)}); fetch it again.") from error


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > PIXEL_LIMIT:
        limit = f"{PIXEL_LIMIT // 10**6} million"
        raise InputError(f"{path}: {width} × {height} pixels, more than {limit}; scale it down first.")


def _opened(path: Path, file: BinaryIO) -> ImageFile:
    """Read the header only.

    Not by `PIL.Image.open`: its warning about large pictures can only be silenced for the whole
    process, and it would try formats that nobody asked for.
    """
    PIL.Image.init()
    file.seek(0)
    start = file.read(16)
    for name in _FORMATS:
        factory, accepts = PIL.Image.OPEN[name]
        if accepts is None or accepts(start) is True:
            file.seek(0)
            try:
                return factory(file, "")
            except Exception as error:
                raise InputError(
                    f"{path}: damaged {name} file ({first_line(error)}); fetch it again."
                ) from error
    raise InputError(f"{path}: not a {_KNOWN} picture, whatever its name says; convert it or leave it out.")


def _plain_jpeg(picture: ImageFile, file: BinaryIO) -> Pixels | None:
    """Return the pixels of an upright JPEG in grey or RGB; of any other, or if it is cut short, None."""
    # One that is not in memory is so large that it holds something else.
    if picture.mode not in _COMPONENTS or not isinstance(file, BytesIO) or _turn(picture) is not None:
        return None
    return _by_opencv(file.getvalue(), _COMPONENTS[picture.mode])


def _by_opencv(content: bytes, components: int) -> Pixels | None:
    """Return the pixels of a JPEG file as they lie in it; None where something is wrong, or not grey or RGB.

    Pillow and OpenCV both decode by libjpeg-turbo, to the same values.
    """
    if components not in _COMPONENTS.values():
        return None
    how = cv2.IMREAD_GRAYSCALE if components == 1 else cv2.IMREAD_COLOR_RGB
    coded = np.frombuffer(content, np.uint8)
    try:
        decoded: Pixels | None = cv2.imdecode(coded, how | cv2.IMREAD_IGNORE_ORIENTATION)
    # It has limits of its own; Pillow then says what is wrong, if anything is.
    except cv2.error:
        return None
    return None if decoded is None else _grey_if_it_is(decoded)


def _upright(picture: PIL.Image.Image) -> PIL.Image.Image:
    turn = _turn(picture)
    return picture if turn is None else picture.transpose(turn)


def _turn(picture: PIL.Image.Image) -> PIL.Image.Transpose | None:
    try:
        return _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    # The pixels are sound when only the note about them is damaged.
    except Exception:
        return None


def _pixels(picture: PIL.Image.Image, white_is_zero: bool) -> Pixels:
    # Older Pillows give a 16-bit PNG the mode of 32-bit integers.
    if picture.mode in _WIDE or (picture.mode == "I" and picture.format == "PNG"):
        wide = np.asarray(picture).astype(np.uint16)
        return 65535 - wide if white_is_zero else wide
    if picture.mode in ("I", "F"):
        return np.array(picture)
    if picture.mode in ("1", "L") and not picture.has_transparency_data:
        return np.array(picture.convert("L"))
    if picture.has_transparency_data:
        black = PIL.Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = PIL.Image.alpha_composite(black, picture.convert("RGBA"))
    return _grey_if_it_is(np.array(picture.convert("RGB")))


def _grey_if_it_is(pixels: Pixels) -> Pixels:
    """Return (h, w) where red, green and blue are equal everywhere."""
    if pixels.ndim == 2:
        return pixels
    red, green, blue = cv2.split(pixels)
    grey = cv2.norm(red, green, cv2.NORM_INF) == 0 and cv2.norm(red, blue, cv2.NORM_INF) == 0
    return np.asarray(red) if grey else pixels
