"""Planted evidence: exactly the lesions that change the prediction, with their place, again and again."""

import dataclasses
import json

import numpy as np
import pytest

import xaibrain
from xaibrain import Geometry, Image, Planting
from xaibrain.errors import InputError, UnknownNameError, UsageError
from xaibrain.judging.flips import FlipSearch
from xaibrain.judging.healthy import healthy_classes, sounds_healthy
from xaibrain.judging.planted import changed

SIDE = 32


class Brightest:
    """Calls a picture ill where its brightest pixel is above a level."""

    name = "brightest"
    capabilities = frozenset({"logits"})
    fingerprint = "0" * 64
    head = "a formula"
    preprocessing = {"value_range": (0.0, 255.0)}  # noqa: RUF012
    versions = {"formula": "1"}  # noqa: RUF012

    def __init__(self, level=150, class_names=("normal", "ill")):
        self.level, self.class_names, self.asked = level, class_names, 0

    def preprocess(self, image):
        whole = (0, 0, *image.size)
        return image.pixels.astype(np.float32)[..., None], Geometry(image.size, whole, image.size, whole)

    def logits(self, images):
        self.asked += len(images)
        above = images.max(axis=(1, 2, 3)) - self.level
        return np.stack([-above, above], axis=1).astype(np.float32)

    def probabilities(self, logits):
        return np.stack([logits[:, 0] > 0, logits[:, 1] >= 0], axis=1).astype(np.float32)


class Dots:
    """Plants a square of 120 or of 200 grey values, with a rim of a tenth more than its host around it."""

    lesions = ("dim", "bright")

    def plant(self, image, label, seed, *, radius=None, place=None):
        if image.id == "full":
            raise InputError("full: there is no room.")
        half = round(radius * SIDE)
        row, column = np.random.default_rng(seed).integers(6, SIDE - 6, 2)
        pixels, mask = image.pixels.copy(), np.zeros((SIDE, SIDE), bool)
        mask[row - half : row + half, column - half : column + half] = True
        pixels[row - half - 1 : row + half + 1, column - half - 1 : column + half + 1] += 20
        pixels[mask] = {"dim": 120, "bright": 200}[label]
        return dataclasses.replace(
            image, pixels=pixels, id=f"{image.id}+{label}-{seed}", label=label, mask=mask
        )


class Slices:
    """Grey pictures: by their names lesion-free, labelled so or not, bright already, or damaged."""

    class_names = ("normal", "bright")
    default_model = None
    names = ("a", "b", "c", "bright", "shining", "damaged", "full")

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        name = self.names[index]
        if name == "damaged":
            raise InputError("damaged: cannot be read.")
        label = {"a": "normal", "b": None, "bright": "bright"}.get(name, "normal")
        pixels = np.full((SIDE, SIDE), 220 if name == "shining" else 40 + index, np.uint8)
        return Image(pixels, name, label=label)

    def __iter__(self):
        return (self[index] for index in range(len(self)))


SMALL = Planting(hosts=9, sizes=(0.05, 0.1), places=3)


def search(model=None, planting=SMALL, dataset=None):
    return FlipSearch(dataset or Slices(), model or Brightest(), planting, Dots())


def test_what_flips_is_kept_and_nothing_else():
    planted, tally = search().evidence()
    # 3 hosts that are free by label and by the model's word × 2 sizes × 3 places, of the bright kind.
    assert {case.host for case in planted.cases} == {"a", "b", "c"}
    assert len(planted) == 18
    assert {case.lesion for case in planted.cases} == {"bright"}
    assert {case.called for case in planted.cases} == {"ill"}
    assert len(set(planted.ids)) == 18
    assert len(set(planted.groups)) == 3
    counted = ("looked_at", "unreadable", "ill", "called_ill", "hosts", "planted", "flipped")
    assert [tally[name] for name in counted] == [7, 1, 1, 1, 4, 36, 18]
    rows = {(row["lesion"], row["radius"]): row for row in tally["by_size"]}
    assert rows["dim", 0.05] == {"lesion": "dim", "radius": 0.05, "planted": 9, "flipped": 0, "no_room": 3}
    assert rows["bright", 0.1]["flipped"] == 9


@pytest.mark.parametrize("region", ["changed", "lesion"])
def test_pictures_carry_their_target_and_the_place_of_their_evidence(region):
    planted = search(planting=dataclasses.replace(SMALL, region=region)).evidence()[0]
    slices = Slices()
    places = set()
    for case, image in zip(planted.cases, planted, strict=True):
        host = slices[case.index]
        half = round(case.radius * SIDE)
        assert (image.id, image.label) == (case.id, "ill")
        # The rim of 20 grey values is more than a tenth of the largest change: 160 at most.
        assert image.mask.sum() == (2 * half + (2 if region == "changed" else 0)) ** 2
        assert image.mask[image.pixels == 200].all()
        assert np.array_equal(image.pixels[~image.mask], host.pixels[~image.mask]) == (region == "changed")
        places.add(tuple(np.argwhere(image.mask).mean(axis=0)))
    assert len(places) == 6


