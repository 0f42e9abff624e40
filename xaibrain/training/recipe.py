"""Every choice of a training run, in one record that goes into the checkpoint's card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a checkpoint is trained.

    Attributes:
        epochs: Passes over the training pictures.
        batch_size: Pictures a step.
        learning_rate: The peak, reached after the warm-up and followed by a cosine to zero.
        warmup_epochs: Passes of linear warm-up.
        weight_decay: AdamW's, on kernels alone.
        label_smoothing: Share of a label that is spread over all classes.
        shift: Largest random translation, as a share of the frame.
        zoom: Largest random zoom in either direction, as a share.
        rotation: Largest random rotation, in degrees.
        contrast: Largest random change of contrast and brightness, as a share.
        flip: Whether pictures are mirrored left to right at random.
        average: Decay a step of the exponential moving average of the weights, which is what is saved;
            0 saves the last weights.
        guidance: Weight of the loss that draws the class activation map onto lesions whose mask is known
            (`xaibrain.training.guidance`); 0 trains on labels alone.
        focus: Weight, within the guidance, of pictures whose lesion has no mask: their maps are made small.
        planted: How many pictures with a planted lesion are added, as a share of those trained on; the
            hosts are training pictures of classes that show no lesion.
        planter: The dataset that can plant lesions.
        held_out: Share of the pictures that is kept from training, by `split`.
        split: `group` holds out whole groups of near-duplicates; `random` single pictures, which is honest
            only where every picture is an independent draw.
        seed: Of initial weights, split, order and augmentation.
    """

    epochs: int = 36
    batch_size: int = 32
    learning_rate: float = 2e-3
    warmup_epochs: int = 3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    shift: float = 0.12
    zoom: float = 0.25
    rotation: float = 15.0
    contrast: float = 0.2
    flip: bool = True
    average: float = 0.0
    guidance: float = 0.0
    focus: float = 0.0
    planted: float = 0.0
    planter: str = "phantom"
    held_out: float = 0.15
    split: Literal["group", "random"] = "group"
    seed: int = 0
