"""Times feature calls against a bare Flask forwarder and against direct calls, in the same run.

Run by hand: `.venv/bin/python bench/feature_calls.py [--calls 1000] [--slow 200,500] [--ramp 2]`. Every server is
one gevent worker; the forwarder uses the same door. CPU per call is what the worker's process used, by the kernel.
Goals: 1.4 times the forwarder's CPU for whole answers and 1.3 for streams of 100 chunks, at 16 at once; 0.97 of what
the forwarder reaches with slow streams, chunks 30 ms late at most (p99), in 145 MB; 1 ms more to the first token.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.list import SERVE, environment, free_port, wait_for  # noqa: E402 (the path comes first)

AT_ONCE = 16
MODELS = {"whole": "duo_chat", "quick": "duo_chat_explain_code", "slow": "duo_chat_fix_code"}
QUESTION = {"role": "user", "content": "Why does this function return early? " * 8}
TICKS = os.sysconf("SC_CLK_TCK")
SENT_AT = re.compile(rb'"t": ([0-9.]+)')


@dataclass(frozen=True)
class Target:
    """Where calls go; `names` are what it calls the models, `pid` its worker (0: not measured)."""

    title: str
    port: int
    names: dict[str, str]
    token: str = ""
    pid: int = 0

    def request(self, model: str, *, stream: bool) -> bytes:
        """One call."""
        body = json.dumps({"model": self.names[model], "messages": [QUESTION], "stream": stream}).encode()
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def cpu(self) -> float:
        """Seconds that the worker has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """MB that the worker holds."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0


@dataclass
class Seen:
    """What clients saw: seconds to the first byte of the body, and lateness of chunks in seconds."""

    first: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)


async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, seen: Seen) -> None:
    """Send one call and read its answer to the end."""
    started = time.monotonic()
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        sys.exit(f"a call failed: {head!r} {await reader.read(2000)!r}")
    at = head.find(b"content-length:")
    if at >= 0:
        await reader.readexactly(int(head[at + 15 : head.index(b"\r\n", at)]))
        seen.first.append(time.monotonic() - started)
        return
    is_first = True
    while size := int(await reader.readline(), 16):
        data = await reader.readexactly(size + 2)
        now = time.monotonic()
        if is_first:
            seen.first.append(now - started)
            is_first = False
        seen.late += [now - float(sent) for sent in SENT_AT.findall(data)]
    await reader.readline()


async def lane(target: Target, request: bytes, count: int, seen: Seen, wait: float) -> None:
    """So many calls over one connection, after so many seconds."""
    await asyncio.sleep(wait)
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port, limit=1 << 20)
    for _ in range(count):
        await one(reader, writer, request, seen)
    writer.close()


async def together(target: Target, model: str, lanes: int, each: int, *, stream: bool, ramp: float = 0.0) -> Seen:
    """So many connections at once with so many calls each; they begin within `ramp` seconds."""
    seen = Seen()
    request = target.request(model, stream=stream)
    await asyncio.gather(*(lane(target, request, each, seen, ramp * at / lanes) for at in range(lanes)))
    return seen


def cpu_per_call(target: Target, model: str, calls: int, *, stream: bool) -> tuple[float, float]:
    """Milliseconds of CPU and of time for each call."""
    before, started = target.cpu(), time.monotonic()
    asyncio.run(together(target, model, AT_ONCE, calls // AT_ONCE, stream=stream))
    count = calls // AT_ONCE * AT_ONCE
    return (target.cpu() - before) * 1000 / count, (time.monotonic() - started) * 1000 / count


def compare(bare: Target, portal: Target, model: str, chosen: argparse.Namespace, goal: float) -> None:
    """CPU per call of both, in turns."""
    stream = model != "whole"
    calls = chosen.calls // 4 if stream else chosen.calls
    for target in (bare, portal):
        cpu_per_call(target, model, calls // 4, stream=stream)
    rounds = [
        [cpu_per_call(target, model, calls, stream=stream) for target in (bare, portal)] for _ in range(chosen.rounds)
    ]
    floor, own = (median(each[at][0] for each in rounds) for at in (0, 1))
    slow, fast = (median(each[at][1] for each in rounds) for at in (0, 1))
    ratio = median(each[1][0] / each[0][0] for each in rounds)
    print(
        f"{model}, {AT_ONCE} at once: {own:.2f} ms CPU a call, bare {floor:.2f}, ratio {ratio:.2f} (goal {goal}); "
        f"{fast:.2f} ms of time, bare {slow:.2f}"
    )


def first_token(bare: Target, portal: Target, rounds: int) -> None:
    """Time to the first token for one caller at a time."""
    times: dict[str, list[float]] = {bare.title: [], portal.title: []}
    for _ in range(rounds):
        for target in (bare, portal):
            times[target.title] += asyncio.run(together(target, "quick", 1, 40, stream=True)).first
    floor, own = (median(times[each.title]) * 1000 for each in (bare, portal))
    print(f"first token at one caller: {own:.2f} ms, bare {floor:.2f}; {own - floor:+.2f} ms (goal +1)")


def slow_streams(direct: Target, bare: Target, portal: Target, number: int, ramp: float) -> None:
    """So many slow streams at once: what share of direct calls' speed is reached."""
    took: dict[str, float] = {}
    for target in (direct, bare, portal):
        started = time.monotonic()
        seen = asyncio.run(together(target, "slow", number, 1, stream=True, ramp=ramp))
        took[target.title] = time.monotonic() - started
        late = [each * 1000 for each in sorted(seen.late)]
        share = took[direct.title] / took[target.title]
        memory = f", {target.memory():.0f} MB" if target.pid else ""
        print(
            f"{number} slow streams, {target.title}: {took[target.title]:.2f} s, {share:.2f} of direct; "
            f"{len(late)} chunks, late {median(late):.1f} ms, p99 {late[int(len(late) * 0.99)]:.1f}{memory}"
        )
    print(f"{number} slow streams: {took[bare.title] / took[portal.title]:.3f} of what bare reaches (goal 0.97)")


