"""Generated cases: pictures, targets, and how often a rule is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from xaibrain.errors import UsageError
from xaibrain.testing.rules import BrokenRule
from xaibrain.types import Images, Pixels, Targets

try:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
except ModuleNotFoundError as error:
    raise UsageError("The kit needs hypothesis. Run: pip install 'xaibrain[testing]'") from error

Case_ = TypeVar("Case_")
Look = Literal["noise", "spot", "black", "flat"]


@dataclass(frozen=True)
class Case:
    """What an explainer may be given.

    Attributes:
        count: Pictures.
        look: Noise, a bright spot on dim noise, black, or grey all over.
        seed: Of the pictures.
        targets: A class index each, or a pair of them.
    """

    count: int
    look: Look
    seed: int
    targets: tuple[int, ...] | tuple[tuple[int, int], ...]

    def images(self, shape: tuple[int, int, int], value_range: tuple[float, float]) -> Images:
        """Return the pictures: (n, h, w, c) float32."""
        low, high = value_range
        draw = np.random.default_rng(self.seed)
        images = np.stack([_looking(self.look, shape, draw) for _ in range(self.count)])
        return (low + (high - low) * images).astype(np.float32)

    def target_array(self) -> Targets:
        """Return the targets: (n,) or (n, 2) int64."""
        return np.array(self.targets, np.int64)

    def __str__(self) -> str:
        return f"{self.count} × {self.look} (seed {self.seed}), targets {list(self.targets)}"


def explainer_cases(classes: int, looks: tuple[Look, ...] = ("noise", "spot")) -> st.SearchStrategy[Case]:
    """Return one to four pictures, each with a class or a pair of two classes as its target."""
    one = st.integers(0, classes - 1)
    pair = st.tuples(one, st.integers(1, classes - 1)).map(lambda two: (two[0], sum(two) % classes))

    def of(count: int) -> st.SearchStrategy[Case]:
        alone, against = (st.tuples(*[each] * count) for each in (one, pair))
        return st.builds(
            Case, st.just(count), st.sampled_from(looks), st.integers(0, 999), st.one_of(alone, against)
        )

    return st.integers(1, 4).flatmap(of)


@dataclass(frozen=True)
class Scan:
    """A picture as a file may hold it.

    Attributes:
        size: Height and width.
        coloured: Whether it is RGB.
        dtype: `uint8`, `uint16` or `float32`.
        look: As in `Case`.
        seed: Of its pixels.
    """

    size: tuple[int, int]
    coloured: bool
    dtype: Literal["uint8", "uint16", "float32"]
    look: Look
    seed: int

    def pixels(self) -> Pixels:
        """Return (h, w) or (h, w, 3) in the range of the dtype; 0 to 1 for float32."""
        shape = (*self.size, 3 if self.coloured else 1)
        values = _looking(self.look, shape, np.random.default_rng(self.seed))
        top = 1.0 if self.dtype == "float32" else float(np.iinfo(self.dtype).max)
        return np.asarray((values if self.coloured else values[..., 0]) * top).astype(self.dtype)

    def __str__(self) -> str:
        return f"{self.dtype} of {'×'.join(map(str, self.size))}{' RGB' * self.coloured} ({self.look})"


def scans(looks: tuple[Look, ...] = ("noise", "spot", "black", "flat")) -> st.SearchStrategy[Scan]:
    """Return pictures of any usual size and dtype, odd ones among them."""
    side = st.one_of(st.integers(1, 8), st.integers(30, 120))
    dtypes = st.sampled_from(("uint8", "uint16", "float32"))
    return st.builds(
        Scan, st.tuples(side, side), st.booleans(), dtypes, st.sampled_from(looks), st.integers(0, 999)
    )


def for_all(cases: st.SearchStrategy[Case_], examples: int, check: Callable[[Case_], None]) -> None:
    """Try a check on generated cases, the same ones each time; a failing case is made as small as it gets.

    Raises:
        BrokenRule: The check raised it for the smallest case found.
    """
    broken: list[BrokenRule] = []

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def tried(case: Case_) -> None:
        try:
            check(case)
        except BrokenRule as rule:
            broken.append(rule)
            raise

    try:
        tried()
    # What differs from call to call is flaky to hypothesis; to us the rule is broken all the same.
    except Exception:
        if broken:
            raise broken[-1] from None
        raise


def _looking(look: Look, shape: tuple[int, ...], draw: np.random.Generator) -> np.ndarray:
    if look in ("black", "flat"):
        return np.full(shape, 0.0 if look == "black" else 0.5)
    values: np.ndarray = draw.uniform(0, 1, shape)
    if look == "spot":
        values *= 0.2
        height, width = shape[:2]
        row, column = draw.integers(0, max(1, height // 2)), draw.integers(0, max(1, width // 2))
        values[row : row + height // 3 + 1, column : column + width // 3 + 1] += 0.7
    return values
