"""Where we listen: taken before anything else is done, so that nobody is told "ready" at a door that is not ours."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from config.findings import Mendable

WAITING = 4096  # connections; those that come while we start are answered once we have
AT_ONCE = 32  # connections taken in one round of the event loop


class CannotListen(Mendable):
    """The address cannot be listened on."""


def bind(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of ``host``; who connects waits for the server. Raises CannotListen."""
    bound: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            bound.append(_bind(family, address))
    except OSError as error:
        for one in bound:
            one.close()
        raise _refusal(host, port, error) from None
    return bound


def eager(sockets: Sequence[socket.socket]) -> list[socket.socket]:
    """Each of ``sockets`` many times over, for uvloop, which takes one connection of a socket in a round of its loop.

    In a surge a round takes long: a balancer's new connections would wait for seconds before we hear a word.
    (libuv since 1.45: https://github.com/libuv/libuv/pull/3696)
    """
    return [one.dup() for one in sockets for _ in range(AT_ONCE)]


def _addresses(host: str, port: int) -> list[tuple[int, tuple[object, ...]]]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((int(family), address) for family, _, _, _, address in found))


def _bind(family: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        made.bind(address)
        made.listen(WAITING)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def _refusal(host: str, port: int, error: OSError) -> CannotListen:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return CannotListen(f"{host!r} is no address of this machine", "set SIGAP_HOST to 127.0.0.1 or one of its own")
    if error.errno == errno.EADDRINUSE:
        return CannotListen(
            f"port {port} is taken", "stop the program that listens there, or set SIGAP_PORT to another"
        )
    if error.errno == errno.EACCES:
        return CannotListen(f"port {port} is for the system alone", "set SIGAP_PORT to one above 1023")
    return CannotListen(f"{host}:{port} cannot be listened on ({error.strerror})", "set SIGAP_HOST and SIGAP_PORT")


def address(host: str, port: int) -> str:
    """The address under which this machine itself reaches what listens there."""
    own = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host)  # noqa: S104 - read, not listened on
    return f"http://{own or (f'[{host}]' if ':' in host else host)}:{port}"
