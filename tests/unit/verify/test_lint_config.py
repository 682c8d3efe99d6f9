"""What lint says of task.toml: values that cannot be meant, and those that only Harbor applies."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.verify.case import Case
from shellwright.verify.lint import lint

TOML = next(f for f in tasks.row()["files"] if f["path"] == "task.toml")["content"].decode()


def rules(config: str, **columns: Any) -> set[str]:
    row = tasks.row(files={"task.toml": config}, **columns)
    return tasks.rules(row)


def changed(old: str, new: str) -> str:
    assert old in TOML
    return TOML.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(("cpus = 1", f"cpus = {value}") for value in ("nan", "0", "-1", "inf")),
        *(("memory_mb = 2048", f"memory_mb = {value}") for value in ("-1", "0", "1")),
        *(("storage_mb = 10240", f"storage_mb = {value}") for value in ("0", "-5")),
        *(("timeout_sec = 240.0", f"timeout_sec = {v}") for v in ("nan", "inf", "-inf", "1e-6")),
        *(("timeout_sec = 900.0", f"timeout_sec = {v}") for v in ("0.0", "-3", "0.5")),
        *(
            ('workdir = "/app"', f'workdir = "{value}"')
            for value in (
                *("/tests", "/logs/verifier", "/solution", "//tests/", "/./tests/x"),
                *("/app/../tests", "/app\\n/tests", "app"),
            )
        ),
        *(('workdir = "/app"', f'workdir = "/app"\n{more}') for more in ("gpus = -1", 'os = "x"')),
        ('workdir = "/app"', 'workdir = "/app"\nnetwork_mode = "none"'),
        ('user = "root"', 'user = "nosuchuser"'),
        ('user = "agent"', "user = 1001"),
        ("schema_version", 'artifacts = ["/app/out", "../../x"]\nschema_version'),
        ("schema_version", 'artifacts = [{source = "/app", destination = "../x"}]\nschema_version'),
    ],
)
def test_values_that_cannot_be_meant(old: str, new: str) -> None:
    assert rules(changed(old, new)) == {"task-config"}


@pytest.mark.parametrize(
    "config",
    [
        changed('workdir = "/app"', 'workdir = "/app"\ndocker_image = "other:latest"'),
        changed('workdir = "/app"', 'workdir = "/app"\nnetwork_mode = "public"'),
        changed('workdir = "/app"', 'workdir = "/app"\nallowed_hosts = ["example.org"]'),
        changed('user = "agent"', 'user = "agent"\nnetwork_mode = "allowlist"'),
        changed('user = "root"', 'user = "root"\nnetwork_mode = "public"'),
        changed('user = "root"', 'user = "agent"'),
        changed('user = "root"', "user = 1000"),
        changed('user = "agent"', 'user = "root"'),
        changed('user = "agent"', "user = 0"),
        *(
            f'{TOML}\n[{section}.env]\n{name} = "x"\n'
            for section in ("verifier", "environment", "solution")
            for name in ("PYTEST_ADDOPTS", "PATH", "LANG", "KEY")
        ),
        changed('user = "root"', 'user = "root"\nenvironment_mode = "separate"'),
        f"{TOML}\n[verifier.environment]\ncpus = 1\n",
        changed('user = "root"', 'user = "root"\ncollect = [{command = "true"}]'),
        changed('workdir = "/app"', 'workdir = "/app"\nmcp_servers = [{name = "x"}]'),
        f'{TOML}\n[environment.healthcheck]\ncommand = "rm -rf /app"\n',
    ],
)
def test_what_harbor_would_do_otherwise_than_the_gates(config: str) -> None:
    assert rules(config) == {"unlike-verified"}


def test_an_agent_of_root_is_whom_the_gates_tried_where_the_row_says_so() -> None:
    root = changed('user = "agent"', 'user = "root"')
    assert rules(root, user="root") == set()
    assert rules(TOML, user="root") == {"unlike-verified"}


@pytest.mark.parametrize(
    "config",
    [
        changed("cpus = 1", "cpus = 0.5"),
        changed("timeout_sec = 240.0", "timeout_sec = 1"),
        changed('user = "agent"', "user = 1000"),
        changed('workdir = "/app"', 'workdir = "/app/tests"\ngpus = 0\nos = "linux"'),
        changed('workdir = "/app"', 'workdir = "/"\nnetwork_mode = "no-network"'),
        changed("schema_version", 'artifacts = ["/app/out", {source = "/x"}]\nschema_version'),
        changed('user = "agent"\n', "").replace('user = "root"\n', ""),
        f'{TOML}\n[verifier.env]\nPYTHONUNBUFFERED = "1"\n[solution.env]\n',
        changed('user = "root"', 'user = "root"\nenvironment_mode = "shared"\nenv = {}'),
    ],
)
def test_values_that_are_meant(config: str) -> None:
    assert rules(config) == set()


def compose(text: str, path: str = "environment/docker-compose.yaml") -> list[str]:
    row = tasks.row(files={path: text})
    findings = lint(Case.of_row(row))[0]
    assert {finding.rule for finding in findings} <= {"unlike-verified"}
    return [finding.message for finding in findings]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("services: {main: {network_mode: host}}", "sets services.main.network_mode"),
        ("services: {main: {network_mode: [none]}}", "sets services.main.network_mode"),
        ("services: {main: {volumes: ['/:/host']}}", "sets services.main.volumes"),
        ("services: {main: {image: other}}", "sets services.main.image"),
        ("services: {main: {environment: {A: b}}}", "sets services.main.environment"),
        ("services: {main: {1: x}}", "sets services.main.int"),
        ("services: {main: null}", "sets services.main"),
        ("services: {db: {network_mode: none}}", "sets services.db"),
        ("services: []", "sets services"),
        ("networks: {x: {}}", "sets networks"),
        ("[1, 2]", "sets something else than services"),
        ("services: {", "not valid YAML: while parsing"),
        ("a: !!python/object/apply:os.system [id]", "not valid YAML: could not determine"),
        ("[" * 9000, "not valid YAML: maximum recursion"),
        (
            "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in ("ab", "bc", "cd")),
            "sets a",
        ),
    ],
)
def test_a_compose_file_does_nothing_that_the_gates_do_not(text: str, message: str) -> None:
    assert compose(text)[0].startswith(message)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version: '3'\nservices:\n",
        "services: {main: {network_mode: none, init: true, stop_grace_period: 1s}}",
        "services: {main: {network_mode: 'none'}}",
    ],
)
def test_a_compose_file_may_cut_the_network_off(text: str) -> None:
    assert compose(text) == []


def test_files_of_other_engines_are_not_what_was_run() -> None:
    assert compose("x", "environment/singularity-compose.yaml") == [
        "is not what the gates have run"
    ]
