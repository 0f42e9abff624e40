"""Where the work of a run is done: in this process, in several, or on a cluster."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_executors() -> list[Spec]:
    """The executors of this package."""
    return [
        Spec("local", "xaibrain_executors.local:Local", "This process: reads the next pictures meanwhile"),
        Spec(
            "processes",
            "xaibrain_executors.processes:Processes",
            "Worker processes on this machine; one that dies is replaced",
        ),
        Spec(
            "ray",
            "xaibrain_executors.on_ray:OnRay",
            "Workers of a Ray cluster, or of a local one that is started for the run",
            "Moritz et al. 2018, Ray: A Distributed Framework for Emerging AI Applications, arXiv:1712.05889",
            extra="ray",
        ),
    ]
