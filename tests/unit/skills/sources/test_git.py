"""A git repository as a source: fetched by the system's git, which may do nothing else."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from tests.support.git_server import switched_server
from tests.unit.skills.sources.making import TEXT, gathered, reasons

from shellwright.errors import UserError
from shellwright.skills.found import Gathered
from shellwright.skills.sources.gather import gather
from shellwright.skills.sources.limits import Limits

MIB = 1024 * 1024


def git(repository: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", *identity, "-c", "protocol.file.allow=always", *arguments],
        cwd=repository,
        env={"PATH": os.environ["PATH"], "HOME": os.fspath(repository), "LC_ALL": "C"},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()


def commit(repository: Path) -> str:
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=more")
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with one skill, on the branch `main`."""
    root = tmp_path / "origin"
    (root / "a").mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    (root / "a/SKILL.md").write_bytes(TEXT)
    (root / "LICENSE").write_bytes(b"MIT")
    commit(root)
    return root


@pytest.fixture
def url(origin: Path) -> str:
    return f"file://{origin}"


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    yield
    assert not [child for child in psutil.Process().children(recursive=True) if child.is_running()]


def test_branches_tags_and_commits_are_read_without_a_checkout(
    tmp_path: Path, origin: Path, url: str
) -> None:
    head = git(origin, "rev-parse", "HEAD")
    git(origin, "tag", "--annotate", "--message=one", "v1")
    for ref in ("main", "v1", "refs/heads/main", head):
        source = {"name": "wild", "kind": "git", "url": url, "ref": ref}
        found = gather(source, tmp_path, tmp_path / f"cache-{ref[:4]}", Limits())
        (skill,) = found.skills
        assert (found.commit, found.url) == (head, url)
        assert (skill.path, skill.files[0].content) == ("a", TEXT)
        assert skill.license_files[0].content == b"MIT"
    assert not list(tmp_path.glob("cache-*/**/SKILL.md"))


def test_a_commit_in_the_cache_needs_no_server(tmp_path: Path, origin: Path, url: str) -> None:
    old = git(origin, "rev-parse", "HEAD")
    (origin / "a/SKILL.md").write_bytes(b"new")
    commit(origin)
    first = gathered(tmp_path, kind="git", url=url, ref=old)
    shutil.rmtree(origin)
    assert gathered(tmp_path, kind="git", url=url, ref=old) == first
    assert first[0][0].files[0].content == TEXT


def test_links_and_submodules_are_refused(tmp_path: Path, origin: Path, url: str) -> None:
    (origin / "a/passwd.md").symlink_to("/etc/passwd")
    (origin / "b").symlink_to("a")
    other = tmp_path / "other"
    shutil.copytree(origin, other)
    git(origin, "submodule", "--quiet", "add", f"file://{other}", "module")
    commit(origin)
    skills, refusals = gathered(tmp_path, kind="git", url=url, ref="main")
    assert [file.path for file in skills[0].files] == ["a/SKILL.md"]
    assert len(skills) == 1
    assert reasons(refusals) == {
        "a/passwd.md": "is a symbolic link",
        "b": "is a symbolic link",
        "module": "is a submodule",
    }


def test_hooks_and_the_users_own_settings_have_no_say(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    hooks = home / "hooks"
    hooks.mkdir(parents=True)
    for name in ("reference-transaction", "post-checkout", "post-merge", "fsmonitor"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (hooks / name).chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {hooks}\n[init]\n\ttemplateDir = {home}\n"
        f'[url "file:///nowhere"]\n\tinsteadOf = file://\n'
    )
    monkeypatch.setenv("HOME", os.fspath(home))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", os.fspath(hooks))
    skills, _ = gathered(tmp_path, kind="git", url=url, ref="main")
    assert len(skills) == 1
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% /tmp/ran",
        "--upload-pack=touch",
        "-u",
        "ssh://-oProxyCommand=touch/x",
        "ftp://example.org/x",
        "fd::17",
        "/srv/repository",
        "a@b:-x",
        "https://host/a\nb",
        "",
    ],
)
def test_addresses_that_could_do_more_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match=r"skills\.sources\[wild\]: url is"):
        gathered(tmp_path, kind="git", url=url, ref="main")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("ref", ["-x", "--upload-pack=x", "a:b", "+a", "a..b", "^a", "a b", ""])
