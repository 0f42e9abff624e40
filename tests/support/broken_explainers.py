"""Explainers that are broken on purpose, each in one way; with the rule, and a part of what is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import target_scores


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
