from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from thumborlike import finding, plugins
from thumborlike.aliases import ALIASES, BUILTIN
from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Key, Kind, Loader, Metrics, Signer, SourceRequest, Storage
from thumborlike.plugins import (
    PluginEnvironment,
    PluginMisshapen,
    PluginUnavailable,
    UnknownPlugin,
    resolve_error_reporter,
    resolve_filters,
    resolve_loader,
    resolve_metrics,
    resolve_signer,
    resolve_storage,
)
from thumborlike.settings import Loaded, load
from thumborlike.signing import SIGNERS
from thumborlike.testing import environment

ROOT = Path(finding.__file__).parents[1]
Plugin = Callable[[str, str], str]

BLOCKING_STORAGE = """
import threading

class Storage:
    def __init__(self):
        self.kept = {}
        self.threads = set()

    def get(self, key):
        self.threads.add(threading.current_thread().name)
        return self.kept.get(key)

    def put(self, key, body):
        self.kept[key] = body

    async def delete(self, key):
        del self.kept[key]

made = Storage()

def create(env):
    return made
"""
ASYNC_LOADER = """
class Loader:
    def allows(self, source):
        return source == "yes"

    async def load(self, wanted):
        return wanted.name

def create(env):
    return Loader()
"""
MIXED = """
from dataclasses import dataclass
from thumborlike.settings.fields import setting

@dataclass(frozen=True)
class Settings:
    other: str = setting("OTHER", "memory", "The other one.")
    quality: int = setting("QUALITY", 1, "A key of the core.")

SETTINGS = Settings

class Storage:
    def __init__(self, env):
        self.section = env.section(Settings)
        self.other = env.storage(self.section.other)

    async def get(self, key): ...
    async def put(self, key, body): ...
    async def delete(self, key): ...

def create(env):
    return Storage(env)
"""


@pytest.fixture(scope="module")
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2, thread_name_prefix="io") as made:
        yield made


@pytest.fixture
def env(executor: ThreadPoolExecutor) -> PluginEnvironment:
    return PluginEnvironment.of(Loaded(), executor)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """Writes a module of somebody else's; gives its dotted name."""
    package = f"theirs_{tmp_path.name}"
    (tmp_path / package).mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, source: str) -> str:
        (tmp_path / package / f"{name}.py").write_text(source)
        return f"{package}.{name}"

    return write


@pytest.mark.parametrize("group", sorted(BUILTIN))
def test_the_table_of_names_is_what_the_folder_holds(group: str) -> None:
    folder = ROOT / group if (ROOT / group).is_dir() else ROOT / "thumborlike" / group
    modules = {path.stem for path in folder.glob("*.py")}
    public = {name for name in modules if not name.startswith("_")} - {"settings"}

    assert public == set(BUILTIN[group])


NEEDED = {
    "multidir": {"TC_MULTIDIR_PATHS": ["/srv/a", "/srv/b"]},
    "http_prefix": {"TC_HTTP_LOADER_PREFIX": "https://s.example.com/"},
    "router": {"ROUTER_LOADER_ROUTES": [("", "file")]},
    "s3": {"S3_LOADER_BUCKET": "originals"},
    "gcs": {"GCS_LOADER_BUCKET": "originals"},
    "azure": {"AZURE_LOADER_CONTAINER": "originals", "AZURE_STORAGE_ACCOUNT": "ours"},
}
"""Keys without which a plugin cannot be had."""


@pytest.mark.parametrize("name", BUILTIN["loaders"])
def test_builtin_loaders(name: str) -> None:
    assert isinstance(environment(**NEEDED.get(name, {})).loader(name), Loader)


@pytest.mark.parametrize("name", NEEDED)
def test_what_a_plugin_needs_is_told(env: PluginEnvironment, name: str) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(NEEDED[name]))):
        resolve_loader(name, env)


@pytest.mark.parametrize("name", BUILTIN["storages"])
def test_builtin_storages(name: str) -> None:
    buckets = {"S3_STORAGE_BUCKET": "kept", "TC_AWS_RESULT_STORAGE_BUCKET": "results"}
    buckets |= {"GCS_STORAGE_BUCKET": "kept", "AZURE_STORAGE_CONTAINER": "kept"}
    buckets["AZURE_STORAGE_ACCOUNT"] = "ours"
    assert isinstance(environment(**buckets).storage(name), Storage)


def test_builtin_metrics(env: PluginEnvironment) -> None:
    metrics = resolve_metrics("logger", env)

    assert isinstance(metrics, Metrics)
    assert env.with_metrics(metrics).metrics is metrics


@pytest.mark.parametrize(
    ("thumbors", "ours"),
    [
        ("thumbor.loaders.http_loader", "http"),
        ("thumbor.loaders.file_loader_http_fallback", "file_http_fallback"),
    ],
)
def test_thumbors_names_of_loaders(env: PluginEnvironment, thumbors: str, ours: str) -> None:
    assert resolve_loader(thumbors, env) is resolve_loader(ours, env)


