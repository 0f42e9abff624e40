"""The plugin that offers the dataset `cheng`."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_datasets() -> list[Spec]:
    """Offer `cheng`."""
    return [
        Spec(
            "cheng",
            "xaibrain_cheng.dataset:Cheng",
            "3,064 contrast-enhanced brain MRI slices of 233 patients, three tumours, with lesion masks",
            reference="Cheng et al. 2015, PLoS ONE 10(10): e0140381; doi:10.6084/m9.figshare.1512427",
        )
    ]
