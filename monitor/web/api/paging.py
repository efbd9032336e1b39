"""Pages of the API: how much of what there is, and where the neighbours are (RFC 8288 section 3)."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Query, Request, Response

from monitor.web.page_services import PageServices

Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Leave out so many from the front.")]
T = TypeVar("T")


class Turner:
    """What a paged operation asks for, and the Link header of its answer. A dependency of FastAPI's."""

    def __init__(self, request: Request, response: Response, limit: Limit = 50, offset: Offset = 0) -> None:
        self.limit, self.offset = limit, offset
        self._request, self._response = request, response

    @property
    def wanted(self) -> int:
        """How many to read from the front: one more than the page holds, to know whether there is another."""
        return self.offset + self.limit + 1

    def cut(self, read: Sequence[T]) -> tuple[tuple[T, ...], int | None]:
        """The page of what was read from the front, and where the next one begins."""
        return self.turned(read[self.offset : self.offset + self.limit + 1])

    def turned(self, read: Sequence[T]) -> tuple[tuple[T, ...], int | None]:
        """The page of what was read from the offset on, and where the next one begins."""
        following = self.offset + self.limit if len(read) > self.limit else None
        links = []
        if following is not None:
            links.append(f'<{self._at(following)}>; rel="next"')
        if self.offset:
            links.append(f'<{self._at(max(0, self.offset - self.limit))}>; rel="prev"')
        if links:
            self._response.headers["link"] = ", ".join(links)
        return tuple(read[: self.limit]), following

    def _at(self, offset: int) -> str:
        url = self._request.url.include_query_params(offset=offset, limit=self.limit)
        services: PageServices = self._request.app.state.services
        return f"{services.base(self._request)}{url.path}?{url.query}"
