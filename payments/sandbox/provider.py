"""One provider put together: memory, rules, courier, clock and web server."""

import threading
from dataclasses import dataclass

from payments.sandbox.courier import Courier
from payments.sandbox.disputes import Disputes
from payments.sandbox.events import Controls
from payments.sandbox.payments import Payments
from payments.sandbox.refunds import Refunds
from payments.sandbox.saving import Savings
from payments.sandbox.server import SandboxServer
from payments.sandbox.store import Store

TICK_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Configuration:
    api_key: str
    webhook_secret: str
    webhook_url: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str = ""
    state: str = ""
    merchant: str = "Houselights"
    slow_seconds: float = 8.0
    retry_seconds: float = 0.5


class Provider:
    """Start it, use its `url`, stop it; OSError when the port is taken."""

    def __init__(self, configuration: Configuration) -> None:
        self.api_key = configuration.api_key
        self.merchant = configuration.merchant
        self.controls = Controls(webhook_url=configuration.webhook_url, slow_seconds=configuration.slow_seconds)
        self._server = SandboxServer((configuration.host, configuration.port), self)
        self.url = configuration.public_url.rstrip("/") or f"http://{configuration.host}:{self._server.server_port}"
        self.store = Store(configuration.state)
        self.payments = Payments(self.store, self.controls, public_url=self.url)
        self.savings = Savings(self.store, self.controls, self.payments, public_url=self.url)
        self.refunds = Refunds(self.store, self.controls)
        self.disputes = Disputes(self.store, self.controls)
        self.courier = Courier(
            self.store,
            self.controls,
            secret=configuration.webhook_secret,
            retry_seconds=configuration.retry_seconds,
        )
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep_time, daemon=True),
            threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True),
        ]

    def start(self) -> None:
        self.courier.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self.courier.stop()
        for thread in self._threads:
            thread.join()
        self.store.close()

    def _keep_time(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            self.payments.settle_due()
