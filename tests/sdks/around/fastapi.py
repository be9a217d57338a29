"""Serves the application, and opens the page that fails."""
import threading
import urllib.error
import urllib.request

import uvicorn

from main import app


class Server(uvicorn.Server):
    """Tells when it listens."""

    listens = threading.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.listens.set()


server = Server(uvicorn.Config(app, port=0, log_level="critical"))
thread = threading.Thread(target=server.run)
thread.start()
server.listens.wait()
port = server.servers[0].sockets[0].getsockname()[1]
try:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/rollcage-test")
    raise AssertionError("the page does not fail")
except urllib.error.HTTPError as error:
    assert error.code == 500, error
finally:
    server.should_exit = True
    thread.join()
