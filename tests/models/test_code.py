"""Code in model files is found without a framework, wherever it hides; nothing else is refused."""

import json
import subprocess
import sys
import zipfile

import h5py
import pytest

from xaibrain.errors import ModelError
from xaibrain.models.card import read_card
from xaibrain.models.code import refuse_code

CLEAN = {
    "class_name": "Functional",
    "config": {"layers": [{"class_name": "Dense", "module": "keras.layers"}]},
}
LAMBDA = {"class_name": "__lambda__", "config": {"value": "4wEAAAAAAAAA"}}


def keras_file(path, configuration):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", configuration)
    return path


def h5_file(path, configuration):
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = configuration
    return path


def within(part):
    return {"class_name": "Sequential", "config": {"layers": [CLEAN, {"class_name": "Add", "config": part}]}}


HIDDEN = {
    "a layer": {"class_name": "Lambda", "config": {}},
    "a layer of a package": {"class_name": "mine>Lambda", "config": {}},
    "an activation": {"activation": LAMBDA},
    "a list of lists": {"calls": [[[{"kwargs": {"fn": LAMBDA}}]]]},
    "the way of Keras 2": {"function": ["code", None, None], "function_type": "lambda"},
    "a program beside it": {"class_name": "TFSMLayer", "config": {"filepath": "https://example.org/model"}},
}


@pytest.mark.parametrize("part", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize(("make", "name"), [(keras_file, "a.keras"), (h5_file, "a.h5")])
def test_code_is_found_wherever_it_hides(tmp_path, make, name, part):
    path = make(tmp_path / name, json.dumps(within(part)))
    with pytest.raises(ModelError, match=r"holds Python code \(a .*not run.*--unsafe") as caught:
        refuse_code(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("make", "name"), [(keras_file, "a.keras"), (h5_file, "a.h5")])
def test_what_only_looks_like_code_is_let_through(tmp_path, make, name):
    harmless = within({"name": "Lambda", "units": 3, "activation": "relu", "class": "__lambda__"})
    refuse_code(make(tmp_path / name, json.dumps(harmless)))


@pytest.mark.parametrize("text", ["{", "", "[" * 200_000, '{"a": ' * 50_000, b"\xff\xfe\x00"])
def test_configurations_that_cannot_be_read_are_one_line(tmp_path, text):
    with pytest.raises(ModelError, match="not a Keras 3 model") as caught:
        refuse_code(keras_file(tmp_path / "a.keras", text))
    assert "\n" not in str(caught.value)


def test_a_configuration_that_unpacks_without_end_is_stopped(tmp_path):
    path = keras_file(tmp_path / "a.keras", b" " * ((1 << 26) + 100))
    assert path.stat().st_size < 100_000
    with pytest.raises(ModelError, match="longer than"):
        refuse_code(path)


@pytest.mark.parametrize("look", [refuse_code, read_card])
@pytest.mark.parametrize(
    ("field", "value"), [(6, 236), (8, 1), (10, 14), (10, 99)], ids=["version", "encrypted", "lzma", "method"]
)
def test_archives_of_another_kind_are_one_line(tmp_path, look, field, value):
    """A version that is not known, a password, a compression: what fuzzing found to be another error."""
    path = keras_file(tmp_path / "a.keras", json.dumps(CLEAN))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xaibrain.json", "{}")
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + field] = value
        at = content.find(b"PK\x01\x02", at + 1)
    at = content.find(b"PK\x03\x04")
    while at >= 0:
        content[at + field - 2] = value
        at = content.find(b"PK\x03\x04", at + 1)
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        look(path)
    assert "\n" not in str(caught.value)


def test_neither_keras_nor_tensorflow_is_imported_for_a_refusal(tmp_path):
    path = keras_file(tmp_path / "a.keras", json.dumps(within(LAMBDA)))
    program = (
        "import sys, xaibrain\n"
        "try: xaibrain.load_model(sys.argv[1])\n"
        "except xaibrain.errors.ModelError as error: print(error)\n"
        "print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert "holds Python code" in done.stdout
    assert done.stdout.endswith("set()\n")
