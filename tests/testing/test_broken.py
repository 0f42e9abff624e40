"""Plugins that are broken on purpose, each in one way: the kit names the rule that is broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from xaibrain import Image, Score, target_scores
from xaibrain.errors import UsageError
from xaibrain.testing import (
    BrokenRule,
    LinearModel,
    QuadraticModel,
    check_dataset,
    check_explainer,
    check_metric,
    check_model,
)


@dataclass(frozen=True)
class Sound:
    """Gradient × (input − baseline)."""

    baseline: float = 0.0
    requires: ClassVar = frozenset({"input-gradient"})

    def explain(self, model, images, targets):
        gradients = model.input_gradients(images, targets)
        return (gradients * (images - np.float32(self.baseline))).sum(axis=3)


class NoMethod:
    requires = frozenset()


class TakesTwo(Sound):
    def explain(self, model, images):
        return images[..., 0]


class NoRequires(Sound):
    requires = None


class Telepathic(Sound):
    requires = frozenset({"telepathy"})


class Undeclared(Sound):
    requires = frozenset({"logits"})


class Idle(Sound):
    requires = frozenset({"input-gradient", "head"})


class OnlyClasses(Sound):
    """Cannot explain one class against another."""

    def explain(self, model, images, targets):
        return super().explain(model, images, targets.reshape(len(images), 1)[:, 0])


class OneMap(Sound):
    def explain(self, model, images, targets):
        return super().explain(model, images, targets).mean(axis=0)


class Coloured(Sound):
    def explain(self, model, images, targets):
        return model.input_gradients(images, targets)


class Double(Sound):
    def explain(self, model, images, targets):
        return super().explain(model, images, targets).astype(np.float64)


class DividesByZero(Sound):
    def explain(self, model, images, targets):
        maps = super().explain(model, images, targets)
        with np.errstate(all="ignore"):
            return maps / np.where(maps > 0, maps, 0)


class FailsOnBlack(Sound):
    def explain(self, model, images, targets):
        if images.max() == 0:
            raise ZeroDivisionError("nothing to divide by")
        return super().explain(model, images, targets)


class WritesInput(Sound):
    def explain(self, model, images, targets):
        images -= images.mean()
        return super().explain(model, images, targets)


class ThawsInput(Sound):
    def explain(self, model, images, targets):
        maps = super().explain(model, images, targets)
        images.flags.writeable = True
        images[:] = 0
        return maps


class ChangesModel(Sound):
    def explain(self, model, images, targets):
        model._model.slope[0] *= 1.01
        return super().explain(model, images, targets)


class LeavesModelChanged(Sound):
    """Puts the weights back, unless the model raises."""

    def explain(self, model, images, targets):
        slope = model._model.slope
        model._model.slope = np.maximum(slope, 0)
        maps = super().explain(model, images, targets)
        model._model.slope = slope
        return maps


class Swallows(Sound):
    def explain(self, model, images, targets):
        try:
            return super().explain(model, images, targets)
        except Exception:
            return images[..., 0].copy()


class Unseeded(Sound):
    def explain(self, model, images, targets):
        maps = super().explain(model, images, targets)
        return (maps + np.random.normal(size=maps.shape) * np.abs(maps).max()).astype(np.float32)


class Remembers(Sound):
    seen: ClassVar = []

    def explain(self, model, images, targets):
        self.seen.append(1)
        return super().explain(model, images, targets) * np.float32(len(self.seen))


class ScaledByBatch(Sound):
    def explain(self, model, images, targets):
        maps = super().explain(model, images, targets)
        return maps / max(np.abs(maps).max(), np.float32(1e-6))


class BlindToClass(Sound):
    def explain(self, model, images, targets):
        return super().explain(model, images, np.zeros(len(images), np.int64))


class FirstOfPair(Sound):
    def explain(self, model, images, targets):
        return super().explain(model, images, targets.reshape(len(images), -1)[:, 0])


class BlindToPicture(Sound):
    requires = frozenset({"logits"})

    def explain(self, model, images, targets):
        model.logits(images)
        bell = np.outer(*[np.hanning(side) for side in images.shape[1:3]])
        return np.stack([bell * (1 + np.sum(one * [3, 1][: np.size(one)])) for one in targets]).astype(
            np.float32
        )


class Forgets(Sound):
    """Keeps its parameter under another name."""

    def __init__(self, width: float = 1.0):
        object.__setattr__(self, "baseline", width)


class Untyped(Sound):
    def __init__(self, baseline=0.0):
        object.__setattr__(self, "baseline", baseline)


class Doubles(Sound):
    """Another object every time it is recorded and made again."""

    def __init__(self, baseline: float = 1.0):
        object.__setattr__(self, "baseline", 2 * baseline)


@dataclass(frozen=True)
class AnyLayer:
    layer: str = "auto"
    requires: ClassVar = frozenset({"activations", "logits"})

    def explain(self, model, images, targets):
        scores = target_scores(model.logits(images), targets)
        return (model.activations(images, "coarse").mean(axis=3) * scores[:, None, None]).astype(np.float32)


class NotesForOne(Sound):
    def notes(self, model, images, targets, heatmaps):
        return [{"residual": 0.5}]


class NotesOfArrays(Sound):
    def notes(self, model, images, targets, heatmaps):
        return [{"residual": np.float32(0.5)} for _ in images]


EXPLAINERS = [
    (NoMethod, "interface", "add it"),
    (TakesTwo, "interface", "take these three"),
    (NoRequires, "requires", "requires: ClassVar"),
    (Telepathic, "requires", "telepathy"),
    (Undeclared, "capabilities", "input_gradients; add the capability"),
    (Idle, "capabilities", "head, which is never asked"),
    (OnlyClasses, "runs", "raised ValueError"),
    (OneMap, "shape", "return (1, h, w)"),
    (Coloured, "shape", "(1, 16, 16, 3)"),
    (Double, "dtype", "float64; return .astype(np.float32)"),
    (DividesByZero, "finite", "NaN or infinity"),
    (FailsOnBlack, "blank", "ZeroDivisionError"),
    (WritesInput, "inputs", "copy what you change"),
    (ThawsInput, "inputs", "copy what you change"),
    (ChangesModel, "model", "fingerprint"),
    (LeavesModelChanged, "errors", "try and finally"),
    (Swallows, "errors", "let the error through"),
    (Unseeded, "repeatable", "np.random.default_rng(self.seed)"),
    (Remembers, "repeatable", "second time"),
    (ScaledByBatch, "batch", "not over the batch"),
    (BlindToClass, "targets", "two classes get the same map"),
    (FirstOfPair, "contrast", "target_scores"),
    (BlindToPicture, "pictures", "two different pictures"),
    (Forgets, "parameters", "self.width"),
    (Untyped, "parameters", "annotate it"),
    (Doubles, "parameters", "come back as"),
    (AnyLayer, "layer", "read the layer that is asked for"),
    (NotesForOne, "notes", "1 for 3 pictures"),
    (NotesOfArrays, "notes", "not JSON serializable"),
]


class Zeroes(LinearModel):
    """Answers with given numbers in place of one method."""

    def logits(self, images):
        return np.full((len(images), 3), np.nan, np.float32)


class OneName(LinearModel):
    def __init__(self):
        super().__init__()
        self.class_names = ("same", "same", "other")


class Overclaims(LinearModel):
    capabilities = LinearModel.capabilities | {"keras-network"}


class OtherSizes(LinearModel):
    def preprocess(self, image):
        return image.pixels.astype(np.float32).reshape(*image.size, -1), super().preprocess(image)[1]


class Mirrored(LinearModel):
    """Turns pictures round, and does not tell."""

    def preprocess(self, image):
        frame, geometry = super().preprocess(image)
        return np.ascontiguousarray(frame[:, ::-1]), geometry


class Shifted(LinearModel):
    """Tells the geometry of another picture."""

    def preprocess(self, image):
        frame, geometry = super().preprocess(image)
        return frame, replace(geometry, source=(geometry.source[1], geometry.source[0]))


class Drops(LinearModel):
    """Dropout that is on."""

    def logits(self, images):
        return super().logits(images) + np.random.normal(size=(len(images), 1)).astype(np.float32)


class Normalises(LinearModel):
    """Batch normalisation that is on."""

    def logits(self, images):
        scores = super().logits(images)
        return scores - scores.mean(axis=0)


class Inverted(LinearModel):
    def probabilities(self, logits):
        return super().probabilities(-logits)


class Percent(LinearModel):
    def probabilities(self, logits):
        return super().probabilities(logits) * 100


class OfProbability(QuadraticModel):
    """Differentiates the probability, not the score."""

    def input_gradients(self, images, targets):
        share = self.probabilities(self.logits(images)).max(axis=1)
        return super().input_gradients(images, targets) * (share * (1 - share))[:, None, None, None]


class HalfLayerGradient(QuadraticModel):
    """Forgets the quadratic part."""

    def activations_and_gradients(self, images, targets, layer):
        return LinearModel().activations_and_gradients(images, targets, layer)


class PairIsFirst(QuadraticModel):
    """Takes the first class of a pair."""

    def input_gradients(self, images, targets):
        return super().input_gradients(images, targets.reshape(len(images), -1)[:, 0])


class PlainGuide(QuadraticModel):
    """Calls its plain gradient guided."""

    capabilities = QuadraticModel.capabilities | {"guided-gradient"}

    def guided_gradients(self, images, targets):
        return self.input_gradients(images, targets)


class OtherHead(QuadraticModel):
    def logits_from(self, images, activations, layer):
        return super().logits_from(images, activations, layer) + np.float32(1)


class EveryLayer(QuadraticModel):
    def choose_layer(self, layer):
        return super().choose_layer("auto")


class Clock(LinearModel):
    now = 0

    @property
    def fingerprint(self):
        self.now += 1
        return f"{self.now:064x}"


class Learns(LinearModel):
    def input_gradients(self, images, targets):
        self.offset = self.offset + 0.01
        return super().input_gradients(images, targets)


class RandomisesItself(QuadraticModel):
    def randomised(self, layers, seed):
        self.slope = np.random.default_rng(seed).normal(size=self.slope.shape)
        return self


class NeverRandom(QuadraticModel):
    def randomised(self, layers, seed):
        return self


MODELS = [
    (OneName, "interface", "different names"),
    (Overclaims, "capabilities", "there is no network"),
    (OtherSizes, "preprocess", "return float32 of shape"),
    (Mirrored, "geometry", "comes back at"),
    (Shifted, "geometry", "source is the picture's size"),
    (Zeroes, "logits", "NaN or infinity"),
    (Drops, "repeatable", "inference mode"),
    (Normalises, "batch", "alone"),
    (Inverted, "probabilities", "lower probability"),
    (Percent, "probabilities", "leave 0 to 1"),
    (Clock, "fingerprint", "differs between two readings"),
    (EveryLayer, "layer", "raise UnknownNameError"),
    (HalfLayerGradient, "layer-gradient", "differences of the scores"),
    (OfProbability, "input-gradient", "before softmax or sigmoid"),
    (PairIsFirst, "input-gradient", "differences of the scores"),
    (PlainGuide, "guided-gradient", "are the plain ones"),
    (OtherHead, "head", "differs from logits()"),
    (RandomisesItself, "randomise", "draw its weights"),
    (NeverRandom, "randomise", "draw its weights"),
    (Learns, "unchanged", "fingerprint"),
]


class Pictures:
    """A sound dataset of five pictures."""

    class_names = ("ill", "well")
    default_model = None

    def __len__(self):
        return 5

    def __getitem__(self, index):
        at = range(5)[index]
        pixels = np.random.default_rng(at).integers(0, 255, (20, 24), np.uint8)
        mask = np.zeros((20, 24), bool)
        mask[4:9, 4 + at : 9 + at] = True
        return Image(pixels, f"made/{at}", label=self.class_names[at % 2], mask=mask)

    def __iter__(self):
        return (self[index] for index in range(5))


class Empty(Pictures):
    def __len__(self):
        return 0


class NoModel(Pictures):
    default_model = 5


class TooManyIds(Pictures):
    ids = tuple("abcdef")


class WrapsRound(Pictures):
    def __getitem__(self, index):
        return super().__getitem__(index % 5)


class KeyErrors(Pictures):
    def __getitem__(self, index):
        if index >= 5:
            raise KeyError(index)
        return super().__getitem__(index)


class Backwards(Pictures):
    def __iter__(self):
        return (self[index] for index in reversed(range(5)))


class SameIds(Pictures):
    def __getitem__(self, index):
        return replace(super().__getitem__(index), id="made")


class Misspelt(Pictures):
    def __getitem__(self, index):
        image = super().__getitem__(index)
        return replace(image, label=image.label.upper())


class Restless(Pictures):
    def __getitem__(self, index):
        image = super().__getitem__(index)
        return replace(image, pixels=image.pixels ^ np.random.randint(1, 255, image.size).astype(np.uint8))


class Shares(Pictures):
    kept: ClassVar = {}

    def __getitem__(self, index):
        return self.kept.setdefault(range(5)[index], super().__getitem__(index))


class NumberedMask(Pictures):
    def __getitem__(self, index):
        image = super().__getitem__(index)
        return replace(image, mask=image.mask.astype(np.uint8))


class Plants(Pictures):
    """Plants a lesion into the very picture that it is given."""

    lesions = ("ill",)

    def plant(self, image, label, seed, *, radius=None, place=None):
        image.pixels[:4] = 255
        return replace(image, id=f"{image.id}+{label}-{seed}", label=label)


DATASETS = [
    (NoModel, "interface", "default_model"),
    (Empty, "length", "raise DatasetError"),
    (TooManyIds, "length", "6 entries for 5"),
    (WrapsRound, "end", "raise IndexError"),
    (KeyErrors, "end", "KeyError"),
    (Backwards, "order", "keep one order"),
    (SameIds, "ids", "several pictures"),
    (Misspelt, "labels", "ILL"),
    (Restless, "repeatable", "second reading"),
    (Shares, "own", "hand out a copy"),
    (NumberedMask, "masks", "make it bool"),
    (Plants, "planting", "work on a copy"),
]


@dataclass(frozen=True)
class Mass:
    """Share of the positive evidence on the mask."""

    higher_is_better: ClassVar = True
    needs: ClassVar = frozenset({"mask"})
    range: ClassVar = (0.0, 1.0)
    scale: float = 1.0

    def score(self, trial):
        return [self.judged(one) for one in trial.explanations]

    def judged(self, one):
        evidence = np.maximum(one.on_source(), 0)
        if one.image.mask is None or not one.image.mask.any() or not evidence.sum() > 0:
            return Score(None, "nothing to judge")
        return Score(float(evidence[one.image.mask].sum() / evidence.sum() * self.scale))


class NoDirection(Mass):
    higher_is_better = None


class NoRange(Mass):
    range = (1.0, 0.0)


class HidesMask(Mass):
    needs = frozenset()


class IdleMask(Mass):
    def judged(self, one):
        return (
            Score(float(np.tanh(np.abs(one.heatmap).max())))
            if one.status != "non-finite"
            else Score(None, "?")
        )


class AsksModel(Mass):
    def judged(self, one):
        return super().judged(one)

    def score(self, trial):
        trial.model.logits(trial.images)
        return super().score(trial)


class AsksMore(AsksModel):
    needs = frozenset({"mask", "model"})


class AsksNothing(Mass):
    needs = frozenset({"mask", "model"})
    requires = frozenset({"logits"})


class OneScore(Mass):
    def score(self, trial):
        return super().score(trial)[:1]


class PlainNumbers(Mass):
    def score(self, trial):
        return [score.value for score in super().score(trial)]


class Percentages(Mass):
    def judged(self, one):
        score = super().judged(one)
        return score if score.value is None else Score(score.value * 100)


class ZeroForNothing(Mass):
    def judged(self, one):
        score = super().judged(one)
        return Score(0.0) if score.value is None else score


class Drawn(Mass):
    def judged(self, one):
        score = super().judged(one)
        return score if score.value is None else Score(score.value * np.random.uniform(0.5, 1))


class Ranks(Mass):
    """Divides by the best of the batch."""

    def score(self, trial):
        scores = super().score(trial)
        best = max((score.value for score in scores if score.value), default=1.0)
        return [score if score.value is None else Score(score.value / best) for score in scores]


class Clips(Mass):
    def judged(self, one):
        np.maximum(one.heatmap, 0, out=one.heatmap)
        return super().judged(one)


class WrongWay(Mass):
    higher_is_better = False


class LosesScale(Mass):
    def __init__(self, factor: float = 1.0):
        object.__setattr__(self, "scale", factor)


METRICS = [
    (NoDirection, "interface", "True or False"),
    (NoRange, "interface", "(least, greatest)"),
    (HidesMask, "needs", "add 'mask' to needs"),
    (IdleMask, "needs", "leave 'mask' out"),
    (AsksModel, "needs", "asks the model"),
    (AsksMore, "requires", "logits; add the capability"),
    (AsksNothing, "requires", "never asked"),
    (OneScore, "scores", "return one Score each"),
    (PlainNumbers, "scores", "return one Score each"),
    (Percentages, "range", "outside 0.0 to 1.0"),
    (ZeroForNothing, "undefined", "return Score(None, the reason)"),
    (Drawn, "repeatable", "draw from a seed"),
    (Ranks, "batch", "judge each map by itself"),
    (Clips, "inputs", "copy what you change"),
    (WrongWay, "direction", "higher_is_better is False"),
    (LosesScale, "parameters", "self.factor"),
]

BROKEN = [
    *((check_explainer, *case) for case in EXPLAINERS),
    *((check_model, *case) for case in MODELS),
    *((check_dataset, *case) for case in DATASETS),
    *((check_metric, *case) for case in METRICS),
]


@pytest.mark.parametrize(
    ("check", "broken", "rule", "told"), BROKEN, ids=[case[1].__name__ for case in BROKEN]
)
def test_a_broken_plugin_is_told_the_rule(check, broken, rule, told):
    with pytest.raises(BrokenRule) as caught:
        check(broken(), examples=4)
    assert caught.value.rule == rule, caught.value
    assert str(caught.value).startswith(f"{rule}: ")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("check", "sound"),
    [(check_explainer, Sound), (check_model, LinearModel), (check_dataset, Pictures), (check_metric, Mass)],
)
def test_what_they_were_made_of_is_sound(check, sound):
    check(sound(), examples=4)


def test_a_rule_can_be_left_out_by_its_name():
    check_explainer(Double(), without=["dtype"])
    with pytest.raises(UsageError, match=r"No rule 'dtpye'. Did you mean 'dtype'\?"):
        check_explainer(Double(), without=["dtpye"])


def test_options_go_with_a_name():
    with pytest.raises(UsageError, match="baseline: give options with a name"):
        check_explainer(Sound(), baseline=3.0)


def test_a_model_that_cannot_answer_is_refused():
    model = QuadraticModel()
    model.capabilities = frozenset({"logits"})
    with pytest.raises(UsageError, match="asks for input-gradient, which 'quadratic' cannot answer"):
        check_explainer(Sound(), model=model)
