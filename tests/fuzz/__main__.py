"""Fuzz every target for a while: `python -m tests.fuzz --seconds 600 [target ...]`.

Guided by coverage where atheris is installed (pip install atheris), else with mutations made at
random. What was learnt stays in `--corpus` for the next time; inputs that broke something are
stored beside it, and the status is then 1. `--again FILE` shows what one of them does.
"""

import argparse
import importlib.util
import os
import random
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECONDS_OF_ONE = 10
"""What a single input may take."""

MEGABYTES = 2048
LONGEST = 20_000
NAMES = ("url", "config", "picture", "drawing", "jpeg", "png", "gif", "exif", "profile")
WEIGHTS = {"picture": 4, "url": 2}
"""Shares of the time; 1 for all others."""

MARKS = (b"\0", b"\xff", b"\x7f", b"\x80", b"\xff\xff\xff\xff", b"\0\0\0\0", b"'", b"(", b"/")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="target", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--seconds", type=int, default=300, help="for all targets together")
    parser.add_argument("--corpus", type=Path, default=Path(".fuzz"), help="folder to go on from")
    parser.add_argument("--again", type=Path, help="run one input through the target and stop")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.targets) - set(NAMES)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if options.child:
        return child(*options.child, options.corpus)
    names = options.targets or NAMES
    if options.again:
        for name in names:
            load()[name](options.again.read_bytes())
        return 0
    return run(names, options.seconds, options.corpus.resolve())


def run(names, seconds, corpus):
    """All targets, one after the other; 1 if any of them broke."""
    total = sum(WEIGHTS.get(name, 1) for name in names)
    broken = []
    for name in names:
        share = max(seconds * WEIGHTS.get(name, 1) // total, 1)
        print(f"== {name}: {share} s", flush=True)
        command = [sys.executable, "-m", "tests.fuzz", "--corpus", corpus, "--child", name]
        where = HERE.parent.parent
        if subprocess.run([*command, str(share)], check=False, cwd=where).returncode:
            broken.append(name)
    print(f"broken: {', '.join(broken)}; inputs are in {corpus}" if broken else "all held")
    return int(bool(broken))


def child(name, seconds, corpus):
    folder = corpus / name
    folder.mkdir(parents=True, exist_ok=True)
    if importlib.util.find_spec("atheris"):
        return guided(name, int(seconds), folder)
    print("atheris is not installed: mutations at random")
    return at_random(name, int(seconds), folder)


def load():
    """The targets, by name."""
    sys.path.insert(0, str(HERE))
    from targets import TARGETS

    return TARGETS


def guided(name, seconds, folder):
    """Does not come back: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["thumborlike", "PIL", "targets"]):
        target = load()[name]
    write_seeds(name, folder)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_OF_ONE}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-max_len={LONGEST}",
        f"-artifact_prefix={folder.parent}/{name}-",
        "-print_final_stats=1",
        "-verbosity=0",
        "-close_fd_mask=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder)], target)
    atheris.Fuzz()
    return 0


def at_random(name, seconds, folder):
    target = load()[name]
    write_seeds(name, folder)
    bodies = [path.read_bytes() for path in sorted(folder.iterdir())]
    rand = random.Random(int(time.time()))
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        body = mutated(rand, rand.choice(bodies))[:LONGEST]
        started = time.monotonic()
        try:
            target(body)
            slow = time.monotonic() - started > SECONDS_OF_ONE
        except Exception:
            slow = True
            sys.excepthook(*sys.exc_info())
        if slow:
            kept = folder.parent / f"{name}-{os.getpid()}-{count}"
            kept.write_bytes(body)
            print(f"broken or slow: {kept}")
            return 1
        count += 1
    print(f"{count} inputs")
    return 0


def mutated(rand, body):
    changed = bytearray(body)
    for _ in range(rand.choice((1, 1, 2, 4, 16))):
        at = rand.randrange(len(changed) + 1)
        end = min(at + rand.choice((0, 1, 4, 64)), len(changed))
        part = changed[at:end]
        changed[at:end] = rand.choice((rand.choice(MARKS), rand.randbytes(2), part * 3, b""))
    return bytes(changed)


def write_seeds(name, folder):
    from seeds import seeds

    for number, body in seeds(name):
        (folder / f"seed-{number}").write_bytes(body)


if __name__ == "__main__":
    sys.exit(main())
