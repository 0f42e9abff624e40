"""Where the dataset `brain-mri` is published, and how to tell that it is whole."""

from __future__ import annotations

from xaibrain.download import Archive
from xaibrain.reading import SUFFIXES

ARCHIVE = Archive(
    name="brain-mri",
    url="https://github.com/Ashish-Arya-CS/Coursera-Content/archive/refs/heads/main.zip",
    counts={
        "Training/glioma_tumor": 926,
        "Training/meningioma_tumor": 937,
        "Training/no_tumor": 501,
        "Training/pituitary_tumor": 901,
        "Testing/glioma_tumor": 5,
        "Testing/meningioma_tumor": 5,
        "Testing/no_tumor": 5,
        "Testing/pituitary_tumor": 5,
    },
    digest="2a1c043fb9f85feb04db04909645fdb4c0a36545b4773a221f930e24856e6a84",
    suffixes=SUFFIXES,
)
