"""Every explainer that is registered holds the contract, whoever wrote it."""

import json

import networks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import pictures, wrapped
from quick import EXPLAINERS, quick
from state import state_of

from xaibrain import explain, load_explainer
from xaibrain.core.manager import manager
from xaibrain.core.parameters import values_of
from xaibrain.ops.status import status_of

LINEAR = [
    "gradcam",
    "hirescam",
    "xgradcam",
    "ablationcam",
    "input-x-gradient",
    "integrated-gradients",
    "gradient-shap",
]
"""Methods whose map of a difference of scores is the difference of their maps."""
UNSIGNED = ["saliency", "smoothgrad", "vargrad", "squaregrad", "sobol"]
"""Methods that tell how much a place matters, not for which side."""

SAMPLES = ["functional", "nested", "sequential", "Subclassed", "one_unit", "many_labels", "grey"]
ASKING = {
    "logits": "logits",
    "activations": "activations",
    "activations_and_gradients": "layer-gradient",
    "input_gradients": "input-gradient",
    "logits_from": "head",
}
"""A model's questions, and the capabilities that they are."""


class Guarded:
    """A model that answers what an explainer says it asks, and nothing else."""

    def __init__(self, model, requires):
        self._model, self._requires = model, requires

    def __getattr__(self, name):
        assert name not in ASKING or ASKING[name] in self._requires, f"{name}() is not in `requires`"
        return getattr(self._model, name)


def asked(name, family="functional"):
    """An explainer by its name, and a model that it may ask what it declares."""
    explainer = quick(name)
    return explainer, Guarded(wrapped(family), explainer.requires)


def looks_at_the_class(name):
    """Without scores and gradients, nothing that a method asks depends on the class."""
    return bool(load_explainer(name).requires - {"activations"})


@pytest.mark.parametrize("name", EXPLAINERS)
@settings(max_examples=8)
@given(
    family=st.sampled_from(SAMPLES),
    count=st.integers(1, 4),
    seed=st.integers(0, 99),
    pairs=st.booleans(),
    data=st.data(),
)
def test_what_every_explainer_must_hold(name, family, count, seed, pairs, data):
    explainer, model = asked(name, family)
    images = networks.taken(family, count, seed)
    images.flags.writeable = False
    classes = st.integers(0, len(model.class_names) - 1)
    choice = st.lists(classes, min_size=2, max_size=2, unique=True) if pairs else classes
    targets = np.array(data.draw(st.lists(choice, min_size=count, max_size=count)))
    kept = images.copy(), targets.copy(), state_of(model.network)
    heatmaps = explainer.explain(model, images, targets)
    assert heatmaps.dtype == np.float32
    assert heatmaps.ndim == 3
    assert len(heatmaps) == count
    assert all(np.isfinite(one).all() or status_of(one) == "non-finite" for one in heatmaps)
    assert (explainer.explain(model, images.copy(), targets) == heatmaps).all()
    for index in range(count):
        alone = explainer.explain(model, images[index : index + 1].copy(), targets[index : index + 1])
        assert np.allclose(alone[0], heatmaps[index], rtol=1e-3, atol=1e-4 * np.abs(heatmaps[index]).max())
    if hasattr(explainer, "notes"):
        notes = explainer.notes(model, images, targets, heatmaps)
        assert json.loads(json.dumps(notes)) == [dict(note) for note in notes]
        assert len(notes) == count
    assert (images == kept[0]).all()
    assert (targets == kept[1]).all()
    assert state_of(model.network) == kept[2]


@pytest.mark.parametrize("name", EXPLAINERS)
def test_maps_differ_between_classes_and_pictures(name):
    explainer, model = asked(name)
    maps = [explainer.explain(model, pictures(), np.full(3, target)) for target in range(3)]
    against = explainer.explain(model, pictures(), np.array([(0, 1)] * 3))
    top = np.abs(maps[0]).max()
    if looks_at_the_class(name):
        assert np.abs(maps[0] - maps[1]).max() > 1e-5 * top
        assert np.abs(maps[0] - against).max() > 1e-5 * top
    else:
        assert (maps[0] == maps[1]).all()
        assert (maps[0] == against).all()


@pytest.mark.parametrize("name", EXPLAINERS)
def test_the_two_classes_of_one_unit_are_told_apart(name):
    explainer, model = asked(name, "one_unit")
    healthy, ill = (explainer.explain(model, pictures(), np.full(3, target)) for target in (0, 1))
    against = explainer.explain(model, pictures(), np.array([(1, 0)] * 3))
    if name in UNSIGNED:
        assert np.allclose(healthy, ill, rtol=1e-4)
    elif looks_at_the_class(name):
        assert np.abs(healthy - ill).max() > 1e-5 * np.abs(ill).max()
    if name in LINEAR:
        assert np.allclose(healthy, -ill, rtol=1e-4, atol=1e-5 * np.abs(ill).max())
        assert np.allclose(against, 2 * ill, rtol=1e-4, atol=1e-5 * np.abs(ill).max())


@pytest.mark.parametrize("name", LINEAR)
def test_methods_that_are_linear_in_the_score_contrast_by_subtraction(name):
    explainer, model = asked(name)
    first, second, against = (
        explainer.explain(model, pictures(), np.array([target] * 3)) for target in (0, 2, (0, 2))
    )
    assert np.allclose(against, first - second, rtol=1e-3, atol=1e-5 * np.abs(against).max())


@pytest.mark.parametrize("name", EXPLAINERS)
def test_parameters_return_through_provenance(name):
    explainer = quick(name)
    (explanation,) = explain(pictures(1)[0], model=wrapped("functional"), explainer=explainer)
    recorded = dict(explanation.provenance.parameters)
    assert recorded == values_of(explainer)
    assert type(explainer)(**recorded) == explainer
    assert load_explainer(name, **recorded) == explainer


@pytest.mark.parametrize("name", EXPLAINERS)
def test_specs_say_what_and_whence(name):
    spec = manager().registry.get("explainer", name).spec
    assert spec.summary
    assert "\n" not in spec.summary
    assert spec.reference
