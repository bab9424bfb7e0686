"""Who is measured: ours and Thumbor in both ways to use all cores, and the libvips servers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from . import dialects
from .rows import AVIF_SPEED, CACHED, FILES, OVERLAY, PATIENT, QUALITY, SIGNED, STORED
from .servers import Launch, Place, Server, ServerError

OURS, OURS_PROCESSES = "ours", "ours, processes"
THUMBOR_THREADS, THUMBOR_PROCESSES = "Thumbor, threads", "Thumbor, processes"
IPX, IMAGOR, IMGPROXY = "ipx", "imagor", "imgproxy"
PIPELINE = "pipeline"
OUR_WAYS = (OURS, OURS_PROCESSES)
THUMBORS = (THUMBOR_THREADS, THUMBOR_PROCESSES)
LIBVIPS = (IPX, IMAGOR, IMGPROXY)
PEERS = ("thumbor", *LIBVIPS)
WAYS = {
    OURS: "threads",
    OURS_PROCESSES: "processes",
    THUMBOR_THREADS: "threads",
    THUMBOR_PROCESSES: "processes",
}
"""How a contender with two ways uses all cores, in a word."""
KEY = "a key that no URL of the benchmark is signed with"
_ENTRY = "import sys; from thumborlike.cli import main; sys.exit(main())"
_IPX_SERVER = Path(__file__).with_name("ipx.mjs")


def contenders(
    peers: frozenset[str], thumbor: Path | None, cores: int, ours: Path | None = None
) -> tuple[Server, ...]:
    """Ours, and those peers that are on this machine. `ours`, `thumbor`: Pythons that have it."""
    command = (str(ours or sys.executable), "-c", _ENTRY)
    found = [
        _python(OURS, command, {"WORKERS": cores}),
        _python(OURS_PROCESSES, (*command, "--processes", str(cores)), {"WORKERS": 1}),
    ]
    if thumbor and "thumbor" in peers:
        command = (str(thumbor), "-m", "thumbor.server")
        found.append(_python(THUMBOR_THREADS, command, {"ENGINE_THREADPOOL_SIZE": cores}))
        found.append(_python(THUMBOR_PROCESSES, (*command, "--processes", str(cores)), {}))
    if IPX in peers and (folder := ipx_folder()):
        found.append(Server(IPX, dialects.ipx, _ipx(folder), keeps=False))
    if IMAGOR in peers and (binary := program("IMAGOR_BIN", IMAGOR)):
        found.append(Server(IMAGOR, dialects.imagor, _imagor(binary, cores)))
    if IMGPROXY in peers and (binary := program("IMGPROXY_BIN", IMGPROXY)):
        launch = _imgproxy(binary, cores)
        found.append(Server(IMGPROXY, dialects.imgproxy, launch, "/health", keeps=False))
    return tuple(found)


def program(variable: str, name: str) -> str | None:
    """What the variable of the environment names, else what is on the PATH. `ServerError`."""
    named = os.environ.get(variable)
    if named and not shutil.which(named):
        raise ServerError(f"{variable}: there is no program {named}")
    return named or shutil.which(name)


def ipx_folder() -> Path | None:
    """The folder IPX_DIR, where `npm install ipx` was run. Raises `ServerError`."""
    named = os.environ.get("IPX_DIR")
    if not named or not shutil.which("node"):
        return None
    folder = Path(named).absolute()
    if not (folder / "node_modules" / "ipx").is_dir():
        raise ServerError(f"IPX_DIR: there is no node_modules/ipx in {named}")
    return folder


def conf_text(keys: Mapping[str, object]) -> str:
    """A thumbor.conf."""
    return "".join(f"{key} = {value!r}\n" for key, value in keys.items())


def conf_keys(name: str, setup: str, place: Place) -> dict[str, object]:
    """What both Python servers are told, and what only ours must be told."""
    keys: dict[str, object] = {
        "LOADER": "thumbor.loaders.file_loader",
        "FILE_LOADER_ROOT_PATH": str(place.pictures),
        "STORAGE": "thumbor.storages.no_storage",
        "QUALITY": QUALITY,
        "PROGRESSIVE_JPEG": False,
        "AVIF_SPEED": AVIF_SPEED,
        "ALLOW_UNSAFE_URL": setup != SIGNED,
    }
    if setup == SIGNED:
        keys["SECURITY_KEY"] = KEY
    if name in OUR_WAYS and setup in (FILES, PATIENT):
        keys["DECODED_CACHE_BYTES"] = 0  # each request is to decode
    if name in OUR_WAYS and setup == PATIENT:
        keys |= {"QUEUE_SIZE": 0, "QUEUE_TIMEOUT_SECONDS": 0, "REQUEST_TIMEOUT_SECONDS": 0}
    if setup == STORED:
        keys["RESULT_STORAGE"] = "thumbor.result_storages.file_storage"
        keys["RESULT_STORAGE_FILE_STORAGE_ROOT_PATH"] = str(place.folder / "results")
        keys["RESULT_STORAGE_STORES_UNSAFE"] = True
    return keys


def _python(name: str, command: tuple[str, ...], more: Mapping[str, object]) -> Server:
    def launch(setup: str, place: Place) -> Launch:
        return launch_conf(command, {**conf_keys(name, setup, place), **more}, place)

    return Server(name, dialects.thumbor, launch)


def launch_conf(command: tuple[str, ...], keys: Mapping[str, object], place: Place) -> Launch:
    """A server that reads thumbor.conf, with these keys."""
    conf = place.folder / "thumbor.conf"
    conf.write_text(conf_text(keys), encoding="utf-8")
    flags = ("-c", str(conf), "-p", str(place.port), "-i", "127.0.0.1", "-l", "error")
    return Launch((*command, *flags))


def _ipx(folder: Path) -> Callable[[str, Place], Launch]:
    """One process; sharp works in libuv's four threads, with one thread of libvips each."""

    def launch(setup: str, place: Place) -> Launch:
        command = ("node", str(_IPX_SERVER), str(place.pictures), str(place.port))
        environment = {"IPX_DIR": str(folder), "AVIF_SPEED": str(AVIF_SPEED)}
        return Launch(command, environment | {"NODE_ENV": "production"})

    return launch


