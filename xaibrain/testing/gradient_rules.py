"""The rules for what a model says about its layers: gradients are held against differences of scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from xaibrain.core.model import Guidable, Randomisable
from xaibrain.core.records import LayerChoice
from xaibrain.errors import ModelError, UnknownNameError
from xaibrain.ops.targets import target_scores
from xaibrain.testing.rules import NotApplicable, Rule, demand, rule_maker
from xaibrain.testing.state import changed, state_of
from xaibrain.testing.tested_model import TestedModel
from xaibrain.types import Images, Logits, Targets

_STEPS = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00003, 0.00001)
"""Of a deep, curved network only the last are short enough; of a shallow one only the first exceed noise."""
_CLOSE = 0.03
_CLASSES = np.array([0, 1, 0])
_PAIRS = np.array([(0, 1), (1, 0), (0, 1)])

GRADIENT_RULES: list[Rule[TestedModel]] = []
rule = rule_maker(GRADIENT_RULES)


@rule("layer", "choose_layer() resolves 'auto' and the path that it gives, and refuses others.")
def _layer(tested: TestedModel) -> None:
    layer = _chosen(tested)
    choice = tested.model.choose_layer("auto")
    demand(
        isinstance(choice, LayerChoice) and bool(choice.path) and bool(choice.reason),
        f"choose_layer('auto') returned {choice!r}; return LayerChoice(path, reason).",
    )
    again = tested.model.choose_layer(layer).path
    demand(again == layer, f"choose_layer('{layer}') resolves to '{again}'; a path stands for itself.")
    try:
        tested.model.choose_layer("no/such/layer")
    except UnknownNameError:
        return
    except Exception as error:
        demand(False, f"an unknown layer raises {type(error).__name__}; raise UnknownNameError.")
    demand(False, "an unknown layer is accepted; raise UnknownNameError.")


@rule("activations", "activations() returns finite float32 cells (n, h, w, k), the same for a picture alone.")
def _activations(tested: TestedModel) -> None:
    tested.needs("activations")
    layer, batch = _chosen(tested), tested.batch()
    found = tested.model.activations(batch, layer)
    demand(
        found.ndim == 4 and len(found) == len(batch) and found.dtype == np.float32,
        f"activations() are {found.dtype} of shape {found.shape}; return float32 ({len(batch)}, h, w, k).",
    )
    demand(np.isfinite(found).all(), "activations() returned NaN or infinity; check the layer.")
    top = np.abs(found).max()
    for index, wanted in enumerate(found):
        alone = tested.model.activations(batch[index : index + 1].copy(), layer)[0]
        demand(
            np.allclose(alone, wanted, rtol=1e-3, atol=1e-4 * top),
            "a picture has other activations alone than among others; use inference mode.",
        )


@rule("layer-gradient", "The gradient at a layer is what the scores do when its cells move.")
def _layer_gradient(tested: TestedModel) -> None:
    tested.needs("layer-gradient")
    model, layer, batch = tested.model, _chosen(tested), tested.batch()
    for targets in (_CLASSES, _PAIRS):
        cells, slopes = model.activations_and_gradients(batch, targets, layer)
        demand(
            cells.shape == slopes.shape and cells.ndim == 4 and slopes.dtype == np.float32,
            f"activations {cells.shape}, gradients {slopes.dtype} {slopes.shape}; give (n, h, w, k) float32.",
        )
        if "head" in model.capabilities:
            _agree(slopes, cells, targets, lambda moved: model.logits_from(batch, moved, layer))
    one, other, pair = (
        model.activations_and_gradients(batch, targets, layer)[1]
        for targets in (_PAIRS[:, 0], _PAIRS[:, 1], _PAIRS)
    )
    _is_difference(one, other, pair)


@rule("input-gradient", "The gradient at the input is what the scores do when its pixels move.")
def _input_gradient(tested: TestedModel) -> None:
    tested.needs("input-gradient")
    model, batch = tested.model, tested.batch()
    for targets in (_CLASSES, _PAIRS):
        slopes = model.input_gradients(batch, targets)
        demand(
            slopes.shape == batch.shape and slopes.dtype == np.float32,
            f"input_gradients() are {slopes.dtype} of shape {slopes.shape}; return float32 {batch.shape}.",
        )
        _agree(slopes, batch, targets, model.logits)
    one, other, pair = (
        model.input_gradients(batch, targets) for targets in (_PAIRS[:, 0], _PAIRS[:, 1], _PAIRS)
    )
    _is_difference(one, other, pair)


@rule("guided-gradient", "The guided gradient is not the plain one; a network without a ReLU is refused.")
def _guided_gradient(tested: TestedModel) -> None:
    tested.needs("guided-gradient", "input-gradient")
    model, batch = cast(Guidable, tested.model), tested.batch()
    try:
        slopes = model.guided_gradients(batch, _CLASSES)
    except ModelError as refusal:
        raise NotApplicable(str(refusal)) from None
    demand(
        slopes.shape == batch.shape and slopes.dtype == np.float32,
        f"guided_gradients() are {slopes.dtype} of shape {slopes.shape}; return float32 {batch.shape}.",
    )
    plain = model.input_gradients(batch, _CLASSES)
    demand(
        np.abs(slopes - plain).max() > 1e-5 * np.abs(plain).max(),
        "guided_gradients() are the plain ones; guide every ReLU, or raise ModelError if there is none.",
    )


@rule("head", "logits_from() of a layer's own cells gives the model's scores, variant after variant.")
def _head(tested: TestedModel) -> None:
    tested.needs("head", "activations")
    model, layer, batch = tested.model, _chosen(tested), tested.batch()
    cells, wanted = model.activations(batch, layer), model.logits(batch)
    close = 1e-3 * float(np.abs(wanted).max())
    own = model.logits_from(batch, cells, layer)
    demand(
        own.shape == wanted.shape and np.allclose(own, wanted, rtol=1e-3, atol=close),
        "logits_from() of the layer's own cells differs from logits(); run all that lies above the layer.",
    )
    variants = np.stack([cells, cells * 0], axis=1).reshape(-1, *cells.shape[1:])
    scores = model.logits_from(batch, variants, layer)
    demand(
        scores.shape == (2 * len(batch), wanted.shape[1])
        and np.allclose(scores[::2], wanted, rtol=1e-3, atol=close),
        "of several variants a picture, one picture's come after the other's; keep that order.",
    )


@rule("randomise", "randomised() returns another model with other weights, the same for a seed.")
def _randomise(tested: TestedModel) -> None:
    tested.needs("randomise")
    model, batch = cast(Randomisable, tested.model), tested.batch()
    before = state_of(model)
    layers = model.weighted_layers
    demand(layers, "weighted_layers is empty; name the layers that have weights of their own.")
    first, second = (model.randomised(layers[-1:], 0) for _ in range(2))
    scores = first.logits(batch)
    demand(
        not np.allclose(scores, model.logits(batch), rtol=1e-3),
        "with the last layer drawn anew the scores are the same; draw its weights.",
    )
    demand(
        np.allclose(scores, second.logits(batch), rtol=1e-4, atol=1e-5),
        "one seed gives different weights; draw from the seed and the layer alone.",
    )
    what = changed(before, state_of(model))
    demand(not what, f"randomised() changes the model itself ({what}); work on a copy.")


@rule("unchanged", "Questions leave the model and their inputs as they were.")
def _unchanged(tested: TestedModel) -> None:
    model, batch = tested.model, tested.batch()
    before, kept = state_of(model), batch.tobytes()
    model.logits(batch)
    if {"activations", "layer-gradient"} & model.capabilities:
        layer = _chosen(tested)
        if "activations" in model.capabilities:
            model.activations(batch, layer)
        if "layer-gradient" in model.capabilities:
            model.activations_and_gradients(batch, _CLASSES, layer)
    if "input-gradient" in model.capabilities:
        model.input_gradients(batch, _CLASSES)
    what = changed(before, state_of(model))
    demand(not what, f"asking changes the model ({what}); leave it as it is.")
    demand(batch.tobytes() == kept, "asking changes the input; copy what you change.")


def _chosen(tested: TestedModel) -> str:
    if "layer-gradient" not in tested.model.capabilities:
        tested.needs("activations")
    return tested.model.choose_layer("auto").path


def _agree(
    slopes: np.ndarray, values: np.ndarray, targets: Targets, scores: Callable[[Images], Logits]
) -> None:
    """Demand that slopes are central differences of the scores, at a step that is neither too long nor short.

    Along the slopes themselves, where the difference is largest, and along a random direction that is half
    of it noise, so that what the slopes leave out is met too.
    """
    draw = np.random.default_rng(0)
    width = np.abs(values).mean() or 1.0
    along = slopes / (np.sqrt((slopes.astype(np.float64) ** 2).mean()) or 1.0)
    for direction in (along, along + draw.normal(size=slopes.shape)):
        told = (slopes.astype(np.float64) * direction).sum(axis=(1, 2, 3))
        off = np.full(len(values), np.inf)
        for step in _STEPS:
            moved = [np.asarray(values + sign * step * width * direction, np.float32) for sign in (1, -1)]
            up, down = (target_scores(scores(one).astype(np.float64), targets) for one in moved)
            seen = (up - down) / (2 * step * width)
            size = np.maximum(np.maximum(np.abs(seen), np.abs(told)), 1e-12)
            off = np.minimum(off, np.abs(seen - told) / size)
            if off.max() < _CLOSE:
                break
        worst = float(off.max())
        demand(
            worst < _CLOSE,
            f"gradients differ from differences of the scores by {worst:.0%}; "
            "differentiate the score of the target before softmax or sigmoid.",
        )


def _is_difference(one: np.ndarray, other: np.ndarray, pair: np.ndarray) -> None:
    top = np.abs(one - other).max()
    demand(
        np.allclose(pair, one - other, rtol=1e-3, atol=1e-4 * top),
        "the gradient for a pair (a, b) is not that of a less that of b; see xaibrain.types.Targets.",
    )
