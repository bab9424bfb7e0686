"""Cold starts in AWS Lambda: from the start of the process to the first thumbnail from S3.

    python -m benchmarks.cold --thumbor PYTHON --thumbor-path FOLDERS [--rounds 7]

The real runtime (`awslambdaric`) asks an emulated Runtime API for one event; the picture lies in
versitygw (VERSITYGW), which checks signatures. In turns, so that a busy machine is busy for all:

- ours, S3 asked by the small client, and by boto3,
- a handler that starts Thumbor on a socket (`cold_thumbor`), with the loader of thumbor-aws,
- the same with Thumbor's HTTP loader, from a plain server: less than a loader of S3 can take.

PYTHON is that of a venv with Thumbor 7.8; FOLDERS has awslambdaric and thumbor-aws for it.
"""

from __future__ import annotations

import argparse
import http.server
import io
import os
import resource
import socket
import statistics
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from lambda_forms import event_of, response_of
from lambda_runtime import HANDLER, Runtime
from PIL import Image
from s3_server import ACCESS, SECRET, Versity

KEY = "photo.jpg"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": ACCESS,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_DEFAULT_REGION": "us-east-1",
}


OTHERS = ("AWS_STORAGE_REGION_NAME", "AWS_STORAGE_S3_ENDPOINT_URL",
          "AWS_STORAGE_S3_ACCESS_KEY_ID", "AWS_STORAGE_S3_SECRET_ACCESS_KEY",
          "AWS_STORAGE_BUCKET_NAME")  # fmt: skip
"""Keys that thumbor-aws' loader reads, too; only its storage declares them."""


def picture() -> bytes:
    """Like a photograph: 1600 x 1200, with smooth areas and noise."""
    smooth = Image.radial_gradient("L").resize((1600, 1200))
    noise = Image.effect_noise((1600, 1200), 30)
    made = io.BytesIO()
    Image.merge("RGB", (smooth, Image.blend(smooth, noise, 0.3), noise)).save(made, "JPEG")
    return made.getvalue()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def measured(runtime: Runtime, target: str) -> tuple[float, float]:
    """Milliseconds from the process' start to its first answer: of the clock, of processors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with runtime as running:
        answer = running.invoke(event_of("url", target), seconds=60)
        took = time.perf_counter() - began
        status, headers, body = response_of("url", answer)
        if status != 200 or Image.open(io.BytesIO(body)).size != (200, 200):
            raise SystemExit(f"{status} {headers} {body[:200]!r}\n{running.log}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1000 * took, 1000 * cpu


def ours(url: str, **keys: str):
    environ = {**CREDENTIALS, "ALLOW_UNSAFE_URL": "yes", "S3_LOADER_BUCKET": "bucket",
               "S3_ENDPOINT": url, **keys}  # fmt: skip
    return lambda folder: measured(Runtime(folder, HANDLER, **environ), f"/unsafe/200x200/{KEY}")


def theirs(python: str, path: str, conf: str, source: str = KEY):
    def run(folder: Path) -> tuple[float, float]:
        (folder / "thumbor.conf").write_text(conf)
        here = str(Path(__file__).resolve().parent)
        environ = {**CREDENTIALS, "THUMBOR_SOCKET": str(folder / "s"),
                   "THUMBOR_CONF": str(folder / "thumbor.conf"),
                   "PYTHONPATH": os.pathsep.join([here, path])}  # fmt: skip
        runtime = Runtime(folder, "cold_thumbor.handler", python, **environ)
        return measured(runtime, f"/unsafe/200x200/{source}")

    return run


class Plain(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass


def conf(**keys: object) -> str:
    common = {"ALLOW_UNSAFE_URL": True, "SECURITY_KEY": "k" * 16,
              "STORAGE": "thumbor.storages.no_storage"}  # fmt: skip
    return "".join(f"{name} = {value!r}\n" for name, value in {**common, **keys}.items())


def contenders(arguments, s3: str, web: str):
    found = {
        "ours": ours(s3),
        "ours, boto3": ours(s3, S3_CLIENT="boto3"),
    }
    if arguments.thumbor:
        python, path = arguments.thumbor, arguments.thumbor_path
        aws = conf(LOADER="thumbor_aws.loader", AWS_LOADER_BUCKET_NAME="bucket",
                   AWS_LOADER_ROOT_PATH="", AWS_LOADER_S3_ENDPOINT_URL=s3,
                   **dict.fromkeys(OTHERS))  # fmt: skip
        plain = conf(LOADER="thumbor.loaders.http_loader", HTTP_LOADER_DEFAULT_SCHEME="http")
        found["Thumbor, thumbor-aws"] = theirs(python, path, aws)
        found["Thumbor, HTTP loader"] = theirs(python, path, plain, f"{web}/{KEY}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--thumbor", help="Python of a venv with Thumbor 7.8")
    parser.add_argument("--thumbor-path", default="", help="folders with what it lacks")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Versity(Path(name) / "s3", free_port()) as s3:
        folder = Path(name)
        bucket = folder / "s3" / "data" / "bucket"
        (bucket / KEY).write_bytes(picture())
        handler = partial(Plain, directory=str(bucket))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
            threading.Thread(target=web.serve_forever, daemon=True).start()
            found = contenders(arguments, s3.url, f"127.0.0.1:{web.server_port}")
            report(found, folder, arguments.rounds)
            web.shutdown()


def report(found, folder: Path, rounds: int) -> None:
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in found}
    for number in range(rounds + 1):
        for place, (name, run) in enumerate(found.items()):
            here = folder / f"{number}-{place}"
            here.mkdir()
            figure = run(here)
            if number:  # the first round warms the file cache and compiles modules
                figures[name].append(figure)
    print("| init and first 200x200 from S3 | ms | ms of processors |\n|---|--:|--:|")
    for name, measures in figures.items():
        clock, cpu = (statistics.median(each[part] for each in measures) for part in (0, 1))
        print(f"| {name} | {clock:.0f} | {cpu:.0f} |")


if __name__ == "__main__":
    main()
