"""What every table of the configuration is, and the words that may stand in some of its keys."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from monitor.config.field_types import word

MANAGERS = ("mailman2", "mailman3", "sympa", "mlmmj", "ezmlm", "listserv", "listmonk", "discourse", "custom", "none")
DEFAULT_MANAGER = "mailman3"
MTAS = ("postfix", "exim", "sendmail", "opensmtpd", "qmail", "exchange", "exchange-online")
WEBHOOK_FORMATS = ("standard", "alertmanager", "slack")
WEBHOOK_EVENTS = ("raised", "changed", "resolved", "failed", "reminder", "escalated")
TOLD_LEVELS = ("watch", "at-risk", "critical")
ManagerName = Annotated[str, word(*MANAGERS)]
MtaName = Annotated[str, word(*MTAS)]
WebhookFormat = Annotated[str, word(*WEBHOOK_FORMATS)]
WebhookEvent = Annotated[str, word(*WEBHOOK_EVENTS)]
ToldLevel = Annotated[str, word(*TOLD_LEVELS)]


class Section(BaseModel):
    """A table of the file. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
