"""A baseline that points at the centre, as a plugin of xaibrain."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_explainers() -> list[Spec]:
    """Offer `centre`; the module of its target is imported when it is first used."""
    return [
        Spec(
            name="centre",
            target="xaibrain_centre.centre:Centre",
            summary="baseline: the class score, spread around the centre",
        )
    ]
