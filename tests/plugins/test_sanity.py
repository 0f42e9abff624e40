"""Randomisation, random logit and sensitivity: known maps have known scores."""

import networks
import numpy as np
import pytest
from fakes import FakeModel
from linear import Gradient, LinearModel
from maps import explained
from networks import wrapped

from xaibrain import explain, load_explainer, load_metric, score
from xaibrain.errors import UsageError
from xaibrain.testing.state import network_state
from xaibrain_metrics.similarity import rank_correlation

RANKED = np.arange(16.0, dtype=np.float32).reshape(4, 4)


class Layered(FakeModel):
    """Ten layers; a map says which of them are as they were."""

    class_names = ("healthy", "ill")
    capabilities = FakeModel.capabilities | {"randomise"}
    weighted_layers = tuple("abcdefghij")

    def __init__(self, redrawn=()):
        super().__init__()
        self.redrawn = redrawn
        self.asked = []

    def randomised(self, layers, seed):
        self.asked.append(("".join(layers), seed))
        return Layered(layers)


class Sees:
    """The map of the intact model, upside down as soon as one of some layers is drawn anew."""

    def __init__(self, layers):
        self.layers = set(layers)

    def explain(self, model, images, targets):
        return np.stack([RANKED * (-1 if self.layers & set(model.redrawn) else 1)] * len(images))


def made(count=2, **more):
    pixels = [np.full((4, 4), 10 * index, np.uint8) for index in range(count)]
    return [explained(RANKED, pixels=one, **more) for one in pixels]


@pytest.mark.parametrize(
    ("name", "layers", "wanted"),
    [
        ("cascading-randomisation", "j", -1.0),  # j, ghij, defghij, a…j: seen each time
        ("cascading-randomisation", "g", (1 - 3) / 4),
        ("cascading-randomisation", "a", (3 - 1) / 4),
        ("cascading-randomisation", "", 1.0),
        ("independent-randomisation", "ad", 0.0),  # a, d, g, j one by one
        ("independent-randomisation", "b", 1.0),
        ("independent-randomisation", "adgj", -1.0),
    ],
)
def test_randomisation_by_hand(name, layers, wanted):
    model = Layered()
    found = score(made(), load_metric(name, seed=7), model=model, explainer=Sees(layers))
    assert [one.value for one in found] == [pytest.approx(wanted)] * 2
    assert model.asked == [
        (stage, 7)
        for stage in (("j", "ghij", "defghij", "abcdefghij") if "cascading" in name else ("a", "d", "g", "j"))
    ]


def test_maps_that_randomising_makes_constant_are_left_out():
    class Blank(Sees):
        def explain(self, model, images, targets):
            return super().explain(model, images, targets) * (len(model.redrawn) < 7)

    (found,) = score(made(1), "cascading-randomisation", model=Layered(), explainer=Blank("j"))
    assert found.value == -1
    (found,) = score(
        made(1), load_metric("cascading-randomisation", count=1), model=Layered(), explainer=Blank("j")
    )
    assert found.value == -1
    nothing = Sees("j")
    nothing.explain = lambda model, images, targets: np.zeros((len(images), 4, 4), np.float32)
    (found,) = score(made(1), "cascading-randomisation", model=Layered(), explainer=nothing)
    assert found.reason == "every map of a randomised model is constant or non-finite"


def test_a_method_that_needs_the_network_itself_cannot_be_checked_so():
    method = Sees("j")
    method.requires = frozenset({"keras-network"})
    found = score(made(), "cascading-randomisation", model=Layered(), explainer=method)
    assert {one.reason for one in found} == {"the method needs keras-network, which a randomised model lacks"}


def test_gradcam_depends_on_what_was_learned():
    model, method = wrapped("functional"), load_explainer("gradcam")
    pictures = list(networks.pictures(4))
    maps = list(explain(pictures, model=model, explainer=method, target="class_1"))
    kept = network_state(model.network)
    for name in ("cascading-randomisation", "independent-randomisation"):
        found = [one.value for one in score(maps, name, model=model, explainer=method)]
        again = [one.value for one in score(maps, name, model=model, explainer=method)]
        assert found == again
        assert np.mean(found) < 0.9
    assert network_state(model.network) == kept


