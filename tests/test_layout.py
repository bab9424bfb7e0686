"""Who may import whom, read from the source. The rules are those of docs/design.md."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = ("loaders", "storages", "filters")
"""Packages of `thumborlike` whose folders lie at the root of the repository."""

PLUGINS = tuple(
    f"thumborlike.{name}"
    for name in (*OUTSIDE, "detectors", "optimizers", "metrics", "error_handlers")
)
OPEN_TO_PLUGINS = (
    "interfaces",
    "filtering",
    "errors",
    "records",
    "settings.fields",
    "s3",
    "clouds",
    "scenes",
    "rekognition",
    "networks",
)
"""`s3`, `clouds`: what loaders and storages in buckets share; neither folder imports the other."""

PURE = ("url", "http", "job", "prepare", "geometry", "sizing", "canvas", "focusing", "signing")
WITHOUT_PILLOW = (*PURE, "gate", "pipeline", "service", "sources", "results", "web", "settings")
BEYOND_PURE = (
    "tornado", "asyncio", "socket", "ssl", "subprocess", "threading", "multiprocessing",
    "concurrent", "pycurl", "urllib.request", "http.client", "shutil", "tempfile",
)  # fmt: skip

FORBIDDEN = (
    (PURE, BEYOND_PURE, "no I/O, no event loop"),
    (WITHOUT_PILLOW, ("PIL",), "pixels are touched in imaging/ and filters/ alone"),
    (
        ("imaging", "filters"),
        ("tornado", "asyncio", "thumborlike.http", "thumborlike.web", "thumborlike.url.grammar"),
        "pictures know no HTTP",
    ),
    (
        ("loaders", "storages"),
        ("PIL", "tornado", "thumborlike.url", "thumborlike.job"),
        "bytes know neither pictures nor the URL grammar",
    ),
)

TOOLS = ("batch", "warming", "comparing")
"""What commands are made of."""

LONGEST = 300
LONGER_FOR_A_REASON: dict[str, str] = {}
"""Module -> why it is better whole."""

BROAD = {
    "thumborlike.service": "the one place where a bug becomes a 500",
    "thumborlike.aws_lambda.handler": "what escapes is an opaque 502 at every front end",
    "thumborlike.web.entrance": "the same for what gets past the service, as in Tornado's handlers",
    "thumborlike.imaging.drawing": "a panic in a library in Rust is no Exception",
    "thumborlike.imaging.patience": "a detector costs a good crop, never the worker",
    "thumborlike.imaging.optimize": "an optimizer costs bytes, never the picture",
    "thumborlike.coalesce": "a flight that failed after its answer is told in the log",
    "thumborlike.flights": "whatever the work raises travels to all who wait for it",
    "thumborlike.threads": "whatever a plugin raises in a thread travels to its waiter",
    "thumborlike.workers": "whatever a job raises travels to its waiter",
    "thumborlike.isolation.worker": "whatever a job raises is told to the server",
    "thumborlike.isolation.template": "a forked worker must end, whatever happens in it",
    "thumborlike.settings.file": "a configuration file is a program of somebody else",
    "thumborlike.testing.checks": "whatever a plugin raises is told as a broken promise",
    "thumborlike.cli.supervisor": "a child process must end, whatever happens in it",
    "thumborlike.storages._atomic": "tidies up and raises again",
}
"""Module -> why it catches everything."""

HOLD_THE_KEY = ("settings", "gate", "cli")


@cache
def modules() -> dict[str, Path]:
    """All our modules, by the name they are imported by."""
    found = {}
    for top in ("thumborlike", *OUTSIDE):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = list(path.relative_to(ROOT).with_suffix("").parts)
            parts = parts if top == "thumborlike" else ["thumborlike", *parts]
            found[".".join(part for part in parts if part != "__init__")] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


@cache
def imported(module: str) -> frozenset[str]:
    """Modules and names that a module's import statements mention, wherever they stand."""
    return frozenset(name for node in ast.walk(tree(module)) for name in _names(module, node))


