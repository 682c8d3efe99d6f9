"""Find accounts whose password is easy to guess."""

from __future__ import annotations

from collections.abc import Callable

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Row,
    Table,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.evidence import Account, Evidence
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("scheme", "scheme"),
    Column("accounts", "count"),
    Column("guessable", "count"),
)
SCHEMES = {"apr1": "$apr1$", "bcrypt": "$2y$", "crypt": "no mark", "sha1": "{SHA}"}


class FindGuessablePasswords(Recipe):
    """A list of the accounts with a guessable password, and one row a scheme with the counts."""

    needs = (Pattern.of("evidence", of="passwords"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "comm", "cut", "gawk", "grep", "head", "htpasswd", "sed", "sort", "wc")
    packages = ("apache2-utils", "gawk")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Evidence)
        guessed = [a.name for a in source.accounts if _fits(a, source.words)]
        if not 2 <= len(guessed) < len(source.accounts):
            raise Unsuitable("all or hardly any passwords are guessable")
        words_path = world.input(draw, ["common_passwords", "leaked", "wordlist"], ".txt")
        names_path = world.output(draw, ["must_change", "to_notify", "guessable"], ".txt")
        target = world.output(draw, ["schemes", "password_audit", "by_scheme"], ".csv")
        report = Report(
            path=names_path,
            noun="list of accounts with a guessable password",
            value=byte_sorted(guessed),
            format="text",
        )

        def table(judge: Callable[[Account], bool]) -> Table:
            rows: list[Row] = []
            for scheme in sorted({account.scheme for account in source.accounts}):
                members = [a for a in source.accounts if a.scheme == scheme]
                hits = sum(judge(account) for account in members)
                rows.append((scheme, str(len(members)), str(hits)))
            return summary(target, "schemes of passwords", COLUMNS, rows)

        result = table(lambda account: account.name in guessed)
        here, there, words = quoted(source.path), quoted(target), quoted(words_path)
        names, head = quoted(names_path), ",".join(result.header)
        scheme = (
            'scheme = substr(s, 1, 6) == "$apr1$" ? "apr1" : substr(s, 1, 4) == "$2y$" ? '
            '"bcrypt" : substr(s, 1, 5) == "{SHA}" ? "sha1" : "crypt"'
        )
        marks = ", ".join(f"`{name}` ({mark})" for name, mark in SCHEMES.items())
        plain = [a.name for a in source.accounts if a.password in source.words]
        return Move(
            focus=result,
            makes=[report, result],
            brings=[Entry(words_path, "".join(f"{word}\n" for word in source.words).encode())],
            request=[
                f"Check `{source.path}` for poor passwords. An account is guessable if its "
                f"password is a word of `{words_path}`, as it stands there or with a capital "
                "first letter, or the account's own name. Write the names of such accounts to "
                f"`{names_path}`, one a line in byte order, and `{target}` as CSV with the header "
                f"`{head}`: for each scheme that occurs, by name, how many accounts use it and "
                f"how many of these are guessable. Schemes are {marks}.",
                f"Which accounts in `{source.path}` would fall to the simplest guesses: a word "
                f"from `{words_path}`, the same word with its first letter in upper case, or the "
                f"account name itself? List them in `{names_path}`, a name a line in byte order. "
                f"Besides, `{target}` is a CSV file with the header `{head}` and a row for each "
                "scheme in the file, ascending, with the number of accounts and of guessable ones "
                f"among them; call the schemes {marks}.",
            ],
            steps=[
                look(
                    f"grep -c : {here}\n"
                    f"sed -n '/:/s/:\\(.......\\).*/ \\1.../p' {here} | head -n 20"
                    f"; wc -l {words}",
                    "Which schemes are in use, and how many guesses does that make?",
                    "Show the beginning of each entry and count the words.",
                ),
                do(
                    f"grep -v '^#' {here} | cut -s -d : -f 1 | while IFS= read -r name; do\n"
                    "  while IFS= read -r word; do\n"
                    f'    if htpasswd -vb {here} "$name" "$word" > /dev/null 2>&1; then\n'
                    '      echo "$name"; break\n'
                    "    fi\n"
                    f'  done < <(cat {words}; sed "s/./\\\\u&/" {words}; echo "$name")\n'
                    f"done | LC_ALL=C sort > {names}; wc -l {names}",
                    "Each account has to be tried with every guess. htpasswd itself can verify a "
                    "guess in any of these schemes.",
                    "Try all guesses for each account, until one fits, and count.",
                    duration=4.0,
                ),
                do(
                    f"{{ echo {head}; gawk -F : 'FNR == NR {{ bad[$1]; next }}\n"
                    f"  NF > 1 && !/^#/ {{ s = $2; {scheme}\n"
                    "    all[scheme]++; if ($1 in bad) hit[scheme]++ }\n"
                    '  END { for (k in all) printf "%s,%d,%d\\n", k, all[k], hit[k] }'
                    f"' {names} {here} | sort; }} > {there}",
                    f"{len(guessed)} accounts are guessable. Now the schemes: a mark at the "
                    "beginning tells them, and what has none is the old crypt.",
                    "Count accounts and hits by scheme.",
                ),
                look(
                    f"cat {there}; wc -l {names}; cut -s -d : -f 1 {here} | LC_ALL=C sort | "
                    f"LC_ALL=C comm -13 - {names}",
                    "Are the names that came out all accounts of the file?",
                    "Read the counts, and see that no name is listed that has no account.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("only words as they stand", table(lambda a: a.name in plain)),
                        ("all old schemes", table(lambda a: a.scheme in ("crypt", "sha1"))),
                        ("none", table(lambda a: False)),
                    ],
                ),
                *(
                    Report(
                        path=names_path, noun="", value=byte_sorted(plain), format="text"
                    ).as_wrong("the list has only words as they stand")
                    if len(plain) < len(guessed)
                    else []
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"htpasswd -v {here} {source.accounts[0].name} {source.words[0]}",
                    symptom=r"Usage:|htpasswd \[",
                    diagnosis="Without -b the password is asked for; a word on the command line "
                    "needs -vb.",
                ),
                Mistake(
                    "verification",
                    before=2,
                    command=f"htpasswd -vb {here} {source.accounts[0].name} no-such-word",
                    symptom=r"password verification failed",
                    diagnosis="That is what a wrong guess looks like, with a status other than 0.",
                ),
            ],
        )


def _fits(account: Account, words: tuple[str, ...]) -> bool:
    """Whether the password is one of the simplest guesses."""
    guesses = {*words, *(word.capitalize() for word in words), account.name}
    return account.password in guesses
