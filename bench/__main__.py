"""`python -m bench NAME`: start the servers, measure, print a table and one line of JSON."""

import argparse
import subprocess
import sys

from bench.servers import running_servers
from deploy.processes import StartError, treat_termination_as_interrupt
from deploy.services import find_python
from deploy.stack import ROOT, steps

NAMES = [
    *["events", "event", "hold", "flow", "contention", "checkin", "confirm", "publish", "seatmap", "best-available"],
    *["queue-join", "queue-status", "queue-million", "cancel-event"],
]
WITH_PROXY = {"queue-status"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--seconds", type=float, default=5, help="length of one round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each side, taken in turns")
    options = parser.parse_args()
    treat_termination_as_interrupt()
    say = steps()
    try:
        with running_servers(say, has_proxy=options.name in WITH_PROXY) as stack:
            say(f"Measuring {options.name}")
            command = [find_python(), "-m", "bench.run", options.name, str(options.seconds), str(options.rounds)]
            # A process of its own: the site's settings exist only now.
            return subprocess.call(command, env=stack.env, cwd=ROOT)
    except KeyboardInterrupt:
        return 130
    except StartError as fault:
        print(fault, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
