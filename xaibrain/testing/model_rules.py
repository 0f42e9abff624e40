"""The rules for models: what they are, what they make of pictures, how they score them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

import numpy as np

from xaibrain.core.model import CAPABILITIES, Capability, Model
from xaibrain.core.records import Image
from xaibrain.testing.cases import Scan
from xaibrain.testing.rules import Rule, demand, rule_maker
from xaibrain.testing.tested_model import TestedModel
from xaibrain.testing.watched import QUESTIONS

MODEL_RULES: list[Rule[TestedModel]] = []
rule = rule_maker(MODEL_RULES)


@rule("interface", "A model has the attributes and methods of xaibrain.Model.")
def _interface(tested: TestedModel) -> None:
    model: Any = tested.model
    plain = ("name", "class_names", "capabilities", "fingerprint", "head", "preprocessing", "versions")
    for name in (*plain, "preprocess", "logits", "probabilities"):
        demand(hasattr(model, name), f"there is no '{name}'; add it, as xaibrain.Model says.")
    demand(model.name and isinstance(model.name, str), "name is no text; give what users call the model.")
    names = model.class_names
    demand(
        isinstance(names, tuple) and len(names) > 1 and len(set(names)) == len(names),
        f"class_names is {names!r}; give a tuple of two or more different names.",
    )
    for name in ("preprocessing", "versions"):
        try:
            json.dumps(dict(getattr(model, name)))
        except TypeError as error:
            demand(False, f"{name} cannot be recorded ({error}); use text and numbers.")


@rule("capabilities", "capabilities names the questions that can be asked, and each has its method.")
def _capabilities(tested: TestedModel) -> None:
    has = tested.model.capabilities
    demand(isinstance(has, frozenset), "capabilities is no frozenset; make it one.")
    unknown = sorted(set(has) - CAPABILITIES)
    demand(not unknown, f"capabilities has {unknown}; there are: {', '.join(get_args(Capability))}.")
    demand("logits" in has, "capabilities lacks 'logits', which every model answers; add it.")
    for method, capability in QUESTIONS.items():
        demand(
            capability not in has or hasattr(tested.model, method),
            f"'{capability}' is declared, and there is no {method}; add it, or do not declare it.",
        )


@rule("preprocess", "preprocess() returns one finite float32 input (h, w, c), always of one size.")
def _preprocess(tested: TestedModel) -> None:
    usual = tested.batch(1).shape[1:]

    def check(scan: Scan, image: Image) -> None:
        kept = image.pixels.tobytes()
        found = tested.model.preprocess(image)[0]
        demand(
            found.dtype == np.float32 and found.shape == usual and len(usual) == 3,
            f"a {scan} became {found.dtype} of shape {found.shape}; return float32 of shape {usual}.",
        )
        demand(np.isfinite(found).all(), f"a {scan} became NaN or infinity; guard the division.")
        demand(image.pixels.tobytes() == kept, f"the pixels of a {scan} were changed; work on a copy.")

    tested.for_all(check)


@rule("geometry", "preprocess() returns the Geometry that lays an input back on its picture.")
def _geometry(tested: TestedModel) -> None:
    frame = tested.batch(1).shape[1:3]

    def check(scan: Scan, image: Image) -> None:
        geometry = tested.model.preprocess(image)[1]
        demand(
            tuple(geometry.source) == image.size and tuple(geometry.frame) == frame,
            f"a {scan} lies at {geometry}; source is the picture's size, frame the input's: {frame}.",
        )
        for box, size in ((geometry.crop, image.size), (geometry.content, frame)):
            top, left, bottom, right = box
            inside = 0 <= top < bottom <= size[0] and 0 <= left < right <= size[1]
            demand(inside, f"a {scan} lies at {geometry}; {box} is not within {size}.")

    tested.for_all(check)
    for place in ((0.25, 0.3), (0.7, 0.4), (0.5, 0.75)):
        _check_place(tested.model, place)


def _check_place(model: Model, place: tuple[float, float]) -> None:
    """Find a bright disc again where it was put, by way of the input and its geometry."""
    height, width = 160, 120
    rows, columns = np.mgrid[:height, :width]
    row, column = place[0] * height, place[1] * width
    # A dim oval around it, so that a crop to what is bright keeps the frame.
    oval = ((rows - height / 2) / (0.46 * height)) ** 2 + ((columns - width / 2) / (0.46 * width)) ** 2 < 1
    scan = 60.0 * oval
    with_disc = np.where((rows - row) ** 2 + (columns - column) ** 2 < 10**2, 250.0, scan)
    without, laid = model.preprocess(Image(scan.astype(np.uint8), "oval"))
    found, geometry = model.preprocess(Image(with_disc.astype(np.uint8), "disc"))
    demand(geometry == laid, "a bright disc within the head moves its geometry; let it follow the head.")
    heat = geometry.to_source(np.abs(found - without).mean(axis=2))
    heat *= heat > heat.max() / 2
    demand(heat.max() > 0, "a bright disc leaves the input as it was; keep what the picture shows.")
    centre = np.array([(heat * rows).sum(), (heat * columns).sum()]) / heat.sum()
    pixels = max(height / found.shape[0], width / found.shape[1])
    demand(
        np.abs(centre - (row, column)).max() < 1 + pixels,
        f"a disc at row {row:.0f}, column {column:.0f} comes back at {centre.round(1)}; "
        "return the Geometry of the crop and the resizing that were done.",
    )


@rule("logits", "logits() returns finite float32 scores (n, classes), and leaves its input as it is.")
def _logits(tested: TestedModel) -> None:
    for count in (1, 3):
        batch = tested.batch(count)
        kept = batch.tobytes()
        logits = tested.model.logits(batch)
        wanted = (count, len(tested.model.class_names))
        demand(
            isinstance(logits, np.ndarray) and logits.shape == wanted and logits.dtype == np.float32,
            f"logits() returned {getattr(logits, 'dtype', type(logits))} of shape {np.shape(logits)}; "
            f"return a float32 array {wanted}.",
        )
        demand(np.isfinite(logits).all(), "logits() returned NaN or infinity; check the weights.")
        demand(batch.tobytes() == kept, "logits() changes its input; copy what you change.")


@rule("repeatable", "The same input gets the same scores.")
def _repeatable(tested: TestedModel) -> None:
    batch = tested.batch()
    first, second = tested.model.logits(batch), tested.model.logits(batch.copy())
    demand(
        np.allclose(first, second, rtol=1e-5, atol=1e-6),
        "the same pictures get other scores the second time; run the network in inference mode.",
    )


@rule("batch", "A picture's scores do not depend on the pictures beside it.")
def _batch(tested: TestedModel) -> None:
    batch = tested.batch()
    together = tested.model.logits(batch)
    for index, wanted in enumerate(together):
        alone = tested.model.logits(batch[index : index + 1].copy())[0]
        demand(
            np.allclose(alone, wanted, rtol=1e-3, atol=1e-4),
            f"a picture scores {wanted} among others and {alone} alone; run the network in inference mode.",
        )


@rule("probabilities", "probabilities() are from 0 to 1, and rank the classes as the scores do.")
def _probabilities(tested: TestedModel) -> None:
    classes = len(tested.model.class_names)
    made = np.random.default_rng(0).normal(0, 3, (20, classes)).astype(np.float32)
    logits = np.concatenate([tested.model.logits(tested.batch()), made])
    # One unit has the scores (−z, z).
    if classes == 2 and np.allclose(logits[:3, 0], -logits[:3, 1]):
        logits[:, 0] = -logits[:, 1]
    found = tested.model.probabilities(logits)
    demand(found.shape == logits.shape, f"shape {found.shape} for scores of {logits.shape}; return the same.")
    demand(
        ((found >= 0) & (found <= 1)).all(), "probabilities() leave 0 to 1; return the model's own output."
    )
    order = np.argsort(logits, axis=1)
    ranked = np.diff(np.take_along_axis(found, order, axis=1), axis=1)
    demand(
        (ranked >= -1e-6).all() and (found.max(axis=1) > found.min(axis=1)).any(),
        "a class with a higher score has a lower probability; apply the model's own softmax or sigmoid.",
    )


@rule("fingerprint", "fingerprint is a SHA-256, the same at each reading, and another for other weights.")
def _fingerprint(tested: TestedModel) -> None:
    first, second = tested.model.fingerprint, tested.model.fingerprint
    fits = isinstance(first, str) and len(first) == 64 and set(first) <= set("0123456789abcdef")
    demand(fits, f"fingerprint is {first!r}; give a SHA-256 over structure and weights as 64 hex digits.")
    demand(first == second, "fingerprint differs between two readings; hash structure and weights alone.")
    weights = _weight_of(tested.model)
    if weights is None:
        return
    read, write = weights
    kept, before = read(), tested.model.logits(tested.batch())
    try:
        write(kept + 1)
        other = tested.model.fingerprint
        # A model that was converted before answers as it did, and is still the same.
        follows = not np.array_equal(tested.model.logits(tested.batch()), before)
    finally:
        write(kept)
    demand(
        other != first or not follows,
        "fingerprint is the same after a changed weight changed the scores; hash the weights.",
    )
    demand(
        tested.model.fingerprint == first, "fingerprint is another though the weights are back as they were."
    )


def _weight_of(model: Model) -> tuple[Callable[[], Any], Callable[[Any], None]] | None:
    """Return how to read and write one weight, where the model hands out a Keras network that has any."""
    network = getattr(model, "network", None) if "keras-network" in model.capabilities else None
    if network is None or not network.weights:
        return None
    variable = network.weights[-1]
    return (lambda: np.array(variable)), variable.assign
