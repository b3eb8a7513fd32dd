"""LiteLLM's proxy, run by the Python of its own environment: takes its configuration as JSON, says where it answers."""

import os
import socket
import sys
from pathlib import Path

from app.cli.child import end_with_parent

# Files that LiteLLM would fetch from GitHub at its start come from its package instead.
BUNDLED = ("MODEL_COST_MAP", "ANTHROPIC_BETA_HEADERS", "AUTOROUTER_PRESETS", "BLOG_POSTS", "POLICY_TEMPLATES")
# Whatever else it would ask of other machines ends at a port where nobody listens.
NOWHERE = "http://127.0.0.1:9"


def main() -> None:
    """Write the configuration into the working folder, serve, stay until the parent ends."""
    config = Path("config.yaml").absolute()
    config.write_text(sys.stdin.readline(), encoding="utf-8")
    end_with_parent()
    os.environ |= {f"LITELLM_LOCAL_{name}": "True" for name in BUNDLED}
    os.environ |= {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "NO_PROXY": "127.0.0.1"}
    os.environ |= {"CONFIG_FILE_PATH": str(config), "LITELLM_MODE": "PRODUCTION"}
    # LiteLLM prints greetings; the parent reads one line.
    announce, sys.stdout = sys.stdout, sys.stderr

    import uvicorn
    from litellm.proxy.proxy_server import app

    class Announced(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(f"http://127.0.0.1:{listener.getsockname()[1]}", file=announce, flush=True)

    listener = socket.create_server(("127.0.0.1", 0))
    Announced(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
