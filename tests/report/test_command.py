"""`xaibrain report`, from the command line."""

import json

import pytest


def test_a_run_becomes_one_file(run, tmp_path):
    assert run("explain", "-n", 2, "-o", "out")[0] == 0
    code, out, _ = run("report", "out", "--title", "Two & more")
    assert (code, "2 scans" in out, "See out/report.html" in out) == (0, True, True)
    text = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<h1>Two &amp; more</h1>" in text
    assert "phantom-0-000000" not in text
    code, _, _ = run("report", "out", "-o", "one.html", "-n", 1, "--show-paths")
    assert code == 0
    text = (tmp_path / "one.html").read_text("utf-8")
    assert "phantom-0-000000" in text


@pytest.mark.parametrize(("arguments", "told"), [
    (["nowhere"], "holds no run"),
    (["out", "--audit", "missing.json"], "give the audit.json of xaibrain audit"),
    (["out", "--benchmark", "other.json"], "holds no benchmark"),
])  # fmt: skip
def test_what_cannot_be_read_is_told_in_a_line(run, tmp_path, arguments, told):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text("{}")
    line = {"id": "a", "error": "no map", "source": "a", "notes": None}
    (tmp_path / "out" / "explanations.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "other.json").write_text(json.dumps({"summary": {}}))
    code, out, said = run("report", *arguments)
    assert (code, out) == (2, "")
    assert said.count("\n") == 1
    assert told in said
