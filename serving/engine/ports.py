"""Ports on this machine's own address."""

from __future__ import annotations

import errno
import socket

import psutil

from pipeline.errors import BadInput
from serving.engine.command import HOST


def choose_port(wish: int = 0) -> int:
    """The wished port, or a free one for 0.

    Raises:
        BadInput: `engine.port_in_use`, with who has it, or `engine.port_forbidden`.
    """
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as the server does: no waiting for old connections
        try:
            probe.bind((HOST, wish))
        except OSError as error:
            raise _unavailable(wish, error) from error
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    try:
        choose_port(port)
    except BadInput:
        return False
    return True


def _unavailable(port: int, error: OSError) -> BadInput:
    if error.errno == errno.EACCES:
        text = f"Port {port} is reserved for the system's administrator."
        return BadInput("engine.port_forbidden", text, "Choose a port of 1024 or more.")
    holder = port_holder(port)
    text = f"Port {port} on {HOST} is in use by {holder or 'another program'}."
    return BadInput("engine.port_in_use", text, "Choose another port, or 0 for a free one.", port=port, holder=holder)


def port_holder(port: int) -> str | None:
    """Name and process id of who listens on a port, where the system tells."""
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return None
    for connection in connections:
        address = connection.laddr
        if connection.status == psutil.CONN_LISTEN and address and address.port == port and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                return f"process {connection.pid}"
    return None