def test_colour_and_unsigned_pixels_change_as_they_should():
    host = Image(np.full((4, 4, 3), 100, np.uint8), "host")
    pixels = host.pixels.copy()
    pixels[0, 0, 1] = 0
    pixels[1, 1, 2] = 105
    assert np.argwhere(changed(host, Image(pixels, "planted"))).tolist() == [[0, 0]]


def test_it_is_the_same_again_and_another_by_another_seed():
    first, again = search().evidence()[0], search().evidence()[0]
    assert first.cases == again.cases
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(first, again, strict=True))
    other = search(planting=dataclasses.replace(SMALL, seed=1)).evidence()[0]
    assert not set(other.ids) & set(first.ids)


def test_as_many_hosts_as_asked_for():
    tally = search(planting=dataclasses.replace(SMALL, hosts=2, places=6)).evidence()[1]
    assert tally["hosts"] == 2


def test_a_choice_that_was_kept_is_not_made_again(tmp_path):
    kept = tmp_path / "planted.json"
    model = Brightest()
    planted, tally = search(model).evidence(kept)
    assert model.asked > 0
    model.asked = 0
    again, told = search(model).evidence(kept)
    assert model.asked == 0
    assert (again.cases, told) == (planted.cases, json.loads(json.dumps(tally)))

    class Changed(Slices):
        def __getitem__(self, index):
            image = super().__getitem__(index)
            return dataclasses.replace(image, pixels=image.pixels + np.uint8(1))

    for other in (
        search(model, planting=dataclasses.replace(SMALL, seed=3)),
        search(model, dataset=Changed()),
    ):
        model.asked = 0
        other.evidence(kept)
        assert model.asked > 0


def test_a_model_that_keeps_its_mind_cannot_be_judged_so():
    with pytest.raises(InputError, match=r"'brightest' cannot be judged .* of 36 lesions in 4 .* 0 changed"):
        search(Brightest(level=210)).evidence()
    with pytest.raises(InputError, match="no lesion-free slice to plant in: of 7 slices 1 are labelled"):
        search(Brightest(level=10)).evidence()


@pytest.mark.parametrize(
    ("name", "healthy"),
    [("no_tumor", True), ("notumor", True), ("Normal", True), ("healthy brain", True), ("no", True),
     ("glioma_tumor", False), ("nodule", False), ("abnormal", False), ("notochord", False)],
)  # fmt: skip
def test_names_that_sound_lesion_free(name, healthy):
    assert sounds_healthy(name) == healthy


def test_the_lesion_free_class_is_guessed_or_named():
    model = Brightest(class_names=("class_0", "class_1"))
    with pytest.raises(UsageError, match="--healthy CLASS"):
        search(model)
    assert healthy_classes(model, ["class_0"]) == ("class_0",)
    assert len(search(model, dataclasses.replace(SMALL, healthy=("class_0",))).evidence()[0]) == 18
    with pytest.raises(UnknownNameError, match="Did you mean 'class_0'"):
        healthy_classes(model, ["class0"])
    with pytest.raises(UsageError, match="Every class"):
        healthy_classes(model, ["class_0", "class_1"])
    with pytest.raises(UsageError, match="hosts"):
        search(planting=Planting(hosts=0))


def test_a_method_that_looks_where_the_brightest_is_wins():
    class Bright:
        def explain(self, model, images, targets):
            return (images[..., 0] == images.max(axis=(1, 2, 3))[:, None, None]).astype(np.float32)

    class Dark:
        def explain(self, model, images, targets):
            return (images[..., 0] < 100).astype(np.float32)

    found = xaibrain.benchmark(
        search().evidence()[0], model=Brightest(), explainers={"dark": Dark(), "bright": Bright()},
        metrics=("relevance-mass",), target="label", with_baselines=False,
    )  # fmt: skip
    first, second = found.rankings["relevance-mass"].standings
    assert (first.name, first.mean.value) == ("bright", 1)
    assert second.mean.value < 0.2


def test_the_command_plants_and_goes_on(run, tmp_path):
    asked = ("benchmark", "-d", "phantom", "-s", "dataset.count=12", "-s", "dataset.size=64", "--plant",
             "-s", "plant.sizes=0.14", "-s", "plant.places=3", "-n", 4,
             "--metric", "relevance-mass")  # fmt: skip
    code, out, err = run(*asked, "--no-baselines")
    assert code == 0, err
    assert "lesion-free slices changed what the model says" in out
    folder = tmp_path / "xaibrain-benchmark"
    record = json.loads((folder / "benchmark.json").read_text("utf-8"))
    cases = json.loads((folder / "planted.json").read_text("utf-8"))["cases"]
    assert record["pictures"] == 4
    assert record["planted"]["flipped"] == len(cases) >= 10
    assert record["planting"]["places"] == 3
    assert record["rankings"]["relevance-mass"]["standings"][0]["undefined"] == {}
    assert "## Planted evidence" in (folder / "benchmark.md").read_text("utf-8")
    for wrong, told in (
        (("--healthy", "no_tumour"), "Did you mean 'no_tumor'"),
        (("-s", "plant.host=3"), "Did you mean 'hosts'"),
    ):
        code, _, err = run(*asked, "-o", "other", *wrong)
        assert (code, err.count("\n")) == (2, 1)
        assert told in err
    assert run("benchmark", "--healthy", "no_tumor")[0] == 2
