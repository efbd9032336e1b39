"""Staysub's batch, as `staysub check --batch` runs it: cold caches, over all cores.

`python batch_peer.py PORT < requests` prints {"seconds": …, "results": [[…], …]}.
"""

import json
import sys
import time
from datetime import UTC, datetime

from monitor.cli.check.batch import numbered
from monitor.cli.check.batch_over_cores import over_cores
from monitor.dns.resolver import system_resolver

requests = [json.loads(line) for line in sys.stdin]
lines = [
    json.dumps({"mail_from": f"b@{one['domain']}", "helo": "x.example", "client_ip": one["ips"]}).encode()
    for one in requests
]
resolver = system_resolver([f"127.0.0.1:{sys.argv[1]}"])
started = time.perf_counter()
with over_cores(numbered(lines), resolver, now=datetime.now(UTC)) as answered:
    text = "".join(some.text for some in answered)
seconds = time.perf_counter() - started
results = [[each["result"] for each in json.loads(line)["results"]] for line in text.splitlines()]
sys.stdout.write(json.dumps({"seconds": seconds, "results": results}))
