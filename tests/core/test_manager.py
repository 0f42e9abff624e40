"""A broken plugin becomes a row with its reason, and stands in nobody's way."""

import sys
from importlib.metadata import EntryPoint, entry_points, version

import pytest

from xaibrain.core.manager import GROUP, Manager, manager
from xaibrain.errors import NameClashError

GOOD = """
from xaibrain import Spec, hookimpl

@hookimpl
def xaibrain_explainers():
    return [Spec("{name}", "{name}:Thing", "Does it")]
"""

BROKEN = {
    "absent": (
        "import surely_not_installed\n",
        "ModuleNotFoundError: No module named 'surely_not_installed'",
    ),
    "torn": ("def broken(:\n", "SyntaxError"),
    "leaving": ("raise SystemExit('bye')\n", "SystemExit: bye"),
    "wordy": ("raise RuntimeError('first line\\nsecond line')\n", "RuntimeError: first line"),
    "garbage": (GOOD.replace("[Spec", "[3, Spec"), "TypeError: hook xaibrain_explainers returned int"),
    "nothing": (GOOD.replace('[Spec("{name}", "{name}:Thing", "Does it")]', "None"), "returned NoneType"),
    "raising": (GOOD.replace("return", "raise KeyError('x')  #"), "KeyError: 'x'"),
    "badspec": (GOOD.replace(":Thing", ""), "ValueError: Spec 'badspec'"),
    "unknown": (
        GOOD.replace("xaibrain_explainers", "xaibrain_colours"),
        "PluginValidationError: unknown hook",
    ),
    "greedy": (GOOD.replace("explainers()", "explainers(wish)"), "PluginValidationError: Plugin"),
}


@pytest.fixture
def points(tmp_path, monkeypatch):
    """Makes entry points of modules written here."""
    monkeypatch.syspath_prepend(str(tmp_path))
    written = []

    def make(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source.replace("{name}", name))
            written.append(name)
        return [EntryPoint(name, name, GROUP) for name in sources]

    yield make
    for name in written:
        sys.modules.pop(name, None)


def test_a_good_plugin_is_in_use(points):
    found = Manager(points(good=GOOD))
    assert [(row.name, row.state, row.reason) for row in found.rows] == [("good", "ok", "")]
    assert [entry.spec.name for entry in found.registry.entries()] == ["good"]
    assert found.registry.get("explainer", "good").owner == "an unknown distribution"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_a_row_and_the_others_go_on(points, name):
    source, reason = BROKEN[name]
    found = Manager(points(aaa=GOOD, **{name: source}, zzz=GOOD))
    states = {row.name: row.state for row in found.rows}
    assert states == {"aaa": "ok", name: "failed", "zzz": "ok"}
    row = next(row for row in found.rows if row.name == name)
    assert reason in row.reason
    assert "\n" not in row.reason
    assert {entry.spec.name for entry in found.registry.entries()} == {"aaa", "zzz"}


def test_disabled_plugins_are_not_imported(points):
    found = Manager(points(good=GOOD, bomb="raise SystemExit\n"), disabled=["bomb"])
    assert {row.name: row.state for row in found.rows} == {"good": "ok", "bomb": "disabled"}
    assert "bomb" not in sys.modules


def test_a_clash_between_plugins_names_both_and_can_be_solved(points):
    source = GOOD.replace('"{name}", ', '"same", ')
    made = points(one=source, two=source, three=GOOD)
    found = Manager(made)
    assert {row.state for row in found.rows} == {"ok"}
    with pytest.raises(NameClashError, match=r"plugin 'one'.*plugin 'two'.*XAIBRAIN_DISABLE=two"):
        found.registry.get("explainer", "same")
    assert found.registry.get("explainer", "three").plugin == "three"
    assert Manager(made, disabled=["two"]).registry.get("explainer", "same").plugin == "one"


def test_the_environment_disables(monkeypatch):
    monkeypatch.setenv("XAIBRAIN_DISABLE", " cam , nothing,")
    fresh = manager.__wrapped__()
    assert {row.state for row in fresh.rows if row.name == "cam"} == {"disabled"}
    assert "gradcam" not in {entry.spec.name for entry in fresh.registry.entries("explainer")}


def test_what_is_installed_here_is_whole():
    installed = {point.name for point in entry_points(group=GROUP)}
    assert "cam" in installed
    rows = {row.name: (row.state, row.reason) for row in manager().rows}
    assert rows.keys() == installed
    assert set(rows.values()) == {("ok", "")}
    assert manager().registry.clashes() == []


def test_the_owner_is_the_distribution_with_its_version():
    assert manager().registry.get("explainer", "gradcam").owner == f"xaibrain {version('xaibrain')}"
