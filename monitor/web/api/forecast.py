"""`/api/v1/lists/{id}/forecast`: what will become of a list's subscribers, as things are and if one thing were done."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from monitor.admission.data import load_rules
from monitor.model.risk import RiskLevel
from monitor.operations.reassess import evidence_of
from monitor.risk.facts import facts_of
from monitor.risk.fan import Band, Fan
from monitor.risk.level import thresholds_of
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.web.api.documents import BandDocument, ChangeDocument, FanDocument, Forecast
from monitor.web.api.overview import ListId
from monitor.web.page_services import PageServices
from monitor.web.views.outlook import fans, offered


def forecast_routes(services: PageServices) -> APIRouter:
    """The one operation, below a list."""
    router = APIRouter()

    @router.get("/forecast")
    def forecast(
        list_id: ListId,
        whatif: Annotated[str, Query(max_length=20, description="The word of a change; else things as they are.")] = "",
    ) -> Forecast:
        """What will become of the list's subscribers, receiver by receiver and day by day; after a change, if one is named."""
        listed = services.watched(list_id)
        if listed is None:
            raise HTTPException(404, f"No list {list_id!r} is watched.")
        thought, settings, now = services.store.outcomes.assessment(list_id), services.settings(), services.now()
        facts = facts_of(evidence_of(services.store, listed, settings, load_rules(), now=now))
        possible = offered(facts)
        chosen = next((each for each in possible if each.word == whatif), None)
        if whatif and chosen is None:
            known = ", ".join(each.word for each in possible) or "none that would help"
            raise HTTPException(422, f"There is no change {whatif!r}; there is {known}.")
        forecasts = () if thought is None else thought.forecasts
        level = RiskLevel.UNKNOWN if thought is None else thought.level
        if chosen is not None:
            forecasts, level = receiver_forecasts(chosen.facts, now=now, thresholds=thresholds_of(settings.risk))
        drawn = fans(facts if chosen is None else chosen.facts, forecasts, now=now)
        return Forecast(
            list=list_id,
            assessed_at=None if thought is None else thought.assessed_at,
            level=level,
            chosen=None if chosen is None else chosen.word,
            changes=tuple(ChangeDocument(word=each.word, title=each.title) for each in possible),
            receivers=forecasts,
            curves={receiver: _fan(seen) for receiver, seen in drawn.items()},
        )

    return router


def _fan(seen: Fan) -> FanDocument:
    return FanDocument(disabled=_band(seen.disabled), removed=_band(seen.removed))


def _band(band: Band) -> BandDocument:
    return BandDocument(low=band.low, mean=band.mean, high=band.high)
