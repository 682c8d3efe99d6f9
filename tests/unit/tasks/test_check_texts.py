"""What the checks of file contents accept and refuse."""

import json
import os
from typing import Any

import pytest


def refuses(call: Any, *arguments: Any, says: str, **options: Any) -> None:
    with pytest.raises(AssertionError, match=says):
        call(*arguments, **options)


def test_text_ignores_final_newlines_unless_asked(harness: Any) -> None:
    name = harness.expect("a.txt", "one\ntwo\n")
    equals = harness.checks.text_equals
    equals(harness.put("a", "one\ntwo"), name)
    equals(harness.put("a", "one\ntwo\n\n"), name)
    equals(harness.put("a", "one\ntwo\n"), name, trailing_newline="required")
    equals(harness.put("a", "one\ntwo\n"), name, trailing_newline="exact")
    refuses(equals, harness.put("a", "one\ntwo"), name, trailing_newline="required", says="newline")
    refuses(equals, harness.put("a", "one\ntwo"), name, trailing_newline="exact", says="line 3")
    refuses(equals, harness.put("a", "one\r\ntwo\n"), name, says="line 1")
    refuses(equals, harness.put("a", ""), name, says="expected b'one'")
    refuses(equals, harness.put("a", b"\xff\x00\xfe"), name, says="line 1")


def test_lines_in_order_or_as_a_bag(harness: Any) -> None:
    name = harness.expect("a.txt", "b\na\na\n")
    harness.checks.lines_equal(harness.put("a", "b\na\na"), name)
    harness.checks.lines_equal(harness.put("a", "a\na\nb\n"), name, ordered=False)
    refuses(harness.checks.lines_equal, harness.put("a", "a\nb\na\n"), name, says="line 1")
    path = harness.put("a", "a\nb\nb\n")
    refuses(harness.checks.lines_equal, path, name, ordered=False, says="1 lines missing")


def test_bytes_name_the_first_difference(harness: Any) -> None:
    name = harness.expect("a.bin", b"\x00\x01\x02")
    harness.checks.bytes_equal(harness.put("a", b"\x00\x01\x02"), name)
    path = harness.put("a", b"\x00\x01\x03\n")
    refuses(harness.checks.bytes_equal, path, name, says="from offset 2")


def test_csv_compares_cells_and_not_quoting(harness: Any) -> None:
    name = harness.expect("a.csv", 'id,say\n1,"a, b"\n2,c\n')
    equals = harness.checks.csv_equals
    equals(harness.put("a", '"id","say"\r\n"1","a, b"\r\n\r\n2,c'), name)
    equals(harness.put("a", 'id,say\n2,c\n1,"a, b"\n'), name, ordered=False)
    refuses(equals, harness.put("a", 'id,say\n2,c\n1,"a, b"\n'), name, says="row 1")
    refuses(equals, harness.put("a", 'id, say\n1,"a, b"\n2,c\n'), name, says="header")
    refuses(equals, harness.put("a", ""), name, says="header")
    refuses(equals, harness.put("a", 'id,say\n1,"a'), name, says="well-formed")
    refuses(equals, harness.put("a", b"id,say\n\xff,2\n"), name, says="not UTF-8")
    refuses(equals, harness.put("a", 'id,say\n1,"a, b"\n2,c\n3,d\n'), name, says="3 rows")


def test_csv_tolerance_is_for_numbers_only(harness: Any) -> None:
    name = harness.expect("a.csv", "k,v\nx,1.50\ny,-\n")
    equals = harness.checks.csv_equals
    equals(harness.put("a", "k,v\nx,1.5004\ny,-\n"), name, tolerance=0.001)
    refuses(equals, harness.put("a", "k,v\nx,1.5004\ny,-\n"), name, says="row 1")
    refuses(equals, harness.put("a", "k,v\nx,1.6\ny,-\n"), name, tolerance=0.001, says="row 1")
    refuses(equals, harness.put("a", "k,v\nx,nan\ny,-\n"), name, tolerance=0.001, says="row 1")