@pytest.mark.parametrize(
    ("thumbors", "ours"),
    [
        ("thumbor.storages.file_storage", "file"),
        ("thumbor.result_storages.file_storage", "file"),
        ("thumbor.storages.no_storage", "no"),
        ("thumbor.result_storages.no_storage", "no"),
        ("thumbor.storages.mixed_storage", "mixed"),
        ("thumbor.storages.redis_storage", "redis"),
        ("tc_redis.storages.redis_storage", "redis"),
        ("tc_redis.result_storages.redis_result_storage", "redis"),
    ],
)
def test_thumbors_names_of_storages(env: PluginEnvironment, thumbors: str, ours: str) -> None:
    assert resolve_storage(thumbors, env) is resolve_storage(ours, env)


def test_each_alias_leads_to_a_name_of_its_group() -> None:
    for dotted, (group, short) in ALIASES.items():
        assert "." in dotted
        assert "." not in short
        assert group in finding.GROUPS


def test_an_alias_is_told_in_one_line(
    env: PluginEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "thumborlike.finding")

    resolve_storage("thumbor.storages.no_storage", env)

    assert [each.getMessage() for each in caplog.records] == [
        "storage thumbor.storages.no_storage is 'no' here"
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("htpp", "did you mean 'http'?"),
        ("thumbor.loaders.http_loade", "did you mean 'thumbor.loaders.http_loader'?"),
        ("zzz", "known: azure, chain, file, file_http_fallback, gcs, http, http_prefix, https"),
        ("http_loader", "did you mean 'thumbor.loaders.http_loader'?"),
        ("no.such.http_loader", "there is no module of this name; is no installed here?"),
        ("tc_gcs.loaders.gcs_loader", "use 'gcs', with GCS_LOADER_BUCKET"),
        ("", "known: "),
        (".http", "did you mean 'http'?"),
        (".zzz.loaders", "unknown loader '.zzz.loaders'"),
    ],
)
def test_unknown_names(env: PluginEnvironment, name: str, hint: str) -> None:
    with pytest.raises(UnknownPlugin) as caught:
        resolve_loader(name, env)
    assert hint in str(caught.value)


def test_a_missing_package_is_named(env: PluginEnvironment, plugin: Plugin) -> None:
    name = plugin("loader", "import package_that_nobody_has.part")

    with pytest.raises(
        PluginUnavailable,
        match="needs the package package_that_nobody_has: pip install 'package_that_nobody_has'",
    ):
        resolve_loader(name, env)


def test_a_missing_package_of_ours_is_named_with_its_extra(
    env: PluginEnvironment, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "EXTRAS", {"package_that_nobody_has": "extra"})
    name = plugin("late", "def create(env):\n    import package_that_nobody_has")

    with pytest.raises(PluginUnavailable, match=r"pip install 'thumborlike\[extra\]'"):
        resolve_error_reporter(name, env)


@pytest.mark.parametrize("source", ["def create(:", "from os import nothing_like_this"])
def test_a_broken_module_is_told(env: PluginEnvironment, plugin: Plugin, source: str) -> None:
    with pytest.raises(PluginUnavailable, match="cannot be imported"):
        resolve_loader(plugin("broken", source), env)


def test_what_thumbor_has_and_this_version_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "BUILTIN", {"detectors": ()})

    with pytest.raises(PluginUnavailable, match="not available in this version"):
        finding.find_module("detectors", "thumbor.detectors.queued_sqs_detector")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("class Storage: pass", r"has no create\(env\)"),
        ("def create(env): return object()", "lacks get, put, delete"),
    ],
)
def test_wrong_shapes(env: PluginEnvironment, plugin: Plugin, source: str, words: str) -> None:
    with pytest.raises(PluginMisshapen, match=words):
        resolve_storage(plugin("shape", source), env)


def test_an_async_plugin_stays_as_it_is(env: PluginEnvironment, plugin: Plugin) -> None:
    loader = resolve_loader(plugin("loader", ASYNC_LOADER), env)

    assert type(loader).__name__ == "Loader"
    assert loader.allows("yes")
    assert asyncio.run(loader.load(SourceRequest("a"))) == "a"  # type: ignore[comparison-overlap]


def test_blocking_methods_run_in_the_io_threads(env: PluginEnvironment, plugin: Plugin) -> None:
    name = plugin("storage", BLOCKING_STORAGE)
    storage = resolve_storage(name, env)
    key = Key(Kind.SOURCE, "a")

    async def use() -> Any:
        await storage.put(key, b"body")
        found = await storage.get(key)
        await storage.delete(key)
        return found, await storage.get(key)

    assert asyncio.run(use()) == (b"body", None)
    threads = finding.find_module("storages", name).made.threads
    assert threads
    assert threading.main_thread().name not in threads


def test_a_storage_is_created_once(env: PluginEnvironment, plugin: Plugin) -> None:
    name = plugin("storage", BLOCKING_STORAGE)

    assert resolve_storage(name, env) is env.storage(name)


