"""What a skill's own text says of its licence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.growth import stays_in_proportion
from tests.support.licenses import TEXTS, document, found

from shellwright.skills.reading.license_prose import other_terms, own_license
from shellwright.skills.reading.licenses import find_license
from shellwright.skills.spdx import NOASSERTION


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Copyright (c) 2026 A. All rights reserved.", None),
        ("© 2026 A Inc. - All rights reserved", None),
        ("Proprietary and confidential.", None),
        ("Sorts lines. This skill is proprietary.", None),
        (
            "> **Note:** This skill and code is proprietary.",
            "Note: This skill and code is proprietary.",
        ),
        ("- Do not redistribute this skill.", "Do not redistribute this skill."),
        ("Not for redistribution outside of A Inc.", None),
        ("Do not copy or distribute without written permission.", None),
        ("This document may not be reproduced.", None),
        ("For internal use only.", None),
        ("**License:** GPL-3.0", "License: GPL-3.0"),
        ("License: Proprietary", None),
        ("This skill is licensed under the GNU General Public License v3.", None),
        ("Licensed under CC BY-NC 4.0.", None),
        ("## License\n\nGPL-3.0, see LICENSE.\n\n## More\n", "GPL-3.0, see LICENSE."),
        ("## License\n\nMIT. You may not distribute changed copies.", None),
        ("# A\n## 📄 License & Credits\n### Code\n[CC-BY-NC-SA-4.0](x)\n", "CC-BY-NC-SA-4.0"),
        ("  - a\n        - ## License\n          - AGPL-3.0 license\n", "AGPL-3.0 license"),
        ("## Copyright\n\nCopyright 2026 A, all rights reserved", None),
        ("This skill is only for paying customers.", None),
        ("For paying customers only.", None),
        ("## License\n\nMIT. Only for paying customers.", None),
        ("This skill is licensed to subscribers of A Pro and must not be shared.", None),
        ("You may not redistribute this skill.", None),
        ("You may not copy, modify or redistribute it.", None),
        ("Redistribution of this skill is not permitted.", None),
        ("Sharing this skill outside of A Inc. is prohibited.", None),
        ("No part of this skill may be reproduced without permission.", None),
        ("The skill is free for personal use, but not for commercial use.", None),
        ("## License\n\nFree for personal use. Commercial use needs a licence.", None),
        ("You must purchase a license to use this skill.", None),
        ("Only licensed users may use this skill.", None),
        ("For internal use at A Inc. only.", None),
    ],
)
def test_the_text_takes_back_what_the_front_matter_gives(text: str, words: str | None) -> None:
    said = text.rpartition("\n")[2] if words is None else words
    name, evidence = find_license(found(), replace(document("MIT"), body=text), None)
    assert (name, evidence) == (NOASSERTION, f"front matter: MIT, but its text says: {said}")


@pytest.mark.parametrize(
    "text",
    [
        "## License\n\nMIT. Free forever.",
        "**License:** MIT - see LICENSE",
        "Copyright (c) 2026 A. All rights reserved. Licensed under the MIT License.",
        "## License\n\nCopyright 2026 A. All rights reserved.\n\n" + TEXTS["MIT"],
        "## License\n\nIt uses B, which is licensed under Apache 2.0. All else is MIT.",
        "It calls FFmpeg, which is licensed under the LGPL.",
        "Inspired by B (GPL-3.0 license).",
        "## License management\n\nKeep proprietary and GPL-3.0 licences apart.",
        "## Check the license\n\n- Proprietary: ask.\n- GPL-3.0: ask.",
        "Find proprietary data. Do not copy files by hand. Do not share it.",
        "```\nLicense: GPL-3.0\nAll rights reserved.\n```",
        "    All rights reserved.",
        'Look for "All rights reserved." and `License: GPL-3.0` in the footer.',
        "Search all files which say all rights reserved in their header.",
        "The NDA says that this information is confidential.",
        "Do not redistribute the books that you download.",
        "Write a page for paying customers. Only paying customers get the second mail.",
        "Commercial use is what most ask about. Sharing the report is fine.",
        "This skill helps you sell to subscribers and requires no licence.",
    ],
)
def test_what_is_said_of_other_works_takes_nothing_back(text: str) -> None:
    skill = replace(document("MIT"), body=text)
    assert find_license(found(), skill, None) == ("MIT", "front matter: MIT")


@pytest.mark.parametrize(
    ("license_", "text"),
    [
        ("GPL-3.0", "License: GPLv3"),
        ("GPL-3.0-or-later", "## License\n\nGNU General Public License, version 3 or later"),
        ("MIT OR Apache-2.0", "Licensed under the Apache License, Version 2.0"),
        ("CC-BY-NC-SA-4.0", "## License\nCreative Commons Attribution-NonCommercial-ShareAlike"),
        ("Zlib", "## License\nZlib, not MIT"),
        ("Proprietary", "All rights reserved."),
    ],
)
def test_the_text_may_say_the_same(license_: str, text: str) -> None:
    skill = document(license_)
    assert find_license(found(), replace(skill, body=text), None) == find_license(
        found(), skill, None
    )


@pytest.mark.parametrize(
    "line",
    [
        "“",
        "License and a ",
        "# License and aaaaaaaaaaaa\n",
        "\n# License\n",
        "this a a ",
        "copyright ",
        "sharing this skill ",
        "you may not copy, or share ",
        "only for paying customers ",
        "for internal use by ",
    ],
)
def test_long_texts_take_no_long_time(line: str) -> None:
    for before in ("", "# License\n"):
        assert stays_in_proportion(lambda size: other_terms("MIT", before + line * size), 20_000)  # noqa: B023


@pytest.mark.parametrize("line", ["License: a\n", "# License\n", "#", "a\n", "License:"])
def test_long_texts_are_asked_for_their_licence_in_no_long_time(line: str) -> None:
    assert stays_in_proportion(lambda size: own_license(line * size), 20_000)


def test_the_text_takes_back_what_a_file_or_the_config_gives() -> None:
    skill = replace(document(), body="All rights reserved.")
    name, evidence = find_license(found(("LICENSE", TEXTS["MIT"])), skill, None)
    assert name == NOASSERTION
    assert evidence == "LICENSE at the source's root, but its text says: All rights reserved."
    assert find_license(found(), skill, "MIT")[0] == NOASSERTION


def test_a_long_contradiction_is_quoted_in_part() -> None:
    body = "This skill is proprietary, " + "and so on " * 50
    _, evidence = find_license(found(), replace(document("MIT"), body=body), None)
    assert evidence.endswith("…") and len(evidence) < 150


@given(st.text(alphabet="#- licensed under GPL\n`.(©)allrightsreserved", max_size=300))
def test_any_text_may_be_asked_for_its_terms(text: str) -> None:
    words = other_terms("MIT", text)
    assert len(words) <= 100 and "\n" not in words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Count\n\nCounts lines.\n\n**License:** MIT\n\n## Use\n\nRun it.", "MIT"),
        ("License: MIT\n# Count\n\nCounts.", "MIT"),
        ("# Count\n\n## Use\n\nRun it.\n\n---\nAuthor: A\nLicense: Apache-2.0", "Apache-2.0"),
        ("# Count\n## License\n\n- License: MIT\n\n## More\n\nText.", "MIT"),
        ("License: MIT\n# Count\n\nCounts.\n\nLicense: ISC", "MIT, but ISC"),
    ],
)
def test_a_line_names_the_licence_of_the_skill(text: str, said: str) -> None:
    assert own_license(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "# Count\n\n## Libraries\n\nLicense: MIT\n\n## Use\n\nRun it.",
        "# Count\n\n> License: MIT\n\n## Use\n\nRun it.",
        "# Count\n\n```\nLicense: MIT\n```\n",
        "# Count\n\n    License: MIT\n",
        "# Count\n\nWrite `License: MIT` below.",
        "# Count\n\nThe text has License: MIT in it.",
        "# Count\n\n## End\n\nLicense: MIT\n\nThat was all.",
    ],
)
def test_a_line_about_something_else_names_none(text: str) -> None:
    assert own_license(text) == ""
