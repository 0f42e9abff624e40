"""Maps of several layers are fused, and maps come with notes of what a reader should know."""

import cams
import numpy as np
import pytest
from cams import bilinear, close
from fakes import FakeModel
from networks import pictures, wrapped

from xaibrain import explain, load_explainer
from xaibrain.errors import UnknownNameError


@pytest.fixture
def pooled():
    return cams.pooled()


FUSABLE = ["gradcam", "layercam", "eigencam", "scorecam", "ablationcam"]


@pytest.mark.parametrize("name", FUSABLE)
def test_several_layers_are_fused(name):
    """The largest, place by place, of tanh(2 M / max M), M without what is negative and enlarged."""
    model, images, targets = wrapped("functional"), pictures(2), np.array([0, 2])
    found = load_explainer(name, layer="conv1,conv2").explain(model, images, targets)
    parts = [
        load_explainer(name, layer=layer).explain(model, images, targets) for layer in ("conv1", "conv2")
    ]
    for index, one in enumerate(found):
        scaled = []
        for part in parts:
            large = bilinear(np.maximum(part[index].astype(np.float64), 0), *one.shape)
            scaled.append(np.tanh(2 * large / large.max()) if large.max() > 0 else large)
        assert close(one, np.maximum(*scaled), 1e-4)
    assert found.shape[1:] == parts[0].shape[1:]


def test_fusing_what_is_all_negative_is_no_evidence():
    fused = load_explainer("gradcam", layer="a,b")
    model = FakeModel(np.ones((1, 2, 2, 1), np.float32), np.full((1, 2, 2, 1), -1, np.float32))
    assert (fused.explain(model, np.zeros((1, 4, 4, 1), np.float32), np.zeros(1, np.int64)) == 0).all()


def test_a_layer_that_is_not_there_is_named_before_any_work():
    with pytest.raises(UnknownNameError, match="conv7"):
        explain(pictures(1)[0], model=wrapped("functional"), explainer="layercam", layer="conv1,conv7")


def noted(name, model, images, **parameters):
    explanations = explain(images, model=model, explainer=load_explainer(name, **parameters))
    return [dict(explanation.notes) for explanation in explanations]


def test_notes_say_where_methods_are_one_map(pooled):
    images = pictures()
    for name in ("gradcam", "hirescam", "xgradcam"):
        assert all("gradcam, hirescam and xgradcam are one map" in one["coincides"]
                   for one in noted(name, pooled, images))  # fmt: skip
    maps = [
        load_explainer(name).explain(pooled, images, np.full(3, 1))
        for name in ("gradcam", "hirescam", "xgradcam")
    ]
    assert close(maps[1], maps[0])
    assert close(maps[2], maps[0], 1e-4)
    for name in ("gradcam++", "layercam"):
        assert all("without the channels of negative weight" in one["coincides"]
                   for one in noted(name, pooled, images))  # fmt: skip
    maps = [load_explainer(name).explain(pooled, images, np.full(3, 1)) for name in ("gradcam++", "layercam")]
    assert close(maps[1], maps[0])


def test_notes_say_where_grad_cam_may_mislead():
    """Flattened: gradients vary over positions, and Grad-CAM averages them."""
    model, images = wrapped("sequential"), pictures()
    explanations = list(explain(images, model=model, explainer="gradcam"))
    exact = list(explain(images, model=model, explainer="hirescam"))
    for one, other in zip(explanations, exact, strict=True):
        assert "compare with hirescam" in one.notes["caution"]
        wanted = np.corrcoef(one.heatmap.ravel(), other.heatmap.ravel())[0, 1]
        assert one.notes["correlation_with_hirescam"] == pytest.approx(wanted, abs=1e-3)
        assert other.notes == {}


@pytest.mark.parametrize("family", ["functional", "nested", "one_unit", "flattened_softmax"])
def test_notes_say_where_a_hidden_dense_layer_follows_the_pooling(family):
    """Without one, the map adds up to the logit but for a constant; with one it cannot."""
    model = wrapped(family)
    maps = load_explainer("hirescam").explain(model, pictures(), np.zeros(3, np.int64))
    rest = model.logits(pictures())[:, 0] - maps.sum(axis=(1, 2))
    adds_up = np.ptp(rest) < 1e-4 * np.abs(maps.sum(axis=(1, 2))).max()
    for name in ("gradcam", "layercam"):
        for one in noted(name, model, pictures()):
            assert "coincides" in one
            assert ("head" in one) == (not adds_up) == model.hidden_dense
    assert ("hidden dense" in model.head) == model.hidden_dense


def test_notes_of_other_methods(pooled):
    assert noted("eigencam", pooled, pictures(1)) == [{"caution": "eigencam is the same map for every class"}]
    assert noted("gradcam", pooled, pictures(1), layer="conv1,conv2") == [{}]
    assert "coincides" not in noted("gradcam", pooled, pictures(1), layer="conv1")[0]
