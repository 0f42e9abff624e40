"""What every DICOM file that is written says of itself."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

from highdicom import AlgorithmIdentificationSequence
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from xaibrain import Explanation

NOTICE = "For research only: not a medical device."


def maker() -> dict[str, Any]:
    """Return who made a file, as highdicom's constructors ask."""
    return {
        "manufacturer": "xaibrain",
        "manufacturer_model_name": "xaibrain",
        "software_versions": version("xaibrain"),
        "device_serial_number": "0",
    }


@cache
def series_uid(*_of: str) -> str:
    """Return the UID of a new series, the same for the same in one process."""
    return str(generate_uid())


def told_of(explanation: Explanation) -> str:
    """Return what a map shows, in at most 64 letters."""
    return f"{explanation.provenance.explainer}: {explanation.target}"[:64]


def algorithm_of(explanation: Explanation) -> AlgorithmIdentificationSequence:
    """Return the method and the model as the algorithm of a file."""
    provenance = explanation.provenance
    return AlgorithmIdentificationSequence(
        name=f"{provenance.explainer} of {provenance.model}"[:64],
        family=codes.DCM.ArtificialIntelligence,
        version=provenance.fingerprint[:16] or "unknown",
        source="xaibrain",
    )
