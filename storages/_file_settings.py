"""The keys of the file storage."""

from __future__ import annotations

import tempfile
from pathlib import Path

from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

from ._atomic import FLUSHES

TEMPORARY = Path(tempfile.gettempdir()) / "thumbor"


def _is_folder_name(value: str) -> None:
    if not value or "\0" in value:
        raise ValueError("must name a folder")


@dataclass(frozen=True, slots=True)
class FileStorageSettings:
    """Where the files lie; relative folders are taken from the working directory."""

    file_storage_root_path: str = setting(
        "FILE_STORAGE_ROOT_PATH",
        str(TEMPORARY / "storage"),
        "Folder of the sources, keys and focal points that the file storage keeps.",
        check=_is_folder_name,
    )
    result_storage_file_storage_root_path: str = setting(
        "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH",
        str(TEMPORARY / "result_storage"),
        "Folder of the results that the file storage keeps.",
        check=_is_folder_name,
    )
    file_storage_max_bytes: int = setting(
        "FILE_STORAGE_MAX_BYTES",
        0,
        "Bytes that the folder of sources may hold; the least recently used go first, uploads and "
        "keys never. 0 for no limit.",
        low=0,
        ours=True,
    )
    result_storage_file_storage_max_bytes: int = setting(
        "RESULT_STORAGE_FILE_STORAGE_MAX_BYTES",
        0,
        "The same for the folder of results.",
        low=0,
        ours=True,
    )
    result_storage_file_storage_purge_index: bool = setting(
        "RESULT_STORAGE_FILE_STORAGE_PURGE_INDEX",
        True,
        "Keep note of the sources of each result, in empty files, so that results can be purged by "
        "source.",
        ours=True,
    )
    file_storage_fsync: str = setting(
        "FILE_STORAGE_FSYNC",
        "none",
        "What is on the disk before an entry counts as written: `none` leaves it to the system, "
        "`data` waits for the bytes, `full` for the name, too. Uploads, keys and the block list "
        "are always written in full.",
        choices=FLUSHES,
        ours=True,
    )
