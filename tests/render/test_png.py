"""What is written fast is the same picture to every reader."""

import io

import cv2
import numpy as np
import PIL.Image
import pytest

from xaibrain.render.png import encoded, save_png


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 40), (40, 1, 3), (97, 53), (97, 53, 3)])
def test_every_reader_finds_the_same_pixels(shape, tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert (np.array(PIL.Image.open(io.BytesIO(encoded(picture)))) == picture).all()
    save_png(picture, tmp_path / "new" / "it.png")
    read = cv2.imread(str(tmp_path / "new" / "it.png"), cv2.IMREAD_UNCHANGED)
    assert (read == (picture if picture.ndim == 2 else picture[..., ::-1])).all()


def test_a_part_of_a_picture_is_written_too():
    whole = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    part = whole[3:30:2, 10:50]
    assert (np.array(PIL.Image.open(io.BytesIO(encoded(part)))) == part).all()


def test_it_is_small():
    rows, columns = np.mgrid[:256, :256]
    smooth = (rows + columns) // 4 % 256
    assert len(encoded(smooth.astype(np.uint8))) < smooth.size / 20