def test_json_is_compared_as_a_value(harness: Any) -> None:
    name = harness.expect("a.json", '{"a": [1, 2.0], "b": {"c": true}}')
    equals = harness.checks.json_equals
    equals(harness.put("a", '{"b":{"c":true},"a":[1.0,2]}'), name)
    equals(harness.put("a", '{"b":{"c":true},"a":[2,1]}'), name, ordered_lists=False)
    equals(harness.put("a", '{"b":{"c":true},"a":[1.001,2]}'), name, tolerance=0.01)
    refuses(equals, harness.put("a", '{"b":{"c":true},"a":[2,1]}'), name, says=r"\$\.a\[0\]")
    refuses(equals, harness.put("a", '{"b":{"c":1},"a":[1,2]}'), name, says=r"\$\.b\.c")
    refuses(equals, harness.put("a", '{"a":[1,2]}'), name, says="missing keys")
    refuses(equals, harness.put("a", '{"b":{"c":true},"a":[1,2,3]}'), name, says="3 items")


@pytest.mark.parametrize(
    "hostile",
    ["", "{", "NaN", '{"a": 1, "a": 1}', "[" * 100_000, "9" * 10_000, "[1e999]", b"\xff\xfe\x00"],
)
def test_json_refuses_what_is_not_json(harness: Any, hostile: str | bytes) -> None:
    name = harness.expect("a.json", '{"a": 1}')
    refuses(harness.checks.json_equals, harness.put("a", hostile), name, tolerance=0.1, says="a:")


def test_jsonl_in_order_or_not(harness: Any) -> None:
    name = harness.expect("a.jsonl", '{"a":1,"b":2}\n{"a":3}\n')
    equals = harness.checks.jsonl_equals
    equals(harness.put("a", '{"b":2,"a":1}\n\n{"a":3}'), name)
    equals(harness.put("a", '{"a":3}\n{"a":1,"b":2}\n'), name, ordered=False)
    refuses(equals, harness.put("a", '{"a":3}\n{"a":1,"b":2}\n'), name, says="record 1")
    refuses(equals, harness.put("a", json.dumps({"a": 3})), name, says="1 records, expected 2")
    refuses(equals, harness.put("a", '{"a":1,"b":2}\n{"a":}'), name, says="line 2")


def test_pipes_folders_and_missing_files_fail_at_once(harness: Any) -> None:
    name = harness.expect("a.txt", "x")
    pipe = str(harness.app / "pipe")
    os.mkfifo(pipe)
    refuses(harness.checks.text_equals, pipe, name, says="named pipe")
    refuses(harness.checks.text_equals, str(harness.app), name, says="a directory")
    refuses(harness.checks.text_equals, "/dev/zero", name, says="a device")
    refuses(harness.checks.text_equals, str(harness.app / "no"), name, says="No such file")


def test_links_are_followed_but_not_to_the_answers(harness: Any) -> None:
    name = harness.expect("a.txt", "x")
    real = harness.put("real", "x")
    (harness.app / "good").symlink_to(real)
    harness.checks.text_equals(str(harness.app / "good"), name)
    (harness.app / "cheat").symlink_to(harness.tests / "expected" / "a.txt")
    refuses(harness.checks.text_equals, str(harness.app / "cheat"), name, says="not accepted")
    (harness.app / "folder").symlink_to(harness.tests / "expected")
    path = str(harness.app / "folder" / "a.txt")
    refuses(harness.checks.text_equals, path, name, says="not accepted")
    (harness.app / "proc").symlink_to("/proc/self/environ")
    refuses(harness.checks.text_equals, str(harness.app / "proc"), name, says="not accepted")


def test_large_files_are_refused(harness: Any) -> None:
    name = harness.expect("a.txt", "x")
    path = harness.put("huge", "")
    os.truncate(path, 10 * 2**30)
    refuses(harness.checks.text_equals, path, name, says="larger than")
