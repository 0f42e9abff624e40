"""EfficientNets: every size of both families, compact ones, and the trained checkpoints."""

from __future__ import annotations

from xaibrain import Spec, hookimpl

_V1 = "Tan & Le 2019, EfficientNet: Rethinking Model Scaling for CNNs, arXiv:1905.11946"
_V2 = "Tan & Le 2021, EfficientNetV2: Smaller Models and Faster Training, arXiv:2104.00298"
_V1_SIZES = {"b0": 224, "b1": 240, "b2": 260, "b3": 300, "b4": 380, "b5": 456, "b6": 528, "b7": 600}
_V2_SIZES = {"b0": 224, "b1": 240, "b2": 260, "b3": 300, "s": 384, "m": 480, "l": 480}


@hookimpl
def xaibrain_models() -> list[Spec]:
    """Architectures first, then checkpoints."""
    return [*_architectures(), *_checkpoints()]


def _architectures() -> list[Spec]:
    v1 = [
        Spec(
            f"efficientnet-{size}",
            "xaibrain_efficientnet.architectures:keras_application",
            f"EfficientNet-{size.upper()}, {pixels} px",
            _V1,
            defaults={"architecture": f"EfficientNet{size.upper()}", "size": pixels},
        )
        for size, pixels in _V1_SIZES.items()
    ]
    v2 = [
        Spec(
            f"efficientnetv2-{size}",
            "xaibrain_efficientnet.architectures:keras_application",
            f"EfficientNetV2-{size.upper()}, {pixels} px",
            _V2,
            defaults={"architecture": f"EfficientNetV2{size.upper()}", "size": pixels},
        )
        for size, pixels in _V2_SIZES.items()
    ]
    compact = Spec(
        "efficientnet-compact",
        "xaibrain_efficientnet.compact:compact",
        "EfficientNet scaled below B0 in width and depth, 128 px",
        _V1 + " (section 3.3, compound scaling)",
        extra="train",
    )
    return [*v1, *v2, compact]


def _checkpoints() -> list[Spec]:
    return [
        Spec(
            "brain-mri-efficientnet-b0",
            "xaibrain_efficientnet.checkpoints:checkpoint",
            "EfficientNet-B0 trained on brain-mri: glioma, meningioma, pituitary, none",
            _V1,
            defaults={"name": "brain-mri-efficientnet-b0"},
        ),
        Spec(
            "phantom-efficientnet",
            "xaibrain_efficientnet.checkpoints:checkpoint",
            "compact EfficientNet trained on phantom: the embedded default",
            _V1,
            defaults={"name": "phantom-efficientnet"},
        ),
    ]
