"""Who says what about a skill's licence, and which counts."""

from dataclasses import replace

import pytest
from tests.support.licenses import APACHE, TEXTS, document, found

from shellwright.skills.reading.licenses import find_license
from shellwright.skills.spdx import NOASSERTION, PROPRIETARY


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
