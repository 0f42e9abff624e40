"""A model that answers what an explainer or metric says it asks, takes note of it, and fails when told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xaibrain.core.model import Capability, Model
from xaibrain.errors import ModelError

QUESTIONS: Mapping[str, Capability] = {
    "logits": "logits",
    "activations": "activations",
    "activations_and_gradients": "layer-gradient",
    "input_gradients": "input-gradient",
    "guided_gradients": "guided-gradient",
    "logits_from": "head",
    "network": "keras-network",
    "randomised": "randomise",
}
"""A model's questions, and the capabilities that they are."""

_PLAIN = (
    "name", "class_names", "capabilities", "fingerprint", "head", "preprocessing", "versions", "preprocess",
    "probabilities", "choose_layer", "weighted_layers", "exact_logits",
    "hidden_dense",
)  # fmt: skip


class Watched:
    """Stands before a model.

    Args:
        model: The model itself.
        allowed: The capabilities that may be asked.
        answers: So many questions are answered, and the next one raises `ModelError`; None for all.

    Attributes:
        asked: The capabilities that were asked.
        undeclared: The questions that were asked, though they are not allowed.
        questions: How many were asked.
    """

    def __init__(self, model: Model, allowed: frozenset[Capability], answers: int | None = None) -> None:
        self._model, self._allowed, self._answers = model, allowed, answers
        self.asked: set[Capability] = set()
        self.undeclared: set[str] = set()
        self.questions = 0

    def __getattr__(self, name: str) -> Any:
        if name == "network":
            self._note(name)
            if name in self.undeclared:
                raise AttributeError("'network' may be read where 'keras-network' is in requires")
            return getattr(self._model, name)
        if name in QUESTIONS:
            return self._asking(name, getattr(self._model, name))
        if name in _PLAIN:
            return getattr(self._model, name)
        raise AttributeError(f"no model need have '{name}'; see xaibrain.Model")

    def _asking(self, name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*given: Any, **named: Any) -> Any:
            self._note(name)
            if self.questions == self._answers:
                raise ModelError("the kit makes this question fail")
            self.questions += 1
            return answer(*given, **named)

        return ask

    def _note(self, name: str) -> None:
        self.asked.add(QUESTIONS[name])
        if QUESTIONS[name] not in self._allowed:
            self.undeclared.add(name)
