"""Start the provider from the command line; every option has an environment variable."""

import argparse
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Mapping, Sequence

from payments.sandbox.provider import Configuration, Provider

OPTIONS = {
    "--host": ("SANDBOX_HOST", "127.0.0.1", "address to listen on"),
    "--port": ("SANDBOX_PORT", "8010", "port to listen on; 0 takes a free one"),
    "--public-url": ("SANDBOX_PUBLIC_URL", "", "address customers' browsers reach it at, when it differs"),
    "--api-key": ("SANDBOX_API_KEY", "", "key the merchant calls with"),
    "--webhook-secret": ("SANDBOX_WEBHOOK_SECRET", "", "secret the webhooks are signed with"),
    "--webhook-url": ("SANDBOX_WEBHOOK_URL", "", "where events are sent; none are without it"),
    "--state": ("SANDBOX_STATE", "", "file to remember payments in; in memory without it"),
    "--merchant": ("SANDBOX_MERCHANT", "Houselights", "name shown to the customer"),
    "--slow-seconds": ("SANDBOX_SLOW_SECONDS", "8", "how long a slow payment takes"),
}
NUMBERS = {"port": int, "slow_seconds": float}


def read_configuration(arguments: Sequence[str], environment: Mapping[str, str]) -> Configuration:
    """The options, else the environment, else the default; SystemExit with a sentence when one is wrong."""
    parser = argparse.ArgumentParser(prog="python -m payments.sandbox", description=__doc__)
    for option, (variable, default, text) in OPTIONS.items():
        name = option.removeprefix("--").replace("-", "_")
        parser.add_argument(
            option,
            default=environment.get(variable, default),
            type=NUMBERS.get(name, str),
            help=f"{text} ({variable}; default: {default or 'none'})",
        )
    options = parser.parse_args(arguments)
    if not options.api_key or not options.webhook_secret:
        parser.error("--api-key and --webhook-secret are needed, as the merchant has them.")
    return Configuration(**vars(options))


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    configuration = read_configuration(arguments, environment)
    try:
        provider = Provider(configuration)
    except OSError as fault:
        sys.stderr.write(
            f"The sandbox provider cannot listen on {configuration.host}:{configuration.port}: {fault.strerror}.\n"
        )
        return 1
    except sqlite3.Error as fault:
        sys.stderr.write(f"The sandbox provider cannot keep its state in {configuration.state}: {fault}.\n")
        return 1
    is_over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.set())
    provider.start()
    # The first line is for programs too: with port 0 it is where they learn the address.
    sys.stdout.write(f"Sandbox provider on {provider.url}\n")
    sys.stdout.flush()
    is_over.wait()
    provider.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
