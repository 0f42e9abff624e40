"""What stands in the record of a run: explanations, failures and volumes as lines of JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from xaibrain.core.geometry import Geometry
from xaibrain.core.records import Explanation, Failure
from xaibrain.core.targets import sides_of
from xaibrain.volumes import Volume, place_of

OVERLAYS = ("jpeg", "png")
"""Writers of overlays, of which the first that a run has is shown."""


def record_of(
    explanation: Explanation,
    files: Mapping[str, Sequence[str]],
    refused: Mapping[str, str],
    scan: str | None = None,
) -> dict[str, Any]:
    """Return an explanation as one line of JSON says it.

    Args:
        explanation: What to tell.
        files: Writer to the files that it wrote, paths from the run's folder.
        refused: Writer to the reason why it wrote none.
        scan: Path of the picture that was explained, as it is shown, from there too; None if it was not kept.
    """
    provenance, place = explanation.provenance, explanation.image.place
    shown = ("npy", next((name for name in OVERLAYS if name in files), ""))
    heatmap, overlay = (next(iter(files.get(name, ())), None) for name in shown)
    return {
        "identity": identity_of(explanation),
        "id": explanation.image.id,
        "source": explanation.image.source,
        "sha256": provenance.sha256,
        "label": explanation.label,
        "predicted": explanation.predicted,
        "probabilities": {name: round(p, 6) for name, p in explanation.probabilities.items()},
        "target": explanation.target,
        "explainer": provenance.explainer,
        "parameters": dict(provenance.parameters),
        "layer": explanation.layer,
        "layer_reason": explanation.layer_reason,
        "status": explanation.status,
        "notes": dict(explanation.notes),
        "heatmap": heatmap,
        "row": None,
        "overlay": overlay,
        "scan": scan,
        "outputs": {name: list(paths) for name, paths in files.items() if name not in shown},
        "refused": dict(refused),
        "geometry": _fields(explanation.geometry),
        "place": asdict(place) if place else None,
        "spacing": explanation.image.spacing,
        "preprocessing": dict(provenance.preprocessing),
        "model": {
            "name": provenance.model,
            "fingerprint": provenance.fingerprint,
            "head": provenance.head,
            "engine": provenance.engine,
        },
        "versions": dict(provenance.versions),
        "seconds": round(explanation.seconds, 4),
        "error": None,
    }


def identity_of(explanation: Explanation) -> str:
    """Return one digest for all that a map depends on: equal for equal maps, whichever run made them.

    The digest of the picture, or of its pixels where its file holds several; the model's fingerprint, its
    preprocessing, the method with its parameters and its layer, and the target; not the software, which a
    record names beside it.
    """
    made, image = explanation.provenance, explanation.image
    several = image.place or (image.part and image.part.index)
    picture = replace(image, file_sha256="").sha256 if several else made.sha256
    parts = (
        picture, made.fingerprint, dict(made.preprocessing), made.explainer, dict(made.parameters),
        explanation.layer, explanation.target,
    )  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _fields(geometry: Geometry) -> dict[str, Any]:
    """Return what `asdict` would, which copies each number of each tuple."""
    return {name: getattr(geometry, name) for name in Geometry.__slots__}


def volume_record(
    volume: Volume, files: Mapping[str, Sequence[str]], refused: Mapping[str, str]
) -> dict[str, Any]:
    """Return a volume as one line of JSON says it: its slices ranked, and the files that hold its map."""
    return {
        "volume": volume.name,
        "explainer": volume.explainer,
        "target": volume.target,
        "slices": _slices_told(volume),
        "outputs": {name: list(paths) for name, paths in files.items()},
        "refused": dict(refused),
    }


def failure_record(failure: Failure) -> dict[str, Any]:
    """Return a failure as one line of JSON says it: all that is unknown is null."""
    keys = (
        "identity", "id", "source", "sha256", "label", "predicted", "probabilities", "target", "explainer",
        "parameters", "layer", "layer_reason", "status", "notes", "heatmap", "row", "overlay", "scan",
        "outputs", "refused", "geometry", "place", "spacing", "preprocessing", "model", "versions", "seconds",
        "error",
    )  # fmt: skip
    told = {name: value or None for name, value in asdict(failure).items()}
    return {key: told.get(key) for key in keys}


def _slices_told(volume: Volume) -> Sequence[dict[str, object]]:
    """Return the slices as a record says them, that with the most evidence first."""
    told = []
    for at in volume.ranked:
        one = volume.slices[at]
        probability = one.probabilities.get(volume.target)
        told.append(
            {
                "id": one.image.id,
                "index": place_of(one).index,
                "evidence": round(volume.evidence[at], 9),
                "probability": None if probability is None else round(probability, 6),
                "status": one.status,
            }
        )
    return told


def file_stem(explanation: Explanation, name: str = "") -> str:
    """Return a file name, without suffix, that no other explanation of a run has.

    Args:
        explanation: Whose file it is.
        name: Of its volume, for a file that holds all slices; the picture's id if left out.
    """
    sides = sides_of(explanation.target, tuple(explanation.probabilities))
    explained = "-against-".join(sides or (explanation.target,))
    parts = (plain(name or explanation.image.id), explanation.provenance.explainer, explained)
    return "--".join(re.sub(r"[^\w.+-]+", "_", part) for part in parts)


def plain(name: str) -> str:
    """Return a name for a file system: what that may not take is replaced, and a digest keeps names apart."""
    taken = re.sub(r"[^\w.-]+", "_", name).strip("._")[:80]
    return taken if taken == name else f"{taken}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
