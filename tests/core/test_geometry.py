"""A map comes back to the place on the picture that the model saw."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from xaibrain import Geometry


def whole(source, frame):
    return Geometry(source, (0, 0, *source), frame, (0, 0, *frame))


def random_map(height, width, seed=0):
    return np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)


def test_equal_sizes_are_the_identity():
    heatmap = random_map(9, 13)
    assert np.allclose(whole((9, 13), (9, 13)).to_source(heatmap), heatmap, atol=1e-6)
    assert np.allclose(whole((9, 13), (224, 224)).to_source(heatmap), heatmap, atol=1e-5)


@pytest.mark.parametrize("source", [(50, 70), (7, 7), (5, 4), (1, 1), (33, 2)])
@pytest.mark.parametrize("cells", [(7, 7), (4, 9), (1, 1)])
def test_without_crop_it_is_plain_bilinear_resizing(source, cells):
    heatmap = random_map(*cells)
    found = whole(source, (224, 160)).to_source(heatmap)
    assert found.shape == source
    assert found.dtype == np.float32
    by_opencv = cv2.resize(heatmap, source[::-1], interpolation=cv2.INTER_LINEAR)
    by_tensorflow = tf.image.resize(heatmap[..., None], source, method="bilinear")[..., 0]
    assert np.allclose(found, by_opencv, atol=1e-5)
    assert np.allclose(found, by_tensorflow, atol=1e-5)


def centre_of(heatmap):
    """Centre of mass, in pixels from the outer corner."""
    rows, columns = np.indices(heatmap.shape) + 0.5
    return (rows * heatmap).sum() / heatmap.sum(), (columns * heatmap).sum() / heatmap.sum()


@given(
    crop=st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(60, 90), st.integers(60, 90)),
    inset=st.tuples(st.integers(0, 8), st.integers(0, 8)),
    cell=st.tuples(st.integers(3, 12), st.integers(3, 12)),
)
def test_a_bright_cell_lands_where_the_frame_says(crop, inset, cell):
    frame, cells = (64, 64), 16
    content = (inset[0], inset[1], 64 - inset[0], 64 - inset[1])
    heatmap = np.zeros((cells, cells), np.float32)
    heatmap[cell] = 1
    found = Geometry((100, 100), crop, frame, content).to_source(heatmap)
    # The centre of the cell in the frame, carried back by the definition of crop and content.
    in_frame = [(index + 0.5) * 64 / cells for index in cell]
    scale = [(crop[axis + 2] - crop[axis]) / (content[axis + 2] - content[axis]) for axis in (0, 1)]
    wanted = [crop[axis] + (in_frame[axis] - content[axis]) * scale[axis] for axis in (0, 1)]
    assert np.abs(np.subtract(centre_of(found), wanted)).max() < 0.5
    outside = np.ones((100, 100), bool)
    outside[crop[0] : crop[2], crop[1] : crop[3]] = False
    assert (found[outside] == 0).all()


def test_outside_the_crop_is_zero_and_the_border_is_repeated():
    geometry = Geometry((10, 10), (2, 3, 8, 9), (6, 6), (0, 0, 6, 6))
    found = geometry.to_source(np.full((3, 3), 5, np.float32))
    wanted = np.zeros((10, 10))
    wanted[2:8, 3:9] = 5
    assert np.allclose(found, wanted)


def test_padding_of_the_frame_does_not_reach_the_picture():
    # A wide picture of 10 × 20 lies in rows 5 to 15 of the frame; the rest of the map is another value.
    geometry = Geometry((10, 20), (0, 0, 10, 20), (20, 20), (5, 0, 15, 20))
    heatmap = np.full((20, 20), -7, np.float32)
    heatmap[5:15] = 3
    assert np.allclose(geometry.to_source(heatmap), 3)


def test_nan_stays_where_it_is():
    heatmap = np.ones((8, 8), np.float32)
    heatmap[7, 7] = np.nan
    found = whole((64, 64), (32, 32)).to_source(heatmap)
    assert np.isnan(found[60:, 60:]).all()
    assert np.allclose(found[:52], 1)
    assert np.allclose(found[:, :52], 1)


def test_the_map_is_not_written_to():
    heatmap = random_map(4, 4)
    before = heatmap.copy()
    heatmap.flags.writeable = False
    whole((9, 9), (8, 8)).to_source(heatmap)
    assert (heatmap == before).all()