def _names(module: str, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _base(module, node)
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _base(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    is_package = modules()[module].name == "__init__.py"
    parts = module.split(".")
    parents = parts[: len(parts) - node.level + is_package]
    return ".".join([*parents, *([node.module] if node.module else [])])


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def ours(*names: str) -> list[str]:
    """The modules in these packages or of these names, below `thumborlike`."""
    wanted = [f"thumborlike.{name}" for name in names]
    assert all(any(within(each, name) for each in modules()) for name in wanted)
    return [each for each in modules() if within(each, *wanted)]


@pytest.mark.parametrize("packages, forbidden, reason", FORBIDDEN, ids=lambda each: str(each)[:40])
def test_each_layer_keeps_to_itself(
    packages: tuple[str, ...], forbidden: tuple[str, ...], reason: str
) -> None:
    wrong = [
        f"{module} imports {name}"
        for module in ours(*packages)
        for name in imported(module)
        if within(name, *forbidden)
    ]
    assert not wrong, reason


def test_pure_modules_open_no_files() -> None:
    calls = [
        f"{module}:{node.lineno}"
        for module in ours(*PURE)
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("open", "print", "input")
    ]
    assert not calls


def test_the_core_imports_no_plugin() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in modules()
        if not within(module, *PLUGINS)
        for name in imported(module)
        if within(name, *PLUGINS, *OUTSIDE)
    ]
    assert not wrong, "plugins are resolved by name, see thumborlike/plugins.py"


def test_the_server_imports_nothing_of_the_tools() -> None:
    tools = tuple(f"thumborlike.{name}" for name in TOOLS)
    wrong = [
        f"{module} imports {name}"
        for module in modules()
        if not within(module, *tools, "thumborlike.cli")
        for name in imported(module)
        if within(name, *tools)
    ]
    assert not wrong


def test_plugins_import_what_is_open_to_them() -> None:
    allowed = tuple(f"thumborlike.{name}" for name in OPEN_TO_PLUGINS)
    wrong = [
        f"{module} imports {name}"
        for package in PLUGINS
        for module in modules()
        if within(module, package)
        for name in imported(module)
        if within(name, "thumborlike") and not within(name, *allowed, package)
    ]
    assert not wrong


def test_siblings_are_imported_relatively() -> None:
    """`import filters.x` would load a second copy of `thumborlike.filters.x`."""
    tests = {str(path): ast.parse(path.read_bytes()) for path in (ROOT / "tests").rglob("*.py")}
    plugins = {name: tree(name) for name in modules() if within(name, *PLUGINS)}
    wrong = [
        f"{name}:{node.lineno}"
        for name, module in {**tests, **plugins}.items()
        for node in ast.walk(module)
        if _imports_a_second_copy(node) or (name in plugins and _names_a_sibling(name, node))
    ]
    assert not wrong


def _imports_a_second_copy(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(within(alias.name, *OUTSIDE) for alias in node.names)
    return (
        isinstance(node, ast.ImportFrom) and not node.level and within(node.module or "", *OUTSIDE)
    )


def _names_a_sibling(module: str, node: ast.AST) -> bool:
    package = ".".join(module.split(".")[:2])
    return (
        isinstance(node, ast.ImportFrom) and not node.level and within(node.module or "", package)
    )


def test_modules_are_short() -> None:
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()
    }
    long = {name: length for name, length in lengths.items() if length > LONGEST}
    assert set(long) == set(LONGER_FOR_A_REASON), long


def test_everything_is_caught_only_where_there_is_a_reason() -> None:
    broad = {
        name
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.ExceptHandler) and _catches_all(node.type)
    }
    assert broad == set(BROAD)


def _catches_all(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(
        each is None or getattr(each, "id", "") in ("Exception", "BaseException") for each in kinds
    )


def test_the_security_key_is_held_by_few() -> None:
    holders = {
        name
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and node.attr == "security_key"
    }
    assert holders <= set(ours(*HOLD_THE_KEY)), holders


def test_setup_names_every_package_and_no_other() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    named = setup["options"]["packages"].split()
    folders = {name for name, path in modules().items() if path.name == "__init__.py"}
    assert len(named) == len(set(named))
    assert set(named) == folders
    for line in setup["options"]["package_dir"].split("\n"):
        name, _, folder = line.partition(" = ")
        assert not name or modules()[name] == ROOT / folder / "__init__.py"


def test_no_folder_of_modules_is_left_out_of_the_packages() -> None:
    folders = {path.parent for path in modules().values()}
    assert all((folder / "__init__.py").is_file() for folder in folders)


def test_tests_are_no_packages() -> None:
    """pytest imports them by path; two tests of one name may exist in two folders."""
    assert not list((ROOT / "tests").rglob("__init__.py"))
