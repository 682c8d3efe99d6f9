"""The program that runs inside every box as PID 1 and root, on the Python of the image (3.11+).

Its modules are sent over stdin when a box starts (see `..channel`), so that changing them needs no
new image. They use the standard library and each other, nothing else.

What runs in a box is hostile. PID 1 is therefore not dumpable, so that a root process without
CAP_SYS_PTRACE reaches neither its memory nor its descriptors; it has no handlers for signals, and
the kernel drops what a PID namespace sends to its own PID 1; its children inherit none of its
descriptors; it follows no symbolic link, and everything that it reads or keeps has a bound.
"""
