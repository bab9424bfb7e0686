"""All core settings: the frozen sections, and `Settings`, which is made of them.

The attribute of a key is the key in lower case: `settings.http.max_age` is MAX_AGE.
"""

from __future__ import annotations

from ..records import dataclass, field
from .function import FunctionSettings
from .listening import ServerSettings
from .pages import PageSettings
from .pictures import EncodingSettings, FormatSettings, ImagingSettings
from .process import ExtensionSettings, LimitSettings, LoggingSettings
from .serving import HttpSettings, SecuritySettings, StorageSettings, UploadSettings
from .workers import WorkerSettings

__all__ = [
    "EncodingSettings",
    "ExtensionSettings",
    "FormatSettings",
    "FunctionSettings",
    "HttpSettings",
    "ImagingSettings",
    "LimitSettings",
    "LoggingSettings",
    "PageSettings",
    "SecuritySettings",
    "ServerSettings",
    "Settings",
    "StorageSettings",
    "UploadSettings",
    "WorkerSettings",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """Every core setting. `Settings()` has all defaults."""

    imaging: ImagingSettings = field(default_factory=ImagingSettings)
    encoding: EncodingSettings = field(default_factory=EncodingSettings)
    formats: FormatSettings = field(default_factory=FormatSettings)
    security: SecuritySettings = field(default_factory=SecuritySettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    upload: UploadSettings = field(default_factory=UploadSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    workers: WorkerSettings = field(default_factory=WorkerSettings)
    extensions: ExtensionSettings = field(default_factory=ExtensionSettings)
    logging: LoggingSettings = field(default_factory=LoggingSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    function: FunctionSettings = field(default_factory=FunctionSettings)
    pages: PageSettings = field(default_factory=PageSettings)
