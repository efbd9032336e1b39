"""checkdmarc: the record of each domain with its include tree looked up and counted; it evaluates no address.

`python checkdmarc_peer.py PORT < requests` prints {"seconds": …, "results": []}.
"""

import json
import sys
import time

import checkdmarc.spf
import dns.resolver

resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers = ["127.0.0.1"]
resolver.port = int(sys.argv[1])

requests = [json.loads(line) for line in sys.stdin]
started = time.perf_counter()
for request in requests:
    checkdmarc.spf.check_spf(request["domain"], resolver=resolver)
sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started, "results": []}))
