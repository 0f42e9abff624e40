"""Makes captum.json: what Captum says of the case and of a small network. Run it where Captum is installed.

python tests/plugins/reference/ask_captum.py
"""

import json
from importlib.metadata import version
from pathlib import Path

import case
import numpy as np
import torch
from captum.attr import GuidedBackprop, GuidedGradCam
from captum.metrics import sensitivity_max

SIDE = 10


def main() -> None:
    found = {
        "captum": version("captum"),
        "case": {"max-sensitivity": sensitivity()},
        "guided": guided(),
    }
    Path(__file__).with_name("captum.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


def sensitivity() -> list[float]:
    """Return the sensitivity of input × gradient to the case's shaken pictures."""
    samples = len(case.SHAKEN)
    # Captum repeats each picture, one picture's samples after the other's.
    shaken = torch.tensor(np.moveaxis(case.SHAKEN, 0, 1).reshape(-1, *case.SHAPE), dtype=torch.float64)
    targets = {4: case.TARGETS, 4 * samples: np.repeat(case.TARGETS, samples)}

    def explain(pictures):
        [pictures] = pictures
        return (torch.tensor(case.explained(pictures.numpy(), targets[len(pictures)])),)

    pictures = torch.tensor(case.PICTURES, dtype=torch.float64)
    found = sensitivity_max(explain, pictures, lambda *_: (shaken,), n_perturb_samples=samples)
    return found.tolist()


def guided() -> dict[str, object]:
    """Return the weights of a network, two pictures, and their guided maps for two classes."""
    torch.manual_seed(3)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Conv2d(4, 5, 3, stride=2), torch.nn.ReLU(),
        torch.nn.Flatten(), torch.nn.Linear(5 * 3 * 3, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3),
    ).double()  # fmt: skip
    pictures = torch.rand(2, 3, SIDE, SIDE, dtype=torch.float64)
    targets = torch.tensor([0, 2])
    cam = GuidedGradCam(network, network[3])
    return {
        "weights": [weight.detach().numpy().round(12).tolist() for weight in network.parameters()],
        "pictures": pictures.permute(0, 2, 3, 1).tolist(),
        "targets": targets.tolist(),
        "guided-backprop": last(GuidedBackprop(network).attribute(pictures, target=targets)),
        "guided-gradcam": last(cam.attribute(pictures, target=targets, interpolate_mode="bilinear")),
    }


def last(maps: torch.Tensor) -> object:
    """Return maps with the channels last, as lists."""
    return maps.detach().permute(0, 2, 3, 1).tolist()


if __name__ == "__main__":
    main()
