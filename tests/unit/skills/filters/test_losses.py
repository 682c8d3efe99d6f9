"""Commands that lose what nobody gets back, beside such as look like them."""

import pytest
from tests.unit.skills.filters.examples import page_verdicts, shell, verdicts

WORK = shell("sort names.txt > sorted.txt", "uniq -c sorted.txt")


def is_safe(*lines: str, about: str = "Tidy up files.", text: str = "") -> bool:
    return verdicts(f"{WORK}{text}{shell(*lines)}", description=about)["safe"].passed


@pytest.mark.parametrize(
    "command",
    [
        "truncate -s 0 /etc/passwd",
        ": > /etc/passwd",
        "> /etc/fstab",
        "cp /dev/null /etc/hosts",
        "cat /dev/null > /etc/sudoers",
        "dd if=/dev/null of=/etc/passwd",
        "echo -n > /etc/group",
        "sudo sh -c ': > /etc/shadow'",
        "F=/etc/passwd; : > $F",
        "truncate -s0 /usr/bin/env",
        "busybox truncate -s 0 /etc/passwd",
        "cat /dev/null | sudo tee /etc/fstab",
        "sed -i '1,$d' /etc/fstab",
        "rm /etc/passwd",
        "mv /etc/passwd /tmp/",
        "rm -rf /usr/bin/*",
    ],
)
def test_emptied_system_files_are_refused(command: str) -> None:
    assert not is_safe(command)


@pytest.mark.parametrize(
    "command",
    [
        "shred ~/.bash_history",
        "shred -u $HISTFILE",
        "> ~/.bash_history",
        "ln -sf /dev/null ~/.bash_history",
        "cat /dev/null > ~/.zsh_history",
        "history -cw",
        "export HISTFILE=/dev/null",
        "unset HISTFILE",
    ],
)
def test_a_history_that_is_cleared_is_refused(command: str) -> None:
    assert not is_safe(command)


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf ../*",
        "rm -rf ../../",
        "rm -rf ..",
        "rm -rf $PWD/*",
        "rm -rf ./../*",
        "rm -rf ${NOTHING:-}/*",
        "rm -rf ${NOTHING}/{*,.*}",
        'rm -rf "/$NOTHING"',
        'rm -rf "$UNSET"/*',
        "rm -rf ${NOTHING}/",
        'rm -r "${NOTHING}/"*',
    ],
)
def test_deleting_what_nobody_named_is_refused(command: str) -> None:
    assert not is_safe(command)


@pytest.mark.parametrize(
    "command",
    [
        "kill -9 -1",
        "kill -KILL -1",
        "kill -s KILL -1",
        "kill -- -1",
        "sudo kill -9 -1",
        "killall5 -9",
        "pkill -9 -u $USER",
        "killall -u me",
        "pkill -9 .",
        "killall -9 -r '.*'",
    ],
)
def test_ending_all_processes_is_refused(command: str) -> None:
    assert not is_safe(command)


@pytest.mark.parametrize(
    "command",
    [
        "dropdb prod",
        "psql -c 'DROP DATABASE prod'",
        "mysql -e 'drop database shop;'",
        "mysqladmin -u root drop shop",
        "echo 'DROP DATABASE prod' | psql",
        "psql <<EOF\nDROP SCHEMA public CASCADE;\nEOF",
        "mongosh prod --eval 'db.dropDatabase()'",
        "redis-cli FLUSHALL",
    ],
)
def test_a_database_is_dropped_only_where_that_is_the_work(command: str) -> None:
    about = "Administer databases of PostgreSQL."
    assert not is_safe(command)
    assert not is_safe(command, about=about)
    assert is_safe(command, about=about, text="\nAsk the user to confirm it.\n")


@pytest.mark.parametrize(
    "lines",
    [
        ("truncate -s 0 app.log", ": > out.txt", "> results.csv", "echo > list.txt"),
        ("sudo truncate -s 0 /etc/machine-id", "cp /dev/null out.log", ": > /tmp/etc/passwd"),
        ("sudo rm /etc/nginx/sites-enabled/default", "sed -i '/^#/d' /etc/fstab"),
        ("sudo rm /usr/bin/tidy", "mv names.txt /tmp/"),
        ("history | tail", "wc -l < ~/.bash_history", "cp names.txt names_history"),
        ("rm -rf ../build", "rm -rf ../build/*", "rm ../*.tmp"),
        ("D=out", 'rm -rf "$D"/*'),
        ('rm -rf "${OUT:?}"/*',),
        ("set -u", 'rm -rf "$OUT"/*'),
        ("clean() {", '  rm -rf "$1"/*', "}"),
        ("read -r OUT", 'rm -rf "$OUT"/*'),
        ("kill -9 1234", "kill -1 1234", "kill -HUP -1234", "kill %1", "kill -9 $(pgrep node)"),
        ("pkill -u www nginx", "pkill -f 'node server'", "killall node"),
        ("dropdb test_db", "psql -c 'DROP TABLE old'", "psql -c 'CREATE DATABASE shop'"),
    ],
)
def test_ordinary_commands_of_the_same_kinds_are_safe(lines: tuple[str, ...]) -> None:
    assert is_safe(*lines)


def test_a_name_that_the_text_tells_is_set() -> None:
    assert is_safe("rm -rf $OUT/*", text="\nSet OUT to the folder of the results.\n")


def test_a_page_may_show_what_its_own_program_does() -> None:
    assert page_verdicts("dropdb", "dropdb {{database}}", "dropdb prod")["safe"].passed
