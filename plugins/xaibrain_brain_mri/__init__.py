"""The plugin that offers the dataset `brain-mri`."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_datasets() -> list[Spec]:
    """Offer `brain-mri`."""
    return [
        Spec(
            "brain-mri",
            "xaibrain_brain_mri.dataset:BrainMri",
            "3,285 brain MRI slices in four classes: glioma, meningioma, pituitary tumour, none",
            reference="https://github.com/Ashish-Arya-CS/Coursera-Content",
        )
    ]
