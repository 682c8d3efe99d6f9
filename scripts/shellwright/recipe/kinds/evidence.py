"""Evidence: files about access that were copied from a machine for a review."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.resource import Entry, Resource, unchanged
from shellwright.recipe.themes import PEOPLE, Theme

START = int(datetime(2026, 2, 25, 18, 0, tzinfo=UTC).timestamp())
ITOA64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WORDS = (
    "sunshine", "dragon", "letmein", "winter2025", "football", "monkey", "shadow", "master",
    "qwerty", "trustno1", "harley", "summer24", "pepper", "ginger", "welcome1", "cheese",
    "matrix", "ranger", "soccer", "tigger", "biscuit", "orange7", "starlight", "coffee",
)  # fmt: skip
PROBED = ("root", "admin", "oracle", "test", "ubuntu", "postgres", "git", "deploy", "pi", "guest")


@dataclass(frozen=True)
class PublicKey:
    """A public key of OpenSSH by its encoded form."""

    type: str
    bits: int
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """The fingerprint as tools print it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return "SHA256:" + digest.rstrip("=")

    @property
    def name(self) -> str:
        """The first word of the key in a file."""
        return {"DSA": "ssh-dss", "RSA": "ssh-rsa", "ED25519": "ssh-ed25519"}[self.type]

    def line(self, comment: str, options: str = "") -> str:
        """The key as a line of a file."""
        words = [options, self.name, base64.b64encode(self.blob).decode(), comment]
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Grant:
    """A key that an account accepts; a disabled one stands behind a `#`."""

    account: str
    key: PublicKey
    comment: str
    options: str = ""
    disabled: bool = False


@dataclass(frozen=True)
class Login:
    """An attempt to log in. `repeats` says how often the line is said to have come again."""

    time: int
    user: str
    client: str
    accepted: bool = False
    method: str = "password"
    known: bool = True
    repeats: int = 0


