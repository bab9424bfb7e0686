"""The keys of Azure Blob Storage."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import dataclass
from ..settings.fields import setting


@dataclass(frozen=True, slots=True)
class AzureSettings:
    """Keys of the loader and the storage `azure`; the first four are variables of Azure's, too."""

    azure_storage_account: str = setting("AZURE_STORAGE_ACCOUNT", "", "The account.", ours=True)
    azure_storage_key: str = setting(
        "AZURE_STORAGE_KEY",
        "",
        "A key of the account; without one, a signature or a connection string, who asks is told "
        "by the surroundings.",
        secret=True,
        ours=True,
    )
    azure_storage_sas_token: str = setting(
        "AZURE_STORAGE_SAS_TOKEN", "", "A shared access signature.", secret=True, ours=True
    )
    azure_storage_connection_string: str = setting(
        "AZURE_STORAGE_CONNECTION_STRING",
        "",
        "All of these in one, as the portal shows it.",
        secret=True,
        ours=True,
    )
    azure_endpoint: str | None = setting(
        "AZURE_ENDPOINT",
        None,
        "Another address than `https://<account>.blob.core.windows.net`, as of an emulator: "
        "`http://host:10000/<account>`.",
        ours=True,
    )
    azure_anonymous: bool = setting("AZURE_ANONYMOUS", False, "Prove nothing.", ours=True)
    azure_loader_container: str | None = setting(
        "AZURE_LOADER_CONTAINER",
        None,
        "Container of the sources; None: the first part of their names is the container, one of "
        "AZURE_ALLOWED_CONTAINERS.",
        ours=True,
    )
    azure_loader_root_path: str = setting(
        "AZURE_LOADER_ROOT_PATH", "", "In front of the names of sources.", ours=True
    )
    azure_allowed_containers: Sequence[str] = setting(
        "AZURE_ALLOWED_CONTAINERS",
        (),
        "Containers that names of sources may begin with.",
        ours=True,
    )
    azure_storage_container: str | None = setting(
        "AZURE_STORAGE_CONTAINER", None, "Container of what STORAGE keeps.", ours=True
    )
    azure_storage_root_path: str = setting(
        "AZURE_STORAGE_ROOT_PATH", "sources", "In front of its names.", ours=True
    )
    azure_result_storage_container: str | None = setting(
        "AZURE_RESULT_STORAGE_CONTAINER",
        None,
        "Container of results; None for AZURE_STORAGE_CONTAINER.",
        ours=True,
    )
    azure_result_storage_root_path: str = setting(
        "AZURE_RESULT_STORAGE_ROOT_PATH", "results", "In front of their names.", ours=True
    )
