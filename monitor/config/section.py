"""What every table of the configuration is, the value that it makes, and the words of some of its keys."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from monitor.config.field_types import word
from monitor.managers.catalogue import MANAGERS
from monitor.model.risk import RiskLevel
from monitor.mtas.catalogue import MTAS

WEBHOOK_FORMATS = ("standard", "alertmanager", "slack")
WEBHOOK_EVENTS = ("raised", "changed", "resolved", "failed", "reminder", "escalated")
NOTICE_LEVELS = ("watch", "at-risk", "critical")
ManagerName = Annotated[str, word(*MANAGERS)]
MtaName = Annotated[str, word(*MTAS)]
LogKind = Annotated[str, word(*MTAS)]
WebhookFormat = Annotated[str, word(*WEBHOOK_FORMATS)]
WebhookEvent = Annotated[str, word(*WEBHOOK_EVENTS)]
NoticeLevel = Annotated[RiskLevel, word(*NOTICE_LEVELS, made=RiskLevel)]
SECTION_OF: dict[type, type["Section"]] = {}  # by the value that it makes


class Section(BaseModel):
    """A table of the file. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    makes: ClassVar[type] = dict  # the model's value that the table stands for, where there is one

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """So that a value is shown by the section that made it."""
        if cls.makes is not dict:
            SECTION_OF[cls.makes] = cls

    def value(self) -> Any:
        """What the table stands for: its fields are the section's, by name."""
        return self.makes(**dict(self))


@dataclass(frozen=True, slots=True)
class ReadBy:
    """Annotates a value of the model: this section reads and checks its table, then makes the value."""

    section: type[Section]

    def __get_pydantic_core_schema__(self, value: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A value that was made elsewhere is taken as it is."""

        def made(given: Any, read: core_schema.ValidatorFunctionWrapHandler) -> Any:
            return given if isinstance(given, value) else read(given).value()

        return core_schema.no_info_wrap_validator_function(made, handler(self.section))
