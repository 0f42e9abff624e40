"""`xaibrain.explain`: whatever a user hands over, explained."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, overload

from xaibrain.core.dataset import Dataset
from xaibrain.core.explainer import Explainer
from xaibrain.core.model import Model
from xaibrain.core.records import Explanation, Failure
from xaibrain.defaults import BEST
from xaibrain.errors import InputError, UsageError
from xaibrain.inputs import Inputs, items_of
from xaibrain.loading import load_best, load_explainer, opened_model
from xaibrain.pipeline import Outcome, Pipeline, with_layer
from xaibrain.render.notebook import html_of

Explanation._repr_html_ = html_of


@overload
def explain(
    images: Inputs, *, model: str | os.PathLike[str] | Model | None = ..., explainer: str | Explainer = ...,
    target: str = ..., layer: str = ..., batch_size: int = ..., on_error: Literal["raise"] = ...,
    reader: Mapping[str, Any] = ...,
) -> Iterator[Explanation]: ...  # fmt: skip
@overload
def explain(
    images: Inputs, *, model: str | os.PathLike[str] | Model | None = ..., explainer: str | Explainer = ...,
    target: str = ..., layer: str = ..., batch_size: int = ..., on_error: Literal["yield"],
    reader: Mapping[str, Any] = ...,
) -> Iterator[Outcome]: ...  # fmt: skip
def explain(
    images: Inputs,
    *,
    model: str | os.PathLike[str] | Model | None = None,
    explainer: str | Explainer = "gradcam",
    target: str = "predicted",
    layer: str = "auto",
    batch_size: int = 32,
    on_error: Literal["raise", "yield"] = "raise",
    reader: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[Outcome]:
    """Explain pictures, one after another, with bounded memory.

    Args:
        images: Paths (folders are searched), arrays (h, w), (h, w, c) or (n, h, w, c), `Image`s, or a
            `Dataset`; or a list of these.
        model: A registered name, a model file, or what `load_model` or `wrap` returned. Left out, the
            dataset's own default, else the brain-MRI checkpoint.
        explainer: A registered name, or an explainer; `best` for the method that
            `xaibrain benchmark --choose` chose for this model.
        target: `predicted`, `label` or a class of the model; two of these as `a:b`, to explain what speaks
            for the first against the second; or `all` classes, one after another.
        layer: `auto`, or the path of a layer.
        batch_size: Pictures a forward pass.
        on_error: `raise` stops at the first picture that cannot be explained; `yield` gives a `Failure`
            in its place and goes on.
        reader: Options for the readers of files, such as `{"axis": "coronal"}`; each takes those it has.

    Yields:
        One `Explanation` a picture and target, in the order of the pictures.

    Raises:
        UsageError: An unknown name, class, layer or option; before any work.
        InputError: A picture cannot be used, with `on_error="raise"`.
    """
    asked = opened_model(model, images.default_model if isinstance(images, Dataset) else None)
    if on_error not in ("raise", "yield"):
        raise UsageError(f"on_error={on_error!r} means nothing; give 'raise' or 'yield'.")
    if batch_size < 1:
        raise UsageError(f"batch_size={batch_size} holds no picture; give 1 or more.")
    name, method = _named(explainer, asked)
    pipeline = Pipeline(asked, {name: with_layer(method, layer)}, target)
    return _flattened(pipeline.run(items_of(images, reader), batch_size), on_error)


def _named(explainer: str | Explainer, model: Model) -> tuple[str, Explainer]:
    if explainer == BEST:
        return load_best(model)
    name = explainer if isinstance(explainer, str) else type(explainer).__name__
    method = load_explainer(explainer) if isinstance(explainer, str) else explainer
    if isinstance(method, type) or not isinstance(method, Explainer):
        raise UsageError(f"{method!r} is no explainer; give a name, or an object such as GradCAM().")
    return name, method


def _flattened(outcomes: Iterator[list[Outcome]], on_error: str) -> Iterator[Any]:
    for group in outcomes:
        for outcome in group:
            if isinstance(outcome, Failure) and on_error == "raise":
                raise InputError(outcome.error)
            yield outcome
