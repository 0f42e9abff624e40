"""The best method and layer are chosen on evidence, stored with the model, and found there."""

import numpy as np
import pytest
from columns import At, Pictures, judged
from networks import functional, pictures, shaken

import xaibrain
from xaibrain import Image
from xaibrain.errors import InputError, UsageError
from xaibrain.judging.choice import Choice, chosen
from xaibrain.judging.storing import store_choice
from xaibrain.models.card import beside, card_file, read_card

BASE = {"baseline-centre": At(3)}


class Halting(At):
    """Finds the lesion in every other picture, and in the others speaks against the class everywhere."""

    def explain(self, model, images, targets):
        heatmaps = super().explain(model, images, targets)
        heatmaps[images.mean(axis=(1, 2, 3)) % 40 < 20] = -1
        return heatmaps


class Wide:
    """Finds the lesion, and half as much again beside it."""

    def explain(self, model, images, targets):
        return At(0).explain(model, images, targets) + At(1).explain(model, images, targets) / 2


def best(methods, dataset=None):
    return chosen(judged(dataset or Pictures(12), {**methods, **BASE}))


def test_the_most_relevance_on_the_lesion_wins_whatever_it_costs():
    choice = best({"gradcam": At(1), "rise": At(0)})
    assert (choice.name, choice.equals) == ("rise", [])
    assert (choice.pictures, choice.groups) == (9, 9)
    assert choice.value == pytest.approx(0.875)
    assert (choice.baseline, choice.baseline_value) == ("baseline-centre", 0)


def test_of_equals_the_cheapest_is_taken_and_then_the_one_named_first():
    choice = best({"rise": At(0), "hirescam": At(0), "gradcam": At(0)})
    assert (choice.name, choice.equals) == ("hirescam", ["rise", "gradcam"])
    assert best({"gradcam": At(0), "hirescam": At(0)}).name == "gradcam"


def test_a_map_that_shows_nothing_counts_as_nothing_found():
    """Where it has a value `Halting` is better; over all pictures it is not."""
    found = judged(Pictures(12), {"hirescam": Halting(0), "gradcam": Wide(), **BASE})
    first = found.rankings["relevance-mass"].standings[0]
    assert (first.name, first.mean.pictures) == ("hirescam", 3)
    assert chosen(found).name == "gradcam"


def test_nothing_is_chosen_that_does_not_beat_the_baselines():
    with pytest.raises(InputError, match="no method was shown to beat 'baseline-centre'"):
        best({"gradcam": At(3), "rise": At(2)})

    with pytest.raises(InputError, match="no baseline took part"):
        chosen(judged(Pictures(4), {"gradcam": At(0)}))

    class Bare(Pictures):
        def __getitem__(self, index):
            return Image(super().__getitem__(index).pixels, f"{index}.png", label="dark")

    with pytest.raises(InputError, match="add --plant"):
        best({"gradcam": At(0)}, Bare(4))


def stored(path, explainer, layer, engine):
    """Store a choice for a model file, and open it again."""
    model = xaibrain.load_model(path, engine=engine)
    choice = Choice(explainer, layer, {}, 0.5, 0.4, 0.6, "baseline-centre", 0.1, [], 20, 9)
    found = judged(Pictures(4), {"gradcam": At(0), **BASE})
    entry = store_choice(choice, found, model, path, "my pictures")
    assert entry["standings"]["gradcam"]["beats_baselines"] is True
    assert read_card(path)["class_names"] == list(model.class_names)
    return xaibrain.load_model(path, engine=engine)


def test_what_was_chosen_is_taken_for_best_and_auto(tmp_path):
    path = tmp_path / "mine.keras"
    shaken(functional()).save(path)
    model = xaibrain.load_model(path, engine=None)
    image = pictures(1)[0].astype(np.uint8)
    with pytest.raises(UsageError, match=r"No method was chosen for 'mine' yet.*--choose -m"):
        xaibrain.explain(image, model=model, explainer="best")
    last = model.choose_layer("auto").path
    other = next(layer for layer in model.survey.layers.told if layer != last)
    again = stored(path, "gradcam++", other, None)
    choice = again.choose_layer("auto")
    assert choice.path == other
    assert "gradcam++ at this layer has relevance-mass 0.500 [0.400, 0.600]" in choice.reason
    [first] = xaibrain.explain(image, model=again, explainer="best")
    assert (first.provenance.explainer, first.layer) == ("gradcam++", other)
    [named] = xaibrain.explain(image, model=model, explainer="gradcam++", layer=other)
    assert np.array_equal(first.heatmap, named.heatmap)
    found = xaibrain.benchmark(Pictures(2), model=again, explainers=["saliency", "best"], metrics=["entropy"])
    assert f"gradcam++@{other}" in found.configuration["methods"]
    # A layer that is asked for still goes before the one that was chosen.
    assert next(xaibrain.explain(image, model=again, explainer="best", layer=last)).layer == last


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_file_that_holds_no_card_has_it_beside(tmp_path):
    path = tmp_path / "mine.h5"
    shaken(functional()).save(path)
    before = path.read_bytes()
    layers = list(xaibrain.load_model(path).survey.layers.told)
    again = stored(path, "gradcam", layers[0], "auto")
    assert again.choose_layer("auto").path == layers[0]
    assert beside(path).name == "mine.h5.xaibrain.json"
    assert path.read_bytes() == before


def test_a_choice_for_other_weights_is_not_taken(tmp_path):
    path = tmp_path / "mine.keras"
    shaken(functional()).save(path)
    again = stored(path, "saliency", None, None)
    assert "recommended_layer" not in read_card(path)
    again.network.layers[-1].kernel.assign_add(again.network.layers[-1].kernel * 0.1)
    with pytest.raises(UsageError, match="for other weights"):
        xaibrain.explain(pictures(1)[0].astype(np.uint8), model=again, explainer="best")


def test_models_of_a_package_are_not_written_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shaken(functional()).save("mine.keras")
    model = xaibrain.load_model("mine.keras", engine=None)
    assert str(card_file(model, "mine.keras", "the choice")) == "mine.keras"
    with pytest.raises(UsageError, match=r"came with a package.*Copy mine\.keras to my-model\.keras"):
        card_file(model, "mine", "the choice")
    with pytest.raises(UsageError, match="the choice is stored in a"):
        card_file(xaibrain.wrap(functional()), "mine", "the choice")


def test_the_command_refuses_before_any_work(run):
    code, _, err = run("benchmark", "-d", "phantom", "--choose", "--no-baselines")
    assert (code, "leave --no-baselines out" in err) == (2, True)
    code, _, err = run("benchmark", "-d", "phantom", "--choose")
    assert (code, "came with a package" in err) == (2, True)
