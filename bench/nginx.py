"""The proxy of the delivered set in front of the site under measurement, with its own cache."""

import os
import re
from pathlib import Path

from deploy.processes import Processes, answers_on, find_free_port
from deploy.services import find_tool
from deploy.stack import ROOT

DELIVERED = ROOT / "deploy" / "nginx" / "houselights.conf"
MAIN = """
daemon off;
{user}
worker_processes 2;
error_log {folder}/nginx.log;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def start_nginx(processes: Processes, folder: Path, site: str) -> str:
    """Start it as it is delivered, but for its addresses; returns its own. `site` is http://host:port."""
    home = folder / "nginx"
    home.mkdir()
    port = find_free_port()
    conf = DELIVERED.read_text()
    changes = {
        r"server web:8000;": f"server {site.removeprefix('http://')};",
        r"listen 80 default_server;": f"listen 127.0.0.1:{port};",
        r"proxy_cache_path \S+": f"proxy_cache_path {home}/pages",
    }
    for pattern, wanted in changes.items():
        conf, found = re.subn(pattern, wanted, conf)
        if found != 1:
            raise ValueError(f"{DELIVERED} has {pattern} {found} times")
    # Its workers would be somebody else, who may not look into a temporary folder.
    user = "user root root;" if os.getuid() == 0 else ""
    (home / "site.conf").write_text(conf)
    (home / "nginx.conf").write_text(MAIN.format(folder=home, user=user))
    processes.start("nginx", [find_tool("nginx"), "-p", str(home), "-c", str(home / "nginx.conf")])
    processes.wait_until(lambda: answers_on(port), what="nginx")
    return f"http://127.0.0.1:{port}"
