"""Smooth outlines in millimetres: x to the right, y down, origin in the middle of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Curve: TypeAlias = NDArray[np.float64]
"""(n, 2), or (..., n, 2) for several of one length: points x, y."""

Control: TypeAlias = str | Sequence[tuple[float, float]]
"""A few points that a smooth curve goes through: pairs, or text as in SVG, "x,y x,y x,y"."""

Width: TypeAlias = float | tuple[float, ...] | NDArray[np.float64]
"""Of a stroke, in mm: the same all along, some widths that it runs through, or one a point."""

_STEPS = np.linspace(0, 1, 8, endpoint=False)


def closed(control: Control) -> Curve:
    """Return the closed Catmull-Rom curve through the control points, eight points a segment."""
    return _closed(_points(control))


def opened(control: Control) -> Curve:
    """Return the open Catmull-Rom curve from the first control point to the last."""
    points = _points(control)
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    inner = _catmull_rom(padded[:-3], padded[1:-2], padded[2:-1], padded[3:])
    return np.vstack([inner, points[-1]])


def symmetric(half: Control) -> Curve:
    """Return the closed curve whose right half is given from top to bottom; the left mirrors it."""
    right = _points(half)
    left = right[right[:, 0] != 0][::-1] * (-1, 1)
    return _closed(np.vstack([right, left]))


def mirrored(curve: Curve) -> Curve:
    """Return the curve on the other side of the midline."""
    return np.asarray(curve * (-1, 1))


def itself(curve: Curve) -> Curve:
    """Return the curve: what `mirrored` is to the left side, for the right."""
    return curve


SIDES = (itself, mirrored)
"""Right, as drawn, and left."""


def ellipse(x: float, y: float, width: float, height: float, turn: float = 0.0) -> Curve:
    """Return an ellipse by its centre and its semi-axes, turned by `turn` radians."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    across, along = width * np.cos(angle), height * np.sin(angle)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([x + across * cos - along * sin, y + across * sin + along * cos], axis=1)


def scaled(curve: Curve, factor: float) -> Curve:
    """Return the curve grown or shrunk about its own middle."""
    middle = curve.mean(axis=0)
    return np.asarray(middle + (curve - middle) * factor)


def inward_normals(curve: Curve) -> Curve:
    """Return the unit normals of a closed curve that point inside."""
    tangent = np.roll(curve, -1, 0) - np.roll(curve, 1, 0)
    x, y = curve.T
    turn = np.sign(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    normal = turn * np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    return np.asarray(normal / (np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9))


def inset(curve: Curve, depth: float | NDArray[np.float64]) -> Curve:
    """Return a closed curve moved inside by `depth` mm, one number or one a point."""
    return np.asarray(curve + inward_normals(curve) * np.reshape(depth, (-1, 1)))


def ribbon(path: Curve, width: Width, swell: float = 1.0) -> Curve:
    """Return the outline of a stroke along open paths.

    Args:
        path: (..., n, 2).
        width: Full width in mm: one number; a tuple that is run through from start to end; or (..., n).
        swell: What the width is multiplied by.

    Returns:
        (..., 2n, 2) closed outlines.
    """
    tangent = np.empty_like(path)
    tangent[..., 1:-1, :] = path[..., 2:, :] - path[..., :-2, :]
    tangent[..., 0, :] = path[..., 1, :] - path[..., 0, :]
    tangent[..., -1, :] = path[..., -1, :] - path[..., -2, :]
    length = np.hypot(tangent[..., 0], tangent[..., 1]) + 1e-9
    along = _taper(path.shape[-2], width) if isinstance(width, tuple) else np.asarray(width, float)
    half = tangent[..., ::-1] * (-0.5, 0.5) * (along * swell / length)[..., None]
    return np.concatenate([path + half, (path - half)[..., ::-1, :]], axis=-2)


def _points(control: Control) -> Curve:
    if isinstance(control, str):
        control = [(float(x), float(y)) for x, y in (pair.split(",") for pair in control.split())]
    return np.asarray(control, float)


def _closed(points: Curve) -> Curve:
    return _catmull_rom(*(np.roll(points, shift, 0) for shift in (1, 0, -1, -2)))


def _taper(count: int, widths: tuple[float, ...]) -> NDArray[np.float64]:
    return np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(widths)), widths)


def _catmull_rom(before: Curve, start: Curve, end: Curve, after: Curve) -> Curve:
    t = _STEPS[None, :, None]
    p0, p1, p2, p3 = (p[:, None, :] for p in (before, start, end, after))
    curve = 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return np.asarray(curve.reshape(-1, 2))
