"""Logs: what services write, in one file or in a rotated set."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import ClassVar

from shellwright.recipe.checks import Check, text_equals
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.resource import Entry, Resource
from shellwright.recipe.shell import quoted, shell_prints
from shellwright.recipe.themes import Theme

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
    "curl/7.88.1",
    "python-requests/2.32",
    "kube-probe/1.29",
)
START = int(datetime(2026, 2, 27, 21, 0, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class LogEvent:
    """One event. `time` is in Unix seconds, UTC.

    Service and JSON logs use `level`, `component`, `message` and `request_id`; access logs use
    `client`, `method`, `target`, `status`, `size` and `agent`.
    """

    time: int
    level: str = ""
    component: str = ""
    message: str = ""
    request_id: str = ""
    client: str = ""
    method: str = ""
    target: str = ""
    status: int = 0
    size: int = 0
    agent: str = ""

    def stamp(self, form: str = "%Y-%m-%d %H:%M:%S") -> str:
        """The time as text, UTC."""
        return _stamp(self.time, form)

    def line(self, form: str) -> str:
        """The event as one line of a log in the given format, without its line end."""
        if form == "access":
            return (
                f"{self.client} - - [{self.stamp('%d/%b/%Y:%H:%M:%S +0000')}] "
                f'"{self.method} {self.target} HTTP/1.1" {self.status} {self.size} '
                f'"-" "{self.agent}"'
            )
        if form == "json":
            record = {
                "ts": self.stamp("%Y-%m-%dT%H:%M:%SZ"),
                "level": self.level.lower(),
                "component": self.component,
                "request_id": self.request_id,
                "msg": self.message,
            }
            return json.dumps(record)
        return f"{self.stamp()} {self.level} [{self.component}] ({self.request_id}) {self.message}"


@lru_cache(maxsize=1 << 16)
def _stamp(time: int, form: str) -> str:
    """Skills read a log's lines many times over, and most of their time went into this."""
    return datetime.fromtimestamp(time, UTC).strftime(form)


