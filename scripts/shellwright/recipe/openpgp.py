"""OpenPGP keys and detached signatures (version 4, Ed25519) for fixtures.

What is made here protects nothing: the secret keys are drawn with the task.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from shellwright.recipe.kinds.signed import public, signed

EDDSA, SHA256 = 22, 8
CURVE = bytes.fromhex("092b06010401da470f01")


@dataclass(frozen=True)
class PgpKey:
    """A key with one user id. Times are Unix seconds; `expires` and `revoked` are 0 for never."""

    seed: bytes
    user: str
    created: int
    expires: int = 0
    revoked: int = 0

    @property
    def body(self) -> bytes:
        """The public key packet without its header."""
        head = b"\x04" + self.created.to_bytes(4, "big") + bytes([EDDSA])
        return head + CURVE + _number(b"\x40" + public(self.seed))

    @property
    def fingerprint(self) -> str:
        """The fingerprint in capital hexadecimal digits."""
        return hashlib.sha1(self._hashed()).hexdigest().upper()

    def _hashed(self) -> bytes:
        return b"\x99" + len(self.body).to_bytes(2, "big") + self.body

    def certificate(self) -> bytes:
        """The key as others get it: revocation if there is one, user id, self-signature."""
        parts = [_packet(6, self.body)]
        if self.revoked:
            parts.append(self._signature(0x20, self._hashed(), self.revoked, _part(29, b"\0")))
        name = self.user.encode()
        told = self._hashed() + b"\xb4" + len(name).to_bytes(4, "big") + name
        extra = _part(27, b"\x03")
        if self.expires:
            extra += _part(9, (self.expires - self.created).to_bytes(4, "big"))
        parts += [_packet(13, name), self._signature(0x13, told, self.created, extra)]
        return b"".join(parts)

    def detached(self, content: bytes, time: int) -> bytes:
        """A detached signature of the content, made at that time."""
        return self._signature(0, content, time)

    def _signature(self, kind: int, told: bytes, time: int, extra: bytes = b"") -> bytes:
        issuer = bytes.fromhex(self.fingerprint)
        inner = _part(2, time.to_bytes(4, "big")) + _part(33, b"\x04" + issuer) + extra
        head = bytes([4, kind, EDDSA, SHA256]) + len(inner).to_bytes(2, "big") + inner
        end = b"\x04\xff" + len(head).to_bytes(4, "big")
        digest = hashlib.sha256(told + head + end).digest()
        proof = signed(self.seed, digest)
        outer = _part(16, issuer[-8:])
        body = head + len(outer).to_bytes(2, "big") + outer + digest[:2]
        return _packet(2, body + _number(proof[:32]) + _number(proof[32:]))


def armoured(data: bytes, what: str) -> str:
    """The data as ASCII armour; `what` is such as `PUBLIC KEY BLOCK`."""
    check = 0xB704CE
    for byte in data:
        check ^= byte << 16
        for _ in range(8):
            check <<= 1
            if check & 0x1000000:
                check ^= 0x1864CFB
    text = base64.b64encode(data).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    end = "=" + base64.b64encode(check.to_bytes(3, "big")).decode()
    return "\n".join(
        [f"-----BEGIN PGP {what}-----", "", *lines, end, f"-----END PGP {what}-----\n"]
    )


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0x80 | tag << 2 | 1]) + len(body).to_bytes(2, "big") + body


def _part(kind: int, body: bytes) -> bytes:
    """A subpacket of a signature."""
    return bytes([len(body) + 1, kind]) + body


def _number(data: bytes) -> bytes:
    """The bytes as a number behind its length in bits."""
    value = int.from_bytes(data, "big")
    size = value.bit_length()
    return size.to_bytes(2, "big") + value.to_bytes(-(-size // 8), "big")
