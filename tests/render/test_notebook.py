"""Explanations in notebooks and on axes."""

import base64
import io
import re

import matplotlib
import numpy as np
import PIL.Image
import pytest

import xaibrain
from xaibrain.core.geometry import Geometry
from xaibrain.core.records import Explanation, Image, Provenance
from xaibrain.render.axes import show_map, show_scan, show_side_by_side
from xaibrain.render.notebook import html_of
from xaibrain.render.overlay import overlay

HEATMAP = np.array([[1.0, -2.0], [0.5, 4.0]], np.float32)


def explained(heatmap=HEATMAP, status="ok", name="scan"):
    image = Image((np.arange(64, dtype=np.uint8) * 3).reshape(8, 8), name)
    geometry = Geometry((8, 8), (0, 0, 8, 8), (8, 8), (0, 0, 8, 8))
    provenance = Provenance("gradcam", {}, "tiny", "f" * 64, {}, "logits", "s" * 64, {})
    odds = {"lesion": 0.7, "none": 0.3}
    return Explanation(
        image, heatmap, geometry, "lesion", "lesion", odds, "top", "the last", status, provenance
    )


@pytest.fixture(autouse=True)
def without_windows():
    import matplotlib.pyplot as plt

    before = matplotlib.get_backend()
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


def test_an_explanation_shows_its_overlay_in_a_notebook():
    told = html_of(explained())
    picture = re.search(r"data:image/png;base64,([^\"]+)", told)[1]
    shown = np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(picture))))
    assert (shown == overlay(explained())).all()
    assert "lesion 0.70, none 0.30" in told
    assert "raw -2 to 4" in told


def test_whoever_can_explain_sees_explanations_by_themselves():
    assert callable(xaibrain.explain)
    assert explained()._repr_html_() == html_of(explained())


def test_a_list_of_explanations_is_a_line_each():
    assert repr(explained()) == "<Explanation: gradcam for lesion on 'scan', predicted lesion, status ok>"
    assert "array" not in repr(explained().image)


def test_names_stay_text_in_a_notebook():
    told = html_of(explained(name='<script>alert(1)</script>" onload="x'))
    assert "<script" not in told
    assert '" onload' not in told


def test_a_map_lies_on_the_axes_with_its_raw_values():
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert show_map(explained(), ax) is ax
    scan, laid = ax.images
    assert (scan.get_array() == explained().image.pixels).all()
    np.testing.assert_array_equal(laid.get_array(), explained().on_source())
    assert laid.get_clim() == (0, 4)
    alpha = laid.get_alpha()
    np.testing.assert_allclose(alpha, 0.8 * np.maximum(explained().on_source(), 0) / 4)
    bar = [one for one in ax.figure.axes if one is not ax]
    assert bar[0].get_ylim() == (0, 4)


def test_two_sides_a_threshold_and_a_common_scale():
    laid = show_map(explained(), signed=True, threshold=0.5, end=8.0).images[1]
    assert laid.get_clim() == (-8, 8)
    assert ((laid.get_alpha() > 0) == (np.abs(explained().on_source()) >= 4)).all()


def test_a_map_that_cannot_be_read_is_not_drawn():
    ax = show_map(explained(-np.abs(HEATMAP), "all-negative"))
    assert len(ax.images) == 1
    assert "no evidence for this class" in ax.get_title()
    assert len(show_map(explained(-np.abs(HEATMAP), "all-negative"), show_new(), signed=True).images) == 2


def show_new():
    import matplotlib.pyplot as plt

    return plt.figure().add_subplot()


def test_a_scan_and_its_maps_stand_in_a_row():
    first, *others = show_side_by_side([explained(), explained(HEATMAP * 2)])
    assert len(first.images) == 1
    assert [ax.images[1].get_clim()[1] for ax in others] == [4, 8]
    assert show_scan(explained().image, first) is first
