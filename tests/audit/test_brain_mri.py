"""What is known of the real dataset is found."""

import pytest

import xaibrain
from xaibrain.audit.examine import audit
from xaibrain.audit.findings import findings
from xaibrain.audit.record import summary_of
from xaibrain.inputs import items_of


@pytest.fixture(scope="module")
def found(brain_mri_root):
    return audit("brain-mri", items_of(xaibrain.load_dataset("brain-mri", root=str(brain_mri_root))))


def test_equal_files_leaks_and_labels(found):
    counts = summary_of(found)
    assert (counts["identical_groups"], counts["identical_files"]) == (176, 434)
    assert counts["leaked_pictures"] == 20
    assert ("leaks", "20 of 20 test pictures stand in train too") in findings(found)
    assert counts["conflicting_groups"] == 3
    assert counts["turned_or_mirrored_pairs"] == 4


def test_groups_are_small_and_the_threshold_lies_in_a_gap(found):
    assert summary_of(found)["largest_twin_group"] <= 10
    assert 270 <= len(found.twins.groups) <= 300
    doubtful = [pair for pair in found.twins.compared if abs(pair.likeness - found.twins.alike) < 0.004]
    assert doubtful == []


def test_the_border_gives_the_class_away(found):
    verdicts = {probe.kind: probe.verdict for probe in found.probes.rows}
    assert verdicts["border"] == verdicts["all"] == "gives the class away"
    assert verdicts["format"] == "no better than chance"
