"""What every DICOM file that is written says of itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from highdicom import AlgorithmIdentificationSequence
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from xaibrain import Explanation

NOTICE = "For research only: not a medical device."
_ADDED = (
    "BodyPartExamined", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified",
)  # fmt: skip


def told_of(explanation: Explanation) -> str:
    """Return what a map shows, in at most 64 letters."""
    return f"{explanation.provenance.explainer}: {explanation.target}"[:64]


def labels(explanation: Explanation, source: Dataset, kind: str, number: int) -> dict[str, Any]:
    """Return what highdicom's constructors ask of a new instance and of its series.

    Args:
        explanation: What it shows, or the first slice of that.
        source: What it is made from.
        kind: What it is, in a word.
        number: Of the series; far from those that scanners give.
    """
    return {
        "series_instance_uid": _series_uid(explanation, source, kind),
        "series_number": number,
        "series_description": f"RESEARCH ONLY {kind}, {told_of(explanation)}"[:64],
        "sop_instance_uid": str(generate_uid()),
        "manufacturer": "xaibrain",
        "transfer_syntax_uid": ExplicitVRLittleEndian,
    }


def _series_uid(explanation: Explanation, source: Dataset, kind: str) -> str:
    """Return the UID of a new series: the same for all that was made in one way of one series.

    So a run that was interrupted and taken up again goes on with the series that it began.
    """
    made = explanation.provenance
    way = (made.explainer, dict(made.parameters), explanation.layer, explanation.target, made.fingerprint,
           dict(made.preprocessing), dict(made.versions))  # fmt: skip
    told = json.dumps((str(source.SeriesInstanceUID), kind, way), sort_keys=True, default=str)
    return str(generate_uid(entropy_srcs=[told]))


def maker() -> dict[str, Any]:
    """Return which device made an instance, for constructors that ask for it."""
    return {
        "manufacturer_model_name": "xaibrain",
        "software_versions": version("xaibrain"),
        "device_serial_number": "0",
    }


def algorithm_of(explanation: Explanation) -> AlgorithmIdentificationSequence:
    """Return the method and the model as the algorithm of a file."""
    provenance = explanation.provenance
    return AlgorithmIdentificationSequence(
        name=f"{provenance.explainer} of {provenance.model}"[:64],
        family=codes.DCM.ArtificialIntelligence,
        version=provenance.fingerprint[:16] or "unknown",
        source="xaibrain",
    )


def saved(made: Dataset, sources: Sequence[Dataset], path: Path) -> None:
    """Add what highdicom leaves out, and write a file.

    That is the part of the body, and what was done to hide the patient, as the sources say it.
    """
    [source, *_] = sources
    for name in _ADDED:
        if name in source:
            made[name] = source[name]
    # The standard wants the side of a paired part said, if only that it is not known; not so of segments.
    if "SegmentSequence" not in made and ("Laterality" in source or "BodyPartExamined" not in source):
        made.Laterality = source.get("Laterality", "")
    made.save_as(path)
