"""Make logins, initial passwords and their hashes for people."""

from __future__ import annotations

from collections.abc import Iterable

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
METHODS = {"sha512crypt": ("6", "sha-512"), "sha256crypt": ("5", "sha-256")}
LOGINS = """{ login = tolower(substr($1, 1, 1) $NF)
    for (n = 2; (name = n > 2 ? login n - 1 : login) in taken; n++);
    taken[name]; print $0 "," name }"""


class IssueInitialPasswords(Recipe):
    """A list of logins, a private list of passwords, and a file with their hashes."""

    needs = (
        Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records",
                   extent=("full", "selected")),
    )  # fmt: skip
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    #: Either of the two generators is called; which one is drawn.
    tools = ("cat", "cut", "gawk", "head", "makepasswd", "mkpasswd", "mlr", "paste",
             "pwgen", "sed", "sort", "stat", "uniq", "wc")  # fmt: skip
    packages = ("gawk", "makepasswd", "miller", "pwgen", "whois")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("person"):
            raise Unsuitable("no persons")
        role, form = source.name("person"), source.format
        people = sorted({*source.values("person")})
        if not 4 <= len(people) <= 16 or any(
            len(p.split()) < 2 or not p.replace(" ", "").isalpha() or not p.isascii()
            for p in people
        ):
            raise Unsuitable("too few people, or names that make no logins")
        method = draw.choice(sorted(METHODS))
        mark, option = METHODS[method]
        length = draw.choice([12, 14, 16])
        generator = draw.choice(
            [
                f"pwgen -s -1 -B -c -n {length} 200 | gawk '!/[^{ALPHABET}]/' | head -n",
                f"makepasswd --chars={length} --string={ALPHABET} --count",
            ]
        )
        base = [_plain(person) for person in people]
        others = draw.sample(sorted({"backup", "deploy", "www", "jdoe", "kiosk", "audit"}), 4)
        clash = draw.sample(sorted({*base}), 2)
        existing = [*others, *clash, f"{clash[0]}2"]
        known = world.input(draw, ["existing_logins", "taken", "logins_in_use"], ".txt")
        target = world.output(draw, ["accounts", "new_logins", "logins"], ".csv")
        letters = world.output(draw, ["initial_passwords", "password_letters"], ".csv")
        hashes = world.output(draw, ["passwd", "users", "service_users"], ".db")
        columns = (Column(role, "person"), Column("login", "login"))

        def table(taken: Iterable[str]) -> Table:
            return summary(target, "new accounts", columns, _logins(people, taken))

        result = table(existing)
        logins = [row[1] for row in result.rows]
        here, there, private, stored, used = (
            quoted(p) for p in (source.path, target, letters, hashes, known)
        )
        head = ",".join(result.header)
        names = "".join(f"{login}\n" for login in logins)
        fits = (
            f"tail -n +2 {private} | while IFS=, read -r login word; do\n"
            f'  [[ $word =~ ^[{ALPHABET}]{{{length}}}$ ]] || echo "$login: not as asked for"\n'
            f'  line=$(grep "^$login:" {stored}); hash=${{line#*:}}\n'
            f'  [[ $hash =~ ^[$]{mark}[$]([./0-9A-Za-z]{{8,16}})[$] ]] || echo "$login: no hash"\n'
            f'  made=$(printf %s "$word" | mkpasswd -s -m {option} -S "${{BASH_REMATCH[1]}}")\n'
            '  [ "$made" = "$hash" ] && echo "$login fits"\ndone\n'
            f"cut -d '$' -f 3 {stored} | sort | uniq -d\n"
            f"tail -n +2 {private} | cut -d , -f 2 | sort | uniq -d"
        )
        taken_one = next(row for row in result.rows if row[1][-1].isdigit())
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(known, "".join(f"{x}\n" for x in draw.shuffled(existing)).encode())],
            request=[
                f"Everybody in the column `{role}` of `{source.path}` gets an account. A login is "
                "the first letter of the first name and the last name, in small letters; where "
                f"that is taken (`{known}` lists the logins in use, one a line; the people are "
                "dealt with in byte order of their names), it gets the lowest number from `2` that "
                f"is free behind it. `{target}` shows who has which: CSV, header `{head}`, by name "
                "in byte order. Each gets a random initial password of "
                f"`{length}` characters, all from `{ALPHABET}`, no two alike: `{letters}` with the "
                "header `login,password` in the same order, readable by its owner alone (mode "
                f"`0600`). For the service write `{hashes}`, lines `login:hash` in the same order, "
                f"hashed with `{method}` (`${mark}$`), default rounds, every salt different.",
                f"Please set up logins for the people in `{source.path}` (column `{role}`). Three "
                f"files, all in byte order of the people's names. `{target}`, CSV with the header "
                f"`{head}`: the login is initial plus last name in small letters, and if someone "
                f"has it already, according to `{known}` or because an earlier person in that "
                "order got it, the smallest number from `2` on that makes it unique is appended. "
                f"`{letters}`, CSV with the header `login,password` and mode `0600`: a random "
                f"password of `{length}` characters out of `{ALPHABET}` for each, none twice. "
                f"`{hashes}`: `login:hash` a line, where the hash is that password under "
                f"`{method}` (it begins with `${mark}$`), with the default number of rounds and a "
                "salt of its own.",
            ],
            steps=[
                look(
                    f"mlr --i{form} --ocsv cut -f {role} then count-distinct -f {role} then sort "
                    f"-f {role} {here}; cat {used} | sort",
                    "Who needs an account, and which logins are gone already?",
                    "List the people and the logins in use.",
                ),
                do(
                    f"{{ echo '{head}'; mlr --i{form} --onidx --ofs ' ' cut -f {role} {here} |\n"
                    f"  LC_ALL=C sort -u | gawk 'FNR == NR {{ taken[$1]; next }} {LOGINS}' "
                    f"{used} -\n}} > {there}",
                    f"{taken_one[0]} meets a login that is in use, so the rule with the number is "
                    "needed.",
                    "Derive the logins in order and step over those that are taken.",
                ),
                do(
                    f"umask 077\n{{ echo login,password; paste -d , <(sed 1d {there} | "
                    f"cut -d , -f 2) \\\n  <({generator} {len(people)}); }} > {private}\numask 022",
                    f"Passwords of {length} characters; none of the confusing ones, and nobody "
                    "else may read the file for a single moment.",
                    "Generate one password a login under a tight umask.",
                ),
                do(
                    f"sed 1d {private} | while IFS=, read -r login word; do\n"
                    f'  echo "$login:$(echo "$word" | mkpasswd -s -m {option})"\ndone > {stored}',
                    "The service needs hashes only; mkpasswd draws a salt for each.",
                    "Hash each password, read from standard input so that no list of processes "
                    "shows it.",
                    duration=0.5,
                ),
                look(
                    f"cat {there}; stat -c '%a %n' {private}; cut -c 1-24 {stored}; "
                    f"cut -d '$' -f 3 {stored} | sort | uniq -d | wc -l",
                    "Is there a login for everybody, in files that only their owner may read, "
                    f"with a `${mark}$` hash each and no salt twice?",
                    "Look at the three files without showing a password.",
                ),
            ],
            checks=[
                shell_prints(
                    f"cut -d : -f 1 {stored}; echo; stat -c %a {private}; cut -d , -f 1 {private}",
                    f"{names}\n600\nlogin\n{names}",
                    about=f"{hashes} and {letters} name the logins in order, and the latter is "
                    "private.",
                    paths=[letters, hashes],
                    key="logins",
                ),
                shell_prints(
                    fits,
                    "".join(f"{login} fits\n" for login in logins),
                    about="Each password is as asked for and fits the stored hash.",
                    paths=[hashes, letters],
                    key="fits",
                    weight=2.0,
                ),
            ],
            wrong=[
                *differing(result, [("taken logins given again", table([]))]),
                Wrong("passwords readable for all", command=f"chmod 644 {private}"),
                Wrong(
                    "one hash belongs to another password",
                    command=f"sed -i 's/^{logins[0]}:.*/{logins[0]}:'\"$(echo other | mkpasswd -s "
                    f"-m {option} | sed 's/[/]/\\\\\\//g')\"'/' {stored}",
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"mkpasswd --method={method} --random",
                    symptom=r"unrecognized option",
                    diagnosis="mkpasswd hashes and does not invent passwords; the password comes "
                    "from standard input.",
                ),
                Mistake(
                    "command",
                    before=3,
                    command="echo secret | mkpasswd -s -m sha512-crypt",
                    symptom=r"Invalid method|Available methods",
                    diagnosis=f"The method is called {option} or {method} here.",
                ),
            ],
        )


def _plain(person: str) -> str:
    words = person.split()
    return (words[0][0] + words[-1]).lower()


def _logins(people: list[str], taken: Iterable[str]) -> list[Row]:
    used, rows = {*taken}, []
    for person in people:
        login, number = _plain(person), 2
        while login in used:
            login, number = f"{_plain(person)}{number}", number + 1
        used.add(login)
        rows.append((person, login))
    return rows
