"""Whatever bytes are handed over: an answer, or one clear line; never another error, a hang or a crash."""

import io
import json
import zipfile

import h5py
import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xaibrain.errors import InputError, ModelError
from xaibrain.models.card import CARD, read_card
from xaibrain.models.code import refuse_code
from xaibrain.reading import read_image
from xaibrain.stores.lines import lines, read_lines

few = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def keras_file():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Functional", "config": {"layers": []}}))
        archive.writestr(CARD, json.dumps({"class_names": ["a", "b"], "temperature": {"value": 2.0}}))
    return buffer.getvalue()


def h5_file():
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Functional"})
        file["weights"] = np.arange(5.0)
    return buffer.getvalue()


def picture(kind):
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8)).save(buffer, kind)
    return buffer.getvalue()


WHOLE = [keras_file(), h5_file(), *(picture(kind) for kind in ("PNG", "JPEG", "TIFF", "WEBP", "BMP"))]


@st.composite
def damaged(draw):
    """Bytes of no kind, or a sound file with bytes changed, moved, or cut away."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(max_size=200))
    content = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(content) - 1))
        content[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=6))
    return bytes(content[: draw(st.integers(0, len(content)))])


def answered(refusal, read, path):
    """Whether it answers, or refuses in one line that begins with the path; any other error is passed on."""
    try:
        read(path)
    except refusal as error:
        return str(error).startswith(str(path)) and "\n" not in str(error)
    return True


@few
@given(content=damaged(), suffix=st.sampled_from(["png", "tif", "dcm", "nii", "keras", "unknown"]))
@pytest.mark.filterwarnings("ignore")
def test_a_file_of_any_bytes_is_a_picture_or_a_clear_refusal(tmp_path, content, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    assert answered(InputError, read_image, path)


@few
@given(content=damaged())
def test_a_model_file_of_any_bytes_is_let_through_or_clearly_refused(tmp_path, content):
    path = tmp_path / "a.keras"
    path.write_bytes(content)
    for look in (refuse_code, read_card):
        assert answered(ModelError, look, path)


@few
@given(configuration=json_values)
def test_any_configuration_is_looked_through(tmp_path, configuration):
    path = tmp_path / "a.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(configuration))
    refuse_code(path)


@few
@given(content=st.binary(max_size=300))
def test_records_of_any_bytes_are_read_as_far_as_they_are_records(tmp_path, content):
    path = tmp_path / "explanations.jsonl"
    path.write_bytes(content)
    assert all(isinstance(record, dict) for record in read_lines(path))


@few
@given(records=st.lists(st.dictionaries(st.text(max_size=8), json_values, max_size=4), max_size=4))
def test_records_come_back_as_they_were_written(tmp_path, records):
    path = tmp_path / "explanations.jsonl"
    path.write_text(lines(records), "utf-8", errors="surrogatepass")
    assert read_lines(path) == records
