"""Check the one-time codes of accepted logins."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime

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
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.evidence import Evidence, Login
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("time", "time"),
    Column("user", "user"),
    Column("client", "client"),
    Column("verdict", "verdict"),
    Column("steps_off", "offset"),
)
STEP = 30
#: From the syslog line to `time user client`, with the time as the token service writes it.
ACCEPTED = """/Accepted password for/ {
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3
    printf "2026-%02d-%02dT%sZ %s %s\\n", month, $2, $3, $9, $11 }"""


class CheckOneTimeCodes(Recipe):
    """A row for each login with a password: whose code it was, and how far off."""

    needs = (Pattern.of("evidence", of="logins"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cat", "cut", "gawk", "grep", "head", "join", "oathtool", "sed", "sort", "tail", "tr",
             "uniq", "wc")  # fmt: skip
    packages = ("gawk", "oathtool")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Evidence)
        logins = [x for x in source.logins if x.accepted and x.method == "password"]
        logins = list({(x.time, x.client): x for x in logins}.values())
        everything = [x for x in source.logins if x.accepted and x.method == "password"]
        users = sorted({login.user for login in logins})
        if len(everything) > len(logins) or not 10 <= len(logins) <= 60 or len(users) < 4:
            raise Unsuitable("logins that cannot be told apart, too many or too few")
        digest, digits = draw.choice(["sha1", "sha256"]), draw.choice([6, 6, 8])
        window = draw.choice([1, 2])
        without = draw.choice(users)
        secrets = {user: draw.bytes(20) for user in users if user != without}

        def code(user: str, time: int) -> str:
            return totp(secrets[user], time, digest, digits)

        given = {login: _typed(draw, login, secrets, code, window) for login in logins}

        def judged(login: Login, width: int) -> tuple[str, str]:
            if login.user not in secrets:
                return "unlisted", ""
            for off in sorted(range(-width, width + 1), key=abs):
                if code(login.user, login.time + off * STEP) == given[login]:
                    return ("ok" if off == 0 else "drift"), str(off)
            others = [user for user in secrets if user != login.user]
            steps = range(-width, width + 1)
            if any(code(u, login.time + o * STEP) == given[login] for u in others for o in steps):
                return "foreign", ""
            return "wrong", ""

        def table(width: int, change: Callable[[Row], Row] = lambda row: row) -> Table:
            rows = [change((stamp(x.time), x.user, x.client, *judged(x, width))) for x in logins]
            return summary(target, "one-time codes of the logins", COLUMNS, sorted(rows))

        codes = world.input(draw, ["token.log", "second_factor.log", "otp.log"])
        enrolled = world.input(draw, ["enrolled", "token_secrets", "otp_users"], ".csv")
        target = world.output(draw, ["code_check", "second_factor", "otp_review"], ".csv")
        result = table(window)
        count = {v: sum(row[3] == v for row in result.rows) for v in
                 ("ok", "drift", "foreign", "wrong", "unlisted")}  # fmt: skip
        if not all(count.values()) or len({x.time for x in logins}) < len(logins):
            raise Unsuitable("not every verdict occurs")
        here, there, log, sheet = (quoted(p) for p in (source.path, target, codes, enrolled))
        head = ",".join(result.header)
        spelt = {"sha1": "SHA-1", "sha256": "SHA-256"}[digest]
        width = f"{2 * window}"
        steps = "step" if window == 1 else "steps"
        wrong_row = next(row for row in result.rows if row[3] == "wrong")
        call = f"oathtool --totp={digest} -d {digits} -b"
        bare = next(iter(secrets))
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(codes, _token_log(draw, logins, given, digits).encode()),
                Entry(enrolled, _enrolled(draw, secrets).encode(), mode=0o600),
            ],
            request=[
                f"Can our second factor be trusted? `{codes}` is what the token service let pass "
                "and refused; it knows only times (UTC) and addresses. The user of an accepted "
                f"code is the one whose password `{source.path}` reports as accepted at the same "
                f"second from the same address. `{enrolled}` has the users' secrets in base32 as "
                f"people typed them. Codes are TOTP: `{spelt}`, `{digits}` digits, `{STEP}` "
                f"seconds a step. Write `{target}`, CSV with the header `{head}`, one row for each "
                "accepted password in order of time, times as in the token log. The verdict is "
                "`unlisted` for users without a secret; `ok` for the user's code of that very "
                f"step; `drift` for the user's code of up to `{window}` {steps} earlier or later; "
                "`foreign` for the code that another listed user has in one of these steps; "
                "`wrong` otherwise. The last column is the distance in steps for `ok` and `drift`, "
                "negative when the code is an older one, and empty for the others.",
                "Please check every login with a password that succeeded according to "
                f"`{source.path}` for its one-time code. Accepted codes are in `{codes}` with time "
                "(UTC) and address but without the user, so match second and address. The secrets "
                f"are in `{enrolled}`, base32, not always written tidily; the codes are TOTP with "
                f"`{spelt}`, `{digits}` digits and steps of `{STEP}` seconds. I need `{target}` "
                f"(CSV, header `{head}`, oldest first, times as the token log has them). Verdicts: "
                "`ok` when it is the code of the step in which the login was, `drift` when it is "
                f"the user's code of up to `{window}` {steps} before or after, `foreign` when "
                "within the same steps it is that of someone else who is listed, `wrong` when it "
                "is none of these, and `unlisted` when we have no secret of that user. For `ok` "
                "and `drift` add how many steps the code is off, below zero if it is too old; "
                "leave that empty otherwise.",
            ],
            steps=[
                look(
                    f"head -n 4 {log}; cut -d ' ' -f 3 {log} | sort | uniq -c; cat {sheet} | "
                    f"cut -c 1-30; grep 'Accepted password' {here} | head -n 3; "
                    f"grep -c 'Accepted password' {here}",
                    "I have to see how both logs write times and addresses, and what state the "
                    "secrets are in.",
                    "Read the heads of the three files.",
                ),
                look(
                    f"secret=$(grep '^{bare},' {sheet} | cut -d , -f 2 | tr -d ' -' | "
                    "tr a-z A-Z)\n"
                    f"{call} --now '{stamp(logins[0].time)[:10]} {stamp(logins[0].time)[11:19]} "
                    f'UTC\' -w 3 "$secret"',
                    "Secrets come in groups and small letters. One call shows whether the "
                    "parameters give codes of the right length.",
                    "Print four consecutive codes of one user.",
                ),
                do(
                    f"gawk '{ACCEPTED}' {here} | gawk '{{ print $1 \"|\" $3, $2 }}' | sort "
                    "> /tmp/accepted.txt\n"
                    f"grep ' accepted ' {log} | gawk '{{ print $1 \"|\" $2, $4 }}' | sort "
                    "> /tmp/codes.txt\n"
                    f'sed 1d {sheet} | gawk -F , \'{{ gsub(/[ -]/, "", $2); '
                    "print $1, toupper($2) }' > /tmp/secrets.txt\n"
                    "join /tmp/accepted.txt /tmp/codes.txt | tr '|' ' ' > /tmp/logins.txt",
                    "Each accepted password needs a code; second and address together are the key.",
                    "Bring all three to one form and join logins with codes.",
                ),
                do(
                    "place() { # user time code: how many steps off, or nothing\n"
                    "  local secret; secret=$(grep \"^$1 \" /tmp/secrets.txt | cut -d ' ' -f 2)\n"
                    f'  {call} --now "$2 UTC - {window * STEP} seconds" -w {width} "$secret" |\n'
                    f'    grep -n -x "$3" | cut -d : -f 1 | '
                    f"gawk '{{ print $1 - {window + 1} }}' | head -n 1; }}\n"
                    f"{{ echo {head}\nwhile read -r time client user code; do\n"
                    "  day=${time%T*} clock=${time#*T} verdict=wrong off=\n"
                    '  grep -q "^$user " /tmp/secrets.txt || verdict=unlisted\n'
                    "  if [ $verdict = wrong ]; then\n"
                    '    off=$(place $user "$day ${clock%Z}" $code) || true\n'
                    '    case $off in "") ;; 0) verdict=ok ;; *) verdict=drift ;; esac\n'
                    "  fi\n"
                    "  if [ $verdict = wrong ]; then\n"
                    "    while read -r other secret; do\n"
                    '      [ -z "$(place $other "$day ${clock%Z}" $code || true)" ] || '
                    "verdict=foreign\n"
                    "    done < /tmp/secrets.txt\n  fi\n"
                    '  echo "$time,$user,$client,$verdict,$off"\n'
                    f"done < /tmp/logins.txt; }} > {there}",
                    f"Window is {window} in both directions, so each call starts {window} early "
                    f"and prints {2 * window + 1} codes; the line of the match is the offset.",
                    "Look for each code among the user's own, then among everybody else's.",
                    duration=2.0,
                ),
                look(
                    f"tail -n +2 {there} | cut -d , -f 4 | sort | uniq -c; "
                    f"grep -E ',(wrong|foreign),' {there}; wc -l < {there}",
                    "How often does each verdict occur?",
                    "Count the verdicts and read those that need a call.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("no window", table(0)),
                    ("offsets with the opposite sign", table(window, _turned)),
                    (
                        "shared tokens not noticed",
                        table(window, lambda r: (*r[:3], r[3].replace("foreign", "wrong"), r[4])),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"{call} --now '{wrong_row[0]}' 0189",
                    symptom=r"(?i)base32|decoding|failed|invalid",
                    diagnosis="Base32 has no 0, 1, 8 or 9; the secret has to be taken from the "
                    "list of users.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"{call} --at '{wrong_row[0]}' AAAAAAAA",
                    symptom=r"unrecognized option|unknown option",
                    diagnosis="The option for another time than the present one is --now.",
                ),
            ],
        )


def totp(secret: bytes, time: int, digest: str, digits: int) -> str:
    """The code of that second, as in RFC 6238."""
    mac = hmac.new(secret, (time // STEP).to_bytes(8, "big"), getattr(hashlib, digest)).digest()
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def stamp(time: int) -> str:
    """The time as the token service writes it."""
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _turned(row: Row) -> Row:
    return (*row[:4], str(-int(row[4])) if row[4] else "")


def _typed(
    draw: Draw,
    login: Login,
    secrets: dict[str, bytes],
    code: Callable[[str, int], str],
    window: int,
) -> str:
    """The code that was accepted: mostly the right one, sometimes off, borrowed or made up."""
    others = sorted({*secrets} - {login.user})
    if login.user not in secrets:
        return code(others[0], login.time - 3600)
    fate = draw.integer(1, 10)
    if fate <= 4:
        return code(login.user, login.time)
    if fate <= 6:
        return code(login.user, login.time + STEP * draw.choice([-window, -1, 1, window]))
    if fate == 7:
        return code(draw.choice(others), login.time)
    # Too old, too new, or that of nobody.
    far = STEP * draw.choice([-window - 1, window + 1, window + 2, -40])
    return code(login.user, login.time + far)


def _token_log(draw: Draw, logins: list[Login], given: dict[Login, str], digits: int) -> str:
    """The lines of the token service, with refused codes in between."""
    lines = []
    for login in logins:
        lines.append((login.time, f"{stamp(login.time)} {login.client} accepted {given[login]}"))
        if draw.chance(0.3):
            before = login.time - draw.integer(4, 25)
            wrong = "".join(draw.choice("0123456789") for _ in range(digits))
            lines.append((before, f"{stamp(before)} {login.client} refused {wrong}"))
    return "".join(f"{line}\n" for _, line in sorted(lines))


def _enrolled(draw: Draw, secrets: dict[str, bytes]) -> str:
    """The users with their secrets, some in groups or small letters."""
    lines = ["user,secret"]
    for user, secret in secrets.items():
        text = base64.b32encode(secret).decode().rstrip("=")
        grouped = " ".join(text[n : n + 4] for n in range(0, len(text), 4))
        lines.append(f"{user},{draw.choice([text, grouped, grouped.lower(), text.lower()])}")
    return "".join(f"{line}\n" for line in lines)
