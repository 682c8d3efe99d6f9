"""A git server that can fall silent: it takes every connection then, and never says a word."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class GitServer:
    """A server of one repository. While it is `silent` it answers nobody."""

    url: str
    silent: bool


@contextmanager
def switched_server(repository: Path, *, silent: bool = False) -> Iterator[GitServer]:
    """Serve a repository by the git protocol."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = GitServer(f"git://127.0.0.1:{port}{repository}", silent)

        def accept() -> None:
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                if server.silent:
                    taken.append(connection)
                    continue
                with connection:
                    command = ["git", "daemon", "--inetd", "--export-all", str(repository)]
                    subprocess.run(command, stdin=connection, stdout=connection, check=False)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in taken:
                connection.close()
