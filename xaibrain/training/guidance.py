"""Teaches a network to look where the evidence is, on those pictures whose lesion is known."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from xaibrain.errors import ModelError

LESION_CELLS = 0.06
"""Share of a map's cells that a lesion of unknown place may fill; of the drawn ones the mean."""


@keras.saving.register_keras_serializable("xaibrain")
class LocalScores(keras.layers.Layer):  # type: ignore[misc]
    """What each cell of the last map adds to each class score: the dense layer, cell by cell.

    Its mean over the cells is the logit without its bias; rectified, it is the class activation map
    (Zhou et al. 2016, equation 2), which Grad-CAM equals up to scale on such a head.
    """

    def __init__(self, dense: Any) -> None:
        super().__init__(name="local_scores", dtype="float32")
        self.dense = dense

    def call(self, features: Any) -> Any:
        """Return (n, h, w, classes) for features (n, h, w, k)."""
        return tf.einsum("nhwk,kc->nhwc", tf.cast(features, tf.float32), self.dense.kernel)


def with_local_scores(network: Any) -> Any:
    """Return a model that shares the network's layers and puts out its probabilities and local scores.

    Raises:
        ModelError: The network does not end in average pooling and one dense layer.
    """
    pools = [x for x in network.layers if isinstance(x, keras.layers.GlobalAveragePooling2D)]
    dense = network.layers[-1]
    if not pools or not isinstance(dense, keras.layers.Dense):
        raise ModelError(
            "guidance needs a network that ends in global average pooling and one dense layer; "
            "leave guidance=0, or train such a network."
        )
    return keras.Model(network.input, [network.output, LocalScores(dense)(pools[-1].input)])


class EnergyLoss(keras.losses.Loss):  # type: ignore[misc]
    """Minus the log of the share of a class's positive map that lies on the lesion.

    Rao, Böhle, Parchami-Araghi and Schiele 2023, Studying how to efficiently and effectively guide models
    with explanations (the energy loss), with softplus for the ReLU and a log, so that a map that lies
    wholly elsewhere still has a gradient.

    The target is (n, h, w, classes): in the channel of the picture's class the share of each cell that
    the lesion covers, or −1 where that is not known; 0 in the other channels. Where some cells are not
    known, those that score highest count as lesion too, which concentrates the map without saying where;
    and cells that are known to be lesion are to score as high as the highest.

    Args:
        focus: Weight of the share on pictures with cells that are not known.
    """

    def __init__(self, focus: float) -> None:
        super().__init__(name="energy")
        self.focus = focus

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return (n,) losses."""
        energy = tf.nn.softplus(y_pred)
        highest = _highest(energy)
        known = tf.maximum(y_true, 0.0)
        open_ = tf.reduce_min(y_true, (1, 2)) < 0
        shown = tf.reduce_max(known, (1, 2)) > 0
        lesion = tf.where(open_[:, None, None, :], tf.maximum(known, highest), known)
        share = tf.reduce_sum(energy * lesion, (1, 2)) / tf.reduce_sum(energy, (1, 2))
        loss = -tf.where(open_, self.focus, tf.cast(shown, tf.float32)) * tf.math.log(share + _TINY)
        standing = _mean(energy, known) / tf.stop_gradient(_mean(energy, highest) + _TINY)
        loss -= tf.cast(open_ & shown, tf.float32) * tf.math.log(tf.minimum(standing, 1.0) + _TINY)
        return tf.reduce_sum(loss, axis=-1)


_TINY = 1e-6


def _mean(energy: Any, weight: Any) -> Any:
    return tf.reduce_sum(energy * weight, (1, 2)) / (tf.reduce_sum(weight, (1, 2)) + _TINY)


def _highest(energy: Any) -> Any:
    """Return 1 on the cells of each map that score highest, as many as a lesion fills."""
    cells = int(energy.shape[1] * energy.shape[2])
    flat = tf.transpose(tf.reshape(energy, (-1, cells, energy.shape[3])), (0, 2, 1))
    least = tf.math.top_k(flat, max(1, round(cells * LESION_CELLS))).values[..., -1]
    return tf.stop_gradient(tf.cast(energy >= least[:, None, None, :], tf.float32))


def lesion_targets(
    masks: Any, one_hot: Any, elsewhere: Any, lesioned: NDArray[np.bool_], cells: tuple[int, int]
) -> Any:
    """Return the targets of `EnergyLoss` for one batch.

    Args:
        masks: (n, height, width, 1), 0 to 1, after augmentation.
        one_hot: (n, classes).
        elsewhere: (n,) 1 where a lesion may lie outside the mask.
        lesioned: (classes,) whether pictures of a class show a lesion.
        cells: Height and width of the map.
    """
    covered = tf.image.resize(masks, cells, method="area")
    unknown = (covered <= 0) & (tf.reshape(elsewhere, (-1, 1, 1, 1)) > 0)
    shown = tf.constant(lesioned, tf.float32) * one_hot
    return tf.where(unknown, -1.0, covered) * shown[:, None, None, :]
