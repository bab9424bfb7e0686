"""Cold requests with sources in an S3 that is 50 ms away, beside sources on the own disk.

    VERSITYGW=/path/to/versitygw python -m benchmarks.s3 [--rounds 5] [--requests 384]

64 requests at a time, each for a source of its own that nobody keeps. The servers take turns; the
S3 runs on the same cores, which it does nowhere else. So the CPU time of the server alone is told,
too (what it adds is what S3 costs where it has a machine of its own), the cores that server and
others keep busy, and the requests per second for each core that the others leave.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from .contenders import conf_text
from .dialects import thumbor
from .load import Ask, Plan, send
from .measure import Round, cpu_seconds, machine_seconds, median_ratio, peak_mb
from .pictures import make_pictures
from .s3_server import ACCESS, BUCKET, SECRET, delayed_s3
from .servers import Launch, Place, Running, Server, running

COLD = {"STORAGE": "no", "DECODED_CACHE_BYTES": 0, "ALLOW_UNSAFE_URL": True}
"""Nothing is known of a source that was asked for before."""
LATENCY = 0.05
AT_ONCE = 64
SOURCES = ("2560.jpg", "800.jpg")
FILE = "file"


def main() -> None:
    """Measure, and print a line for each kind of source and each way to it."""
    options = _options()
    with TemporaryDirectory() as folder:
        work = Path(folder)
        _place_sources(work, options.requests)
        with delayed_s3(work, LATENCY) as url, _servers(work, url) as servers:
            for source in SOURCES:
                _report(source, _measured(servers, source, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=384, help="in each round")
    return parser.parse_args()


def _place_sources(work: Path, count: int) -> None:
    """Each source under many names, in the folder that is the bucket, too."""
    make_pictures(work / "pictures")
    bucket = work / "s3" / BUCKET
    bucket.mkdir(parents=True)
    for source in SOURCES:
        for number in range(count):
            os.link(work / "pictures" / source, bucket / f"{number}-{source}")


@contextmanager
def _servers(work: Path, url: str) -> Iterator[list[Running]]:
    shared = {"S3_ENDPOINT": url, "S3_LOADER_BUCKET": BUCKET, "S3_REGION": "us-east-1"}
    ways: Mapping[str, Mapping[str, object]] = {
        FILE: {"LOADER": "file", "FILE_LOADER_ROOT_PATH": str(work / "s3" / BUCKET)},
        "s3": {"LOADER": "s3", **shared},
        "s3, boto3": {"LOADER": "s3", "S3_CLIENT": "boto3", **shared},
    }
    with ExitStack() as stack:
        yield [
            stack.enter_context(running(_server(name, keys), "", work))
            for name, keys in ways.items()
        ]


def _server(name: str, keys: Mapping[str, object]) -> Server:
    def launch(_: str, place: Place) -> Launch:
        conf = place.folder / "thumbor.conf"
        values = {"WORKERS": os.cpu_count(), **COLD, **keys}
        conf.write_text(conf_text(values))
        command = (
            sys.executable, "-m", "thumborlike.cli", "-c", str(conf),
            "-p", str(place.port), "-i", "127.0.0.1",
        )  # fmt: skip
        return Launch(command, {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET})

    return Server(name, thumbor, launch)


def _measured(
    servers: list[Running], source: str, options: argparse.Namespace
) -> dict[str, list[Round]]:
    """Rounds that run beside each other; the first one warms up and is not counted."""
    asks = tuple(Ask(f"/unsafe/300x200/{number}-{source}") for number in range(options.requests))
    plan = Plan(asks, options.requests, AT_ONCE)
    rounds: dict[str, list[Round]] = {each.name: [] for each in servers}
    for number in range(options.rounds + 1):
        for each in servers:
            found = _round(each, plan)
            if number:
                rounds[each.name].append(found)
    return rounds


def _round(server: Running, plan: Plan) -> Round:
    own, machine = cpu_seconds(server.pid), machine_seconds()
    load = send(server.port, plan)
    own, machine = cpu_seconds(server.pid) - own, machine_seconds() - machine
    milliseconds = 1000 * own / load.requests
    return Round(load, milliseconds, peak_mb(server.pid), (machine - own) / load.seconds)


def _report(source: str, rounds: Mapping[str, list[Round]]) -> None:
    print(f"\n{source}")
    print(f"{'':12}{'requests/s':>12}{'of file':>9}{'CPU ms':>9}{'of file':>9}", end="")
    print(f"{'cores':>9}{'others':>9}{'of file, a core left':>22}")
    files = rounds[FILE]
    for name, own in rounds.items():
        speeds = [each.throughput for each in own]
        works = [each.cpu_ms for each in own]
        ratio, *_ = median_ratio(speeds, [each.throughput for each in files])
        work, *_ = median_ratio([each.cpu_ms for each in files], works)
        others = statistics.median(each.others for each in own)
        busy = statistics.median(each.throughput * each.cpu_ms / 1000 for each in own)
        left, *_ = median_ratio([_of_a_core(each) for each in own], [*map(_of_a_core, files)])
        print(f"{name:12}{statistics.median(speeds):12.1f}{ratio:9.2f}", end="")
        print(f"{statistics.median(works):9.2f}{work:9.2f}{busy:9.2f}{others:9.2f}{left:22.2f}")


def _of_a_core(each: Round) -> float:
    """Requests per second for each core that other programs left."""
    return each.throughput / ((os.cpu_count() or 1) - each.others)


if __name__ == "__main__":
    main()