def test_random_logit_by_hand():
    """A linear model of two classes: the other class' map is the negative one."""
    weights = np.linspace(-1, 1, 16).reshape(4, 4)
    method, model = Gradient(weights), LinearModel(weights)
    pixels = np.ones((4, 4))
    maps = [
        explained(weights, pixels=pixels, target="ill"),
        explained(-weights, pixels=pixels, target="healthy"),
    ]
    found = score(maps, "random-logit", model=model, explainer=method)
    assert [one.value for one in found] == [-1, -1]
    blind = explained(RANKED, pixels=pixels, target="ill")
    (same,) = score(blind, "random-logit", model=Layered(), explainer=Sees(""))
    assert same.value == 1


def test_the_other_class_is_another_one_and_the_same_each_time():
    class Four(FakeModel):
        class_names = ("a", "b", "c", "d")

    class Asked:
        def __init__(self):
            self.targets = []

        def explain(self, model, images, targets):
            self.targets.append(targets.tolist())
            return np.stack([RANKED] * len(images))

    method = Asked()
    for _ in range(2):
        score(made(20, target="c"), "random-logit", model=Four(), explainer=method)
    assert method.targets[0] == method.targets[1]
    assert set(method.targets[0]) == {0, 1, 3}
    score(made(1, target="a:d"), "random-logit", model=Four(), explainer=method)
    assert method.targets[-1] == [[3, 0]]


class Slope:
    """The map is the picture itself, times a number."""

    def __init__(self, times=1.0):
        self.times = times

    def explain(self, model, images, targets):
        return images[..., 0] * self.times


class Unmoved:
    """Says the same of every picture."""

    def explain(self, model, images, targets):
        return np.ones((len(images), 2, 2), np.float32)


def test_sensitivity_of_a_map_that_follows_the_picture():
    """Its change is that of the picture: uniform within ±radius, with a mean square of radius² / 3."""
    pixels = np.random.default_rng(1).uniform(size=(40, 40))
    pixels[0, :2] = 0, 1
    model = LinearModel(np.zeros((40, 40)))
    one = explained(pixels, pixels=pixels, target="ill")
    wanted = 0.1 * np.sqrt(1600 / 3) / np.linalg.norm(pixels)
    settings = {"radius": 0.1, "samples": 8}
    for times in (1.0, -7.0):
        most, mean = (
            score(one, load_metric(name, **settings), model=model, explainer=Slope(times))[0].value
            for name in ("max-sensitivity", "average-sensitivity")
        )
        assert mean == pytest.approx(wanted, rel=0.01)
        assert mean < most < 1.05 * mean
    (still,) = score(one, "max-sensitivity", model=model, explainer=Unmoved())
    assert still.value == 0
    (again,) = score(one, load_metric("max-sensitivity", **settings), model=model, explainer=Slope())
    assert again.value == pytest.approx(most)


def test_sensitivity_of_nothing_is_undefined():
    model = LinearModel(np.zeros((4, 4)))
    one = explained(RANKED, pixels=np.ones((4, 4)), target="ill")
    for times, why in ((0.0, "the map is zero everywhere"), (np.inf, "a map is non-finite")):
        (found,) = score(one, "max-sensitivity", model=model, explainer=Slope(times))
        assert found.reason == why


def test_rank_correlation_is_that_of_scipy():
    from scipy.stats import spearmanr

    draw = np.random.default_rng(5)
    for _ in range(20):
        first, second = draw.integers(0, 6, (2, 3, 5)).astype(np.float32)
        assert rank_correlation(first, second) == pytest.approx(spearmanr(first.ravel(), second.ravel())[0])
    assert rank_correlation(first, first * 0) is None
    assert rank_correlation(first, first * np.nan) is None


@pytest.mark.parametrize("name", ["cascading-randomisation", "independent-randomisation"])
def test_no_stages_are_refused(name):
    with pytest.raises(UsageError, match=f"{name}: count=0"):
        load_metric(name, count=0)
    with pytest.raises(UsageError, match="radius=0"):
        load_metric("max-sensitivity", radius=0)
