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
            "Any folder of pictures, flat or with one sub-folder a class",
        )
    ]
