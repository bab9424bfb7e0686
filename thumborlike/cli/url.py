"""`thumborlike url`: make and sign a path, or explain and verify one.

The flags are those of `thumbor-url`, whose `-f`, `-v` and `-c` do nothing in Thumbor 7.8 and
work here.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from ..errors import ConfigurationError, ThumborlikeError
from ..settings.reader import load
from ..settings.serving import SecuritySettings
from ..signing import resolve_signer, verify
from ..url.compose import signed_path, unsafe_path
from ..url.encoding import encode
from ..url.explain import Part, explain
from ..url.grammar import parse
from ..url.values import CropBox, Fit, ImageRequest, Side, Trim

_CROP = re.compile(r"(\d+)x(\d+):(\d+)x(\d+)", re.ASCII)
_ABSOLUTE = re.compile(r"https?://[^/]*", re.IGNORECASE)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "url",
        help="make, sign and explain URLs",
        description="Make a signed path for IMAGE, or explain one and verify its signature.",
    )
    parser.set_defaults(run=run)
    add_arguments(parser)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `thumbor-url` and ours."""
    parser.add_argument("image", nargs="?", metavar="IMAGE", help="the source, not yet escaped")
    _add_key_arguments(parser)
    _add_picture_arguments(parser)


def _add_key_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-l", "--key_file", "--key-file", type=Path, help="file with the security key")
    add("-k", "--key", help="the security key")
    add("--conf", help="thumbor.conf to take SECURITY_KEY and URL_SIGNER from")
    add("--signer", help="hmac_sha1 (the default), hmac_sha256 or hmac_sha512")
    add("--unsafe", action="store_true", help="do not sign")
    add("--host", default="", help="put this in front: https://images.example.com")
    add("--explain", metavar="PATH_OR_URL", help="say what each part of a path means")
    add(
        "--make",
        action="store_true",
        help="with --explain: fetch and make the picture by --conf, and tell how, as JSON",
    )
    add("--accept", default="", help="with --make: what the client accepts, image/webp,*/*")


def _add_picture_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-w", "--width", type=_side, default=0, help="pixels, negative to flip, or orig")
    add("-e", "--height", type=_side, default=0, help="pixels, negative to flip, or orig")
    add("-n", "--fitin", action="store_true", help="fit into the size instead of cropping")
    add("--full", action="store_true", help="with -n: cover the size without cropping")
    add("--adaptive", action="store_true", help="with -n: turn the size where that fits better")
    add("-m", "--meta", action="store_true", help="ask for JSON about the picture")
    add("-s", "--smart", action="store_true", help="crop round what detectors find")
    add("-t", "--trim", action="store_true", help="cut a uniform border off")
    add("--trim-corner", choices=("top-left", "bottom-right"), help="whose colour the border has")
    add("--trim-tolerance", type=_natural, help="how far a border pixel may differ")
    add("-f", "--horizontal-flip", action="store_true", help="mirror left to right")
    add("-v", "--vertical-flip", action="store_true", help="turn upside down")
    add("-a", "--halign", choices=("left", "center", "right"), default="center")
    add("-i", "--valign", choices=("top", "middle", "bottom"), default="middle")
    add(
        "--filters", action="append", default=[], metavar="CALL", help="such as blur(2); repeatable"
    )
    add("-c", "--crop", type=_crop, metavar="LxT:RxB", help="cut this box out first")


