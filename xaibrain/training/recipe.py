"""Every choice of a training run, in one record that goes into the checkpoint's card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xaibrain.errors import UsageError

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]

_BOUNDS: dict[str, tuple[float, float]] = {
    "epochs": (1, 1e6), "batch_size": (1, 1e6), "learning_rate": (1e-9, 100), "warmup_epochs": (0, 1e6),
    "head_epochs": (0, 1e6), "weight_decay": (0, 10), "label_smoothing": (0, 0.999), "shift": (0, 1),
    "zoom": (0, 0.95), "rotation": (0, 180), "contrast": (0, 1), "rand_augment": (0, 1), "mixup": (0, 100),
    "cutmix": (0, 100), "average": (0, 0.99999), "patience": (0, 1e6), "guidance": (0, 1e4),
    "focus": (0, 1e4), "planted": (0, 100), "held_out": (0.01, 0.5), "validation": (0, 0.5),
    "seed": (0, 2**31),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a checkpoint is trained.

    Attributes:
        epochs: Passes over the training pictures, those of the head alone not counted.
        batch_size: Pictures a step, over all devices together.
        learning_rate: The peak, reached after the warm-up and followed by a cosine to zero.
        warmup_epochs: Passes of linear warm-up.
        head_epochs: Passes before these in which only a new head learns, with the body as it was, batch
            normalisation included; left out: 3 where a new head sits on pretrained weights, else 0.
        weight_decay: AdamW's, on kernels alone.
        label_smoothing: Share of a label that is spread over all classes.
        class_weights: `balanced` weighs each picture by the rarity of its class.
        shift: Largest random translation, as a share of the frame.
        zoom: Largest random zoom in either direction, as a share.
        rotation: Largest random rotation, in degrees.
        contrast: Largest random change of contrast and brightness, as a share.
        flip: Whether pictures are mirrored left to right at random.
        rand_augment: Strength, 0 to 1, of RandAugment's changes of grey values (Cubuk et al. 2020), two a
            picture; 0 is off. What moves pictures is set by the options above.
        mixup: α of MixUp (Zhang et al. 2018), which blends pictures and labels in pairs; 0 is off.
        cutmix: α of CutMix (Yun et al. 2019), which pastes a box of one picture into another; 0 is off.
        average: Decay a step of the exponential moving average of the weights, which is what is judged
            and saved; 0 saves the last weights.
        patience: Epochs without a lower loss on the validation part after which training stops; the best
            weights are saved. 0 trains to the end and saves the last.
        guidance: Weight of the loss that draws the class activation map onto lesions whose mask is known
            (`xaibrain.training.guidance`); 0 trains on labels alone.
        focus: Weight, within the guidance, of pictures whose lesion has no mask: their maps are made small.
        planted: How many pictures with a planted lesion are added, as a share of those trained on.
        planter: The dataset that can plant lesions.
        held_out: Share of the pictures that is kept from training, by `split`.
        validation: Share of the other pictures that is not trained on either, but watched: its loss and
            accuracy become curves, and `patience` goes by them. It is split off as the held-out part is.
        split: `group` holds out whole groups: near-duplicates, and the dataset's own (patients) where it
            tells them. `random` holds out single pictures, which is honest only where every picture is an
            independent draw. `original` holds out the dataset's own test part.
        precision: `float32`, or `mixed_float16` and `mixed_bfloat16`, which are faster on devices that
            compute in them. The checkpoint is one of float32 in any case.
        seed: Of initial weights, split, order and augmentation.

    Raises:
        UsageError: A value out of range, or two that exclude each other.
    """

    epochs: int = 36
    batch_size: int = 32
    learning_rate: float = 2e-3
    warmup_epochs: int = 3
    head_epochs: int | None = None
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    class_weights: Literal["none", "balanced"] = "none"
    shift: float = 0.12
    zoom: float = 0.25
    rotation: float = 15.0
    contrast: float = 0.2
    flip: bool = True
    rand_augment: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    average: float = 0.0
    patience: int = 0
    guidance: float = 0.0
    focus: float = 0.0
    planted: float = 0.0
    planter: str = "phantom"
    held_out: float = 0.15
    validation: float = 0.0
    split: Literal["group", "random", "original"] = "group"
    precision: Precision = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise UsageError(f"{name}={value:g} makes no sense; give a number from {low:g} to {high:g}.")
        if self.patience and not self.validation:
            raise UsageError("patience needs pictures to watch; give a share of them too: validation=0.1.")
        if self.guidance and (self.mixup or self.cutmix):
            raise UsageError("guidance needs whole pictures; leave mixup and cutmix at 0, or guidance.")