def test_refs_that_could_do_more_are_refused(tmp_path: Path, url: str, ref: str) -> None:
    with pytest.raises(UserError, match=r"skills\.sources\[wild\]: ref is"):
        gathered(tmp_path, kind="git", url=url, ref=ref)


@pytest.mark.parametrize("url", ["https://me:word@example.org/x", "https://token@example.org/x"])
def test_an_address_with_a_secret_is_refused_without_showing_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match="holds a") as caught:
        gathered(tmp_path, kind="git", url=url, ref="main")
    assert "word@" not in str(caught.value)
    assert "token@" not in str(caught.value)


def test_a_ref_or_repository_that_is_not_there_is_the_users_to_correct(
    tmp_path: Path, url: str
) -> None:
    for address, ref in (
        *((url, ref) for ref in ("nowhere", "0" * 40)),
        (f"file://{tmp_path}/nowhere", "main"),
        ("http://127.0.0.1:99999/x", "main"),
    ):
        with pytest.raises(UserError, match=rf"skills\.sources\[wild\]: git cannot fetch `{ref}`"):
            gathered(tmp_path, kind="git", url=address, ref=ref)


class Refusing(BaseHTTPRequestHandler):
    """Answers every request with the status that its path begins with."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def refusing_server() -> Iterator[int]:
    """A web server that has no repository; gives its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def test_a_server_that_refuses_is_the_users_and_one_that_fails_is_tried_again(
    tmp_path: Path,
) -> None:
    with refusing_server() as port:
        source = {"name": "wild", "kind": "git", "ref": "main"}
        for status in (401, 403, 404):
            with pytest.raises(UserError, match="cannot fetch `main`"):
                gathered(tmp_path, **source, url=f"http://127.0.0.1:{port}/{status}/x")
        for status in (500, 503):
            source["url"] = f"http://127.0.0.1:{port}/{status}/x"
            found = gather(source, tmp_path, tmp_path / "cache", Limits())
            assert found.missed
            assert str(status) in reasons(found.refusals)[""]


