"""Names and files lead to things; what does not is one clear line."""

from pathlib import Path

import networks
import pytest

from xaibrain import load_dataset, load_explainer, load_model
from xaibrain.core.explainer import Explainer
from xaibrain.core.model import Model
from xaibrain.errors import ModelError, UnknownNameError, UsageError


def test_an_explainer_by_name():
    explainer = load_explainer("gradcam", layer="conv2")
    assert isinstance(explainer, Explainer)
    assert explainer.layer == "conv2"


@pytest.mark.parametrize(
    ("load", "name", "told"),
    [
        (
            load_explainer,
            "gradcan",
            r"No explainer 'gradcan'\. Did you mean 'gradcam'\? Run: xaibrain explainers",
        ),
        (load_model, "efficientnet-b00", r"No model 'efficientnet-b00'\. Did you mean 'efficientnet-b0'"),
        (
            load_dataset,
            "brainmri",
            r"No dataset 'brainmri'\. Did you mean 'brain-mri'\? Run: xaibrain datasets",
        ),
    ],
)
def test_unknown_names(load, name, told):
    with pytest.raises(UnknownNameError, match=told):
        load(name)


def test_unknown_parameters():
    with pytest.raises(UsageError, match=r"'layers'\. Did you mean 'layer'\? It has: layer\."):
        load_explainer("gradcam", layers="x")
    with pytest.raises(UsageError, match="'gradcam' cannot take layer=3: Expected `str`, got `int`"):
        load_explainer("gradcam", layer=3)


def test_a_model_file_by_text_and_by_path(tmp_path):
    path = tmp_path / "mine.keras"
    networks.made("functional").save(path)
    for given in (path, str(path)):
        model = load_model(given, class_names=("a", "b", "c"))
        assert isinstance(model, Model)
        assert model.name == "mine"
        assert model.class_names == ("a", "b", "c")


def test_other_files_and_folders_are_no_models(tmp_path):
    (tmp_path / "weights.pt").write_text("x")
    for given in (tmp_path / "weights.pt", tmp_path):
        with pytest.raises(ModelError, match=r"is no Keras model file; its name must end in \.keras or \.h5"):
            load_model(given)


def test_a_folder_does_not_hide_a_registered_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("efficientnet-b0").mkdir()
    with pytest.raises(UsageError, match="No parameter of 'efficientnet-b0' 'sise'"):
        load_model("efficientnet-b0", sise=3)


@pytest.mark.parametrize(
    "trust", [[], ["--unsafe"], ["-s", "model.unsafe=true"]], ids=["not", "flag", "setting"]
)
@pytest.mark.parametrize(
    "command",
    [
        ["explain", "-d", "phantom"],
        ["predict", "a.png"],
        ["evaluate", "phantom"],
        ["benchmark", "-d", "phantom"],
        ["audit", "phantom"],
        ["train", "-d", "phantom", "-o", "new.keras"],
    ],
    ids=lambda command: command[0],
)
def test_every_command_that_loads_a_model_trusts_it_in_the_same_way(run, monkeypatch, command, trust):
    asked = []

    def load(name, unsafe=False, **options):
        asked.append((name, unsafe))
        raise ModelError("enough")

    monkeypatch.setattr("xaibrain.loading.load_model", load)
    code, _, err = run(*command, "-m", "mine.keras", *trust)
    assert (code, err) == (2, "Error: enough\n")
    assert asked == [("mine.keras", {"": False, "--unsafe": True, "-s": "true"}[trust[0] if trust else ""])]
