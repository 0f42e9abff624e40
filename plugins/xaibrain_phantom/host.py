"""What a lesion needs to know of a slice that was not drawn here, estimated from its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Mask
from xaibrain_phantom.anatomy import Anatomy
from xaibrain_phantom.curves import inward_normals
from xaibrain_phantom.finding import Found, disc, find
from xaibrain_phantom.head import Landmarks
from xaibrain_phantom.texture import Field

BRAIN = 0.41
"""Signal of brain in drawn slices, on the scale where 0 is air and 1 the brightest fat."""

HEAD_MM = 155.0
"""Width of an adult head."""

_GLANCE = 160  # pixels of the longer side: enough to tell head from brain, and quick


@dataclass(frozen=True, eq=False)
class Host:
    """A slice to plant in.

    Attributes:
        anatomy: Its signal, scaled so that brain is at `BRAIN`, and where lesions may arise.
        air: Grey value of signal 0.
        gain: Grey values a unit of signal.
        width: Of the head, in pixels: the shorter side of the box around it.
        blur: Standard deviation in pixels of the Gaussian under which white noise is as smooth as the slice.
        noise: Standard deviation of what `fine` leaves of the brain, in units of signal.
    """

    anatomy: Anatomy
    air: float
    gain: float
    width: float
    blur: float
    noise: float

    @classmethod
    def read(cls, grey: Field, taken: Mask | None = None) -> Host:
        """Estimate all of it.

        Args:
            grey: (h, w) grey values of any range, air darkest.
            taken: (h, w) True where another lesion lies already.

        Raises:
            InputError: There is no head in it, or no brain in the head.
        """
        scale = min(1.0, _GLANCE / max(grey.shape))
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found = find(np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32))
        gain, width = (found.level - found.air) / BRAIN, found.width / scale
        signal = np.asarray((grey - np.float32(found.air)) / np.float32(gain), np.float32)
        landmarks = _landmarks(found, scale, grey.shape, taken)
        brain = signal[landmarks.intracranial > 127]
        csf, tissue = np.percentile(brain, [2, 30])
        anatomy = Anatomy(
            plane=found.plane,
            signal=signal,
            landmarks=landmarks,
            csf=float(np.clip(csf, 0.06, 0.25)),
            grey=float(np.clip(tissue, 0.3, BRAIN)),
            pixels_per_mm=width / HEAD_MM,
        )
        blur, noise = _grain(signal, landmarks.parenchyma > 200)
        return cls(anatomy, found.air, gain, width, blur, noise)


def fine(field: Field) -> Field:
    """Return what a Gaussian of one pixel takes away."""
    return np.asarray(field - cv2.GaussianBlur(field, (0, 0), 1.0), np.float32)


def _landmarks(found: Found, scale: float, size: tuple[int, int], taken: Mask | None) -> Landmarks:
    """Carry what was found on the small slice over to the whole one."""

    def whole(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        soft = cv2.GaussianBlur(mask * np.uint8(255), (0, 0), 0.8)
        return np.asarray(cv2.resize(soft, size[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)

    parenchyma = whole(found.parenchyma)
    if taken is not None and taken.any():
        around = cv2.dilate(taken.astype(np.uint8), disc(0.05 * found.width / scale))
        parenchyma[around > 0] = 0
    places = found.outline()
    dura = np.hstack([(places + 0.5) / scale - 0.5, inward_normals(places)])
    return Landmarks(parenchyma, whole(found.brain), dura, (found.sella() + 0.5) / scale - 0.5)


def _grain(signal: Field, inside: Mask) -> tuple[float, float]:
    """Estimate blur and noise of a slice.

    White noise under a Gaussian of standard deviation s has the autocorrelation exp(-d² / 4s²) at distance d.
    With t its value at 1, squared differences over one pixel are to those over two as 1 - t to 1 - t⁴.
    """
    one = _typical(signal[:, 1:] - signal[:, :-1], inside[:, 1:], 90)
    two = _typical(signal[:, 2:] - signal[:, :-2], inside[:, 2:], 90)
    falls = np.linspace(0.02, 0.85, 100)
    expected = 1 / (1 + falls + falls**2 + falls**3)
    ratio = (one / two) ** 2 if two > 0 else 0.0
    fall = np.interp(ratio, expected[::-1], falls[::-1])
    # Half of a normal variable's values lie within 0.6745 of 0, and are 0.3247 from it on average.
    noise = _typical(fine(signal), inside, 50) / 0.3247
    return float(np.sqrt(-0.25 / np.log(fall))), noise


def _typical(field: Field, inside: Mask, share: float) -> float:
    """Return the mean size of the smaller values, up to a percentile: edges do not count."""
    sizes = np.abs(field[inside])
    return float(sizes[sizes <= np.percentile(sizes, share)].mean()) if sizes.size else 0.0
