"""Starts MiniStack with what can't be mended from outside. See ../README.md.

Only what no request can reach is mended here, one function a gap: each says why it is needed and when it can go.
Everything else (identity, policies, rotation, CloudTrail, faults) is the gateway's, on the AWS wire.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import threading


def main():
    end_with_parent()
    listener = socket.create_server(("127.0.0.1", 0))
    with os.fdopen(3, "w") as ready:
        ready.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
    asyncio.run(serve(listener))


def end_with_parent():
    """The parent holds our standard input: once it is gone, so are we, our Lambda workers and our folder."""

    def watch():
        while os.read(0, 4096):
            pass
        shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


async def serve(listener):
    """Serves on a port of its own, while GATEWAY_PORT names the gateway: the URLs that the emulator gives (queues,
    custom resources' answers, layers) and the endpoint of its Lambda workers then lead to the gateway."""
    from hypercorn.asyncio import serve as hypercorn
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.accesslog = None
    await hypercorn(app, config)


if __name__ == "__main__":
    main()