def _imagor(binary: str, cores: int) -> Callable[[str, Place], Launch]:
    def launch(setup: str, place: Place) -> Launch:
        flags: dict[str, object] = {
            "port": place.port,
            "bind": f"127.0.0.1:{place.port}",
            "file-loader-base-dir": place.pictures,
            "vips-avif-speed": AVIF_SPEED,
            "imagor-process-concurrency": cores,
            "imagor-process-queue-size": 4096,
        }
        if setup == SIGNED:
            flags["imagor-secret"] = KEY
        else:
            flags["imagor-unsafe"] = 1
        if setup == STORED:
            flags["file-result-storage-base-dir"] = place.folder / "results"
        command = (binary, *(f"-{name}={value}" for name, value in flags.items()))
        return Launch(command, {"VIPS_CACHE_SIZE": str(64 * 2**20)} if setup == CACHED else {})

    return launch


def _imgproxy(binary: str, cores: int) -> Callable[[str, Place], Launch]:
    def launch(setup: str, place: Place) -> Launch:
        environment = {
            "IMGPROXY_BIND": f"127.0.0.1:{place.port}",
            "IMGPROXY_LOCAL_FILESYSTEM_ROOT": str(place.pictures),
            "IMGPROXY_WORKERS": str(cores),
            "IMGPROXY_QUALITY": str(QUALITY),
            "IMGPROXY_FORMAT_QUALITY": "",
            "IMGPROXY_AVIF_SPEED": str(AVIF_SPEED),
            "IMGPROXY_JPEG_PROGRESSIVE": "false",
            "IMGPROXY_MAX_ANIMATION_FRAMES": "1000",
            "IMGPROXY_MAX_SRC_RESOLUTION": "75",
            "IMGPROXY_WATERMARK_PATH": str(place.pictures / OVERLAY),
            "IMGPROXY_WATERMARK_OPACITY": "1",
            "IMGPROXY_LOG_LEVEL": "error",
        }
        if setup == SIGNED:
            environment |= {"IMGPROXY_KEY": KEY.encode().hex(), "IMGPROXY_SALT": b"salt".hex()}
        return Launch((binary,), environment)

    return launch
