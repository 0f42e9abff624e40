"""Write drawn scans as files: a folder of your own to practise on, with a leak in it.

Run it from anywhere: python 08_scans_as_files.py [FOLDER [COUNT]]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

import xaibrain

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "xaibrain-out-08")
count = int(sys.argv[2]) if len(sys.argv) > 2 else 600


def other_scanner(pixels: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """Make a scan softer, brighter, flatter and noisier, as another scanner would."""
    soft = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1))
    signal = np.clip(np.asarray(soft, np.float32) / 255 - 0.08, 0, 1)
    noisy = signal**0.25 + rng.normal(0, 0.04, pixels.shape)
    return Image.fromarray(np.uint8(255 * np.clip(noisy, 0, 1)))


def save(picture: Image.Image, path: Path, **options: int) -> None:
    """Save a picture in a folder that is made for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **options)


def write(scans: xaibrain.Dataset, at: Path, parts: list[str]) -> None:
    """Save drawn scans by part and class, and their masks where they are found."""
    rng = np.random.default_rng(0)
    for index, scan in enumerate(scans):
        path = Path(parts[index // 4 % len(parts)], scan.label, f"a{index:03d}.png")
        save(other_scanner(scan.pixels, rng), at / path)
        save(Image.fromarray(scan.mask), at / "masks" / path)


# --8<-- [start:folder]
# A tenth of each class is for testing.
drawn = xaibrain.load_dataset("phantom", count=count, seed=1)
write(drawn, folder / "scans", ["test", *["train"] * 9])

# What happens when collections are merged: scans of the one stand
# in the other too, smaller, brighter and saved anew.
for path in sorted((folder / "scans" / "train").rglob("*.png"))[::30]:
    copy = Image.open(path).resize((200, 200)).point(lambda value: value * 1.1)
    name = f"b{path.stem[1:]}.jpg"
    save(copy, folder / "scans" / "test" / path.parent.name / name, quality=80)

# Some that stand nowhere else, for the end.
write(xaibrain.load_dataset("phantom", count=count // 6, seed=2), folder / "new", [""])
# --8<-- [end:folder]
print(f"Drawn scans are in {folder}")
