"""The rules for datasets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, get_args

import numpy as np
from hypothesis import strategies as st

from xaibrain.core.dataset import Dataset, Planter
from xaibrain.core.records import Image, MaskKind
from xaibrain.core.registry import Entry
from xaibrain.errors import InputError
from xaibrain.testing.cases import for_all
from xaibrain.testing.rules import NotApplicable, Rule, demand, rule_maker

_READ = 64


@dataclass(frozen=True)
class TestedDataset:
    """A dataset, and how many of its pictures are looked at closely."""

    dataset: Dataset
    examples: int = 10
    entry: Entry | None = None

    __test__ = False

    def for_all(self, check: Callable[[int, Image], None]) -> None:
        """Try a check on pictures anywhere in the dataset; damaged ones may refuse to be read."""
        count = len(self.dataset)
        if not count:
            raise NotApplicable("it holds no picture")

        def checked(index: int) -> None:
            try:
                image = self.dataset[index]
            except InputError:
                return
            demand(isinstance(image, Image), f"[{index}] is {type(image).__name__}; return a xaibrain.Image.")
            check(index, image)

        for_all(st.integers(0, count - 1), self.examples, checked)

    def ids(self) -> list[str]:
        """Return the ids of all pictures where they are told, else of the first ones that can be read."""
        told = getattr(self.dataset, "ids", None)
        if told is not None:
            return [str(id) for id in told]
        found = []
        for index in range(min(_READ, len(self.dataset))):
            try:
                found.append(self.dataset[index].id)
            except InputError:
                continue
        return found


DATASET_RULES: list[Rule[TestedDataset]] = []
rule = rule_maker(DATASET_RULES)


@rule("interface", "A dataset has class_names, default_model, a length, and pictures by index.")
def _interface(tested: TestedDataset) -> None:
    dataset: Any = tested.dataset
    for name in ("class_names", "default_model", "__len__", "__getitem__", "__iter__"):
        demand(hasattr(dataset, name), f"there is no '{name}'; add it, as xaibrain.Dataset says.")
    names, model = dataset.class_names, dataset.default_model
    demand(
        isinstance(names, tuple) and all(isinstance(name, str) for name in names),
        f"class_names is {names!r}; give a tuple of names, empty where there are no labels.",
    )
    demand(len(set(names)) == len(names), f"class_names repeats a name: {names}; name each class once.")
    demand(model is None or isinstance(model, str), f"default_model is {model!r}; give a name or None.")


@rule("length", "len() is the number of pictures, and it is not 0.")
def _length(tested: TestedDataset) -> None:
    count = len(tested.dataset)
    demand(count > 0, "it holds no picture; raise DatasetError when it is made, and say how to get the data.")
    for name in ("ids", "groups"):
        told = getattr(tested.dataset, name, None)
        demand(
            told is None or len(told) == count,
            f"{name} has {len(told or ())} entries for {count} pictures; give one each, in order.",
        )


@rule("end", "Asking past the end raises IndexError.")
def _end(tested: TestedDataset) -> None:
    count = len(tested.dataset)
    for index in (count, count + 7):
        try:
            tested.dataset[index]
        except IndexError:
            continue
        except Exception as error:
            demand(False, f"[{index}] of {count} raises {type(error).__name__}; raise IndexError.")
        demand(False, f"[{index}] of {count} gives a picture; raise IndexError.")


@rule("order", "Iterating gives the pictures in the order of their indices.")
def _order(tested: TestedDataset) -> None:
    count = min(len(tested.dataset), 8)
    try:
        walked = [image.id for image in islice(iter(tested.dataset), count)]
        asked = [tested.dataset[index].id for index in range(count)]
    except InputError as error:
        raise NotApplicable("a damaged picture stands among the first ones") from error
    demand(walked == asked, f"iterating gives {walked[:3]}, indices give {asked[:3]}; keep one order.")
    if count == len(tested.dataset):
        rest = len(list(tested.dataset))
        demand(rest == count, f"iterating gives {rest} pictures of {count}; stop at the end.")


@rule("ids", "Every picture has an id of its own.")
def _ids(tested: TestedDataset) -> None:
    ids = tested.ids()
    twice = sorted({id for id in ids if ids.count(id) > 1}) if len(set(ids)) < len(ids) else []
    demand(not twice, f"several pictures have the id '{(twice or [''])[0]}'; give each its own.")
    told = getattr(tested.dataset, "ids", None)

    def check(index: int, image: Image) -> None:
        demand(image.id and isinstance(image.id, str), f"[{index}] has the id {image.id!r}; give text.")
        demand(
            told is None or told[index] == image.id,
            f"[{index}] has the id '{image.id}', and ids says '{told and told[index]}'; let them agree.",
        )

    tested.for_all(check)


@rule("labels", "A label is one of class_names, or None.")
def _labels(tested: TestedDataset) -> None:
    def check(index: int, image: Image) -> None:
        names = tested.dataset.class_names
        demand(
            image.label is None or image.label in names,
            f"'{image.id}' is labelled '{image.label}', which is none of {names}; add it to class_names.",
        )

    tested.for_all(check)


@rule("repeatable", "A picture is the same at each reading.")
def _repeatable(tested: TestedDataset) -> None:
    def check(index: int, image: Image) -> None:
        again = tested.dataset[index]
        same = (again.id, again.label, again.source) == (image.id, image.label, image.source)
        demand(
            same and again.pixels.dtype == image.pixels.dtype and np.array_equal(again.pixels, image.pixels),
            f"[{index}] is another picture at the second reading; draw from a seed and the index.",
        )
        demand(_same_mask(image, again), f"the mask of '{image.id}' differs at the second reading; keep it.")

    tested.for_all(check)


@rule("own", "Writing into a picture that was read does not change the dataset.")
def _own(tested: TestedDataset) -> None:
    def check(index: int, image: Image) -> None:
        kept = image.pixels.copy()
        if not image.pixels.flags.writeable:
            return
        image.pixels[...] = image.pixels.max() - image.pixels
        again = tested.dataset[index].pixels.copy()
        image.pixels[...] = kept
        demand(np.array_equal(again, kept), f"'{image.id}' changes when it is written into; hand out a copy.")

    tested.for_all(check)


@rule("masks", "A mask is boolean, of its picture's size, and says what it follows.")
def _masks(tested: TestedDataset) -> None:
    def check(index: int, image: Image) -> None:
        if image.mask is not None:
            demand(image.mask.dtype == bool, f"the mask of '{image.id}' is {image.mask.dtype}; make it bool.")
        kinds = get_args(MaskKind)
        demand(image.mask_kind in kinds, f"mask_kind is {image.mask_kind!r}; give one of {kinds}.")

    tested.for_all(check)


@rule("planting", "plant() changes the picture where the lesion is, and nowhere else; the same for a seed.")
def _planting(tested: TestedDataset) -> None:
    planter = tested.dataset
    if not isinstance(planter, Planter):
        raise NotApplicable("it plants no lesions")
    label = planter.lesions[0]
    done = 0
    for index in range(min(_READ, len(tested.dataset))):
        image = tested.dataset[index]
        kept = image.pixels.copy()
        try:
            first, second = (planter.plant(image, label, 5) for _ in range(2))
        except InputError:
            continue
        demand(np.array_equal(image.pixels, kept), "plant() changes the picture it is given; work on a copy.")
        demand(np.array_equal(first.pixels, second.pixels), "plant() differs for one seed; draw from it.")
        demand(
            first.pixels.shape == kept.shape and first.pixels.dtype == kept.dtype,
            f"plant() makes {first.pixels.dtype} {first.pixels.shape} of {kept.dtype} {kept.shape}; keep it.",
        )
        demand(first.mask is not None and first.mask.any(), "plant() tells no mask; set it to the lesion.")
        demand(
            first.label == label and first.id == f"{image.id}+{label}-5",
            f"plant() gives label '{first.label}' and id '{first.id}'; see xaibrain.Planter.",
        )
        done += 1
        if done == 3:
            return


def _same_mask(one: Image, other: Image) -> bool:
    if one.mask is None or other.mask is None:
        return one.mask is other.mask
    return np.array_equal(one.mask, other.mask)
