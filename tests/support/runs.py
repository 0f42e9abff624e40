"""Folders of runs, written by hand: small scans, maps of known numbers, no model."""

import hashlib
import json

import numpy as np
import PIL.Image

CLASSES = ("lesion", "none")
SIZE = (48, 64)
GEOMETRY = {"source": [48, 64], "crop": [4, 8, 44, 60], "frame": [32, 32], "content": [2, 0, 30, 32]}


def scan_of(number):
    """A smooth grey picture, another one for each number."""
    rows, columns = np.indices(SIZE)
    return ((rows * 3 + columns * 2 + 17 * number) % 200 + 20).astype(np.uint8)


def map_of(number, scale=1.0):
    """A signed map of 5 × 6 cells."""
    return (np.random.default_rng(number).normal(size=(5, 6)) * scale).astype(np.float32)


def record(number, explainer="gradcam", **changes):
    heatmap, sure = f"heatmaps/{number}-{explainer}.npy", 0.6 + 0.03 * (number % 10)
    label = CLASSES[number % 2]
    predicted = CLASSES[0] if number % 5 == 4 else label
    odds = {name: round(sure if name == predicted else 1 - sure, 6) for name in CLASSES}
    return {
        "id": f"ward/patient {number}.png", "source": f"/data/ward/patient {number}.png",
        "sha256": f"{number:064x}", "label": label, "predicted": predicted, "probabilities": odds,
        "target": predicted, "explainer": explainer, "parameters": {"layer": "auto"}, "layer": "top",
        "layer_reason": "the last one",
        "status": "ok", "notes": {}, "heatmap": heatmap, "overlay": None, "scan": f"scans/{number}.png",
        "geometry": GEOMETRY, "preprocessing": {"size": [32, 32]}, "model": {"name": "tiny"},
        "versions": {"xaibrain": "0"}, "seconds": 0.1, "error": None, **changes,
    }  # fmt: skip


def failure(number, error):
    name = f"ward/patient {number}.png"
    return {**dict.fromkeys(record(number)), "id": name, "source": f"/data/{name}", "error": error}


def write_run(folder, records, maps=None):
    """Write a run; `maps` are given by (id, explainer), all others are those of `map_of`."""
    for name in ("heatmaps", "scans"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for at, one in enumerate(records):
        if one["error"]:
            continue
        given = (maps or {}).get((one["id"], one["explainer"]))
        np.save(folder / one["heatmap"], map_of(at) if given is None else given)
        if one["scan"]:
            number = int(one["scan"].split("/")[1].split(".")[0])
            PIL.Image.fromarray(scan_of(number)).save(folder / one["scan"])
    lines = "".join(json.dumps(one) + "\n" for one in records)
    (folder / "explanations.jsonl").write_text(lines, "utf-8")
    configuration = {"model": "tiny", "fingerprint": "f" * 64, "head": "logits", "target": "predicted",
                     "preprocessing": {"size": [32, 32]}, "versions": {"xaibrain": "0"}, "engine": "by hand",
                     "card": {"held_out": {"value": 0.8, "low": 0.7, "high": 0.9, "pictures": 10, "groups": 9,
                                           "recall": {"lesion": 0.9, "none": 0.7}}}}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(configuration), "utf-8")
    return folder


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
