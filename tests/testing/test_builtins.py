"""Everything that comes along passes the kit, by its registered name."""

import networks
import PIL.Image
import pytest
from networks import wrapped

import xaibrain
from xaibrain.core.manager import manager
from xaibrain.testing import check_dataset, check_explainer, check_metric, check_model


def names_of(kind):
    return [entry.spec.name for entry in manager().registry.entries(kind)]


FEW = {
    "kernel-shap": {"segments": 12, "samples": 64},
    "lime": {"segments": 12, "samples": 40},
    "rise": {"masks": 64},
    "sobol": {"designs": 4},
}
"""Parameters that make slow methods quick, where arithmetic and contract stay the same."""


@pytest.mark.parametrize("name", names_of("explainer"))
def test_explainers(name):
    check_explainer(name, examples=3, **FEW.get(name, {}))


@pytest.mark.parametrize("name", names_of("metric"))
def test_metrics(name):
    check_metric(name, examples=4)


@pytest.fixture
def folder(tmp_path):
    for image in xaibrain.load_dataset("phantom", count=4, size=64):
        path = tmp_path / image.label / f"{image.id}.png"
        path.parent.mkdir()
        PIL.Image.fromarray(image.pixels).save(path)
    return tmp_path


def test_the_dataset_phantom():
    check_dataset("phantom", count=5, size=64, examples=4)


def test_the_dataset_folder(folder):
    check_dataset("folder", path=str(folder), examples=4)


def test_the_dataset_brain_mri(brain_mri_root):
    check_dataset("brain-mri", root=str(brain_mri_root), examples=10)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("phantom-efficientnet", {}),
        ("brain-mri-efficientnet-b0", {}),
        ("efficientnet-compact", {"size": 64}),
        ("efficientnetv2-b0", {"size": 64, "crop": True}),
    ],
)
def test_models(name, options):
    check_model(name, examples=3, **options)


@pytest.mark.parametrize(
    "family", ["nested", "residual", "Subclassed", "one_unit", "many_labels", "any_size"]
)
def test_models_of_every_make(family):
    assert family in networks.FAMILIES
    check_model(wrapped(family), examples=3)
