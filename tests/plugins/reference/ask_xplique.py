"""Makes xplique.json: what Xplique says of the case. Run it where Xplique is installed.

    python tests/plugins/reference/ask_xplique.py

Xplique asks for TensorFlow Probability, which is no good reason to ask it of everybody who runs the tests.
"""

import json
from importlib.metadata import version
from pathlib import Path

import case
import numpy as np
import tensorflow as tf
from xplique import metrics

ONE_HOT = np.eye(case.CLASSES, dtype=np.float32)[case.TARGETS]


def probabilities(pictures):
    x = tf.cast(pictures, tf.float64)[:, None]
    scores = tf.reduce_sum(case.WEIGHTS * x + case.CURVES * x**2, (2, 3, 4))
    return tf.cast(tf.nn.softmax(scores), tf.float32)


def curve(kind):
    """The area under the curve of each picture, black taking the place of its pixels."""
    return [
        float(
            kind(
                probabilities,
                case.PICTURES[one : one + 1],
                ONE_HOT[one : one + 1],
                steps=case.STEPS,
                baseline_mode=0.0,
            ).evaluate(case.MAPS[one : one + 1].astype(np.float32))
        )
        for one in range(4)
    ]


def masked(kind):
    metric = kind(probabilities, case.PICTURES, ONE_HOT)
    found = metric.detailed_evaluate(case.PICTURES, ONE_HOT, case.MAPS.astype(np.float32))
    return np.asarray(found, float).tolist()


def alone(kind):
    metric = kind()
    return np.asarray(metric.detailed_evaluate(case.MAPS.astype(np.float32)), float).tolist()


def main() -> None:
    found = {
        "xplique": version("xplique"),
        "case": {
            "deletion": curve(metrics.Deletion),
            "insertion": curve(metrics.Insertion),
            "average-drop": masked(metrics.AverageDropMetric),
            "average-gain": masked(metrics.AverageGainMetric),
            "increase": masked(metrics.AverageIncreaseMetric),
            "entropy": alone(metrics.Complexity),
            "sparseness": alone(metrics.Sparseness),
        },
    }
    Path(__file__).with_name("xplique.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
