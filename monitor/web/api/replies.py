"""`/api/v1/lists/{id}/replies`: what receivers answered to a list's posts, try by try."""

from fastapi import APIRouter

from monitor.evidence.replies.document import reply_document, waiting_document
from monitor.evidence.replies.still import waits_still
from monitor.store.list_record import Depth
from monitor.web.api.documents import Replies, ReplyDocument, WaitingDocument
from monitor.web.api.list_detail import watched
from monitor.web.api.overview import ListId, Turn
from monitor.web.page_services import PageServices


def replies_routes(services: PageServices) -> APIRouter:
    """The one operation, below a list."""
    router = APIRouter()

    @router.get("/replies")
    def replies(list_id: ListId, turn: Turn) -> Replies:
        """What receivers answered to each try with the list's posts, as the mail server's log told it."""
        watched(services, list_id, Depth())
        kept = services.store.replies
        newest = sorted(kept.of_list(list_id), key=lambda each: (-each[0].day.toordinal(), each[0]))
        found, following = turn.cut(newest)
        told = (one for several in kept.waiting(list_id).values() for one in several)
        waiting = waits_still(told, now=services.now())
        return Replies(
            replies=tuple(ReplyDocument.model_validate(reply_document(list_id, key, row)) for key, row in found),
            waiting=tuple(map(WaitingDocument.model_validate, waiting_document(waiting))),
            next_offset=following,
        )

    return router