def run(args: argparse.Namespace) -> int:
    """Print the outcome. 0 if it went well, 1 if not: no key, bad path, bad signature."""
    try:
        return _explain(args) if args.explain is not None else _make(args)
    except (ThumborlikeError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1


def _make(args: argparse.Namespace) -> int:
    if not args.image:
        raise ConfigurationError("the image argument is mandatory; see thumborlike url -h")
    if (args.full or args.adaptive) and not args.fitin:
        print("--full and --adaptive do nothing without -n", file=sys.stderr)
    wanted = _wanted(args)
    if args.unsafe:
        path = unsafe_path(wanted)
    else:
        key, signer = _security(args)
        if key is None:
            raise ConfigurationError("a key is needed: -k, -l or --conf; or say --unsafe")
        path = signed_path(wanted, resolve_signer(signer), key)
    print("URL:")
    print(args.host.rstrip("/") + path)
    return 0


def _explain(args: argparse.Namespace) -> int:
    path = _path_of(args.explain)
    if args.make:
        from .explained import explanation  # noqa: PLC0415  (all of a server)

        print(explanation(path, args.conf, args.accept))
        return 0
    parts, image = explain(path), parse(path)
    _print_table(parts)
    key, signer = _security(args)
    if image.unsafe:
        return 0
    if key is None:
        print("\nThe signature was not checked: no key given (-k, -l or --conf).")
        return 0
    good = verify(resolve_signer(signer), key, image)
    print("\nThe signature is good." if good else "\nThe signature is WRONG for this key.")
    return 0 if good else 1


def _wanted(args: argparse.Namespace) -> ImageRequest:
    trim = args.trim or args.trim_corner or args.trim_tolerance is not None
    fit = Fit.FULL_FIT_IN if args.full else Fit.FIT_IN
    if args.fitin and not args.width and not args.height:
        raise ConfigurationError("-n needs a width or a height")
    return ImageRequest(
        path="",
        signature=None,
        unsafe=args.unsafe,
        signed_part="",
        source=encode(args.image),
        meta=args.meta,
        trim=_trim(args) if trim else None,
        crop=args.crop,
        fit=fit if args.fitin else Fit.CROP,
        adaptive=args.fitin and args.adaptive,
        width=_length(args.width),
        height=_length(args.height),
        flip_horizontal=args.horizontal_flip != _is_negative(args.width),
        flip_vertical=args.vertical_flip != _is_negative(args.height),
        halign=args.halign,
        valign=args.valign,
        smart=args.smart,
        filters=":".join(args.filters),
    )


def _trim(args: argparse.Namespace) -> Trim:
    """A tolerance alone would be ignored (Thumbor 7.8), hence it names its corner."""
    corner = args.trim_corner
    if corner is None and args.trim_tolerance is not None:
        corner = "top-left"
    return Trim(corner, args.trim_tolerance)


def _security(args: argparse.Namespace) -> tuple[str | bytes | None, str]:
    """The key and the signer's name: flags win over the configuration."""
    security = load(args.conf).settings.security if args.conf else SecuritySettings()
    key: str | bytes | None = security.security_key if args.conf else None
    if args.key is not None:
        key = args.key
    if args.key_file is not None:
        key = args.key_file.read_bytes().strip()
    return key, args.signer or security.url_signer


def _path_of(text: str) -> str:
    """The request path of a URL as a browser shows it; a path stays, but for its query."""
    origin = _ABSOLUTE.match(text)
    path = text[origin.end() :] if origin else text
    return path.partition("#")[0].partition("?")[0]


def _print_table(parts: Iterable[Part]) -> None:
    rows = [(part.name, part.value, part.meaning) for part in parts]
    wide = max(len(name) for name, _, _ in rows)
    for name, value, meaning in rows:
        print(f"{name.ljust(wide)}  {value}")
        print(f"{' ' * wide}    {meaning}")


def _side(text: str) -> Side:
    return "orig" if text == "orig" else int(text)


def _natural(text: str) -> int:
    if int(text) < 0:
        raise ValueError(text)
    return int(text)


def _crop(text: str) -> CropBox:
    match = _CROP.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError("a crop is written LxT:RxB, such as 10x20:300x400")
    return CropBox(*map(int, match.groups()))


def _length(side: Side) -> Side:
    return side if side == "orig" else abs(side)


def _is_negative(side: Side) -> bool:
    return side != "orig" and side < 0
