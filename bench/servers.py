"""The processes behind a run: the whole site in production settings, and the bare project beside it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.nginx import start_nginx
from deploy.stack import Stack, running_stack

WORKERS = 2


@contextmanager
def running_servers(say: Callable[[str], None], *, has_proxy: bool = False) -> Iterator[Stack]:
    """MariaDB with durable commits, Redis, gunicorn with two sync workers for each application.

    No Celery worker and no beat: they would take their turn on the cores in some rounds only. nginx stands in
    front where its cache is measured.
    """
    with running_stack(workers=WORKERS, threads=1, background=False, say=say) as stack:
        say("Starting the bare project and the site without its page cache")
        stack.settings |= {
            "BENCH_SITE": stack.site_url,
            "BENCH_BARE": stack.serve(
                "bench.bare:application", name="bare", workers=WORKERS, threads=1, ready_path="/"
            ),
            "BENCH_UNCACHED": stack.serve(
                "ticketing.wsgi:application",
                name="uncached",
                workers=WORKERS,
                threads=1,
                # A cache of its own, or it would find the pages that the other one keeps.
                env={"PUBLIC_PAGE_SECONDS": "0", "CACHE_PREFIX": "uncached"},
            ),
            "BENCH_SANDBOX_STATE": str(stack.folder / "sandbox.sqlite3"),
            "BENCH_WEB_PID": str(next(child.process.pid for child in stack.processes.children if child.name == "web")),
        }
        if has_proxy:
            stack.settings["BENCH_NGINX"] = start_nginx(stack.processes, stack.folder, stack.site_url)
        yield stack
