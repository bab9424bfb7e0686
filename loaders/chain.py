"""The first of several loaders that has a source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from thumborlike.errors import (
    ConfigurationError,
    SourceError,
    SourceFailed,
    SourceNotAllowed,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)
from thumborlike.interfaces import Closes, Environment, Loader, Source, SourceRequest
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

KINDS: Mapping[str, type[SourceError]] = MappingProxyType(
    {
        "not_found": SourceNotFound,
        "refused": SourceRefused,
        "failed": SourceFailed,
        "timeout": SourceTimeout,
        "too_large": SourceTooLarge,
    }
)
"""What may send a request to the next loader, as configured."""


def _are_kinds(values: Sequence[str]) -> None:
    if not set(values) <= set(KINDS):
        raise ValueError("a list of " + ", ".join(map(repr, KINDS)))


@dataclass(frozen=True, slots=True)
class ChainLoaderSettings:
    """Keys of the loader `chain`."""

    chain_loader_loaders: Sequence[str] = setting(
        "CHAIN_LOADER_LOADERS",
        ("file", "http"),
        "The loaders that the loader `chain` asks, in this order.",
        ours=True,
    )
    chain_loader_continue_on: Sequence[str] = setting(
        "CHAIN_LOADER_CONTINUE_ON",
        ("not_found",),
        "After what the next one is asked: `not_found`, `refused` (other 4xx), `failed` (5xx, no "
        "connection), `timeout`, `too_large`.",
        check=_are_kinds,
        ours=True,
    )


SETTINGS = ChainLoaderSettings


class ChainLoader:
    """Asks one loader after the other; those whose rules refuse the source are passed over."""

    def __init__(
        self, loaders: Sequence[Loader], continue_on: tuple[type[SourceError], ...]
    ) -> None:
        self._loaders = tuple(loaders)
        self._continue_on = continue_on

    def allows(self, source: str) -> bool:
        """Whether one of them may be asked."""
        return any(loader.allows(source) for loader in self._loaders)

    async def load(self, wanted: SourceRequest) -> Source:
        """The first one that is had.

        Raises `SourceNotAllowed` if none may be asked; else what went wrong first, for if one of
        them is out of order nobody knows that the source does not exist.
        """
        errors: list[SourceError] = []
        for loader in self._loaders:
            if not loader.allows(wanted.name):
                continue
            try:
                return await loader.load(wanted)
            except self._continue_on as error:
                errors.append(error)
        if not errors:
            raise SourceNotAllowed("this source is not allowed")
        missing = errors[-1]
        raise next((each for each in errors if not isinstance(each, SourceNotFound)), missing)

    async def close(self) -> None:
        """Close what they hold, each once."""
        for loader in {id(each): each for each in self._loaders}.values():
            if isinstance(loader, Closes):
                await loader.close()


def create(env: Environment) -> ChainLoader:
    """The loaders that CHAIN_LOADER_LOADERS names. Raises `ConfigurationError`."""
    settings = env.section(SETTINGS)
    if not settings.chain_loader_loaders:
        raise ConfigurationError("the loader 'chain' needs CHAIN_LOADER_LOADERS")
    kinds = tuple(KINDS[name] for name in settings.chain_loader_continue_on)
    return ChainLoader([env.loader(name) for name in settings.chain_loader_loaders], kinds)
