"""llama.cpp's own HTTP server on a tiny random model: something real to point an endpoint at.

Run as a module it is the server; `start` runs it as a child process.
"""

import argparse
import json
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from app.cli.child import Child, end_with_parent, spawn

START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A running model server: its base URL (ending in /v1), the served name and the key it wants, if any."""

    url: str
    served_name: str
    api_key: str | None = field(repr=False)
    child: Child = field(repr=False)

    def stop(self) -> None:
        """End the server; it ends with its parent in any case."""
        self.child.stop()


def start(
    data_dir: Path, port: int = 0, served_name: str = "tiny-random", api_key: str | None = None, prefix: str = "/v1"
) -> ModelServer:
    """Start the server on loopback and wait until it answers; port 0 takes a free one. Raises ChildError.

    llama.cpp answers at /chat/completions as well as at /v1/chat/completions. With the prefix /v1 only
    addresses under /v1 exist, as on vLLM; give an empty prefix for llama.cpp's own habit.
    """
    folder = data_dir.absolute() / "model-server"
    options = {"port": port, "served_name": served_name, "api_key": api_key, "prefix": prefix}
    child = spawn("app.cli.model_server", [str(folder)], folder / "model-server.log")
    child.say(json.dumps(options))
    origin = child.ready_line(START_SECONDS)
    return ModelServer(f"{origin}/v1", served_name, api_key, child)


def main() -> None:
    """The child: make the model once, serve it, say where, stay until the parent ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    options = json.loads(sys.stdin.readline())
    end_with_parent()

    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(_model_file(folder))
    params.hostnames, params.port = ["127.0.0.1"], options["port"]
    params.model_alias = {options["served_name"]}
    params.api_prefix = options["prefix"]
    params.api_keys = [options["api_key"]] if options["api_key"] else []
    params.n_ctx, params.n_parallel = 8192, 2
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.ui = params.warmup = params.fit_params = False
    server = xllamacpp.Server(params)
    server.handle_completions({"prompt": "ready", "max_tokens": 1})
    print(server.listening_address, flush=True)
    threading.Event().wait()


def _model_file(folder: Path) -> Path:
    path = folder / "tiny-random.gguf"
    if not path.exists():
        from app.cli import tiny_model

        unfinished = path.with_suffix(".part")
        tiny_model.write(unfinished)
        unfinished.replace(path)
    return path


if __name__ == "__main__":
    main()
