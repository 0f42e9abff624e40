"""Picture files to `Image` records, and folders to the picture files in them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import PIL.Image
from PIL.ImageFile import ImageFile

from xaibrain.core.records import Image
from xaibrain.errors import InputError
from xaibrain.types import Pixels

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
"""What `find_images` takes for a picture, in any case."""

PIXEL_LIMIT = 100_000_000
"""Pictures of more pixels are refused, before any pixel is decoded."""

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


class Found(NamedTuple):
    """A picture file, and an id that no other file of the same search has."""

    path: Path
    id: str


def read_image(path: str | os.PathLike[str], id: str | None = None, label: str | None = None) -> Image:
    """Read a PNG, JPEG, TIFF, WebP or BMP file.

    Grey pictures come as (h, w): uint8, uint16 where the file holds 16 bits, int32 or float32 where
    it holds those. Colour comes as (h, w, 3) uint8 RGB, or as grey where red, green and blue are
    equal everywhere. What is transparent lies on black, an EXIF rotation is applied, colour
    profiles are not. A TIFF in which 0 is white is inverted, so that high is bright. No range is
    changed otherwise, but colour of 16 bits is cut to 8. Of several frames, the first is read.

    Args:
        path: The file.
        id: What to call the picture; its file name if not given.
        label: The true class, where known.

    Raises:
        InputError: The file is missing, no picture, damaged, over `PIXEL_LIMIT`, or not finite.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: a folder, not a picture; name a file in it.")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            pixels = _decoded(path, file)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path.") from None
    except PermissionError:
        raise InputError(f"{path}: permission denied; make the file readable.") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({_reason(error)}); check the disk.") from error
    if not np.isfinite(pixels).all():
        raise InputError(f"{path}: holds NaN or infinity; replace them first.")
    return Image(pixels, id or path.name, str(path), label, file_sha256=digest)


def _decoded(path: Path, file: BinaryIO) -> Pixels:
    if file.tell() == 0:
        raise InputError(f"{path}: the file is empty; fetch it again.")
    picture = _opened(path, file)
    width, height = picture.size
    if width * height > PIXEL_LIMIT:
        limit = f"{PIXEL_LIMIT // 10**6} million"
        raise InputError(f"{path}: {width} × {height} pixels, more than {limit}; scale it down first.")
    try:
        picture.load()
        # Pillow turns 8-bit TIFFs of this kind round, and not those of 16 bits.
        white_is_zero = getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC) == 0
        return _pixels(_upright(picture), white_is_zero)
    # Damaged files make Pillow raise nearly anything: OSError, SyntaxError, struct.error, zlib.error.
    except Exception as error:
        raise InputError(f"{path}: damaged or cut short ({_reason(error)}); fetch it again.") from error


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
                    f"{path}: damaged {name} file ({_reason(error)}); fetch it again."
                ) from error
    raise InputError(f"{path}: not a {_KNOWN} picture, whatever its name says; convert it or leave it out.")


def _upright(picture: PIL.Image.Image) -> PIL.Image.Image:
    try:
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    # The pixels are sound when only the note about them is damaged.
    except Exception:
        turn = None
    return picture if turn is None else picture.transpose(turn)


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
    colours = np.array(picture.convert("RGB"))
    grey = colours[..., 0]
    if (grey == colours[..., 1]).all() and (grey == colours[..., 2]).all():
        return grey.copy()
    return colours


def _reason(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".") or type(error).__name__


def find_images(paths: Iterable[str | os.PathLike[str]]) -> list[Found]:
    """Return the picture files among files and folders, each once.

    Folders are searched to the bottom for `SUFFIXES`; hidden names are skipped, links are followed
    but no folder is entered twice. The order is that of `paths`, and within a folder the plain
    order of the relative paths. A file that is named itself is taken whatever its suffix.

    Returns:
        Files with their ids: the path below the given folder, with ``/``. Where two would be the
        same, each takes as many more of its own folders as it needs ("left/a.png", "right/a.png").

    Raises:
        InputError: A path is missing, or a folder holds no picture or cannot be listed.
    """
    found: dict[Path, int] = {}
    for given in map(Path, paths):
        if given.is_dir():
            for path in _pictures_below(given):
                found.setdefault(path.absolute(), len(path.relative_to(given).parts))
        elif given.exists():
            found.setdefault(given.absolute(), 1)
        else:
            raise InputError(f"{given}: no such file or folder; check the path.")
    return [Found(path, id) for path, id in zip(found, _unique_ids(found), strict=True)]


def _pictures_below(folder: Path) -> list[Path]:
    pictures = sorted(_walk(folder), key=lambda path: path.relative_to(folder).as_posix())
    if not pictures:
        raise InputError(f"{folder}: holds no picture ({' '.join(SUFFIXES)}); name another folder.")
    return pictures


def _walk(folder: Path) -> Iterator[Path]:
    entered = set()
    for here, folders, files in os.walk(folder, followlinks=True, onerror=_refuse):
        real = os.path.realpath(here)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield Path(here, name)


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: cannot be listed ({error.strerror}); make the folder readable.")


def _unique_ids(found: dict[Path, int]) -> list[str]:
    lengths = dict(found)
    while True:
        holders: dict[str, list[Path]] = {}
        for path, length in lengths.items():
            holders.setdefault("/".join(path.parts[-length:]), []).append(path)
        clashing = [path for paths in holders.values() if len(paths) > 1 for path in paths]
        if not clashing:
            return [id for id, (path,) in holders.items()]
        for path in clashing:
            lengths[path] = min(lengths[path] + 1, len(path.parts))
