"""Every explainer that is registered holds the contract on Keras networks, whoever wrote it.

That each holds it on the kit's own model is tested in tests/testing/test_builtins.py.
"""

import numpy as np
import pytest
from networks import pictures, wrapped
from quick import EXPLAINERS, quick

from xaibrain import explain, load_explainer
from xaibrain.core.manager import manager
from xaibrain.testing import check_explainer

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
GUIDED = ["guided-backprop", "guided-gradcam"]
"""Methods that refuse a network without a ReLU, as most of the families are."""


def looks_at_the_class(name):
    """Without scores and gradients, nothing that a method asks depends on the class."""
    return bool(load_explainer(name).requires - {"activations"})


@pytest.mark.parametrize("name", EXPLAINERS)
def test_the_rules_on_a_subclassed_network(name):
    check_explainer(quick(name), model=wrapped("Subclassed"), examples=2)


@pytest.mark.parametrize("name", [name for name in EXPLAINERS if name not in GUIDED])
def test_the_rules_on_a_nested_network(name):
    check_explainer(quick(name), model=wrapped("nested"), examples=2)


@pytest.mark.parametrize("name", [name for name in EXPLAINERS if name not in GUIDED])
def test_the_two_classes_of_one_unit_are_told_apart(name):
    explainer, model = quick(name), wrapped("one_unit")
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
    explainer, model = quick(name), wrapped("functional")
    first, second, against = (
        explainer.explain(model, pictures(), np.array([target] * 3)) for target in (0, 2, (0, 2))
    )
    assert np.allclose(against, first - second, rtol=1e-3, atol=1e-5 * np.abs(against).max())


@pytest.mark.parametrize("name", EXPLAINERS)
def test_a_map_is_made_again_from_its_provenance(name):
    explainer = quick(name)
    (explanation,) = explain(pictures(1)[0], model=wrapped("Subclassed"), explainer=explainer)
    assert load_explainer(name, **explanation.provenance.parameters) == explainer


@pytest.mark.parametrize("name", EXPLAINERS)
def test_specs_say_what_and_whence(name):
    spec = manager().registry.get("explainer", name).spec
    assert spec.summary
    assert "\n" not in spec.summary
    assert spec.reference
