"""Maps are laid over scans as the formula says, for grey scans and for those in colour."""

import numpy as np
import pytest

from xaibrain.render.lettering import write
from xaibrain.render.overlay import STRONGEST, blend, colours_of


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3)])
def test_evidence_is_opaque_in_proportion_to_its_strength(shape):
    rng = np.random.default_rng(0)
    scan = rng.integers(0, 256, shape, np.uint8)
    strength = rng.uniform(-1, 1, (40, 50)).astype(np.float32)
    levels = np.rint(np.maximum(strength, 0) * 255)
    opacity = (STRONGEST * levels / 255)[..., None]
    below = scan if scan.ndim == 3 else scan[..., None].repeat(3, axis=2)
    wanted = np.rint(colours_of((levels / 255).astype(np.float32)) * opacity + below * (1 - opacity))
    found = blend(scan, strength)
    assert np.abs(found - wanted).max() <= 1
    assert (found[strength <= 0] == below[strength <= 0]).all()


@pytest.mark.parametrize("text", ["", " ", "a\nb", "日本"])
def test_any_text_can_be_written(text):
    canvas = np.zeros((20, 30, 3), np.uint8)
    write(canvas, (2, 2), text, 12, (255, 255, 255), ground=(0, 0, 0))
    assert canvas.any() == bool(text.strip())
