"""Puts a fitted temperature into the checkpoint, which shows scaled probabilities from then on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xaibrain.core.model import Model
from xaibrain.errors import UsageError
from xaibrain.evaluation.record import Evaluation
from xaibrain.models.card import card_file, read_card, rewrite_card


def checkpoint_of(model: Model, asked: str) -> Path:
    """Return the file that a temperature can be stored in.

    Args:
        model: As it was loaded.
        asked: What the user called it.

    Raises:
        UsageError: It is a registered model, or a file without room for a card.
    """
    path = card_file(model, asked, "a temperature")
    if path.suffix != ".keras":
        raise UsageError(f"{path} has no room for a temperature; save the model as a .keras file first.")
    return path


def store_temperature(evaluation: Evaluation, model: Model, path: Path) -> dict[str, Any]:
    """Write the temperature that an evaluation fitted into the card of a `.keras` file; atomically.

    A file without a card gets one, with the classes and the preprocessing that it was evaluated with.
    Every other entry of the file keeps its bytes.

    Args:
        evaluation: Of this very model.
        model: As it was evaluated.
        path: The checkpoint.

    Returns:
        The card's new entry `temperature`.

    Raises:
        UsageError: No temperature was found, or pictures were trained on.
        OutputError: The file cannot be written.
    """
    found, exposure = evaluation.calibration, evaluation.exposure
    if exposure and exposure.trained_on:
        raise UsageError(
            f"{len(exposure.trained_on)} of these pictures were trained on; a temperature fitted on them "
            f"would be too sure of itself, so {path} stays as it was. Use --on held-out"
        )
    if found is None or not found.temperature.found:
        raise UsageError(
            f"No temperature could be fitted on these {evaluation.scores.pictures} pictures, so {path} stays "
            "as it was. It takes right and wrong predictions in at least two groups of pictures."
        )
    entry = {
        "value": found.temperature.value,
        "method": "maximum likelihood, one temperature (Guo et al. 2017)",
        "dataset": evaluation.dataset,
        "on": evaluation.on,
        "pictures": evaluation.scores.pictures,
        "groups": evaluation.scores.groups,
    }
    card = read_card(path) or {
        "class_names": list(model.class_names),
        "preprocessing": dict(model.preprocessing),
    }
    rewrite_card(path, {**card, "temperature": entry})
    return entry
