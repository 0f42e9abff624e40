"""Where the dataset `cheng` is published, and how to tell that it is whole.

Figshare article 1512427, https://doi.org/10.6084/m9.figshare.1512427, in four archives. The addresses
stand alike in many public programs that fetch it. The digests are those that torch-em, a library for
segmentation, checks these archives against. Neither could be tried from here: the four archives come to
0.9 GB, and no digest of the slices themselves is known to us.
"""

from __future__ import annotations

from xaibrain.download import Archive
from xaibrain_cheng.slices import SLICE

_FILES = "https://ndownloader.figshare.com/files"

ARCHIVE = Archive(
    name="cheng",
    url=(f"{_FILES}/3381290", f"{_FILES}/3381296", f"{_FILES}/3381293", f"{_FILES}/3381302"),
    counts={"": 3064},
    digest="",
    suffixes=(".mat",),
    sha256=(
        "cdac0a7f4152cb34dd79b13543da96c37a6928ad8cb823e2662150b1a73ade54",
        "d18e896d14f7af791cdd3d9b9342f9f974742a06132effde5a5219209862b4ce",
        "612d9f506c55c54db5f2f38b6d50741ef97a6d7c32b3e1be76e789674a97aefb",
        "9a673c55d139133cfbc57097bf155b5ac9f33684ee97f40bf2afba332d416a3a",
    ),
    files=SLICE,
)
