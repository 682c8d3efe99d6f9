"""Licence expressions: what may be used is decided on what was parsed, and denied by default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.spdx import NOASSERTION, canonical, may_use, nearest

ALLOWED = {"MIT", "Apache-2.0"}


@pytest.mark.parametrize(
    ("expression", "usable"),
    [
        ("MIT", True),
        ("ISC", False),
        ("MIT OR ISC", True),
        ("MIT AND ISC", False),
        ("MIT AND Apache-2.0", True),
        ("ISC OR MIT AND Apache-2.0", True),
        ("(ISC OR MIT) AND Apache-2.0", True),
        ("(MIT OR GPL-3.0-only) AND LicenseRef-Proprietary", False),
        ("GPL-3.0-only AND (MIT OR Apache-2.0)", False),
        ("GPL-3.0-only AND MIT OR Apache-2.0", True),
        ("MIT AND (Apache-2.0 AND (ISC OR GPL-3.0-only))", False),
        ("Apache-2.0 WITH LLVM-exception", False),
        ("MIT OR", False),
        ("MIT AND ()", False),
        ("MIT ISC", False),
        ("(MIT", False),
        ("MIT)", False),
        ("whatever", False),
        ("", False),
        (NOASSERTION, False),
    ],
)
def test_default_deny(expression: str, usable: bool) -> None:
    assert may_use(expression, ALLOWED) is usable


def test_what_is_listed_may_be_used_whatever_its_form() -> None:
    assert may_use("Apache-2.0 WITH LLVM-exception", {"Apache-2.0 WITH LLVM-exception"})
    assert may_use("LicenseRef-Ours", {"LicenseRef-Ours"})
    assert may_use(NOASSERTION, {"unknown"})
    assert not may_use("unknown", {"unknown"})


def test_the_canonical_spelling_keeps_the_meaning() -> None:
    assert canonical("mit and (apache-2.0 or gpl-3.0)") == "MIT AND (Apache-2.0 OR GPL-3.0-only)"
    assert canonical("mit or isc and zlib") == "MIT OR (ISC AND Zlib)"


@given(
    st.recursive(
        st.sampled_from(["MIT", "ISC", "Zlib"]),
        lambda part: st.tuples(part, st.sampled_from(["AND", "OR"]), part).map(
            lambda each: f"({' '.join(each)})"
        ),
        max_leaves=8,
    )
)
def test_an_expression_holds_as_its_logic_does(expression: str) -> None:
    truth = expression.replace("AND", "and").replace("OR", "or")
    holds = eval(truth, {"MIT": True, "ISC": False, "Zlib": True})
    assert may_use(expression, {"MIT", "Zlib"}) is holds
    assert may_use(canonical(expression), {"MIT", "Zlib"}) is holds


@given(st.text(max_size=80))
def test_no_text_breaks_the_parser(text: str) -> None:
    assert may_use(text, ALLOWED) in (True, False)
    nearest(text)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("mit", "MIT"), ("Unknwon", "unknown"), ("Apache2.0", "Apache-2.0"), ("xyzzy", "")],
)
def test_a_mistyped_licence_is_recognised(word: str, meant: str) -> None:
    assert nearest(word) == meant
