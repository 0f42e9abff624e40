"""Pictures under names that say nothing of where they come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xaibrain.core.records import Image
from xaibrain.errors import InputError
from xaibrain.inputs import Item


def pseudonymous(items: Sequence[Item]) -> list[Item]:
    """Give pictures and volumes numbers for names, in their order, and hide where they were read from.

    What goes wrong with one is told without its reason, which may quote its path or what stands in it.
    """
    volumes: dict[str, str] = {}
    slices: Counter[str] = Counter()
    hidden = []
    for number, item in enumerate(items, 1):
        if item.group and item.group != item.id:
            volume = volumes.setdefault(item.group, f"volume-{len(volumes) + 1:04d}")
            hidden.append(_hidden(item, f"{volume}/{slices[volume]:04d}", volume))
            slices[volume] += 1
        else:
            hidden.append(_hidden(item, f"picture-{number:06d}", f"picture-{number:06d}"))
    return hidden


def _hidden(item: Item, name: str, volume: str) -> Item:
    return Item(name, "", _Reading(item, name, volume), volume if item.group else "")


@dataclass(frozen=True)
class _Reading:
    """Reads a picture under another name; it can be sent to another process."""

    item: Item
    name: str
    volume: str

    def __call__(self) -> Image:
        try:
            image = self.item.read()
        # Any error may quote what it came upon.
        except Exception:
            told = "cannot be read; run it without --deidentify to see why."
            raise InputError(f"{self.name}: {told}") from None
        place = replace(image.place, volume=self.volume) if image.place else None
        # Its file goes unseen: what could hide in one is lost when its pixels are coded anew.
        return replace(image, id=self.name, source="", place=place, coded=None)
