"""Which licence a text is."""

import importlib.metadata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.licenses import APACHE, TEXTS

from shellwright.skills.reading.license_texts import recognized
from shellwright.skills.spdx import NOASSERTION, PROPRIETARY


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_texts(name: str) -> None:
    assert recognized(TEXTS[name]) == name


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_wrapping_case_and_copyright_lines_make_no_difference(name: str) -> None:
    text = TEXTS[name].replace(" ", "\n  ").upper()
    assert recognized("Copyright 2020 B\n" * 99 + text) == name or name == PROPRIETARY


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("attrs", "MIT"),
        ("requests", "Apache-2.0"),
        # Its parts may have licences of their own.
        ("hypothesis", NOASSERTION),
        ("click", "BSD-3-Clause"),
    ],
)
def test_whole_texts_of_installed_packages(package: str, name: str) -> None:
    files = importlib.metadata.files(package) or []
    texts = [file.read_text("utf-8") for file in files if "LICENSE" in file.name]
    assert [recognized(text) for text in texts] == [name]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Apache-2.0", "Apache-2.0"),
        ("CC0-1.0", "CC0-1.0"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPL-3", "GPL-3.0-only"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("LGPL-3", "LGPL-3.0-only"),
        ("MPL-2.0", "MPL-2.0"),
    ],
)
def test_whole_texts_as_debian_has_them(file: str, name: str) -> None:
    path = Path("/usr/share/common-licenses") / file
    if not path.is_file():
        pytest.skip("no such text on this system")
    text = path.read_text()
    assert recognized(text) == name
    assert recognized(f"{text}\nOur competitors are excluded.") == NOASSERTION
    middle = text.index("\n\n", len(text) // 2)
    more = f"{text[:middle]}\n\nOur competitors are excluded.{text[middle:]}"
    assert recognized(more) == NOASSERTION


def test_the_whole_text_with_its_appendix_and_without() -> None:
    assert recognized(APACHE) == "Apache-2.0"
    assert recognized(APACHE.partition("APPENDIX")[0]) == "Apache-2.0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "This project uses the MIT License and the Apache License, Version 2.0.",
        TEXTS["MIT"] + TEXTS["BSD-2-Clause"],
        TEXTS["MIT"] + "The Software shall be used for Good, not Evil.",
        TEXTS["MIT"] + "“Commons Clause” License Condition v1.0",
        TEXTS["MIT"] + "Moreover. " * 200,
        TEXTS["MIT"] + "It must not be used for commercial purposes.",
        TEXTS["MIT"] + "The files in scripts/ are proprietary.",
        "GNU GENERAL PUBLIC LICENSE\n\n" + TEXTS["MIT"],
        TEXTS["MIT"].replace("sell copies", "lend copies, but not sell copies,"),
        TEXTS["MIT"].replace("(c) 2026 A", "(c) 2026 A, for private use"),
        TEXTS["MIT"].replace("(c) 2026 A", "(c) 2026 A. Companies are excluded"),
        TEXTS["MIT"].replace("(c) 2026 A", "(c) 2026 A" + ", B" * 200),
        TEXTS["BSD-3-Clause"].replace("A Company, Inc.", "A. Companies must not use it"),
        TEXTS["CC-BY-4.0"] + " The pictures are ours.",
        APACHE + "\nOur competitors are excluded.",
        "Not for our competitors.\n" + APACHE,
        APACHE.replace("END OF TERMS", "10. Our competitors are excluded. END OF TERMS"),
        TEXTS["BSD-3-Clause"] + "All advertising materials must display this.",
        "Licensed under something. All rights reserved.",
    ],
)
def test_what_is_not_quite_a_licence_is_not_asserted(text: str) -> None:
    assert recognized(text) == NOASSERTION


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SPDX-License-Identifier: BSD-3-Clause", "BSD-3-Clause"),
        ("Copyright 2024 Somebody\n\n# SPDX-License-Identifier: MIT OR Apache-2.0\n", None),
        ("SPDX-License-Identifier: Frob-1.0", NOASSERTION),
        ("SPDX-License-Identifier: MIT\nNot for commercial use.", NOASSERTION),
    ],
)
def test_a_file_may_name_its_licence_in_one_line(text: str, name: str | None) -> None:
    assert recognized(text) == (name or "MIT OR Apache-2.0")


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert recognized(text) in (NOASSERTION, PROPRIETARY)
