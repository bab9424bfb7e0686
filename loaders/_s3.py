"""Sources in buckets: what the loaders `s3`, `tc_aws`, `thumbor_aws` and others have in common."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from thumborlike.errors import (
    ConfigurationError,
    SourceBusy,
    SourceEmpty,
    SourceError,
    SourceFailed,
    SourceForbidden,
    SourceNotFound,
    SourceTimeout,
    SourceTooLarge,
)
from thumborlike.interfaces import Environment, Loader, Source, SourceRequest
from thumborlike.records import dataclass
from thumborlike.s3 import failures
from thumborlike.s3.access import client_of, limits_of
from thumborlike.s3.names import Rules
from thumborlike.s3.places import Access, Limits
from thumborlike.s3.settings import S3Settings
from thumborlike.settings.fields import setting

if TYPE_CHECKING:
    from thumborlike.s3.client import Client

log = logging.getLogger(__name__)

ERRORS: Mapping[type[failures.Trouble], type[SourceError]] = MappingProxyType(
    {
        failures.Missing: SourceNotFound,
        failures.Denied: SourceForbidden,
        failures.TooLarge: SourceTooLarge,
        failures.Throttled: SourceBusy,
        failures.Late: SourceTimeout,
        failures.Broken: SourceFailed,
        failures.Misconfigured: SourceFailed,
    }
)


@dataclass(frozen=True, slots=True)
class Patience:
    """A key of the HTTP loaders, which bounds these, too."""

    http_loader_request_timeout: float = setting(
        "HTTP_LOADER_REQUEST_TIMEOUT", 20, "See the loader http.", low=0
    )


class S3Loader:
    """Gets objects. `elsewhere`: buckets that have a client of their own.

    `web` loads what begins with `http`, if there is one. Unless it `tells_denials`, what is denied
    cannot be told from what does not exist. Raises `SourceError`s.
    """

    def __init__(
        self,
        rules: Rules,
        here: Client,
        *,
        elsewhere: Mapping[str, Client] = MappingProxyType({}),
        max_size: int = 0,
        tells_denials: bool = False,
        web: Loader | None = None,
    ) -> None:
        self._rules = rules
        self._here = here
        self._elsewhere = elsewhere
        self._max_size = max_size
        self._tells_denials = tells_denials
        self._hinted = False
        self._web = web

    def allows(self, source: str) -> bool:
        """Whether its bucket may be read."""
        web = self._web_for(source)
        return web.allows(source) if web else self._rules.permits(source)

    async def load(self, wanted: SourceRequest) -> Source:
        """The object of this name."""
        if web := self._web_for(wanted.name):
            return await web.load(wanted)
        place = self._rules.place(wanted.name)
        if place is None or not self._rules.permits(wanted.name):
            raise SourceNotFound(failures.TEXTS[failures.Missing])
        client = self._elsewhere.get(place[0], self._here)
        try:
            found = await client.get(*place, max_bytes=self._max_size, held=wanted.held)
        except failures.Unchanged:
            return Source(wanted.name, wanted.held or b"")
        except failures.Trouble as error:
            raise self._told(type(error)) from error
        if not found.body:
            raise SourceEmpty("the source is empty")
        return Source(wanted.name, found.body, found.modified)

    async def close(self) -> None:
        """Close the connections."""
        for client in (self._here, *self._elsewhere.values()):
            await client.close()

    def _told(self, kind: type[failures.Trouble]) -> SourceError:
        """What clients learn of it. Whoever runs the server learns of the first denial."""
        if kind is failures.Denied and not self._hinted:
            self._hinted = True
            log.warning(
                "a bucket denies a source; it denies missing ones, too, where its objects may not "
                "be listed"
            )
        if kind is failures.Denied and not self._tells_denials:
            kind = failures.Missing
        return ERRORS[kind](failures.TEXTS[kind])

    def _web_for(self, source: str) -> Loader | None:
        return self._web if source.lower().startswith("http") else None


def loader_of(
    env: Environment,
    rules: Rules,
    access: Access,
    *,
    attempts: int | None = None,
    elsewhere: Mapping[str, Access] = MappingProxyType({}),
    web: Loader | None = None,
) -> S3Loader:
    """The loader under the keys that all three share. Raises `ConfigurationError`."""
    limits = loading_limits(env, attempts)
    clients = {bucket: client_of(each, limits) for bucket, each in elsewhere.items()}
    return loader_from(env, rules, client_of(access, limits), elsewhere=clients, web=web)


def loader_from(
    env: Environment,
    rules: Rules,
    here: Client,
    *,
    elsewhere: Mapping[str, Client] = MappingProxyType({}),
    web: Loader | None = None,
) -> S3Loader:
    """The loader that asks these clients. Raises `ConfigurationError`."""
    if rules.bucket == "":
        raise ConfigurationError("a bucket's name is empty")
    return S3Loader(
        rules,
        here,
        elsewhere=elsewhere,
        max_size=env.max_source_size,
        tells_denials=env.section(S3Settings).s3_denied_status == 403,
        web=web,
    )


def loading_limits(env: Environment, attempts: int | None = None) -> Limits:
    """Within which a source is loaded."""
    shared = env.section(S3Settings)
    timeout = shared.s3_loader_timeout_seconds or env.section(Patience).http_loader_request_timeout
    return limits_of(env, timeout or 3600.0, attempts)
