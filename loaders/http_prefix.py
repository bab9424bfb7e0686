"""Sources below one address: `https://host/pictures/` + name. `tc_http_loader_prefix` here."""

from __future__ import annotations

from urllib.parse import urljoin

from thumborlike.errors import ConfigurationError, SourceNotAllowed
from thumborlike.interfaces import Closes, Environment, Loader, Source, SourceRequest
from thumborlike.records import dataclass, replace
from thumborlike.settings.fields import setting

from ._names import climbs, decoded, encoded


@dataclass(frozen=True, slots=True)
class PrefixLoaderSettings:
    """Keys of the loader `http_prefix`."""

    tc_http_loader_prefix: str | None = setting(
        "TC_HTTP_LOADER_PREFIX",
        None,
        "The address that all names are below, for the loader `http_prefix`.",
        ours=True,
    )


SETTINGS = PrefixLoaderSettings


class PrefixLoader:
    """Has the loader `web` fetch `prefix` and the name. Nothing outside of the prefix.

    A prefix counts up to its last slash, as the base of relative links does.
    tc_http_loader_prefix 0.1: `/x` and `../x` leave the prefix, `//evil.com/x` the host.
    """

    def __init__(self, web: Loader, prefix: str) -> None:
        self._web = web
        self._prefix = urljoin(prefix if "://" in prefix else f"http://{prefix}", ".")

    def allows(self, source: str) -> bool:
        """Whether the name stays below, and the rules of the loader permit what it becomes."""
        text = decoded(source)
        return not climbs(text) and self._web.allows(self._below(text))

    async def load(self, wanted: SourceRequest) -> Source:
        """Fetch it. Raises as the loader `http`."""
        text = decoded(wanted.name)
        if climbs(text):
            raise SourceNotAllowed("this source is not allowed")
        source = await self._web.load(replace(wanted, name=self._below(text)))
        return replace(source, name=wanted.name)

    async def close(self) -> None:
        """Close the connections."""
        if isinstance(self._web, Closes):
            await self._web.close()

    def _below(self, text: str) -> str:
        return encoded(self._prefix + text.lstrip("/"))


def create(env: Environment) -> PrefixLoader:
    """The loader, on top of the one that the name `http` stands for."""
    prefix = env.section(SETTINGS).tc_http_loader_prefix
    if not prefix:
        raise ConfigurationError("the loader 'http_prefix' needs TC_HTTP_LOADER_PREFIX")
    return PrefixLoader(env.loader("http"), prefix)
