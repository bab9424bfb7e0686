"""The environment that plugins are created in, for tests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from ..interfaces import Environment
from ..plugins import PluginEnvironment
from ..records import replace
from ..settings.filling import Sources
from ..settings.reader import Loaded

THREADS = 8


def environment(**keys: object) -> Environment:
    """An environment under these keys of a configuration, as a server would give it.

    `environment(MEMORY_STORAGE_MAX_BYTES=1000)`. Keys of the core are taken as well, as far as
    plugins see them. Raises `ConfigurationError` for values that do not fit.
    """
    sources = Sources(overrides=MappingProxyType(dict(keys)))
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="plugin")
    made = PluginEnvironment.of(replace(Loaded(), sources=sources), executor)
    size = keys.get("MAX_SOURCE_SIZE", made.max_source_size)
    return replace(made, max_source_size=int(str(size)), quirks=bool(keys.get("THUMBOR_QUIRKS")))
