"""System calls that a box does without, beside those that the engine's own filter refuses.

A filter of the kernel (seccomp) for PID 1 and all its children, which none of them can take off.
"""

import ctypes
import errno
import os
import struct
from dataclasses import dataclass

from .children import libc

PR_SET_SECCOMP, MODE_FILTER = 22, 2
# Instructions of the kernel's packet filter: load a word of the call, compare, answer.
LOAD, EQUAL, AT_LEAST, ANSWER = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in what is known of a call
X32 = 0x40000000  # of numbers of x86's third set of calls
AF_VSOCK = 40
RESERVE = (0x40305828, 0x4030582A, 0x40305839)  # fallocate's older names, among those of ioctl


@dataclass(frozen=True)
class Machine:
    """A kind of processor: the kernel's number of it, and its numbers of system calls."""

    architecture: int
    socket: int
    ioctl: int
    fallocate: int
    prlimit: int
    io_uring_setup: int = 425


MACHINES = {
    "x86_64": Machine(0xC000003E, socket=41, ioctl=16, fallocate=285, prlimit=302),
    "aarch64": Machine(0xC00000B7, socket=198, ioctl=29, fallocate=47, prlimit=261),
}


def refuse(*, root: bool) -> None:
    """Refuses sockets to the machine that a virtual machine runs on, and calls by which a filter
    could be passed by: those of a foreign architecture, and io_uring.

    root: whether space may not be reserved either, which fills a disk in no time, nor the limits
    of PID 1 be set, which every later command would have, and by which it could be ended itself
    Raises OSError where the kernel does not take the filter.
    """
    machine = MACHINES.get(os.uname().machine)
    if machine is None:
        return
    rules = [_if_argument(machine.socket, 0, (AF_VSOCK,), errno.EAFNOSUPPORT)]
    rules.append(_if(machine.io_uring_setup, errno.ENOSYS))
    if root:
        rules.append(_if(machine.fallocate, errno.EOPNOTSUPP))
        rules.append(_if_argument(machine.ioctl, 1, RESERVE, errno.EOPNOTSUPP))
        rules.append(_if_argument(machine.prlimit, 0, (1,), errno.EPERM))
    code = _step(LOAD, ARCHITECTURE) + _step(EQUAL, machine.architecture, 1, 0)
    code += _step(ANSWER, REFUSE | errno.ENOSYS) + _step(LOAD, NUMBER)
    code += _step(AT_LEAST, X32, 0, 1) + _step(ANSWER, REFUSE | errno.ENOSYS)
    code += b"".join(rules) + _step(ANSWER, ALLOW)
    buffer = ctypes.create_string_buffer(code, len(code))
    steps = len(code) // len(_step(0, 0))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", steps, ctypes.addressof(buffer)))
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """One instruction; a comparison passes over `yes` or `no` following ones."""
    return struct.pack("HBBI", code, yes, no, value)


def _if(call: int, error: int) -> bytes:
    return _step(EQUAL, call, 0, 1) + _step(ANSWER, REFUSE | error)


def _if_argument(call: int, place: int, values: tuple[int, ...], error: int) -> bytes:
    inner = _step(LOAD, ARGUMENTS + 8 * place)  # its lower half: the machines are little-endian
    inner += b"".join(_if(value, error) for value in values) + _step(ANSWER, ALLOW)
    return _step(EQUAL, call, 0, 2 + 2 * len(values)) + inner
