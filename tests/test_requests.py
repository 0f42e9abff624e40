"""Targets, layers and models are taken as they were asked for, or refused before any work."""

from dataclasses import dataclass

import networks
import numpy as np
import pytest
from fakes import FakeModel
from networks import pictures, wrapped
from twice import Sentinel, Twice, grey, run

import xaibrain
from xaibrain import Image, explain
from xaibrain.core.records import Explanation, Failure
from xaibrain.errors import ModelError, UnknownNameError, UsageError
from xaibrain.pipeline import with_layer


def test_targets():
    images = [Image(np.full((4, 4), 150, np.uint8), "one", label="dark")]
    assert [one.target for one in run(images)] == ["bright"]
    assert [one.target for one in run(images, target="predicted")] == ["bright"]
    assert [one.target for one in run(images, target="label")] == ["dark"]
    assert [one.target for one in run(images, target="dark")] == ["dark"]
    both = run(images, target="all")
    assert [one.target for one in both] == ["dark", "bright"]
    assert [one.heatmap[0, 0] for one in both] == [300, 1300]
    assert {one.predicted for one in both} == {"bright"}


def test_all_targets_of_each_picture_come_together():
    found = [(one.image.id, one.target) for one in run(grey(10, 20, 30), target="all", batch_size=2)]
    names = [f"picture-{value}" for value in (10, 20, 30)]
    assert found == [(name, target) for name in names for target in ("dark", "bright")]


@pytest.mark.parametrize(("label", "told"), [(None, "has no label"), ("grey", "has label 'grey'")])
def test_pictures_without_a_usable_label(label, told):
    images = [Image(np.zeros((4, 4)), "one", label=label), Image(np.zeros((4, 4)), "two", label="dark")]
    outcomes = run(images, target="label", on_error="yield")
    assert told in outcomes[0].error
    assert outcomes[1].target == "dark"


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"target": "brigth"}, UnknownNameError, "No target 'brigth'. Did you mean 'bright'?"),
        ({"explainer": "gradcan"}, UnknownNameError, "Did you mean 'gradcam'?"),
        ({"explainer": Twice}, UsageError, "is no explainer"),
        ({"explainer": 3}, UsageError, "is no explainer"),
        ({"layer": "conv"}, UsageError, "Twice reads no layer"),
        ({"model": "efficientnet-b00"}, UnknownNameError, "Did you mean 'efficientnet-b0'?"),
        ({"model": 3}, UsageError, "int is no xaibrain model; use xaibrain.wrap(model)"),
        ({"on_error": "ignore"}, UsageError, "give 'raise' or 'yield'"),
        ({"batch_size": 0}, UsageError, "give 1 or more"),
        ({"batch_size": -3}, UsageError, "give 1 or more"),
    ],
)
def test_wrong_requests_are_refused_before_any_work(options, error, told):
    options = {"model": FakeModel(), "explainer": Twice(), **options}
    with pytest.raises(error) as caught:
        explain(Sentinel(), **options)
    assert told in str(caught.value)


def test_a_keras_model_must_be_wrapped():
    with pytest.raises(UsageError, match=r"Functional is no xaibrain model; use xaibrain\.wrap\(model\)"):
        explain(Sentinel(), model=networks.functional())


def test_a_missing_capability_is_told_before_any_work():
    class Plain(FakeModel):
        capabilities = frozenset({"logits"})

    with pytest.raises(ModelError, match="'gradcam' needs layer-gradient, which 'fake' cannot answer"):
        explain(Sentinel(), model=Plain(), explainer="gradcam")


def test_unknown_layers_are_told_before_any_work():
    with pytest.raises(UnknownNameError, match="'conv3'"):
        explain(Sentinel(), model=wrapped("functional"), explainer="gradcam", layer="conv3")


def test_a_layer_is_taken_and_told():
    (one,) = run(pictures(1), "gradcam", wrapped("functional"), layer="conv1")
    assert one.layer == "conv1"
    assert one.heatmap.shape == (14, 14)
    assert one.layer_reason.startswith("asked for: conv1 (Conv2D")
    assert one.provenance.parameters == {"layer": "conv1"}
    (auto,) = run(pictures(1), "gradcam", wrapped("functional"))
    assert auto.layer == "conv2"
    assert auto.provenance.parameters == {"layer": "auto"}


def test_with_layer_keeps_the_other_parameters():
    @dataclass(frozen=True)
    class Two:
        layer: str = "auto"
        power: int = 1

    assert with_layer(Two(power=3), "x") == Two("x", 3)
    assert with_layer(Two(power=3), "auto") == Two("auto", 3)


def test_one_class_against_another():
    class Difference:
        def explain(self, model, images, targets):
            scores = xaibrain.target_scores(model.logits(images), targets)
            return np.broadcast_to(scores[:, None, None], (len(images), 2, 2))

    first, second = run(grey(50, 150), Difference(), target="bright:dark")
    assert [one.target for one in (first, second)] == ["bright:dark"] * 2
    assert (first.heatmap == -100).all()
    assert (second.heatmap == 100).all()
    assert second.predicted == "bright"


@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_picture_without_contrast_is_the_only_one_lost(batch_size):
    asked = []

    class Noting(Twice):
        def explain(self, model, images, targets):
            asked.extend(targets.tolist())
            return super().explain(model, images, targets[:, 0])

    outcomes = run(
        grey(50, 150, 60), Noting(), target="predicted:dark", on_error="yield", batch_size=batch_size
    )
    assert [type(one) for one in outcomes] == [Failure, Explanation, Failure]
    assert asked == [[1, 0]]
    assert outcomes[0].target == "dark:dark"
    told = "picture-50: Noting: 'predicted:dark' is one class here, so there is nothing to tell apart"
    assert outcomes[0].error.startswith(told)
    assert outcomes[1].target == "bright:dark"
    assert outcomes[1].image.id == "picture-150"
    assert (outcomes[1].heatmap == 1300).all()


def test_a_contrast_with_the_label_needs_one():
    (lost,) = run(grey(50), target="label:dark", on_error="yield")
    assert "no label, so target 'label:dark' means nothing" in lost.error


def test_several_layers_are_resolved_one_by_one():
    explainer = Twice()
    object.__setattr__(explainer, "layer", "conv1,auto")
    (explanation,) = run(pictures(1)[0], explainer, wrapped("functional"))
    assert explanation.layer == "conv1,conv2"
    assert explanation.layer_reason.startswith("asked for: conv1 ")
    assert "; last spatial map before the head: conv2" in explanation.layer_reason
    object.__setattr__(explainer, "layer", "conv1,conv9")
    with pytest.raises(UnknownNameError, match="conv9"):
        run(pictures(1)[0], explainer, wrapped("functional"))
