"""What a package is for: a processor and a Python of Lambda."""

from __future__ import annotations

import re

from ..records import dataclass

MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
"""Lambda's names of architectures, and those that wheels have."""

GLIBC = ("2_34", "2_31", "2_28", "2_27", "2_26", "2_24", "2_17", "2_12", "2_5")
"""Tags of wheels that run on Amazon Linux 2023, whose C library is 2.34."""

OLDER = ("manylinux2014", "manylinux2010", "manylinux1")
PYTHON = "3.13"
PYTHONS = ("3.12", "3.13", "3.14")
"""Runtimes on Amazon Linux 2023."""


@dataclass(frozen=True, slots=True)
class Target:
    """`architecture`: one of `MACHINES`; `python`: as in `3.13`."""

    architecture: str
    python: str = PYTHON

    @property
    def machine(self) -> str:
        """The processor, as wheels name it."""
        return MACHINES[self.architecture]

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags of wheels that run there, the newest first."""
        newer = tuple(f"manylinux_{each}" for each in GLIBC)
        return tuple(f"{each}_{self.machine}" for each in (*newer, *OLDER))

    @property
    def environment(self) -> dict[str, str]:
        """What the markers of requirements ask for."""
        return {
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "platform_machine": self.machine,
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }


def checked(architecture: str, python: str) -> Target:
    """The target of these names. Raises ValueError for what Lambda does not have."""
    if architecture not in MACHINES:
        raise ValueError(f"no such architecture: {architecture}; known: {', '.join(MACHINES)}")
    if not re.fullmatch(r"3\.\d+", python) or python not in PYTHONS:
        raise ValueError(f"no such runtime: python{python}; known: {', '.join(PYTHONS)}")
    return Target(architecture, python)
