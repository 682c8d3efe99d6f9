"""Sort a stream of syslog messages by facility and program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shellwright.recipe import (
    Check,
    Draw,
    Entry,
    Log,
    LogEvent,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Snapshot,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    text_equals,
)

START = 1_772_400_000
SECURITY = (4, 10)
LEVELS = ("ERROR", "ERROR", "ERROR", "ERROR", "WARNING", "INFO", "INFO", "DEBUG")
TEXTS = ("cache miss for key {n}", "synced {n} records", "slow reply: {n} ms", "retry {n} of 5",
         "timeout after {n} ms", 'bad payload "{n}"')  # fmt: skip
SECRET = ("session opened for user {n}", "authentication failure; uid={n}", "key {n} accepted")


@dataclass(frozen=True)
class Message:
    """A syslog message of the new style."""

    time: int
    facility: int
    severity: int
    host: str
    program: str
    request: str
    text: str

    def event(self) -> LogEvent:
        """The message as an event of a service log."""
        return LogEvent(self.time, LEVELS[self.severity], self.program, self.text, self.request)

    def line(self) -> str:
        """The message as it was captured."""
        stamp = LogEvent(self.time).stamp("%Y-%m-%dT%H:%M:%SZ")
        number = self.facility * 8 + self.severity
        pid = 300 + len(self.text) * 7
        return f"<{number}>1 {stamp} {self.host} {self.program} {pid} {self.request} - {self.text}"

    def secured(self) -> str:
        """The message as the file for security messages holds it."""
        return f"{LogEvent(self.time).stamp()} {self.host} {self.program}: {self.text}"


class RouteSyslogByFacility(Recipe):
    """A receiver's configuration, the log of the known services and the security messages."""

    needs = (Pattern.of("snapshot", of="units"),)
    gives = (Pattern.of("log", format="service", storage="plain"),)
    tools = ("cat", "cut", "head", "ls", "mktemp", "nc", "rm", "rsyslogd", "sleep", "sort",
             "uniq", "wc")  # fmt: skip
    packages = ("netcat-openbsd", "rsyslog")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        known = [unit.name.removesuffix(".service") for unit in source.units]
        key, port = world.theme.key, draw.integer(5_500, 5_990)
        messages = drawn_messages(known, key, draw, draw.integer(170, 280))
        captured = world.input(draw, ["capture", "syslog_stream", "messages"], ".txt")
        conf = world.output(draw, ["router", "receiver", "syslog"], ".conf")
        log = world.output(draw, ["services", f"{key}_services", "units"], ".log")
        auth = world.output(draw, ["security", "auth", "access"], ".txt")

        def kept(these: Iterable[Message]) -> Log:
            return Log(
                path=log,
                noun=f"log of the {world.theme.record} services",
                events=tuple(message.event() for message in these),
                name=key,
            )

        def secured(these: Iterable[Message]) -> str:
            return "".join(f"{m.secured()}\n" for m in these if m.facility in SECURITY)

        ours = [m for m in messages if m.program in known and m.facility not in SECURITY]
        result = kept(ours)
        text = configuration(known, port, log, auth)
        here, stream, config = quoted(source.path), quoted(captured), quoted(conf)
        there, secret = quoted(log), quoted(auth)
        script = f"""cat > {config} <<'CONF'
{text}CONF
rsyslogd -N1 -f {config}
rm -f {there} {secret}
at=$(mktemp -d)
rsyslogd -f {config} -i "$at/pid"
until nc -z 127.0.0.1 {port}; do sleep 0.1; done
nc -N 127.0.0.1 {port} < {stream}
sleep 1
kill "$(cat "$at/pid")"
sleep 0.5
rm -rf "$at\""""
        hidden = drawn_messages(known, key, draw.child("hidden"), 60)
        every = [m for m in messages if m.facility not in SECURITY]
        with_security = [m for m in messages if m.program in known]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(captured, "".join(f"{m.line()}\n" for m in messages).encode())],
            checks=[
                text_equals(auth, secured(messages), weight=1.0),
                routes(conf, log, auth, port, known, hidden),
            ],
            request=[
                f"Write an rsyslog configuration `{conf}` for an ordinary user's receiver on "
                f"`127.0.0.1`, TCP port `{port}`, and play `{captured}` (RFC 5424, one message a "
                "line) through it. Messages of the two security facilities, `auth` and `authpriv`,"
                f" go to `{auth}` only, as `YYYY-MM-DD hh:mm:ss host program: text`. Of the "
                f"others, those whose program has a unit in `{source.path}` (`gate` for "
                f"`gate.service`) go to `{log}` as `YYYY-MM-DD hh:mm:ss LEVEL [program] (message "
                "id) text`; the rest is dropped. LEVEL is `DEBUG`, `INFO` (also for notices), "
                "`WARNING`, or `ERROR` for anything worse. Times are those of the messages, in "
                "UTC; the order is that of the stream. Leave nothing running.",
                f"One stream, `{captured}`, mixes our services with everything else (RFC 5424, a "
                f"message a line). From now on a receiver on `127.0.0.1` port `{port}` (TCP, no "
                f"root) shall sort it: the rsyslog configuration for that belongs in `{conf}`, and "
                "the stream is to be sent through it once, in order. Whatever has the facility "
                f"`auth` or `authpriv` is written to `{auth}` and nowhere else, in the form "
                "`YYYY-MM-DD hh:mm:ss host program: text`. Other messages are written to "
                f"`{log}` if `{source.path}` has a unit for the program, like `gate.service` for "
                "`gate`, and else dropped. There the form is `YYYY-MM-DD hh:mm:ss LEVEL [program] "
                "(message id) text`, with `DEBUG`, `INFO` (information and notice), `WARNING` and, "
                "for errors and worse, `ERROR`. Use the time in the message (UTC). The receiver "
                "must not be left running.",
            ],
            steps=[
                look(
                    f"head -n 3 {stream}; wc -l {stream}; cut -d '>' -f 1 {stream} | cut -c 2- | "
                    "sort -n | uniq -c | head -n 30",
                    "The number in front holds facility and severity in one. Which ones occur?",
                    "Look at the stream and count its priorities.",
                ),
                look(
                    f"ls {here}; cut -d ' ' -f 4 {stream} | sort | uniq -c",
                    "Which units are known? The stream has other programs as well.",
                    "List the units and the programs of the stream.",
                ),
                do(
                    script,
                    "Facilities 4 and 10 are decided first. Then the programs of the units, with "
                    "the time and message id from the message itself.",
                    "Write and check the configuration, start the receiver, send the stream, stop.",
                    3.0,
                ),
                look(
                    f"wc -l {there} {secret}; head -n 2 {there} {secret}",
                    "Did the messages of services and those for security end up where they belong?",
                    "Count the lines and look at their form.",
                ),
            ],
            wrong=[
                *kept(every).as_wrong("unknown programs are kept"),
                *kept(with_security).as_wrong("security messages are in both files"),
                Wrong(
                    "only one of the security facilities",
                    path=auth,
                    content=secured(m for m in messages if m.facility == 4).encode(),
                ),
                Wrong(
                    "the configuration keeps every program",
                    path=conf,
                    content=text.replace("if $programname == [", 'if "x" != [').encode(),
                ),
                Wrong(
                    "notices are warnings in the configuration",
                    path=conf,
                    content=text.replace("$syslogseverity == 4", "$syslogseverity <= 5").encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"nc -v -w 1 127.0.0.1 {port} < {stream}",
                    symptom=r"Connection refused",
                    diagnosis="No receiver listens yet, so nothing was sent.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"rsyslogd --validate {config}",
                    symptom=r"invalid option|unrecognized option|[uU]sage",
                    diagnosis="The check of a configuration is -N1 together with -f.",
                ),
            ],
        )


