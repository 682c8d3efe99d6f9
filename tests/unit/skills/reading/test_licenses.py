"""Who says what about a skill's licence."""

import importlib.metadata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.growth import stays_in_proportion

from shellwright.skills.document import Document
from shellwright.skills.found import FoundSkill, SourceFile
from shellwright.skills.reading.license_names import named_license
from shellwright.skills.reading.license_prose import other_terms, own_license
from shellwright.skills.reading.license_texts import recognized
from shellwright.skills.reading.licenses import find_license
from shellwright.skills.spdx import NOASSERTION, PROPRIETARY

GRANT = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software "
    'and associated documentation files (the "Software"), to deal in the Software\nwithout '
    "restriction, including without limitation the rights to use, copy, modify, merge, publish, "
    "distribute, sublicense, and/or sell copies of the Software. "
)
NOTICE = (
    "The above copyright notice and this permission notice shall be included in all copies or "
    "substantial portions of the Software. "
)
AS_IS = 'The software is provided "as is", without warranty of any kind. '
DISCLAIMS = 'The software is provided "as is" and the author disclaims all warranties. '
FEE = (
    "Permission to use, copy, modify, and/or distribute this software for any purpose with or "
    "without fee is hereby granted"
)
FORMS = (
    "Redistributions of source code must retain the above copyright notice. "
    "Redistributions in binary form must reproduce the above copyright notice. "
)
ENDORSE = (
    "Neither the name of A Company, Inc. nor the names of its contributors may be used to endorse "
    "or promote products derived from this software. "
)
PROVIDED = "This software is provided by the copyright holders and contributors as is. "
BOUND = (
    "4.0 International\n\nCreative Commons Corporation is not a law firm. You accept and agree to "
    "be bound by the terms and conditions of this Creative Commons "
)
TEXTS = {
    "MIT": "MIT License\n\nCopyright (c) 2026 A\n\n" + GRANT + NOTICE + AS_IS,
    "MIT-0": "MIT No Attribution\n\n" + GRANT + AS_IS,
    "ISC": FEE + ", provided that the above copyright notice and this permission notice appear in "
    "all copies. " + DISCLAIMS,
    "0BSD": FEE + ". " + DISCLAIMS,
    "BSD-2-Clause": "Copyright A. All rights reserved.\n" + FORMS + PROVIDED,
    "BSD-3-Clause": "Copyright A. All rights reserved.\n" + FORMS + ENDORSE + PROVIDED,
    "Apache-2.0": "Licensed under the Apache License, Version 2.0 (the 'License'); you may not use "
    "this file except in compliance with the License.",
    "MPL-2.0": "This Source Code Form is subject to the terms of the Mozilla Public "
    "License, v. 2.0.",
    "CC-BY-4.0": "Attribution " + BOUND + "Attribution 4.0 International Public License.",
    "CC-BY-SA-4.0": "This work is licensed under a Creative Commons Attribution-ShareAlike 4.0 "
    "International License.",
    "CC-BY-NC-SA-4.0": "Attribution "
    + BOUND
    + "Attribution-NonCommercial-ShareAlike 4.0 International Public "
    "License.",
    "CC-BY-NC-ND-4.0": "Attribution "
    + BOUND
    + "Attribution-NonCommercial-NoDerivatives 4.0 International Public "
    "License.",
    PROPRIETARY: "Copyright 2026 A. All rights reserved. No part of this may be copied.",
}


APACHE = (Path(__file__).parents[4] / "LICENSE").read_text()


def found(*licenses: tuple[str, str], path: str = "me/count") -> FoundSkill:
    files = tuple(SourceFile(name, text.encode()) for name, text in licenses)
    return FoundSkill(path, (SourceFile(f"{path}/SKILL.md", b""),), files, "0")


def document(hint: str = "") -> Document:
    return Document("count", "Count", "Counts.", "", license_hint=hint)


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


def test_the_front_matter_counts_first() -> None:
    skill = found(("me/LICENSE", TEXTS["ISC"]))
    assert find_license(skill, document("MIT"), "0BSD") == ("MIT", "front matter: MIT")


@pytest.mark.parametrize(
    "text",
    ["All rights reserved. No use permitted.", "For friends only.", TEXTS["ISC"], APACHE],
)
def test_a_file_beside_it_with_other_terms_takes_back_what_the_front_matter_gives(
    text: str,
) -> None:
    name, evidence = find_license(found(("me/count/LICENSE", text)), document("MIT"), "0BSD")
    assert name == NOASSERTION
    assert evidence == "front matter: MIT, but LICENSE beside SKILL.md says other terms"


