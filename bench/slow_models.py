"""A model server for measurements: answers every request after a pause, at many loopback addresses on one port.

Started by the scripts beside it; prints its port, then a count of requests for each line on standard input.
"""

import asyncio
import json
import sys

HOSTS = [f"127.0.0.{number}" for number in range(1, 101)]
MODELS = {"object": "list", "data": [{"id": "alpha", "object": "model"}]}
REPLY = {
    "object": "chat.completion",
    "model": "alpha",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "It works."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
}
EVENTS = [
    {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "It"}, "finish_reason": None}]},
    {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": " works."}}]},
    {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]


def answer(kind: str, body: bytes) -> bytes:
    """A whole answer."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


LIST = answer("application/json", json.dumps(MODELS).encode())
CHAT = answer("application/json", json.dumps(REPLY).encode())
STREAM = answer(
    "text/event-stream",
    b"".join(b"data: %s\n\n" % json.dumps(each).encode() for each in EVENTS) + b"data: [DONE]\n\n",
)


class Server:
    """Counts what it answers."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.count = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open as long as the client likes."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lowered = head.lower()
                at = lowered.find(b"content-length:")
                size = int(lowered[at + 15 : lowered.index(b"\r\n", at)]) if at >= 0 else 0
                body = await reader.readexactly(size)
                self.count += 1
                await asyncio.sleep(self.pause)
                writer.write(LIST if head.startswith(b"GET") else STREAM if b'"stream":true' in body else CHAT)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def main() -> None:
    """Serve until standard input ends."""
    server = Server(float(sys.argv[1]))
    first = await asyncio.start_server(server.serve, HOSTS[0], 0, backlog=1024)
    port = first.sockets[0].getsockname()[1]
    rest = await asyncio.start_server(server.serve, HOSTS[1:], port, backlog=1024)
    print(port, flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(server.count, flush=True)
    first.close()
    rest.close()


if __name__ == "__main__":
    asyncio.run(main())
