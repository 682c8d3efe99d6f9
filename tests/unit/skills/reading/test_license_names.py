"""Which licence people mean by a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.reading.license_names import named_license
from shellwright.skills.spdx import NOASSERTION, PROPRIETARY


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("MIT", "MIT"),
        ("the MIT License", "MIT"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("(MIT AND GPL-3.0+) OR ISC", "(MIT AND GPL-3.0-or-later) OR ISC"),
        ("GPLv3", "GPL-3.0-only"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("MIT (see LICENSE)", "MIT"),
        ("Proprietary", PROPRIETARY),
        ("UNLICENSED", PROPRIETARY),
        ("BSD", NOASSERTION),
        ("MIT OR", NOASSERTION),
        ("MIT AND OR ISC", NOASSERTION),
        ("MIT, but not for you", NOASSERTION),
        ("MIT. See LICENSE.txt for complete terms", "MIT"),
        ("MIT — use freely, modify, distribute. No warranty.", "MIT"),
        ("MIT License - free to use, modify, and distribute with attribution.", "MIT"),
        ("MIT (Use freely for personal and commercial projects!)", "MIT"),
        ("MIT — use freely for personal projects", NOASSERTION),
        ("MIT — use freely, do not sell", NOASSERTION),
        ("MIT — use freely, no commercial use", NOASSERTION),
        ("MIT - Use freely, customize, contribute back!", NOASSERTION),
        ("MIT — free to use", "MIT"),
        ("MIT — free", NOASSERTION),
        ("MIT (non-commercial)", NOASSERTION),
        ("MIT (for this file)", NOASSERTION),
        ("MIT License with Commons Clause", NOASSERTION),
        ("MIT (see LICENSE; not for companies)", NOASSERTION),
        ("MIT, see LICENSE for the exceptions", NOASSERTION),
        ("MIT. Terms: ask me first", NOASSERTION),
        ("MIT" + " " * 400 + "for private use", NOASSERTION),
        ("GPL-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("MIT WITH a smile", NOASSERTION),
        ("", NOASSERTION),
    ],
)
def test_names(words: str, name: str) -> None:
    assert named_license(words) == name


@given(st.text(max_size=300))
def test_any_words_can_be_read(text: str) -> None:
    assert named_license(text)
