"""Tables hold whatever a file may be called."""

from xaibrain.markdown import table


def test_a_cell_cannot_break_its_table():
    told = table(("picture", "is"), [("a|b\n\x1b.png", "odd"), ("c.png", "")])
    assert told == "| picture | is |\n| --- | --- |\n| a\\|b��.png | odd |\n| c.png |  |\n"
    assert table(("a",), [("<b>&</b>",)]).endswith("\n| &lt;b>&amp;&lt;/b> |\n")
    assert table(("picture",), []) == "None.\n"
