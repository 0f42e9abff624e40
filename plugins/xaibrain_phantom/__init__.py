"""The plugin that offers the dataset `phantom`."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_datasets() -> list[Spec]:
    """Offer `phantom`."""
    return [
        Spec(
            "phantom",
            "xaibrain_phantom.dataset:Phantom",
            "procedural brain MRI slices in four classes, seeded and unlimited, with lesion masks",
            reference="Drawn, not recorded: sizes of an adult head, T1 contrast with gadolinium",
        )
    ]