def configuration(known: list[str], port: int, log: str, auth: str) -> str:
    """What the receiver works by."""
    day = "%timereported:1:10:date-rfc3339% %timereported:12:19:date-rfc3339%"
    names = ", ".join(f'"{name}"' for name in known)
    return f"""module(load="imptcp")
input(type="imptcp" address="127.0.0.1" port="{port}")
template(name="security" type="string" string="{day} %hostname% %programname%: %msg%\\n")
template(name="service" type="string"
         string="{day} %$!level% [%programname%] (%msgid%) %msg%\\n")
if $syslogfacility == 4 or $syslogfacility == 10 then {{
    action(type="omfile" file="{auth}" template="security")
    stop
}}
if $syslogseverity == 4 then {{
    set $!level = "WARNING";
}} else if $syslogseverity <= 3 then {{
    set $!level = "ERROR";
}} else if $syslogseverity == 7 then {{
    set $!level = "DEBUG";
}} else {{
    set $!level = "INFO";
}}
if $programname == [{names}] then {{
    action(type="omfile" file="{log}" template="service")
}}
"""


def drawn_messages(known: list[str], key: str, draw: Draw, count: int) -> list[Message]:
    """Messages of known and other programs, some of them about security, in order of time."""
    time, found = START, []
    others = ["sshd", "cron", "kernel", f"{known[0]}-old", f"{known[1]}x", "sudo"]
    hosts = [f"{key}-{number}" for number in (1, 2, 3)]
    for place in range(count):
        time += draw.integer(0, 90)
        program = draw.choice(known) if draw.chance(0.7) else draw.choice(others)
        secret = draw.chance(0.5 if program in ("sshd", "sudo") else 0.08)
        facility = draw.choice(SECURITY) if secret else draw.choice((1, 3, 5, 9, 13, 16, 20, 23))
        text = draw.choice(SECRET if secret else TEXTS).format(n=draw.integer(2, 9_000))
        severity = place if place < 8 else draw.choice((0, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7))
        request = draw.hex(6)
        found.append(Message(time, facility, severity, draw.choice(hosts), program, request, text))
    return found


def routes(
    conf: str, log: str, auth: str, port: int, known: list[str], messages: list[Message]
) -> Check:
    """A receiver with the configuration sorts messages that nobody has seen."""
    stream = "".join(f"{message.line()}\n" for message in messages)
    secret = [m.secured() for m in messages if m.facility in SECURITY]
    ours = [
        m.event().line("service")
        for m in messages
        if m.program in known and m.facility not in SECURITY
    ]
    script = f"""at=$(mktemp -d); cd "$at"
sed -e "s#{log}#$at/log#g" -e "s#{auth}#$at/auth#g" {quoted(conf)} > conf
touch log auth
rsyslogd -f "$at/conf" -i "$at/pid"
for _ in $(seq 30); do nc -z 127.0.0.1 {port} && break; sleep 0.1; done
nc -N 127.0.0.1 {port} <<'STREAM'
{stream}STREAM
for _ in $(seq 30); do [ "$(cat log auth | wc -l)" -ge {len(ours) + len(secret)} ] && break
  sleep 0.1; done
kill "$(cat pid)"
sleep 0.3
cat log; echo ----; cat auth"""
    return shell_prints(
        script,
        "".join(f"{line}\n" for line in [*ours, "----", *secret]),
        about=f"A receiver that is started with {conf} sorts other messages as asked for.",
        paths=[conf],
        key="routes",
        weight=2.0,
    )
