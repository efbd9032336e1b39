"""`/api/v1/lists/{id}/forecast`: what will become of a list's subscribers, as things are and if one thing were done."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from monitor.mtas.parties import parties
from monitor.operations.reassess import WEIGHED
from monitor.risk.facts import facts_of
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.web.api.documents import ChangeDocument, ElsewhereDocument, FanDocument, Forecast, WordsDocument
from monitor.web.api.list_detail import watched
from monitor.web.api.overview import ListId
from monitor.web.page_services import PageServices
from monitor.web.views.outlook import fans
from monitor.wording.elsewhere import about_elsewhere, elsewhere
from monitor.wording.receiver import words_of
from monitor.wording.ways import ways


def forecast_routes(services: PageServices) -> APIRouter:
    """The one operation, below a list."""
    router = APIRouter()

    @router.get("/forecast")
    def forecast(
        list_id: ListId,
        whatif: Annotated[str, Query(max_length=20, description="The word of a change; else things as they are.")] = "",
    ) -> Forecast:
        """What will become of the list's subscribers, by receiver and day; after a change, if one is named."""
        view = watched(services, list_id, WEIGHED)
        assessment, now = view.assessment, view.now
        facts = facts_of(view.evidence)
        as_is = () if assessment is None else assessment.forecasts
        possible = ways(facts, as_is, view.level, now=now, thresholds=view.settings.risk)
        chosen = next((each for each in possible if each.word == whatif), None)
        if whatif and chosen is None:
            known = ", ".join(each.word for each in possible) or "none that would help"
            raise HTTPException(422, f"There is no change {whatif!r}; there is {known}.")
        forecasts, level = as_is, view.level
        if chosen is not None:
            forecasts, level = receiver_forecasts(chosen.facts, now=now, thresholds=view.settings.risk)
        policy = (facts if chosen is None else chosen.facts).bounce_policy
        machine, mta = parties(facts.manager, facts.mta, policy)
        drawn = fans(facts if chosen is None else chosen.facts, forecasts, now=now)
        return Forecast(
            list=list_id,
            assessed_at=None if assessment is None else assessment.assessed_at,
            level=level,
            chosen=None if chosen is None else chosen.word,
            changes=tuple(map(ChangeDocument.model_validate, possible)),
            receivers=forecasts,
            words={
                one.receiver: WordsDocument(**words_of(one, machine=machine, mta=mta, now=now).document())
                for one in forecasts
                if one.receiver is not None
            },
            elsewhere=ElsewhereDocument(subscribers=elsewhere(facts), about=about_elsewhere(elsewhere(facts))),
            curves={receiver: FanDocument.model_validate(seen) for receiver, seen in drawn.items()},
        )

    return router
