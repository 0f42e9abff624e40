"""Lesions in slices that were not drawn here: real scans, with or without a lesion of their own."""

from __future__ import annotations

import dataclasses
import zlib

import cv2
import numpy as np

from xaibrain import Image
from xaibrain.errors import InputError, UsageError, unknown_name
from xaibrain.types import Mask, Pixels
from xaibrain_phantom.host import BRAIN, Host, fine
from xaibrain_phantom.lesions import GROW, VARIETIES, Lesion, Point
from xaibrain_phantom.texture import Field

BRIGHTEST = 0.9
"""Signal that the brightest lesions come near."""

SMALLEST = 1.5
"""Least radius of a lesion in pixels: a smaller one is a speck."""


def plant(
    image: Image,
    label: str,
    seed: int,
    *,
    radius: float | None = None,
    place: tuple[float, float] | None = None,
) -> Image:
    """Blend one lesion into a picture: what `Phantom.plant` does, which says it in full."""
    _check(label, seed, radius)
    pixels = np.ascontiguousarray(image.pixels)
    rng = np.random.default_rng([zlib.crc32(pixels.tobytes()), zlib.crc32(label.encode()), seed])
    try:
        host = Host.read(_grey(pixels), image.mask)
        centre = None if place is None else _centre(place, host)
        wide = None if radius is None else max(radius * host.width, SMALLEST)
        grow = VARIETIES[label][int(rng.integers(len(VARIETIES[label])))]
        lesion = grow(host.anatomy, rng, wide, centre)
        _check_room(lesion)
    except InputError as problem:
        raise InputError(f"{image.id}: {problem}") from None
    change = _acquired(lesion, host, _brightest(pixels), rng)
    return dataclasses.replace(
        image,
        pixels=_added(pixels, change, lesion.reach),
        id=f"{image.id}+{label}-{seed}",
        source=f"{image.source} + {label}(seed={seed}, radius={radius}, place={place})".lstrip(" +"),
        label=label,
        mask=lesion.mask,
        file_sha256="",
    )


def _check(label: str, seed: int, radius: float | None) -> None:
    if label not in GROW:
        raise unknown_name("lesion", label, GROW, f"Lesions that can be planted: {', '.join(GROW)}.")
    if seed < 0:
        raise UsageError(f"phantom: seed={seed} is negative; set seed to 0 or more.")
    if radius is not None and not 0 < radius <= 0.3:
        raise UsageError(f"phantom: radius={radius} of the head's width; set radius above 0 and up to 0.3.")


def _centre(place: tuple[float, float], host: Host) -> Point:
    height, width = host.anatomy.signal.shape
    row, column = place[0] * height - 0.5, place[1] * width - 0.5
    inside = 0 <= place[0] < 1 and 0 <= place[1] < 1
    if not inside or not host.anatomy.landmarks.intracranial[round(row), round(column)]:
        raise InputError(f"place {place} (row, column) is not in the brain; choose one inside.")
    return np.array([column, row])


def _check_room(lesion: Lesion) -> None:
    if not lesion.mask.any():
        raise InputError("there is no room for the lesion; try another place or another seed.")


def _grey(pixels: Pixels) -> Field:
    values = pixels.astype(np.float32)
    return np.asarray(cv2.cvtColor(values, cv2.COLOR_RGB2GRAY) if values.ndim == 3 else values, np.float32)


def _acquired(lesion: Lesion, host: Host, brightest: float, rng: np.random.Generator) -> Field:
    """Return what the lesion changes in grey values, as sharp and as noisy as its host."""
    change = np.zeros_like(lesion.signal)
    left, top, across, tall = cv2.boundingRect(lesion.reach.astype(np.uint8))
    box = slice(top, top + tall), slice(left, left + across)
    tissue, kept = lesion.tissue[box], lesion.kept[box]
    laid = lesion.signal[box] - kept * tissue
    # A host whose brain is bright leaves less room above it than a lesion asks for.
    room = (brightest - host.air) / host.gain - BRAIN
    squeeze = np.float32(1 - np.clip(room / (BRIGHTEST - BRAIN), 0, 1))
    laid -= squeeze * np.maximum(laid - (1 - kept) * np.float32(BRAIN), 0)
    kept, laid = _smoothed(kept, host.blur), _smoothed(laid, host.blur)
    white = _smoothed(rng.standard_normal(kept.shape, dtype=np.float32), host.blur)
    noise = white * np.float32(host.noise / fine(white).std()) * np.sqrt(np.clip(1 - kept**2, 0, 1))
    change[box] = (kept * tissue + laid + noise - host.anatomy.signal[box]) * np.float32(host.gain)
    return change


def _smoothed(field: Field, blur: float) -> Field:
    return np.asarray(cv2.GaussianBlur(field, (0, 0), blur), np.float32)


def _brightest(pixels: Pixels) -> float:
    return 255.0 if pixels.dtype == np.uint8 else float(pixels.max())


def _added(pixels: Pixels, change: Field, reach: Mask) -> Pixels:
    """Return the picture with the change in every channel, in its own dtype, exactly itself out of reach."""
    shape = pixels.shape[:2] + (1,) * (pixels.ndim - 2)
    total = pixels + change.reshape(shape)
    if pixels.dtype.kind in "ui":
        limits = np.iinfo(pixels.dtype)
        total = np.clip(np.rint(total), limits.min, limits.max)
    return np.where(reach.reshape(shape), total, pixels).astype(pixels.dtype)
