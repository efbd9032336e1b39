"""A service that the configuration names: asked with a password, bounded in time and size, without redirects."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from typing import Final

import requests
from requests.auth import HTTPBasicAuth

from monitor.deadline import Deadline, resolve
from monitor.errors import Unavailable
from monitor.http.guarded import OURS, Dialer, GuardedAdapter, trusted
from monitor.http.trouble import RAISED, trouble

WITHIN: Final = timedelta(seconds=60)  # from look-up to the last octet of one answer
OCTETS_MAX: Final = 16 << 20  # of one answer; thousands of members fit into a page of it
PART_OCTETS: Final = 64 << 10  # read at once; that an answer was cut short shows at the read after its end
ANYWHERE: Final = (ip_network("0.0.0.0/0"), ip_network("::/0"))  # whoever wrote the URL may send us where he likes


class OwnService:
    """One service, below one URL, as one user."""

    def __init__(self, url: str, *, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        self._auth = HTTPBasicAuth(user, password)

    def get(self, path: str, query: Mapping[str, str | int]) -> tuple[int, bytes]:
        """Status and octets of the answer. Raises Unavailable where none comes, or none that has an end; OutOfFiles."""
        with Deadline(WITHIN) as deadline:
            adapter = GuardedAdapter(Dialer(allow_networks=ANYWHERE, deadline=deadline, resolver=resolve))
            try:
                request = requests.Request("GET", f"{self.url}/{path}", params=query, headers=OURS, auth=self._auth)
                response = adapter.send(
                    request.prepare(), stream=True, timeout=WITHIN.total_seconds(), verify=trusted()
                )
                content = bytearray()
                while len(content) <= OCTETS_MAX and (part := response.raw.read(PART_OCTETS, decode_content=False)):
                    content += part
            except RAISED as error:
                reason, sentence = trouble(error, late=deadline.passed)
                raise Unavailable(sentence, reason=reason) from error
            finally:
                adapter.close()
        if deadline.passed or len(content) > OCTETS_MAX:
            raise Unavailable("The answer has no end.", reason="timeout" if deadline.passed else "protocol")
        return response.status_code, bytes(content)