@pytest.mark.parametrize(
    "address", ["git://127.0.0.1:{port}/x", "http://127.0.0.1:{port}/x", "git://nowhere.invalid/x"]
)
def test_a_server_that_is_away_is_a_refusal_and_tried_again(tmp_path: Path, address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = address.format(port=closed.getsockname()[1])
    source = {"name": "wild", "kind": "git", "url": url, "ref": "main"}
    found = gather(source, tmp_path, tmp_path / "cache", Limits())
    assert (list(found.skills), found.commit, found.missed) == ([], None, True)
    (refusal,) = found.listed()
    assert refusal.stops
    assert "the next build tries again" in refusal.reason


def test_what_was_fetched_before_is_read_while_the_server_is_away(
    tmp_path: Path, origin: Path
) -> None:
    first = git(origin, "rev-parse", "HEAD")
    git(origin, "branch", "other")
    with switched_server(origin) as server:
        source = {"name": "wild", "kind": "git", "url": server.url, "ref": "main"}

        def asked(ref: str = "main") -> Gathered:
            limits = Limits(seconds=2) if server.silent else Limits()
            return gather({**source, "ref": ref}, tmp_path, tmp_path / "cache", limits)

        known = asked()
        assert (known.commit, known.missed) == (first, False)
        server.silent = True
        again = asked()
        assert (again.commit, again.missed) == (first, True)
        assert list(again.skills) == list(known.skills)
        assert first in reasons(again.listed())[""]
        assert not list(asked("other").skills)
        server.silent = False
        (origin / "a/SKILL.md").write_bytes(b"new")
        head = commit(origin)
        assert (asked().commit, asked().missed) == (head, False)


def test_a_missing_git_is_named(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(UserError, match="git is not installed"):
        gathered(tmp_path, kind="git", url=url, ref="main")


@pytest.mark.parametrize("protocol", ["git", "http", "ssh"])
def test_a_server_that_hangs_is_left_after_its_time_and_tried_again(
    tmp_path: Path, protocol: str
) -> None:
    if protocol == "ssh" and not shutil.which("ssh"):
        pytest.skip("ssh is not installed")
    with switched_server(tmp_path, silent=True) as server:
        url = server.url.replace("git:", f"{protocol}:")
        source = {"name": "wild", "kind": "git", "url": url, "ref": "main"}
        began = time.monotonic()
        found = gather(source, tmp_path, tmp_path / "cache", Limits(seconds=2))
        assert 1.5 < time.monotonic() - began < 30
    assert found.missed
    assert not list(found.skills)
    assert "more than 2 s (skills.limits.seconds)" in reasons(found.refusals)[""]


def test_a_big_blob_is_refused_and_the_rest_is_read(tmp_path: Path, origin: Path, url: str) -> None:
    (origin / "a/big.md").write_bytes(os.urandom(3 * MIB))
    (origin / "a/cut.md").write_bytes(b"x" * 400_000)
    commit(origin)
    skills, refusals = gathered(tmp_path, kind="git", url=url, ref="main")
    assert "skills.limits.skill_kb" in reasons(refusals)["a/big.md"]
    files = {file.path: file for file in skills[0].files}
    assert files.keys() == {"a/SKILL.md", "a/cut.md"}
    assert (len(files["a/cut.md"].content), files["a/cut.md"].whole) == (256 * 1024, False)


def test_a_big_blob_is_not_even_sent_where_the_server_can_filter(
    tmp_path: Path, origin: Path, url: str
) -> None:
    (origin / "a/big.md").write_bytes(os.urandom(3 * MIB))
    commit(origin)
    unfiltered = gathered(tmp_path, kind="git", url=url, ref="main")
    shutil.rmtree(tmp_path / "cache")
    git(origin, "config", "uploadpack.allowFilter", "true")
    assert gathered(tmp_path, kind="git", url=url, ref="main") == unfiltered
    size = sum(path.stat().st_size for path in (tmp_path / "cache").rglob("*.pack"))
    assert 0 < size < MIB


def test_a_repository_that_fills_the_disk_is_stopped(
    tmp_path: Path, origin: Path, url: str
) -> None:
    (origin / "big.bin").write_bytes(os.urandom(30 * MIB))
    commit(origin)
    skills, refusals = gathered(tmp_path, Limits(total_mb=4), kind="git", url=url, ref="main")
    assert not skills
    assert "skills.limits.total_mb" in reasons(refusals)[""]
    left = sum(path.stat().st_size for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert left < MIB


def test_very_many_files_stop_early(tmp_path: Path, origin: Path, url: str) -> None:
    blob = git(origin, "rev-parse", "HEAD:LICENSE")
    listing = "".join(f"100644 blob {blob}\t{number:06}.md\n" for number in range(50_000))
    tree = subprocess.run(
        ["git", "mktree"], cwd=origin, input=listing, capture_output=True, text=True, check=True
    ).stdout.strip()
    git(origin, "update-ref", "refs/heads/many", git(origin, "commit-tree", tree, "-m", "many"))
    began = time.monotonic()
    _, refusals = gathered(tmp_path, Limits(entries=500), kind="git", url=url, ref="many")
    assert "skills.limits.entries" in reasons(refusals)[""]
    assert time.monotonic() - began < 10


def test_names_in_a_repository_may_be_no_utf_8(tmp_path: Path, origin: Path, url: str) -> None:
    (origin / os.fsdecode(b"a/\xff.md")).write_bytes(b"x")
    commit(origin)
    _, refusals = gathered(tmp_path, kind="git", url=url, ref="main")
    assert reasons(refusals) == {"a/\N{REPLACEMENT CHARACTER}.md": "its name is not valid UTF-8"}


def test_a_reader_that_stops_in_the_middle_leaves_no_process(
    tmp_path: Path, origin: Path, url: str
) -> None:
    shutil.copytree(origin / "a", origin / "b")
    commit(origin)
    source = {"name": "wild", "kind": "git", "url": url, "ref": "main"}
    skills = gather(source, tmp_path, tmp_path / "cache", Limits()).skills
    assert next(skills).path == "a"
    del skills
