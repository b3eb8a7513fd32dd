"""A model server for measurements of feature calls: whole answers, quick streams and slow ones, by the model's name.

Started by feature_calls.py; prints its port and serves until standard input ends. A slow stream's chunks say in `t`
when they were sent, on the clock that all processes of one machine share.
"""

import asyncio
import json
import sys
import time

WORDS = "The function returns early when the list is empty, so the division below never sees a zero. "
REPLY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "whole",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": WORDS * 5}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 120, "completion_tokens": 90, "total_tokens": 210},
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
QUICK_CHUNKS = 100
SLOW_CHUNKS, SLOW_PAUSE = 100, 0.1
DONE = b"data: [DONE]\n\n"


def event(content: str, finish: str | None = None, **more: object) -> bytes:
    """One chunk of OpenAI's wire."""
    choice = {"index": 0, "delta": {"content": content} if content else {}, "finish_reason": finish}
    body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(body | more).encode() + b"\n\n"


def part(data: bytes) -> bytes:
    """One chunk of HTTP."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def whole() -> bytes:
    """An answer with its head."""
    body = json.dumps(REPLY).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


WHOLE = whole()
WORD = part(event("word "))
LAST = part(event("", "stop", usage=REPLY["usage"])) + part(DONE) + b"0\r\n\r\n"


async def answer(model: str, writer: asyncio.StreamWriter) -> None:
    """What a model of that name says."""
    if model == "quick":
        writer.write(HEAD)
        for _ in range(QUICK_CHUNKS - 2):
            writer.write(WORD)
            # One by one, as a model makes them: each is a read of its own on the other side.
            await asyncio.sleep(0)
    elif model == "slow":
        writer.write(HEAD)
        due = time.monotonic()
        for _ in range(SLOW_CHUNKS - 2):
            writer.write(part(event("word ", t=time.monotonic())))
            due += SLOW_PAUSE
            await asyncio.sleep(max(0.0, due - time.monotonic()))
    else:
        writer.write(WHOLE)
        return
    writer.write(LAST)
    await writer.drain()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, kept open as long as the client likes."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            at = head.find(b"content-length:")
            body = await reader.readexactly(int(head[at + 15 : head.index(b"\r\n", at)]))
            await answer(json.loads(body)["model"], writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Serve until standard input ends."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
