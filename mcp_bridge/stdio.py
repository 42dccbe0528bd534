"""MCP on standard input and output, over asyncio pipes.

The SDK's own stdio hops into a thread for each line; pipes took an empty call from 0.75 to 0.40 ms. Nothing but the
protocol reaches standard output: its descriptor is taken over, and what anyone prints goes to standard error.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.lowlevel import Server
from mcp.shared.message import SessionMessage
from mcp.types import (
    INTERNAL_ERROR,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCRequest,
    JSONRPCResponse,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from mcp_bridge import hop

MAX_LINE = 16 * 1024 * 1024
_ANSWERS_WAIT = 30.0  # seconds that calls in hand get to be answered after the input ended

Incoming = SessionMessage | Exception
logger = logging.getLogger("specflow.mcp")


async def serve(server: "Server[Any]") -> None:
    """Serves one client until its input ends or SIGTERM or SIGINT comes; calls in hand are answered first."""
    reading, writing = _take_over(0, os.devnull, os.O_RDONLY), _take_over(1, None, os.O_WRONLY)
    wire = _Wire(await _reader(reading), await _Writer.open(writing))
    gc.collect()
    gc.freeze()  # what was loaded stays: collections in the middle of a call need not look at it
    gc.set_threshold(20_000, 20, 20)  # a call makes some thousand short-lived objects
    try:
        await wire.run(server)
    finally:
        hop.finish()


class _Wire:
    """One connection: lines in, lines out, and what is still to be answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: "_Writer") -> None:
        self._reader, self._writer = reader, writer
        self._open: set[str | int] = set()
        self._answered = asyncio.Event()
        self._answered.set()

    async def run(self, server: "Server[Any]") -> None:
        to_server, from_client = anyio.create_memory_object_stream[Incoming](0)
        to_client, from_server = anyio.create_memory_object_stream[SessionMessage](0)
        async with anyio.create_task_group() as group:
            group.start_soon(self._read, to_server)
            group.start_soon(self._write, from_server, group.cancel_scope)
            await server.run(from_client, to_client, server.create_initialization_options())

    async def _read(self, to_server: MemoryObjectSendStream[Incoming]) -> None:
        async with to_server:
            with anyio.CancelScope() as scope, _ended_by_signals(scope):
                async for line in _lines(self._reader):
                    message = await self._message(line)
                    if message is not None:
                        await to_server.send(SessionMessage(message))
            with anyio.move_on_after(_ANSWERS_WAIT):
                await self._answered.wait()

    async def _message(self, line: bytes | None) -> JSONRPCMessage | None:
        """The line as a message; a line that is none is answered as JSON-RPC says, not passed over."""
        if line is not None and not line.strip():
            return None
        try:
            if line is None:
                raise ValueError(f"a line is over {MAX_LINE} bytes")
            message = _parsed(line)
        except (ValueError, RecursionError) as error:
            problem = ErrorData(code=PARSE_ERROR, message="Parse error", data=_short(error))
            await self._writer.write(JSONRPCError(jsonrpc="2.0", id=None, error=problem))
            return None
        if isinstance(message, JSONRPCRequest):
            self._open.add(message.id)
            self._answered.clear()
        elif getattr(message, "method", "") == "notifications/cancelled":
            self._settle((getattr(message, "params", None) or {}).get("requestId"))
        return message

    async def _write(self, from_server: MemoryObjectReceiveStream[SessionMessage], scope: anyio.CancelScope) -> None:
        try:
            async for one in from_server:
                await self._writer.write(one.message)
                if isinstance(one.message, JSONRPCResponse | JSONRPCError):
                    self._settle(one.message.id)
        except (BrokenPipeError, ConnectionResetError):
            scope.cancel()  # the client is gone: nobody is left to answer

    def _settle(self, request: str | int | None) -> None:
        if request is not None:
            self._open.discard(request)
        if not self._open:
            self._answered.set()


class _Writer:
    """Whole lines to a descriptor, waiting where the client is slow to read."""

    def __init__(self, descriptor: int, stream: asyncio.StreamWriter | None) -> None:
        self._descriptor, self._stream = descriptor, stream

    @classmethod
    async def open(cls, descriptor: int) -> "_Writer":
        """A file never makes one wait and cannot be watched, so it is written to directly."""
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return cls(descriptor, None)
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(descriptor, "wb", 0)
        )
        return cls(descriptor, asyncio.StreamWriter(transport, protocol, None, loop))

    async def write(self, message: JSONRPCMessage) -> None:
        line = _line(message)
        if self._stream is None:
            while line:
                line = line[os.write(self._descriptor, line) :]
            return
        self._stream.write(line)
        await self._stream.drain()


def _take_over(descriptor: int, instead: str | None, flags: int) -> int:
    """A private copy of a standard descriptor, which from now on is `instead` (None: standard error)."""
    private = os.dup(descriptor)
    if instead is None:
        sys.stdout.flush()
        os.dup2(2, descriptor)
        sys.stdout = sys.stderr
    else:
        other = os.open(instead, flags)
        os.dup2(other, descriptor)
        os.close(other)
    return private


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=MAX_LINE)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        with os.fdopen(descriptor, "rb") as file:
            reader.feed_data(file.read())
        reader.feed_eof()
        return reader
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(descriptor, "rb", 0)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes | None]:
    """Each line; None for one that is too long, which is skipped."""
    while True:
        try:
            line: bytes | None = await reader.readuntil()
        except asyncio.IncompleteReadError as end:
            if end.partial:
                yield end.partial
            return
        except asyncio.LimitOverrunError as over:
            await _skip_line(reader, over.consumed)
            line = None
        yield line


async def _skip_line(reader: asyncio.StreamReader, consumed: int) -> None:
    while True:
        await reader.readexactly(consumed)
        try:
            await reader.readuntil()
            return
        except asyncio.LimitOverrunError as over:
            consumed = over.consumed
        except asyncio.IncompleteReadError:
            return


def _parsed(line: bytes) -> JSONRPCMessage:
    """The message. JSON that holds a lone surrogate is read too: the tool refuses the argument, by name."""
    try:
        return jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError:
        return jsonrpc_message_adapter.validate_python(json.loads(line, parse_constant=_no_constant), by_name=False)


def _line(message: JSONRPCMessage) -> bytes:
    """The message as a line. One that cannot be written (a caller's lone surrogate, repeated to it) is an error."""
    try:
        return message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
    except ValueError:
        logger.exception("A message could not be written")
        problem = ErrorData(code=INTERNAL_ERROR, message="The answer cannot be written as JSON.")
        return _line(JSONRPCError(jsonrpc="2.0", id=getattr(message, "id", None), error=problem))


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _short(error: Exception) -> str:
    """What is wrong with the line, without repeating the line."""
    if isinstance(error, ValidationError):
        return "The line is no JSON-RPC message."
    return str(error)[:200]


@contextmanager
def _ended_by_signals(scope: anyio.CancelScope) -> Iterator[None]:
    """Ends the scope at SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, scope.cancel)
    try:
        yield
    finally:
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(one)
