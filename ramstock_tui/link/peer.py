"""Who is at the other end of a Unix socket, as the kernel says it."""

import os
import socket
import stat
import struct
from pathlib import Path
from typing import Any

from ramstock_tui.errors import RamstockError

_LINUX = struct.Struct("3i")  # pid, uid, gid
_BSD = struct.Struct("II")  # version and uid at the start of struct xucred
_BSD_SIZE = 76
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1


def peer_uid(sock: Any) -> int:
    """User id of the process at the other end. sock: a socket or asyncio's view of one. Raises
    OSError where the kernel does not say."""
    if hasattr(socket, "SO_PEERCRED"):
        found = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _LINUX.size)
        return int(_LINUX.unpack(found)[1])
    found = sock.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _BSD_SIZE)
    return int(_BSD.unpack_from(found)[1])


def check_peer(sock: Any) -> None:
    """Raises RamstockError unless the other end runs under our user id."""
    try:
        uid = peer_uid(sock)
    except OSError as problem:
        raise RamstockError(f"the peer of a socket is unknown: {problem.strerror}") from problem
    if uid != os.geteuid():
        raise RamstockError(f"the peer of a socket is user {uid}, not you")


def check_socket_file(path: Path) -> None:
    """Raises RamstockError unless it is a socket (no link to one) of ours."""
    try:
        found = path.lstat()
    except OSError as problem:
        raise RamstockError(f"{path}: cannot be used: {problem.strerror}") from problem
    if not stat.S_ISSOCK(found.st_mode):
        raise RamstockError(f"{path}: is not a socket")
    if found.st_uid != os.geteuid():
        raise RamstockError(f"{path}: belongs to user {found.st_uid}, not to you")
