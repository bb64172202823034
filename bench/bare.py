"""The limit: our HTTP server with no application behind it, which answers a fixed body.

`python -m bench.bare BYTES` prints its port. A request's body is read; nothing is logged. With
`as-it-comes` behind it, it is uvicorn without anything of ours.
"""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn
import uvloop

from orderfolio.wire import server
from orderfolio.wire.asgi import App, Receive, Scope, Send


def answering(size_bytes: int, status: int = 200) -> App:
    """An application that answers `size_bytes` of JSON, whatever is asked."""
    body = b'"%s"' % (b"x" * (size_bytes - 2))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % size_bytes)]
    start = {"type": "http.response.start", "status": status, "headers": headers}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
        await send(dict(start))
        await send({"type": "http.response.body", "body": body})

    return answer


def _announce(port: int) -> None:
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()


async def _serve_as_it_comes(application: App) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    _announce(listening.getsockname()[1])
    config = uvicorn.Config(
        application, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False
    )
    await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        application = answering(int(sys.argv[1]))
        if "as-it-comes" in sys.argv:
            runner.run(_serve_as_it_comes(application))
        else:
            runner.run(server.serve(application, "127.0.0.1", 0, on_listening=_announce))