def fill(upstream_port: int) -> str:
    """Store the endpoints, assign the features, and return a token; reads the environment's settings."""
    from app.config import load_settings
    from app.domain.endpoints import EndpointDraft
    from app.domain.roles import Actor, Role
    from app.domain.tokens import TokenDraft
    from app.factory import create_app, ports_of
    from app.services import api_tokens, assignments, endpoints
    from app.services.assignments import Change, State

    ports = ports_of(create_app(load_settings()))
    ada = Actor("bench", "ada", "Ada", Role.ADMIN)
    for model, feature in MODELS.items():
        address = f"http://127.0.0.1:{upstream_port}/v1"
        draft = EndpointDraft(name=model, server="vllm", base_url=address, identifier=model, family="mistral")
        endpoint_id = endpoints.create(ports, ada, draft)
        assignments.change(ports, ada, Change(feature, 0, State.ENDPOINT, endpoint_id, acknowledged=True))
    draft = TokenDraft("bench", "editor", requests_per_minute=1_000_000, tokens_per_minute=1_000_000_000)
    return api_tokens.create(ports, ada, draft).text


def worker_of(process: subprocess.Popen[bytes]) -> int:
    """The process that answers."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not (found := children.read_text().split()):
        time.sleep(0.05)
    return int(found[0])


Start = Callable[..., subprocess.Popen[bytes]]


def measure(chosen: argparse.Namespace, folder: Path, upstream: int, started: Start) -> None:
    """Start both servers and measure."""
    port, floor_port = free_port(), free_port()
    settings = environment(folder, port) | {"MODELPORT_EGRESS_ALLOW": f"127.0.0.1:{upstream}"}
    subprocess.run([sys.executable, "-m", "app.cli", "migrate"], env=settings, cwd=ROOT, check=True)
    filled = subprocess.run(
        [sys.executable, __file__, "--fill", str(upstream)], env=settings, cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    own = started([sys.executable, "-c", SERVE], settings)
    floor = started([sys.executable, "bench/forwarder.py", str(floor_port), str(upstream)], settings)
    wait_for(port)
    wait_for(floor_port)
    same = {each: each for each in MODELS}
    direct = Target("direct", upstream, same)
    bare = Target("bare", floor_port, same, pid=worker_of(floor))
    portal = Target("portal", port, MODELS, json.loads(filled.stdout), worker_of(own))
    compare(bare, portal, "whole", chosen, 1.4)
    compare(bare, portal, "quick", chosen, 1.3)
    first_token(bare, portal, chosen.rounds)
    for number in filter(None, chosen.slow.split(",")):
        slow_streams(direct, bare, portal, int(number), chosen.ramp)


def main() -> None:
    """Migrate, fill, serve, call."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow", default="200,500")
    parser.add_argument("--ramp", type=float, default=2.0, help="seconds in which slow streams begin")
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.fill:
        print(json.dumps(fill(chosen.fill)))
        return
    running: list[subprocess.Popen[bytes]] = []

    def started(command: list[str], settings: dict[str, str], **more: int) -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen(command, env=settings, cwd=ROOT, **more))
        return running[-1]

    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    models = started([sys.executable, "bench/streaming_models.py"], dict(os.environ), **pipes)
    assert models.stdout
    upstream = int(models.stdout.readline())
    with tempfile.TemporaryDirectory() as folder:
        try:
            measure(chosen, Path(folder), upstream, started)
        finally:
            for each in reversed(running):
                each.terminate()
                each.wait(20)


if __name__ == "__main__":
    main()
