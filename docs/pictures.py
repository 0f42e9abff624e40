"""Draws the pictures of the documentation anew, all from phantom: python docs/pictures.py."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

import xaibrain
from xaibrain.render.classes import class_figure, sample_classes
from xaibrain.render.overlay import overlay
from xaibrain.render.sheet import contact_sheet

IMAGES = Path(__file__).parent / "images"
_SHOWN = (0, 5, 11, 2, 4, 9)
"""Of phantom's first twelve pictures: every class, and every plane twice."""


def main() -> None:
    """Draw both."""
    phantom = xaibrain.load_dataset("phantom")
    shown = [phantom[index] for index in _SHOWN]
    explanations = list(xaibrain.explain(shown, model=phantom.default_model))
    sheet = contact_sheet([overlay(each) for each in explanations], columns=3, cell=260)
    # So that a test can tell when the model has changed and the picture has not.
    note = PngInfo()
    note.add_text("model", explanations[0].provenance.fingerprint)
    Image.fromarray(sheet).save(IMAGES / "gradcam-phantom.png", optimize=True, pnginfo=note)
    drawn = io.BytesIO()
    class_figure(sample_classes(xaibrain.load_dataset("phantom", count=24)), "phantom").savefig(drawn)
    few = Image.open(drawn).convert("RGB").quantize(kmeans=3, dither=Image.Dither.NONE)
    few.save(IMAGES / "phantom-classes.png", optimize=True)


if __name__ == "__main__":
    main()
