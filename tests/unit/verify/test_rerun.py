"""What a second run of the gates prints."""

from shellwright.verify.rerun import WIDEST, readable


def test_evidence_has_a_line_for_each_value_and_long_ones_are_cut() -> None:
    lines = readable({"trials": [{"code": 1, "output": "x" * 1000}]}).split("\n")
    assert '      "code": 1,' in lines
    (cut,) = [line for line in lines if "output" in line]
    assert cut.endswith(" more)")
    assert len(cut) < WIDEST + 30
