"""Curves are drawn under the names that a checkpoint's card gives them."""

import numpy as np

from xaibrain.render.curves import curves_figure


def test_training_and_validation_are_drawn_each_with_its_values():
    curves = {"accuracy": [0.4, 0.6], "loss": [1.2, 0.8], "validation_accuracy": [0.3, 0.5]}
    accuracy, loss = curves_figure("a model", curves).axes
    drawn = {line.get_label(): line.get_ydata() for line in accuracy.lines}
    assert set(drawn) == {"training", "validation"}
    np.testing.assert_array_equal(drawn["training"], curves["accuracy"])
    np.testing.assert_array_equal(drawn["validation"], curves["validation_accuracy"])
    assert [line.get_label() for line in loss.lines] == ["training"]
