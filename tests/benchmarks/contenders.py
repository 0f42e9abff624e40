"""Forward passes and Grad-CAM by one library, timed when it is asked for: `contenders.py LIBRARY MODEL`.

Each library has a process of its own, in whatever interpreter has it installed. A line of JSON comes in for
each measurement, and the seconds go out. MODEL is an EfficientNet-B0 in a `.keras` file: libraries of Keras
take its weights, and those of PyTorch make the same architecture. No other library is imported.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

LAYER = "top_activation"
"""The last feature map, 7 × 7 × 1280, after batch normalisation and swish."""

Run = Callable[[Any], Any]


def plain(images: np.ndarray) -> Any:
    """Return a batch that no one has seen and no one can change."""
    images.flags.writeable = False
    return images


def channels_first(images: np.ndarray) -> Any:
    """Return a batch as PyTorch takes it."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def xaibrain_by(engine: str | None) -> Callable[[str], dict[str, Run]]:
    """Return what xaibrain does, as in a run over a folder: scores first, to choose targets, then the map."""

    def runs(path: str) -> dict[str, Run]:
        import xaibrain

        model = xaibrain.load_model(path, engine=engine)
        model.choose_layer("auto")

        def explained(method: str) -> Run:
            explainer = xaibrain.load_explainer(method)
            return lambda images: explainer.explain(model, images, model.logits(images).argmax(axis=1))

        return {"forward": model.logits, "gradcam": explained("gradcam"), "gradcam++": explained("gradcam++")}

    return runs


def tf_keras_vis(path: str) -> dict[str, Run]:
    """Return tf-keras-vis' methods, made once, without the enlarging that they do by default."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    network = _keras(path)

    def explained(kind: Any) -> Run:
        made = kind(network, model_modifier=ReplaceToLinear(), clone=True)
        return lambda images: made(
            CategoricalScore([0] * len(images)), images, penultimate_layer=LAYER, expand_cam=False
        )

    return {"gradcam": explained(Gradcam), "gradcam++": explained(GradcamPlusPlus)}


def xplique(path: str) -> dict[str, Run]:
    """Return Xplique's methods."""
    from xplique.attributions import GradCAM, GradCAMPP

    network = _keras(path)
    classes = network.output_shape[-1]

    def explained(kind: Any) -> Run:
        made = kind(network, conv_layer=LAYER, batch_size=32)
        return lambda images: made(images, np.eye(classes, dtype=np.float32)[[0] * len(images)])

    return {"gradcam": explained(GradCAM), "gradcam++": explained(GradCAMPP)}


def captum(path: str) -> dict[str, Run]:
    """Return Captum's LayerGradCam, and PyTorch's forward pass."""
    network = _torch()
    import torch
    from captum.attr import LayerGradCam

    made = LayerGradCam(network, network.features[-1])

    def forward(images: Any) -> Any:
        with torch.inference_mode():
            return network(images)

    return {"forward": forward, "gradcam": lambda images: made.attribute(images, target=0)}


def pytorch_grad_cam(path: str) -> dict[str, Run]:
    """Return pytorch-grad-cam's methods."""
    network = _torch()
    from pytorch_grad_cam import GradCAM, GradCAMPlusPlus
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    def explained(kind: Any) -> Run:
        made = kind(network, [network.features[-1]])
        return lambda images: made(images, [ClassifierOutputTarget(0)] * len(images))

    return {"gradcam": explained(GradCAM), "gradcam++": explained(GradCAMPlusPlus)}


def _keras(path: str) -> Any:
    import keras

    return keras.models.load_model(path, compile=False)


def _torch() -> Any:
    import torch

    if not torch.version.cuda:
        # Wheels of torchvision that are made for CUDA lack the operators for boxes here. None is called, but
        # their names are looked up.
        boxes = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            if not hasattr(torch.ops.torchvision, name):
                boxes.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    torch.set_num_threads(os.cpu_count() or 1)
    return torchvision.models.efficientnet_b0(num_classes=4).eval()


LIBRARIES: dict[str, tuple[Callable[[str], dict[str, Run]], Run, tuple[str, ...]]] = {
    "xaibrain openvino": (xaibrain_by("openvino"), plain, ("xaibrain", "openvino")),
    "xaibrain tensorflow": (xaibrain_by("tensorflow"), plain, ("xaibrain", "tensorflow")),
    "xaibrain keras": (xaibrain_by(None), plain, ("xaibrain", "keras", "tensorflow")),
    "tf-keras-vis": (tf_keras_vis, plain, ("tf-keras-vis", "keras", "tensorflow")),
    "xplique": (xplique, plain, ("xplique", "keras", "tensorflow")),
    "captum": (captum, channels_first, ("captum", "torch")),
    "pytorch-grad-cam": (pytorch_grad_cam, channels_first, ("grad-cam", "torch")),
}
"""What each library does, how it takes pictures, and the distributions whose versions count."""


def seconds_of(run: Run, prepared: list[Any]) -> float:
    """Return the mean time of a run over some batches."""
    started = time.perf_counter()
    for images in prepared:
        run(images)
    return (time.perf_counter() - started) / len(prepared)


def main(library: str, path: str) -> None:
    """Answer measurements until the input ends."""
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    make, prepare, distributions = LIBRARIES[library]
    try:
        runs = make(path)
        told = {"runs": list(runs), "versions": {name: _version(name) for name in distributions}}
    # Whatever keeps a library from starting is the reason why it is skipped.
    except Exception as error:
        told = {"skipped": f"{type(error).__name__}: {error}".splitlines()[0]}
    print(json.dumps(told), file=answers)
    for line in sys.stdin:
        asked = json.loads(line)
        rng = np.random.default_rng(asked["seed"])
        shape = (asked["batch"], 224, 224, 3)
        prepared = [prepare(rng.uniform(0, 255, shape).astype(np.float32)) for _ in range(asked["repeats"])]
        print(json.dumps(seconds_of(runs[asked["run"]], prepared)), file=answers)


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return version(f"{name}-cpu")


if __name__ == "__main__":
    main(*sys.argv[1:])
