"""pyspf as it comes: one evaluation after another, dnspython's default resolver pointed at the benchmark's server.

`python pyspf_peer.py PORT < requests` prints {"seconds": …, "results": [[…], …]}.
"""

import json
import sys
import time

import dns.resolver
import spf

resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers = ["127.0.0.1"]
resolver.port = int(sys.argv[1])
dns.resolver.default_resolver = resolver

requests = [json.loads(line) for line in sys.stdin]
started = time.perf_counter()
results = [
    [spf.query(i=ip, s=f"b@{request['domain']}", h="x.example").check()[0] for ip in request["ips"]]
    for request in requests
]
sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started, "results": results}))
