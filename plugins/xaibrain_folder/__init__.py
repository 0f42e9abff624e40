"""The plugin that offers the dataset `folder`."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_datasets() -> list[Spec]:
    """Offer `folder`."""
    return [
        Spec(
            "folder",
            "xaibrain_folder.dataset:Folder",
            "Any folder of pictures: flat, one sub-folder a class, or these within train, test and the like",
        )
    ]
