"""TensorFlow as an engine."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_engines() -> list[Spec]:
    """The engine of this package."""
    return [
        Spec(
            "tensorflow",
            "xaibrain_tensorflow.engine:TensorFlow",
            "TensorFlow, compiled, with every weight a constant",
            "Abadi et al. 2016, TensorFlow: A System for Large-Scale Machine Learning, arXiv:1605.08695",
        )
    ]