@pytest.mark.parametrize("text", [TEXTS["MIT"], "MIT License", "SPDX-License-Identifier: MIT\n"])
def test_a_file_beside_it_may_say_the_same(text: str) -> None:
    skill = found(("me/count/LICENSE", text))
    assert find_license(skill, document("MIT"), None)[0] == "MIT"
    assert find_license(skill, document("MIT OR Apache-2.0"), None)[0] == "MIT OR Apache-2.0"


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


def test_the_line_counts_after_the_front_matter_and_before_files() -> None:
    skill = replace(document(), body="# Count\n\nLicense: MIT\n")
    assert find_license(found(), skill, None) == ("MIT", "its text: MIT")
    assert find_license(found(("LICENSE", TEXTS["ISC"])), skill, "0BSD")[0] == "MIT"
    beside = found(("me/count/LICENSE", TEXTS["ISC"]))
    assert find_license(beside, skill, None) == (
        NOASSERTION,
        "its text: MIT, but LICENSE beside SKILL.md says other terms",
    )
    unclear = replace(document(), body="License: ask me\n")
    assert find_license(found(), unclear, "MIT")[0] == NOASSERTION
    named = replace(document("ISC"), body="License: ISC\n")
    assert find_license(found(), named, None) == ("ISC", "front matter: ISC")


def test_then_the_nearest_file() -> None:
    skill = found(("me/count/LICENSE", TEXTS["ISC"]), ("LICENSE", TEXTS["MIT"]))
    assert find_license(skill, document(), "0BSD") == ("ISC", "LICENSE beside SKILL.md")
    skill = found(("me/COPYING", TEXTS["MIT"]), ("LICENSE", TEXTS["ISC"]))
    assert find_license(skill, document(), None) == ("MIT", "COPYING in me")
    skill = found(("LICENSE", TEXTS["MIT"]))
    assert find_license(skill, document(), None) == ("MIT", "LICENSE at the source's root")


def test_then_what_the_config_says() -> None:
    assert find_license(found(), document(), "MIT") == ("MIT", "config: MIT for the whole source")
    assert find_license(found(), document(), None) == (NOASSERTION, "no licence found")


def test_the_config_also_speaks_for_a_file_at_the_root_that_is_not_recognised() -> None:
    skill = found(("LICENSE", "Do as the page on our site says."))
    assert find_license(skill, document(), "CC-BY-4.0")[0] == "CC-BY-4.0"
    assert find_license(skill, document(), None)[0] == NOASSERTION
    nearer = found(("me/count/LICENSE", "Do as the page on our site says."))
    assert find_license(nearer, document(), "CC-BY-4.0")[0] == NOASSERTION


def test_the_front_matter_may_name_a_file() -> None:
    skill = found(("me/count/LICENSE.txt", TEXTS["ISC"]), ("LICENSE", TEXTS["MIT"]))
    assert find_license(skill, document("Complete terms in LICENSE.txt"), None) == (
        "ISC",
        "front matter names LICENSE.txt beside SKILL.md: ISC",
    )


def test_a_named_file_that_is_missing_is_not_made_up_for_from_above() -> None:
    skill = found(("LICENSE", TEXTS["MIT"]))
    assert find_license(skill, document("Complete terms in LICENSE.txt"), "MIT")[0] == NOASSERTION
    words = "Proprietary. LICENSE.txt has complete terms"
    assert find_license(skill, document(words), "MIT")[0] == PROPRIETARY


def test_a_named_file_that_is_not_recognised_counts_more_than_the_name_beside_it() -> None:
    skill = found(("me/count/LICENSE", "Companies must ask first."))
    assert find_license(skill, document("MIT (see LICENSE)"), None) == (
        NOASSERTION,
        "front matter names LICENSE beside SKILL.md: not recognised",
    )


def test_unclear_evidence_hides_what_lies_further_away() -> None:
    skill = found(("me/count/LICENSE", "Ask me."), ("LICENSE", TEXTS["MIT"]))
    assert find_license(skill, document(), "MIT") == (
        NOASSERTION,
        "LICENSE beside SKILL.md: not recognised",
    )
    assert find_license(found(), document("Ask me"), "MIT")[0] == NOASSERTION


def test_several_files_in_a_folder() -> None:
    skill = found(("LICENSE-APACHE", TEXTS["Apache-2.0"]), ("LICENSE-MIT", TEXTS["MIT"]))
    assert find_license(skill, document(), None)[0] == "Apache-2.0 OR MIT"
    skill = found(("COPYING", TEXTS["ISC"]), ("LICENSE", TEXTS["MIT"]))
    assert find_license(skill, document(), None)[0] == "ISC AND MIT"


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert recognized(text) in (NOASSERTION, PROPRIETARY)
    assert named_license(text)
