"""A port on loopback, each of whose connections is attended to by a task of its own."""

import asyncio
import logging
import socket
from contextlib import suppress

from local.bedrock.http1 import HEAD_LIMIT, Respond, serve_connection

HOST = "127.0.0.1"
_BACKLOG = 1024
_PAUSE_WITHOUT_FILES_S = 0.5
_LOG = logging.getLogger(__name__)


class Listener:
    """Accepts connections until it is closed.

    Connections are accepted in a callback and not in a coroutine, so that closing finds each of them either in the
    kernel's queue or among the tasks, never halfway between.

    Args:
        port: 0 for any free one.
        respond: answers the requests.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, port: int, respond: Respond) -> None:
        self._respond = respond
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket = socket.create_server((HOST, port), backlog=_BACKLOG)
        self._socket.settimeout(0)
        self._listen()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._socket.getsockname()[1]}"

    async def close(self) -> None:
        """Accept nothing more and break off what is still open."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _listen(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except (BlockingIOError, ConnectionError):
            return  # it has gone again
        except OSError as error:
            _LOG.warning("No connection can be accepted for the moment: %s", error)
            self._loop.remove_reader(self._socket)
            self._loop.call_later(_PAUSE_WITHOUT_FILES_S, self._listen)
            return
        connection.settimeout(0)
        # asyncio does this for sockets whose protocol is named, which an accepted one's is not. Without it the end of
        # a stream waits for the client's delayed acknowledgement, 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(_attend(connection, self._respond))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A task that was cancelled before it began has not closed its connection.
        task.add_done_callback(lambda _: connection.close())


async def _attend(connection: socket.socket, respond: Respond) -> None:
    with suppress(ConnectionError):  # it has gone again
        reader, writer = await asyncio.open_connection(sock=connection, limit=HEAD_LIMIT)
        try:
            await serve_connection(reader, writer, respond)
        finally:
            writer.transport.abort()
