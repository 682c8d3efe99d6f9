"""What the harness's checks in a test file are told of the outputs that they compare."""

from shellwright.verify.checked import compared_whole, exact_outputs, ordered_outputs


def test_the_tests_say_of_which_files_the_order_matters() -> None:
    tests = """
from checks import check, csv_equals, lines_equal, text_equals

@check(weight=2)
def test_a():
    text_equals(path='/app/a', expected='a')

def test_b():
    lines_equal(path='/app/b', expected='b', ordered=False)

def test_c():
    csv_equals(path='/app/c', expected='c', ordered=True)
"""
    assert ordered_outputs(tests) == {"/app/a", "/app/c"}
    assert ordered_outputs("def (") == set()


def test_the_tests_say_of_which_files_each_character_matters() -> None:
    tests = """
def test_a():
    text_equals(path='/app/a', expected='a')
    json_equals(path='/app/b', expected='b', tolerance=0.01)
    csv_equals(path='/app/c', expected='c', tolerance=0.0, ordered=False)
    sha256_is(path='/app/d', sha256='')
    mode_is(path='/app/e', mode='644')
"""
    assert exact_outputs(tests) == {"/app/a", "/app/c", "/app/d"}
    assert compared_whole(tests) == {"a": "/app/a", "b": "/app/b", "c": "/app/c"}
