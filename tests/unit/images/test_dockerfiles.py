"""Dockerfiles that come with tasks: what is read in them, and what is refused."""

import pytest

from shellwright.images.dockerfiles import Dockerfile, check_base
from shellwright.store import ItemFailed

ALLOWED = ["shellwright/*", "mirror.example:5000/debian"]
PINNED = "mirror.example:5000/debian@sha256:" + "0" * 64


def ours(name: str) -> str | None:
    return {"common": "shellwright/common:0123456789abcdef"}.get(name)


def test_stages_and_what_they_start_from() -> None:
    text = (
        "# a comment\n"
        "FROM shellwright/common AS Build\n"
        "RUN echo \\\n"
        "  # FROM nowhere\n"
        "\n"
        "  FROM here\n"
        f"  from --platform=linux/amd64 \\\n    {PINNED} as other\n"
        "FROM build\n"
        "COPY --from=other --chown=1000 /a /b\n"
        "COPY --from=0 /a /c\n"
        "FROM shellwright/common\n"
    )
    dockerfile = Dockerfile(text)
    dockerfile.check()
    assert [each.name for each in dockerfile.instructions] == [
        *("FROM", "RUN", "FROM", "FROM", "COPY", "COPY", "FROM")
    ]
    assert dockerfile.bases() == ["shellwright/common", PINNED]
    assert dockerfile.on({"shellwright/common": "sha256:1", PINNED: "sha256:2"}) == (
        "# a comment\n"
        "FROM sha256:1 AS build\n"
        "RUN echo \\\n"
        "  # FROM nowhere\n"
        "\n"
        "  FROM here\n"
        "FROM sha256:2 AS other\n"
        "FROM build\n"
        "COPY --from=other --chown=1000 /a /b\n"
        "COPY --from=0 /a /c\n"
        "FROM sha256:1\n"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RUN true\n", "it has no FROM"),
        ("FROM a\nADD http://169.254.169.254/ /x\n", "line 2: ADD: it unpacks"),
        ("FROM a\nadd x.tar /\n", "line 2: ADD"),
        ("FROM a\nONBUILD COPY --from=evil / /\n", "line 2: ONBUILD"),
        ("FROM a\nVOLUME /big\n", "line 2: VOLUME"),
        ("FROM a\nHEALTHCHECK CMD true\n", "line 2: HEALTHCHECK"),
        ("FROM a\nCOPY --from=evil / /\n", "no earlier stage has the name"),
        ("FROM a AS one\nCOPY --from=one / /\n", "no earlier stage has the name"),
        ("FROM a\nFROM a\nCOPY --from=1 / /\n", "no earlier stage has the name"),
        ("FROM a\nFROM a\nCOPY --fr\\om=evil / /\n", "plain letters"),
        ('FROM a\nCOPY --from="evil" / /\n', "plain letters"),
        ("FROM a\nRUN echo \\\\\nFROM evil\n", "two backslashes"),
        ("# escape=`\nFROM a\nRUN x `\nFROM evil\n", "another escape character"),
        ("FROM a\rRUN x\n", "control characters"),
        ("FROM\n", "expected an image"),
        ("FROM a b c\n", "expected an image"),
        ("ARG BASE=a\nFROM ${BASE}\n", "base-unpinned: .* a variable may be any image"),
        ("FROM a\n" + "RUN true\n" * 200, "more than 128 instructions"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ItemFailed, match=reason):
        Dockerfile(text).check()


@pytest.mark.parametrize(
    ("image", "name", "own"),
    [
        ("shellwright/common", "shellwright/common:0123456789abcdef", True),
        ("shellwright/common:latest", "shellwright/common:0123456789abcdef", True),
        ("shellwright/common:0123456789abcdef", "shellwright/common:0123456789abcdef", True),
        (PINNED, PINNED, False),
    ],
)
def test_bases_that_may_be_used(image: str, name: str, own: bool) -> None:
    assert check_base(image, ALLOWED, ours) == (name, own)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("debian:bookworm", "base-refused: debian:bookworm is not among shellwright/"),
        ("mirror.example:5000/debian:12", "base-unpinned: .* has no digest"),
        ("mirror.example:5000/ubuntu@sha256:" + "0" * 64, "base-refused"),
        ("shellwright/../common", "base-refused: .* no such folder"),
        ("shellwright/nothing", "base-refused: .* no such folder in envs/images"),
        ("shellwright/a/b@sha256:" + "0" * 64, "base-refused: .* no such folder"),
        ("shellwright/common:fedcba9876543210", "base-refused: .* is gone"),
        ("shellwright/common@sha256:" + "0" * 64, "base-refused: .* is gone"),
        ("scratch", "base-refused"),
    ],
)
def test_bases_that_may_not(image: str, reason: str) -> None:
    with pytest.raises(ItemFailed, match=reason):
        check_base(image, ALLOWED, ours)
