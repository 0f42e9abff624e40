"""A model file as a model: from what was converted before, else by Keras."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from xaibrain.core.model import Model
from xaibrain.errors import ModelError
from xaibrain.models.card import beside
from xaibrain.models.code import refuse_code
from xaibrain.models.conversions import Runner
from xaibrain.models.converted import ConvertedModel
from xaibrain.models.description import Description
from xaibrain.models.engines import load_engine
from xaibrain.models.preprocessing import Crop, Fit, preprocessing_of
from xaibrain.models.store import model_store

_DESCRIPTION = "description"


def open_file(
    path: Path,
    class_names: Sequence[str] = (),
    *,
    name: str = "",
    size: int | tuple[int, int] | None = None,
    value_range: tuple[float, float] | None = None,
    crop: Crop | None = None,
    fit: Fit | None = None,
    engine: str | None = "auto",
    precision: str = "float32",
    unsafe: bool = False,
) -> Model:
    """Open a `.keras` or `.h5` file.

    Classes and preprocessing come from the checkpoint's card where it has one; what is given here
    takes precedence. The arguments are those of `xaibrain.wrap`, and `unsafe`: run the Python code that
    the file carries, which may do whatever the user may do.

    Raises:
        ModelError: The file is missing or damaged; or it holds code, and `unsafe` is not given.
        UsageError: A class list of the wrong length; an unknown engine or precision.
    """
    if not path.is_file():
        raise ModelError(f"No model file {path}. Check the path, or run: xaibrain models")
    if not unsafe:
        # Before anything of it is looked for in the cache: who trusted it then is not asked now.
        refuse_code(path)

    @cache
    def origin() -> Any:
        # Keras and TensorFlow, seconds: only where nothing that was converted will do.
        from xaibrain.keras.files import load_file

        how: Any = {"size": size, "value_range": value_range, "crop": crop, "fit": fit, "unsafe": unsafe}
        return load_file(path, class_names, name=name, **how)

    if engine is None:
        return origin()  # type: ignore[no-any-return]
    runner = Runner(*load_engine(engine, precision), precision)
    store = model_store(f"{_digest(path)} {size}", name or path.stem)
    description = store.read(_DESCRIPTION, lambda folder: _describe(origin, folder), _described)
    card = description.card
    model = ConvertedModel(
        description,
        name or path.stem,
        class_names or card.get("class_names", ()),
        preprocessing_of(card, description.shape, value_range, crop, fit),
        runner,
        store,
        origin,
    )
    model.file = path
    return model


def _describe(origin: Callable[[], Any], folder: Path) -> None:
    (folder / "model.json").write_text(origin().describe().to_json(), "utf-8")


def _described(folder: Path) -> Description:
    return Description.from_json((folder / "model.json").read_text("utf-8"))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    if beside(path).is_file():
        digest.update(beside(path).read_bytes())
    return digest.hexdigest()
