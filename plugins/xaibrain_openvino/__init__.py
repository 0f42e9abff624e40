"""OpenVINO as an engine."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_engines() -> list[Spec]:
    """The engine of this package."""
    return [
        Spec(
            "openvino",
            "xaibrain_openvino.engine:OpenVINO",
            "OpenVINO on the CPU: the fastest, and it starts at once",
            "OpenVINO 2026 documentation, Performance Hints and Precision Control",
        )
    ]
