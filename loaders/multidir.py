"""Sources from several folders, the first that has them. `leukeleu-thumbor-multidir` here."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from thumborlike.errors import ConfigurationError, SourceNotFound
from thumborlike.interfaces import Environment, Source, SourceRequest
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

from .file import SETTINGS as FILE_SETTINGS
from .file import FileLoader


@dataclass(frozen=True, slots=True)
class MultidirSettings:
    """Keys of the loader `multidir`."""

    tc_multidir_paths: Sequence[str] = setting(
        "TC_MULTIDIR_PATHS",
        (),
        "The folders that the loader `multidir` looks in, in this order.",
        ours=True,
    )


SETTINGS = MultidirSettings


class MultidirLoader:
    """Asks one file loader after the other. Blocks."""

    def __init__(self, folders: Sequence[FileLoader]) -> None:
        self._folders = tuple(folders)

    def allows(self, source: str) -> bool:
        """Every name: what is in none of the folders is not found."""
        return True

    def load(self, wanted: SourceRequest) -> Source:
        """The first one that is found. Raises as the loader `file`."""
        *others, last = self._folders
        for folder in others:
            with suppress(SourceNotFound):
                return folder.load(wanted)
        return last.load(wanted)


def create(env: Environment) -> MultidirLoader:
    """The loader of these folders; FILE_LOADER_FOLLOW_SYMLINKS counts here as well."""
    paths = env.section(SETTINGS).tc_multidir_paths
    if not paths:
        raise ConfigurationError("the loader 'multidir' needs TC_MULTIDIR_PATHS")
    links = env.section(FILE_SETTINGS).file_loader_follow_symlinks
    return MultidirLoader([FileLoader(path, env.max_source_size, links) for path in paths])