def test_a_storage_may_use_another(executor: ThreadPoolExecutor, plugin: Plugin) -> None:
    name, other = plugin("mixed", MIXED), plugin("storage", BLOCKING_STORAGE)
    env = PluginEnvironment.of(load(conf_with(plugin, f"OTHER = {other!r}")), executor)

    storage: Any = resolve_storage(name, env)

    assert storage.other is env.storage(other)


def test_a_storage_that_leads_back_to_itself_stops(
    executor: ThreadPoolExecutor, plugin: Plugin
) -> None:
    name = plugin("mixed", MIXED)
    env = PluginEnvironment.of(load(conf_with(plugin, f"OTHER = {name!r}")), executor)

    with pytest.raises(ConfigurationError, match="leads back to itself"):
        resolve_storage(name, env)


def test_sections_are_checked_and_share_the_cores_keys(
    executor: ThreadPoolExecutor, plugin: Plugin
) -> None:
    section = finding.find_module("storages", plugin("mixed", MIXED)).SETTINGS
    good = load(conf_with(plugin, "QUALITY = 77\nOTHER = 'x'"))
    bad = load(conf_with(plugin, "OTHER = 3"))

    assert PluginEnvironment.of(good, executor).section(section).quality == 77
    with pytest.raises(ConfigurationError, match=r"\.py:1: OTHER: got 3, allowed: a text"):
        PluginEnvironment.of(bad, executor).section(section)


def test_sections_read_the_environment(executor: ThreadPoolExecutor, plugin: Plugin) -> None:
    section = finding.find_module("storages", plugin("mixed", MIXED)).SETTINGS
    loaded = load(conf_with(plugin, "OTHER = 'file'"), environ={"OTHER": "environment"})

    assert PluginEnvironment.of(loaded, executor).section(section).other == "environment"


def test_the_environment_of_plugins_holds_no_key(
    executor: ThreadPoolExecutor, plugin: Plugin
) -> None:
    env = PluginEnvironment.of(load(conf_with(plugin, "SECURITY_KEY = 'hush'")), executor)

    assert "hush" not in repr((env, env.sources.file, env.sources.environ, env.sources.overrides))


def test_limits_and_quirks_reach_the_plugins(executor: ThreadPoolExecutor, plugin: Plugin) -> None:
    path = conf_with(plugin, "MAX_SOURCE_SIZE = 5\nTHUMBOR_QUIRKS = True")
    env = PluginEnvironment.of(load(path), executor)

    assert (env.max_source_size, env.quirks) == (5, True)


def test_entry_points_add_short_names(
    env: PluginEnvironment, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint("swift", plugin("swift", ASYNC_LOADER), "thumborlike.loaders")
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda group: [point] if group == point.group else []
    )

    assert resolve_loader("swift", env).allows("yes")
    with pytest.raises(UnknownPlugin, match="did you mean 'swift'"):
        resolve_loader("swft", env)


@pytest.mark.parametrize("name", sorted(SIGNERS))
def test_signers_by_name(env: PluginEnvironment, name: str) -> None:
    assert resolve_signer(name, env) is SIGNERS[name]


def test_signers_of_others(env: PluginEnvironment, plugin: Plugin) -> None:
    source = """
class Signer:
    def sign(self, path, key):
        return "x"

def create(env):
    return Signer()
"""
    assert isinstance(resolve_signer(plugin("signer", source), env), Signer)
    with pytest.raises(UnknownPlugin):
        resolve_signer("hmac", env)


def test_filters_by_both_names() -> None:
    filters = resolve_filters(["quality", "thumbor.filters.format"])

    assert set(filters) == {"quality", "format", "cover", "gifv"}
    assert filters["quality"].name == "quality"


def test_filters_that_cannot_be_had_are_told_and_left_out(
    caplog: pytest.LogCaptureFixture, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "BUILTIN", {**BUILTIN, "filters": ("quality",)})
    empty = plugin("empty", "")

    filters = resolve_filters(["thumbor.filters.redeye", "qualty", "quality", empty])

    assert set(filters) == {"quality", "cover", "gifv"}
    told = [each.getMessage() for each in caplog.records]
    assert told == [
        "filters not available in this version: thumbor.filters.redeye",
        "unknown filter 'qualty'; did you mean 'quality'?",
        f"filter {empty!r}: the module declares no filter",
    ]


def test_a_filter_of_others(plugin: Plugin) -> None:
    source = """
from thumborlike.filtering import Frame, pixel_filter
from thumborlike.filters.quality import quality

@pixel_filter
def sepia(frame: Frame) -> Frame:
    return frame
"""
    assert set(resolve_filters([plugin("sepia", source)])) == {"sepia", "cover", "gifv"}


def conf_with(plugin: Plugin, text: str) -> Path:
    """A configuration file beside the plugins."""
    import importlib.util

    found = importlib.util.find_spec(plugin("settings_of_this_test", text))
    assert found
    assert found.origin
    return Path(found.origin)
