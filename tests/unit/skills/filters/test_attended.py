"""What waits for a person at the terminal fails `linux`; what could, but need not, passes."""

import pytest
from tests.unit.skills.filters.examples import page_verdicts, shell, verdicts

PERSON = "needs a person at the terminal"
LONG = shell("sort a > b", "uniq b > c", "wc -l c", "head c", "tail c", "cut -f1 c")


def judged(line: str) -> tuple[bool, str]:
    """What `linux` says of work of two commands, one of which is `line`."""
    found = verdicts(shell("cp a.txt notes.txt", line))["linux"]
    return found.passed, found.reason


@pytest.mark.parametrize(
    "line",
    [
        "read -p 'Name? ' NAME",
        "read -r -s -p 'Password: ' WORD",
        "passwd alice",
        "sudo passwd alice",
        "dialog --yesno 'Go on?' 5 20",
        "whiptail --msgbox Done 5 20",
        "git rebase -i HEAD~3",
        "git -C work rebase --interactive main",
        "git add -p",
        "git commit",
        "git commit -av",
        "tmux attach -t work",
        "tmux new -s work",
        "screen",
        "mysql -u root -p shop",
        "mysql -u root -pword shop",
        "mysqldump -p shop > shop.sql",
        "mysql -u root -p shop < shop.sql",
        "python3",
        "python3 -i tools.py",
        "node",
        "psql",
        "psql -h db -U me shop",
        "sqlite3 shop.db",
        "sqlite3 -header shop.db",
        "redis-cli -h db",
        "duckdb shop.duckdb",
        "ssh-keygen",
        "ssh-keygen -t ed25519",
        "ssh-keygen -t ed25519 -f key",
        "ssh-keygen -p -f key",
        "crontab -e",
        "sudo visudo",
        "gh auth login",
        "gpg --full-generate-key",
        "openssl req -new -key a.key -out a.csr",
        "zip -re a.zip a",
        "gdb ./tool",
        "su - alice -c passwd",
    ],
)
def test_what_asks_or_opens_a_conversation_fails(line: str) -> None:
    assert judged(line) == (False, PERSON)


@pytest.mark.parametrize(
    "line", ["ffplay a.mp4", "libreoffice a.odt", "soffice a.odt", "mpv a.mp3"]
)
def test_what_opens_a_window_fails(line: str) -> None:
    assert judged(line) == (False, "needs a screen")


@pytest.mark.parametrize(
    "line",
    [
        "while read -r line; do printf '%s' \"$line\" > b; done < a.txt",
        "read -t 5 -p 'Go on? ' ANSWER",
        "read -p 'Name? ' NAME < names.txt",
        "passwd -l alice",
        "printf 'a\\na\\n' | passwd alice",
        "git rebase main",
        "GIT_SEQUENCE_EDITOR='sed -i 2s/pick/squash/' git rebase -i HEAD~3",
        "git -c sequence.editor=true rebase -i HEAD~3",
        "git add -A",
        "git commit -m 'Sort the names'",
        "git commit --amend --no-edit",
        "git stash push notes.txt",
        "tmux new-session -d -s work 'make all'",
        "tmux send-keys -t a 'make all' Enter",
        "mysql -u root shop < shop.sql",
        "mysql -u root -e 'show tables' shop",
        "python3 <<'END'\nprint(1)\nEND",
        "echo 'print(1)' | python3",
        "python3 -c 'print(1)'",
        "python3 tools.py -i a.txt",
        "node < a.js",
        "psql -d shop -f shop.sql",
        "psql shop <<'END'\nselect 1;\nEND",
        "psql -Atc 'select 1' shop",
        "sqlite3 shop.db < shop.sql",
        "sqlite3 shop.db .dump",
        "sqlite3 -header -csv shop.db 'select 1' > a.csv",
        "redis-cli -h db ping",
        "redis-cli --scan",
        "ssh-keygen -t ed25519 -N '' -f key",
        "ssh-keygen -lf key.pub",
        "ssh-keygen -R host",
        "crontab -l",
        "crontab jobs.txt",
        "visudo -cf rules",
        "gh auth login --with-token < token.txt",
        "gpg --batch --gen-key parameters.txt",
        "openssl req -new -key a.key -subj /CN=a -out a.csr",
        "zip -r a.zip a",
        "gdb -batch -ex run ./tool",
        "libreoffice --headless --convert-to pdf a.odt",
        "soffice --convert-to pdf a.odt",
    ],
)
def test_what_is_given_all_that_it_would_ask_for_passes(line: str) -> None:
    assert judged(line)[0]


def test_the_evidence_is_the_call_as_it_is_written() -> None:
    found = verdicts(shell("cp a b", "git rebase -i HEAD~3", "read -p 'Sure? ' ANSWER"))["linux"]
    assert found.evidence == "git rebase -i HEAD~3; read -p Sure? ANSWER"


def test_one_way_among_several_passes() -> None:
    assert verdicts(LONG + shell("sqlite3 shop.db"))["linux"].passed
    assert verdicts(LONG + "\nWatch it with `tmux attach -t work`.\n")["linux"].passed


@pytest.mark.parametrize(
    ("above", "passes"),
    [
        ("### Step 7: Put the commits together", False),
        ("## 7. Put the commits together", False),
        ("7. Put the commits together:", False),
        ("### Step 7 (optional): Put the commits together", True),
        ("7. If there are many, put the commits together:", True),
        ("## Notes", True),
        ("Put the commits together:", True),
    ],
)
def test_a_step_that_only_waits_cannot_be_left_out(above: str, passes: bool) -> None:
    body = f"{LONG}\n{above}\n{shell('git rebase -i HEAD~3')}"
    assert verdicts(body)["linux"].passed == passes
    more = f"{LONG}\n{above}\n{shell('git rebase -i HEAD~3', 'git log > log.txt')}"
    assert verdicts(more)["linux"].passed


def test_commands_between_words_wait_as_well() -> None:
    body = "1. Run `git rebase -i HEAD~3` first.\n2. Then run `git log --oneline` on it.\n"
    found = verdicts("It is told at some length here. " * 8 + body)["linux"]
    assert (found.passed, found.reason) == (False, PERSON)


def test_what_a_script_asks_for_is_not_looked_at() -> None:
    body = shell("bash setup.sh", "ls copies")
    assert verdicts(body, files={"setup.sh": "read -p 'Go on? ' ANSWER\n"})["linux"].passed


def test_a_step_at_an_editor_says_what_to_edit() -> None:
    body = f"{LONG}\n## Step 7: Close the door\n{shell('nano /etc/ssh/sshd_config')}"
    assert verdicts(body)["linux"].passed


def test_a_page_without_an_example_that_needs_nobody_fails() -> None:
    assert not page_verdicts("sqlite3", "sqlite3", "sqlite3 {{path/to/a.db}}")["linux"].passed
    work = "sqlite3 {{a.db}} {{'select 1'}}"
    assert page_verdicts("sqlite3", work, "sqlite3", "sqlite3 {{a.db}}")["linux"].passed
