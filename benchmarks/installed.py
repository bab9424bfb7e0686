"""Which versions are measured, and the venvs that they are in: ours, and the real Thumbor's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from .contenders import IMAGOR, IPX, ipx_folder, program
from .servers import ServerError

ROOT = Path(__file__).resolve().parents[1]
THUMBOR_VERSION = "7.8.0"
_VERSIONS = """
import json, platform, sys
from importlib.metadata import PackageNotFoundError, version
wanted = {"thumbor": "Thumbor", "pillow": "Pillow", "tornado": "Tornado"}
extras = ("cykooz-resizer", "zlib-ng", "uvloop", "pyvips")
found = {"Python": platform.python_version()}
for name, title in wanted.items():
    if name != "thumbor" or "--thumbor" in sys.argv:
        found[title] = version(name)
for name in () if "--thumbor" in sys.argv else extras:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def thumbor_python() -> Path:
    """The Python of a venv with the real Thumbor, made if it is missing. `ServerError`."""
    named = os.environ.get("THUMBOR_PYTHON")
    python = Path(named).absolute() if named else ROOT / ".venv-thumbor" / "bin" / "python"
    if not python.exists():
        if named:
            raise ServerError(f"THUMBOR_PYTHON: there is no {named}")
        _make_venv(python)
    found = python_versions(python, "--thumbor").get("Thumbor")
    if found != THUMBOR_VERSION:
        raise ServerError(f"{python} has Thumbor {found}, wanted is {THUMBOR_VERSION}")
    return python


def our_python(folder: Path) -> Path:
    """The Python of a new venv in `folder` with ours out of a wheel, as users have it.

    Where it is installed editable, every process first imports a finder. All else is that of the
    Python that runs this. Raises `ServerError`.
    """
    venv.EnvBuilder(clear=True, symlinks=True).create(folder)
    python = folder / "bin" / "python"
    packages = _said((str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    pip = (sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", packages)
    try:
        subprocess.run([*pip, str(ROOT)], check=True)
    except subprocess.CalledProcessError as error:
        raise ServerError("ours could not be installed") from error
    beside = Path(packages, "beside.pth")
    beside.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def python_versions(python: Path, *flags: str) -> dict[str, str]:
    """Name -> version of what that Python would serve with. `ServerError`."""
    command = (str(python), "-c", _VERSIONS, *flags)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(f"{python} does not have what is needed:\n{done.stderr[-500:]}")
    found: dict[str, str] = json.loads(done.stdout)
    return found


def peer_version(name: str) -> str:
    """What a peer with libvips says of itself and of the library, as far as it says it."""
    if name == IPX:
        return _ipx_version(ipx_folder() or Path())
    binary = program("IMAGOR_BIN" if name == IMAGOR else "IMGPROXY_BIN", name) or ""
    own = _said((binary, "-version" if name == IMAGOR else "version"))
    number = re.search(r"\d+\.\d+\.\d+", own)
    return f"{number.group() if number else 'unknown'}, libvips {_linked_vips(binary)}"


def _ipx_version(folder: Path) -> str:
    modules = folder / "node_modules"
    own = json.loads((modules / IPX / "package.json").read_text())["version"]
    script = "const s = require('sharp'); console.log(s.versions.sharp, s.versions.vips)"
    sharp, _, vips = _said(("node", "-e", script), modules / IPX).partition(" ")
    return f"{own}, sharp {sharp}, libvips {vips}"


def _linked_vips(binary: str) -> str:
    """The version of the libvips that the program loads; `unknown` where that cannot be told."""
    found = re.search(r"libvips\S* => (\S+)", _said(("ldd", binary)))
    name = Path(found.group(1)).resolve().name if found else ""
    told = re.search(r"libvips-cpp\.so\.(\d+\.\d+\.\d+)", name)
    return told.group(1) if told else _said(("pkg-config", "--modversion", "vips")) or "unknown"


def _said(command: tuple[str, ...], folder: Path | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    except OSError:
        return ""
    return (done.stdout or done.stderr).strip()


def _make_venv(python: Path) -> None:
    print(f"making {python.parent.parent.name} with Thumbor {THUMBOR_VERSION}", file=sys.stderr)
    package = f"thumbor=={THUMBOR_VERSION}"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", package], check=True)
    except subprocess.CalledProcessError as error:
        raise ServerError(f"{package} could not be installed") from error
