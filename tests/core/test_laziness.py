"""Importing xaibrain and listing its plugins imports nothing heavy."""

import subprocess
import sys

import pytest

import xaibrain

HEAVY = (
    "tensorflow",
    "keras",
    "cv2",
    "matplotlib",
    "h5py",
    "PIL",
    "sklearn",
    "keras_cv",
    "pydicom",
    "nibabel",
)


def loaded_after(code):
    script = f"{code}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_listing_every_entry_imports_nothing_heavy():
    code = """
import xaibrain
import xaibrain.core.manager
entries = xaibrain.core.manager.manager().registry.entries()
assert len(entries) > 4, entries
dir(xaibrain)
"""
    assert loaded_after(code) == []


def test_unknown_names_are_answered_before_anything_heavy_is_imported():
    code = """
from xaibrain import load_explainer
from xaibrain.errors import UnknownNameError
try:
    load_explainer("gradcan")
except UnknownNameError as error:
    assert "Did you mean 'gradcam'?" in str(error)
else:
    raise SystemExit("no error")
"""
    assert loaded_after(code) == []


def test_what_is_public_is_what_is_lazy():
    assert set(xaibrain.__all__) == {*xaibrain._HOMES, "__version__"}
    assert xaibrain.__all__ == sorted(xaibrain.__all__, key=lambda name: (not name[0].isupper(), name))
    assert dir(xaibrain) == sorted(xaibrain.__all__)


@pytest.mark.parametrize("name", xaibrain.__all__)
def test_each_public_name_resolves_and_says_what_it_is(name):
    thing = getattr(xaibrain, name)
    home = xaibrain._HOMES.get(name)
    if home and name not in ("Capability", "Need", "hookimpl"):
        assert thing.__module__ == home
        assert thing.__doc__


def test_other_names_are_no_attributes():
    with pytest.raises(AttributeError, match="module 'xaibrain' has no attribute 'explian'"):
        xaibrain.explian  # noqa: B018
