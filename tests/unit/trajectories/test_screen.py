"""Reading a terminal: prompts, complaints, echoes, and what an interactive shell does to input."""

import pytest

from shellwright.trajectories.screen import at_prompt, shell_error, shows, typing_hazards

PROMPT = "agent@workbench:/app$"


@pytest.mark.parametrize(
    ("text", "ready"),
    [
        (f"{PROMPT}\n\n\n", True),
        (f"x\n{PROMPT} ", True),
        ("root@workbench:/srv/a b#", True),
        (f"(venv) {PROMPT}", True),
        (f"no line break{PROMPT}", True),
        ("agent@workbench:~/work$", True),
        (f"{PROMPT} sleep 5\n", False),
        (f"{PROMPT} cat <<'EOF'\n> a\n>\n", False),
        (">>>", False),
        (f"{PROMPT} echo price\n5$", False),
        ("", False),
        ("x" * 150 + "agent@work\nbench:/app$\n", True),
    ],
)
def test_a_prompt_with_nothing_after_it_is_told_apart(text: str, ready: bool) -> None:
    assert at_prompt(text, 160) is ready


def test_only_the_shells_own_complaints_count() -> None:
    text = f"{PROMPT} nope\nbash: nope: command not found\n{PROMPT}"
    assert shell_error(text, typing_only=False) == "bash: nope: command not found"
    assert shell_error(text, typing_only=True) == ""
    typo = "bash: syntax error near unexpected token `)'"
    assert shell_error(f"x\n{typo}\n", typing_only=True) == typo
    warning = "bash: warning: command substitution: ignored null byte in input"
    assert shell_error(f"{warning}\nbash: line 3: warning: x\n", typing_only=False) == ""
    assert shell_error("cat: x: No such file\nlog: bash: y\n", typing_only=False) == ""


def test_an_echo_is_found_across_the_edge_of_the_terminal() -> None:
    text = f"New Terminal Output:\n\n{PROMPT} sort -k1,1 /app/some\nwhere | uniq -c\n{PROMPT}"
    assert shows(text, "sort -k1,1 /app/somewhere | uniq -c\n")
    assert not shows(text, "sort -k2,2 /app/somewhere | uniq -c\n")
    assert shows(f"{PROMPT} cat <<'EOF' > x\n> a\n> EOF\n{PROMPT}", "cat <<'EOF' > x\na\nEOF\n")
    assert shows(text, "")


@pytest.mark.parametrize("text", ["Current Terminal Screen:\n$", "[... output limited to 10000"])
def test_a_missing_echo_proves_nothing_where_text_is_missing(text: str) -> None:
    assert shows(text, "ls\n")


@pytest.mark.parametrize(
    ("command", "expanded"),
    [
        ("awk '!seen[$0]++' a", False),
        ("python3 -c '\nif x != 1:\n  print(\"a!b\")'", False),
        ("cat > a.sh <<'EOF'\n#!/bin/bash\necho \"it's a!b\"\nEOF\nls", False),
        ("cat <<-END\n\tit's \"a!b\n\tEND\necho done", False),
        ('cat <<"A" - <<B\na!b\nA\nc!d\nB', False),
        ('grep ok <<< "$x" && ! false', False),
        ('[ ! -f x ] && test a != b && echo "!"', False),
        (r"echo a\!b", False),
        ('echo "a!b"', True),
        ('echo "it\'s" !x', True),
        ("cat <<'EOF'\nx\nEOF\necho \"a!b\"", True),
        ('for f in *; do\n  grep -c "!x" $f\ndone', True),
        ("find . !(a)", True),
    ],
)
def test_history_expansion_is_foreseen(command: str, expanded: bool) -> None:
    assert typing_hazards(command).history is expanded


def test_tabs_are_foreseen() -> None:
    assert typing_hazards("cut -d'\t' -f1 a").tabs
    assert not typing_hazards("cut -f1 a").tabs
