"""A PostgreSQL of Debian's package on loopback, in a folder of its own, for as long as a test."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "s3cret"


def program(name: str) -> str | None:
    """On the path, or where Debian puts those of each version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


def lacking() -> str | None:
    """Why no server can be started here."""
    if program("initdb") is None or program("pg_ctl") is None:
        return "PostgreSQL's initdb and pg_ctl are not installed"
    if os.geteuid() == 0 and (shutil.which("setpriv") is None or _servant() is None):
        return "PostgreSQL does not run as root, and there is no other user to run it as"
    return None


def _servant() -> str | None:
    names = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _as_servant(words: Sequence[str]) -> list[str]:
    """root hands the work to a user that PostgreSQL takes."""
    if os.geteuid() != 0:
        return list(words)
    name = _servant()
    return ["setpriv", f"--reuid={name}", f"--regid={_group(name)}", "--clear-groups", *words]


def _group(name: str | None) -> str:
    assert name is not None
    return str(pwd.getpwnam(name).pw_gid)


@contextmanager
def server() -> Iterator[str]:
    """The URL of its database; stopped and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="effprof-postgres-"))
    name = _servant()
    if os.geteuid() == 0 and name is not None:
        os.chown(folder, pwd.getpwnam(name).pw_uid, -1)
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data, log, port = folder / "data", folder / "log", free_port()
    control, initdb = program("pg_ctl"), program("initdb")
    assert control is not None
    assert initdb is not None
    options = f"-c listen_addresses=127.0.0.1 -p {port} -c fsync=off -c unix_socket_directories=''"
    try:
        _run(initdb, "-D", data, "-U", "me", "-A", "scram-sha-256", f"--pwfile={secret}", "-N")
        _run(control, "-D", data, "-l", log, "-o", options, "-w", "-t", "60", "start")
        yield f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        if data.exists():
            _run(control, "-D", data, "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _run(*words: object, check: bool = True) -> None:
    done = subprocess.run(
        _as_servant([str(word) for word in words]),
        stdout=subprocess.DEVNULL,  # a pipe would be held open by the server
        stderr=subprocess.DEVNULL,
        cwd="/",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0 or not check, words[0]


def free_port() -> int:
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", 0))
        return int(plain.getsockname()[1])
