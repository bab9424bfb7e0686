"""Settings of the worker processes."""

from __future__ import annotations

from ..records import dataclass
from .fields import setting


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How the work on pixels is kept apart."""

    worker_isolation: str | None = setting(
        "WORKER_ISOLATION",
        None,
        "Where pictures are worked on: `process`, in processes of their own, which can be ended "
        "and know no secrets; `thread`, in threads of the server. None for processes under the "
        "command, for threads where the service is embedded in another program.",
        choices=("process", "thread", None),
        ours=True,
    )
    worker_sandbox: bool = setting(
        "WORKER_SANDBOX",
        True,
        "Take network, files and other processes away from worker processes, as far as the "
        "kernel can (Linux: seccomp, Landlock).",
        ours=True,
    )
    worker_readable_paths: tuple[str, ...] = setting(
        "WORKER_READABLE_PATHS",
        (),
        "Further folders and files that worker processes may read: what filters of your own need.",
        ours=True,
    )
    worker_memory_limit: int = setting(
        "WORKER_MEMORY_LIMIT",
        1_610_612_736,
        "Bytes of address space of a worker process; 0 for no limit.",
        low=0,
        ours=True,
    )
    worker_max_jobs: int = setting(
        "WORKER_MAX_JOBS",
        2000,
        "Pictures after which a worker process is replaced; 0 for never.",
        low=0,
        ours=True,
    )