@dataclass(frozen=True, kw_only=True)
class Log(Resource):
    """Events in order of time. `extra` are lines that are no events (stack traces, banners).

    `format` is `service` (`2026-02-27 21:00:04 ERROR [billing] (3fa9c1) text`), `access` (the
    combined format of web servers) or `json` (an object a line). `storage` is `plain`, one file
    at `path`, or `rotated`, a folder at `path` with `<name>.log` (newest), `<name>.log.1` and
    older ones gzipped. `extra` maps the index of an event to lines that follow it.
    """

    kind: ClassVar[str] = "log"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "format": ("service", "access", "json"),
        "storage": ("plain", "rotated"),
    }

    events: tuple[LogEvent, ...]
    format: str = "service"
    storage: str = "plain"
    name: str = "service"
    extra: tuple[tuple[int, str], ...] = ()

    def state(self) -> dict[str, str]:
        return {"format": self.format, "storage": self.storage}

    def lines(self) -> list[str]:
        """Every line in order, extra ones included, without line ends."""
        extra: dict[int, list[str]] = {}
        for index, text in self.extra:
            extra.setdefault(index, []).append(text)
        result = []
        for index, event in enumerate(self.events):
            result.append(event.line(self.format))
            result += extra.get(index, [])
        return result

    def parts(self) -> list[tuple[str, list[str]]]:
        """File names with their lines, oldest part first; one part where nothing is rotated."""
        lines = self.lines()
        if self.storage == "plain":
            return [(self.path, lines)]
        size = -(-len(lines) // 4)
        chunks = [lines[start : start + size] for start in range(0, len(lines), size)]
        names = [f"{self.path}/{self.name}.log"]
        names += [f"{self.path}/{self.name}.log.{n}" + (".gz" if n > 1 else "") for n in (1, 2, 3)]
        return list(zip(reversed(names[: len(chunks)]), chunks, strict=True))

    def entries(self) -> list[Entry]:
        found = [] if self.storage == "plain" else [Entry.folder(self.path)]
        for path, lines in self.parts():
            content = "".join(line + "\n" for line in lines).encode()
            found.append(
                Entry(path, gzip.compress(content, mtime=0) if path[-3:] == ".gz" else content)
            )
        return found

    def checks(self) -> list[Check]:
        if self.storage == "plain":
            return [text_equals(self.path, "".join(line + "\n" for line in self.lines()))]
        return [_part_holds(path, lines) for path, lines in self.parts()]

    def situation(self) -> str:
        what = {
            "service": "one line an event: time (UTC), level, `[component]`, `(request id)`, text",
            "access": "in the combined format of web servers, times in UTC",
            "json": "one JSON object a line with `ts`, `level`, `component`, `request_id`, `msg`",
        }[self.format]
        if self.storage == "plain":
            return f"`{self.path}` is the {self.noun}, {what}."
        return (
            f"`{self.path}` holds the {self.noun}, rotated: `{self.name}.log` is the newest part, "
            f"higher numbers are older, and the old ones are gzipped. It is {what}."
        )


def _part_holds(path: str, lines: list[str]) -> Check:
    """A part of a rotated log holds these lines; how well it is compressed does not matter."""
    text = "".join(f"{line}\n" for line in lines)
    if not path.endswith(".gz"):
        return text_equals(path, text)
    return shell_prints(
        f"gzip -dc -- {quoted(path)}",
        text,
        about=f"{path} is gzipped and holds the expected lines.",
        paths=[path],
        key="lines",
    )


def _service_events(theme: Theme, draw: Draw, count: int) -> list[LogEvent]:
    """Events of a few components whose error share differs from one to the other."""
    time, events = START, []
    shaky = draw.choice(theme.components)
    messages = {
        "DEBUG": ("cache miss for key {n}", "retrying lookup {n}", "queue depth {n}"),
        "INFO": (
            "handled {r} {n}",
            "synced {n} records",
            "session {n} opened",
            "session {n} closed",
        ),
        "WARNING": ("slow reply: {n} ms", "{r} {n} has no owner", "retry {n} of 5"),
        "ERROR": (
            "timeout after {n} ms",
            "cannot write {r} {n}: disk quota",
            "bad payload for {r} {n}",
        ),
    }
    for _ in range(count):
        time += draw.integer(1, 170)
        component = draw.choice(theme.components)
        weights = (2, 9, 3, 5) if component == shaky else (3, 12, 2, 1)
        level = draw.choice(
            [name for name, n in zip(LEVELS, weights, strict=True) for _ in range(n)]
        )
        text = draw.choice(messages[level]).format(n=draw.integer(3, 9800), r=theme.record)
        events.append(LogEvent(time, level, component, text, draw.hex(6)))
    return events


def _access_events(theme: Theme, draw: Draw, count: int) -> list[LogEvent]:
    """Requests of some thirty clients, one of them noisy, with realistic status codes."""
    time, events = START, []
    clients = [
        f"10.{draw.integer(0, 40)}.{draw.integer(0, 255)}.{draw.integer(1, 254)}" for _ in range(30)
    ]
    noisy = draw.choice(clients)
    targets = (
        "/",
        "/login",
        f"/{theme.records}",
        f"/{theme.records}/export",
        "/health",
        "/static/app.css",
        f"/api/{theme.records}",
        "/api/status",
        "/wp-login.php",
    )
    for _ in range(count):
        time += draw.integer(1, 90)
        client = noisy if draw.chance(0.2) else draw.choice(clients)
        target = draw.choice(targets)
        if target.startswith("/api/") and draw.chance(0.5):
            target += f"?page={draw.integer(1, 9)}"
        bad = target == "/wp-login.php"
        status = 404 if bad else draw.choice([200] * 12 + [301, 304, 304, 401, 403, 404, 500, 502])
        size = 0 if status == 304 else draw.integer(120, 64_000)
        method = "POST" if target == "/login" else "GET"
        events.append(
            LogEvent(
                time,
                client=client,
                method=method,
                target=target,
                status=status,
                size=size,
                agent=draw.choice(AGENTS),
            )
        )
    return events


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Log:
    """A log of some hundred events; service logs hold a few stack traces."""
    count = draw.integer(180, 420)
    form = state["format"]
    events = (_access_events if form == "access" else _service_events)(theme, draw, count)
    extra: list[tuple[int, str]] = []
    if form == "service":
        failing = [index for index, event in enumerate(events) if event.level == "ERROR"]
        for index in draw.sample(failing, 4):
            extra.append((index, "Traceback (most recent call last):"))
            extra.append(
                (index, f'  File "/opt/{theme.key}/worker.py", line {draw.integer(20, 400)}')
            )
            extra.append((index, "OSError: [Errno 122] Disk quota exceeded"))
    return Log(
        path=path,
        noun="access log of the web server"
        if form == "access"
        else f"log of the {theme.record} service",
        events=tuple(events),
        format=form,
        storage=state["storage"],
        name="access" if form == "access" else theme.key,
        extra=tuple(sorted(extra, key=lambda pair: pair[0])),
    )


KIND = Kind(
    Log,
    tuple({"format": f, "storage": s} for f in Log.domain["format"] for s in Log.domain["storage"]),
    generate,
    lambda state, theme: "logs" if state["storage"] == "rotated" else f"{theme.key}.log",
)
