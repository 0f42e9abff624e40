"""Names lead to one thing; a clash makes that name unusable, and only that."""

import sys
import types

import pytest

from xaibrain import Spec
from xaibrain.core.registry import Entry, Registry
from xaibrain.errors import NameClashError, PluginError, UnknownNameError, UsageError


def entry(
    name="blur", target="made_up:Blur", plugin="one", owner="xaibrain-one 1.0", kind="explainer", **more
):
    return Entry(kind, Spec(name, target, "Blurs", **more), plugin, owner)


@pytest.fixture
def made_up(monkeypatch):
    """A module that can be imported, with one class."""

    class Blur:
        def __init__(self, sigma: float = 1.0) -> None:
            self.sigma = sigma

    module = types.ModuleType("made_up")
    module.Blur = Blur
    monkeypatch.setitem(sys.modules, "made_up", module)
    return module


def registry_of(*entries):
    registry = Registry()
    for each in entries:
        registry.add(each)
    return registry


def test_a_name_makes_its_thing_with_checked_options_over_the_defaults(made_up):
    registry = registry_of(entry(defaults={"sigma": 2.0}))
    found = registry.get("explainer", "blur")
    assert found.target() is made_up.Blur
    assert found.make().sigma == 2.0
    assert found.make(sigma="3").sigma == 3.0
    with pytest.raises(UsageError, match="'blur' cannot take sigma='wide'"):
        found.make(sigma="wide")
    with pytest.raises(UnknownNameError, match=r"No parameter of 'blur' 'sigmas'\. Did you mean 'sigma'"):
        found.make(sigmas=3)


def test_a_clash_names_both_owners_and_spoils_only_that_name(made_up):
    registry = registry_of(
        entry(), entry(plugin="two", owner="xaibrain-two 0.2"), entry(name="sharp"), entry(kind="model")
    )
    with pytest.raises(NameClashError) as caught:
        registry.get("explainer", "blur")
    assert str(caught.value) == (
        "explainer 'blur' is offered by xaibrain-one 1.0 (plugin 'one') and by xaibrain-two 0.2 "
        "(plugin 'two'); disable one: XAIBRAIN_DISABLE=two"
    )
    assert registry.clashes() == [str(caught.value)]
    assert registry.get("explainer", "sharp").spec.name == "sharp"
    assert registry.get("model", "blur").kind == "model"
    assert len(registry.entries("explainer")) == 3


def test_unknown_names_are_answered_with_the_nearest():
    registry = registry_of(entry(name="gradcam"), entry(name="gradcan", kind="model"))
    with pytest.raises(UnknownNameError) as caught:
        registry.get("explainer", "gradcan")
    assert str(caught.value) == ("No explainer 'gradcan'. Did you mean 'gradcam'? Run: xaibrain explainers")
    with pytest.raises(UnknownNameError, match=r"^No dataset 'zzz'\. Run: xaibrain datasets$"):
        registry.get("dataset", "zzz")


def test_entries_are_sorted_by_kind_and_name():
    registry = registry_of(
        entry(name="b"), entry(name="a"), entry(name="z", kind="dataset"), entry(name="m", kind="model")
    )
    assert [(e.kind, e.spec.name) for e in registry.entries()] == [
        ("dataset", "z"), ("model", "m"), ("explainer", "a"), ("explainer", "b"),
    ]  # fmt: skip


def test_a_missing_dependency_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "needy.py").write_text("import surely_not_installed\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError) as caught:
        entry(target="needy:Blur", extra="dicom").target()
    assert str(caught.value) == (
        "explainer 'blur' needs surely_not_installed. Run: pip install 'xaibrain-one[dicom]'"
    )
    with pytest.raises(
        PluginError, match=r"'blur' of xaibrain-one 1\.0 cannot be imported \(ModuleNotFoundError"
    ):
        entry(target="needy:Blur").target()


def test_a_misspelt_target_is_not_told_as_a_missing_extra():
    with pytest.raises(
        PluginError, match=r"cannot be imported \(ModuleNotFoundError: No module named 'nowhere'"
    ):
        entry(target="nowhere.at_all:Blur", extra="dicom").target()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("raise RuntimeError('two\\nlines')\n", "RuntimeError: two lines"),
        ("Other = 1\n", "AttributeError"),
    ],
)
def test_a_target_that_cannot_be_imported_is_one_line(source, told, tmp_path, monkeypatch):
    (tmp_path / "strange.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "strange", raising=False)
    with pytest.raises(PluginError) as caught:
        entry(target="strange:Blur").target()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    sys.modules.pop("strange", None)


@pytest.mark.parametrize("target", ["", "module", "module:", ":Class", "module.Class"])
def test_a_spec_needs_a_module_and_a_name(target):
    with pytest.raises(ValueError, match=r"is not 'package\.module:Attribute'"):
        Spec("blur", target, "Blurs")
    with pytest.raises(ValueError, match="Spec ''"):
        Spec("", "module:Class", "Blurs")