@dataclass(frozen=True)
class Account:
    """A line of a password file, with the password where it is known to somebody."""

    name: str
    scheme: str
    stored: str
    password: str | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence(Resource):
    """What was copied, at `path`.

    `of` is `keys` (a folder with the `authorized_keys` of each account), `logins` (the log of the
    SSH service) or `passwords` (the password file of a web server, in which `words` are the
    passwords that everybody tries first).
    """

    kind: ClassVar[str] = "evidence"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"of": ("keys", "logins", "passwords")}

    grants: tuple[Grant, ...] = ()
    logins: tuple[Login, ...] = ()
    accounts: tuple[Account, ...] = ()
    words: tuple[str, ...] = ()
    host: str = "gate"

    def state(self) -> dict[str, str]:
        if self.grants:
            return {"of": "keys"}
        return {"of": "logins" if self.logins else "passwords"}

    def text(self) -> str:
        """The content of the file; empty for a folder."""
        if self.logins:
            return "".join(f"{line}\n" for line in log_lines(self.logins, self.host))
        lines = [f"{account.name}:{account.stored}" for account in self.accounts]
        if lines:
            lines[len(lines) // 2 : len(lines) // 2] = ["", "# moved to single sign-on: see above"]
        return "".join(f"{line}\n" for line in lines)

    def entries(self) -> list[Entry]:
        if not self.grants:
            return [Entry(self.path, self.text().encode(), mode=0o640)]
        found = [Entry.folder(self.path)]
        for account in sorted({grant.account for grant in self.grants}):
            lines = [f"# keys of {account}, managed by hand"]
            for grant in self.grants:
                if grant.account == account:
                    text = grant.key.line(grant.comment, grant.options)
                    lines += ["", f"#{text}"] if grant.disabled else [text]
            folder = f"{self.path}/{account}"
            content = "".join(f"{line}\n" for line in lines).encode()
            found += [Entry.folder(folder), Entry(f"{folder}/authorized_keys", content)]
        return found

    def checks(self) -> list[Check]:
        return [unchanged(entry) for entry in self.entries() if entry.kind == "file"]

    def situation(self) -> str:
        if self.grants:
            return (
                f"The folder `{self.path}` holds the {self.noun}: `<account>/authorized_keys` for "
                "each account, in the format of OpenSSH."
            )
        if self.logins:
            return (
                f"`{self.path}` is the {self.noun} in the classic syslog form, of 2026, in UTC; "
                "the logging service folded lines that came several times in a row."
            )
        return f"`{self.path}` is the {self.noun}, in the format that Apache's tools write."


def packed(*parts: bytes) -> bytes:
    """Byte strings, each behind its length, as SSH encodes them."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def _number(draw: Draw, bits: int) -> bytes:
    """An odd number with exactly that many bits, with the zero byte that keeps it positive."""
    raw = bytearray(draw.bytes(bits // 8))
    raw[0] |= 0x80
    raw[-1] |= 1
    return b"\0" + bytes(raw)


def drawn_key(draw: Draw, kind: str, bits: int) -> PublicKey:
    """A public key of that type and size, to which nobody has the private one."""
    if kind == "ED25519":
        return PublicKey(kind, 256, packed(b"ssh-ed25519", draw.bytes(32)))
    if kind == "RSA":
        return PublicKey(kind, bits, packed(b"ssh-rsa", b"\x01\x00\x01", _number(draw, bits)))
    numbers = [_number(draw, size) for size in (1024, 160, 1016, 1016)]
    return PublicKey("DSA", 1024, packed(b"ssh-dss", *numbers))


def log_lines(logins: tuple[Login, ...], host: str) -> list[str]:
    """The attempts as the SSH service reports them, with what else it has to say."""
    lines = []
    for number, login in enumerate(logins):
        stamp = datetime.fromtimestamp(login.time, UTC)
        head = f"{stamp:%b} {stamp.day:2d} {stamp:%H:%M:%S} {host} sshd[{1200 + number * 7}]:"
        port = 32_768 + (login.time * 31 + number) % 28_000
        end = f"from {login.client} port {port} ssh2"
        if login.accepted:
            lines.append(f"{head} Accepted {login.method} for {login.user} {end}")
            continue
        whom = login.user if login.known else f"invalid user {login.user}"
        if not login.known:
            lines.append(f"{head} Invalid user {login.user} from {login.client} port {port}")
        failed = f"Failed {login.method} for {whom} {end}"
        lines.append(f"{head} {failed}")
        if login.repeats:
            lines.append(f"{head} message repeated {login.repeats} times: [ {failed}]")
        if number % 3 == 0:
            lines.append(f"{head} Connection closed by {login.client} port {port} [preauth]")
    return lines


def apr1(password: str, salt: str) -> str:
    """The password in Apache's variant of MD5 crypt."""
    key, mark = password.encode(), b"$apr1$"
    inner = hashlib.md5(key + salt.encode() + key).digest()
    text = key + mark + salt.encode() + (inner * (len(key) // 16 + 1))[: len(key)]
    size = len(key)
    while size:
        text += b"\0" if size & 1 else key[:1]
        size >>= 1
    digest = hashlib.md5(text).digest()
    for turn in range(1000):
        odd = turn & 1
        middle = (salt.encode() if turn % 3 else b"") + (key if turn % 7 else b"")
        digest = hashlib.md5((key if odd else digest) + middle + (digest if odd else key)).digest()
    out = ""
    for places in ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)):
        value = int.from_bytes(bytes(digest[place] for place in places), "big")
        out += "".join(ITOA64[value >> 6 * n & 63] for n in range(4))
    out += "".join(ITOA64[digest[11] >> 6 * n & 63] for n in range(2))
    return f"$apr1${salt}${out}"


def _letters(draw: Draw, count: int) -> str:
    return "".join(draw.choice(ITOA64[2:]) for _ in range(count))


def _short(person: str) -> str:
    """A login name from a person's name."""
    first, *_, last = person.lower().split()
    return first[0] + last


def _keys(theme: Theme, draw: Draw) -> list[Grant]:
    """Keys of nine to twelve accounts; some are shared, some weak, some disabled."""
    names = sorted({_short(p) for p in draw.sample(PEOPLE, 9)} | {*theme.components[:2], "backup"})
    sizes = [("RSA", 1024), ("RSA", 2048), ("RSA", 2048), ("RSA", 3072), ("RSA", 4096),
             ("DSA", 1024), ("ED25519", 256), ("ED25519", 256)]  # fmt: skip
    grants = []
    for name in names:
        for _ in range(draw.integer(1, 3)):
            key = drawn_key(draw, *draw.choice(sizes))
            comment = draw.choice(
                [f"{name}@{theme.key}-{draw.integer(1, 9)}", f"{name} laptop", name]
            )
            options = draw.choice(["", "", "no-pty", 'from="10.0.0.0/8",no-port-forwarding',
                                   'command="/usr/bin/rsync --server",no-pty'])  # fmt: skip
            grants.append(Grant(name, key, comment, options, draw.chance(0.15)))
    for grant in draw.sample([g for g in grants if not g.disabled], 5):
        others = [name for name in names if name != grant.account]
        for name in draw.sample(others, draw.integer(1, 3)):
            grants.append(Grant(name, grant.key, grant.comment))
            if draw.chance(0.3):
                grants.append(Grant(name, grant.key, "again", "no-pty"))
    return draw.shuffled(grants)


def _logins(theme: Theme, draw: Draw) -> list[Login]:
    """Attempts of people who mistype and of machines that guess; a few guesses succeed."""
    staff = [_short(person) for person in draw.sample(PEOPLE, 6)]
    homes = {name: f"10.{draw.integer(0, 9)}.{draw.integer(0, 99)}.{draw.integer(1, 254)}"
             for name in staff}  # fmt: skip
    found: list[Login] = []
    for _ in range(draw.integer(60, 90)):
        name, at = draw.choice(staff), START + draw.integer(0, 260_000)
        if draw.chance(0.2):
            found.append(Login(at, name, homes[name]))
        method = draw.choice(["publickey", "publickey", "password"])
        found.append(Login(at + 9, name, homes[name], accepted=True, method=method))
    nets = draw.sample(("192.0.2", "198.51.100", "203.0.113"), 3)
    machines = {f"{draw.choice(nets)}.{draw.integer(1, 254)}" for _ in range(draw.integer(9, 13))}
    for number, client in enumerate(sorted(machines)):
        at = START + draw.integer(0, 200_000)
        for _ in range(draw.integer(2, 26)):
            at += draw.integer(1, 40)
            user = draw.choice((*PROBED, *PROBED, *staff))
            repeats = draw.choice([0, 0, 0, 0, 1, 2, 4])
            known = user in staff or user == "root"
            found.append(Login(at, user, client, known=known, repeats=repeats))
        if number % 4 == 1:
            found.append(Login(at + 7, draw.choice(staff), client, accepted=True))
    return sorted(found, key=lambda login: (login.time, login.client, login.accepted))


def _accounts(draw: Draw, words: list[str]) -> list[Account]:
    """Twelve to eighteen accounts in several schemes; about a third have a poor password."""
    names = [_short(person) for person in draw.sample(PEOPLE, draw.integer(12, 18))]
    found = []
    for name in dict.fromkeys(names):
        scheme = draw.choice(["apr1", "apr1", "sha1", "sha1", "bcrypt", "crypt"])
        poor = draw.choice([draw.choice(words), draw.choice(words).capitalize(), name])
        password = poor if draw.chance(0.45) else _letters(draw, 12)
        if scheme == "apr1":
            found.append(Account(name, scheme, apr1(password, _letters(draw, 8)), password))
        elif scheme == "sha1":
            digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
            found.append(Account(name, scheme, "{SHA}" + digest, password))
        elif scheme == "bcrypt":
            stored = f"$2y$05${_letters(draw, 21)}e{_letters(draw, 30)}e"
            found.append(Account(name, scheme, stored))
        else:
            found.append(Account(name, scheme, _letters(draw, 13)))
    return found


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Evidence:
    """Keys, logins or passwords of a machine of the organisation."""
    host = f"{draw.choice(theme.components)}-{draw.integer(1, 9)}"
    if state["of"] == "keys":
        noun = f"SSH keys that {host} accepts"
        return Evidence(path=path, noun=noun, grants=tuple(_keys(theme, draw)), host=host)
    if state["of"] == "logins":
        noun = f"log of SSH logins on {host}"
        return Evidence(path=path, noun=noun, logins=tuple(_logins(theme, draw)), host=host)
    words = draw.sample(WORDS, draw.integer(12, 16))
    noun = f"password file of the intranet on {host}"
    accounts = tuple(_accounts(draw, words))
    return Evidence(path=path, noun=noun, accounts=accounts, words=tuple(words), host=host)


NAMES = {"keys": "ssh_keys", "logins": "auth.log", "passwords": "htpasswd"}

KIND = Kind(
    Evidence,
    tuple({"of": what} for what in Evidence.domain["of"]),
    generate,
    lambda state, theme: NAMES[state["of"]],
)
