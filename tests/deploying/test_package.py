"""The function's package: what is in it, and that the same input gives the same bytes."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest

from thumborlike.deploying import package
from thumborlike.deploying.__main__ import described
from thumborlike.deploying.archive import pack
from thumborlike.deploying.compiling import compiled
from thumborlike.deploying.contents import ours, wanted
from thumborlike.deploying.errors import DeployError
from thumborlike.deploying.package import Recipe, assemble, python_of
from thumborlike.deploying.target import Target, checked
from thumborlike.deploying.wheels import _applies, requirements

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.parametrize(
    "name",
    [
        "PIL/Image.py", "PIL/_imaging.cpython-313-x86_64-linux-gnu.so", "tornado/web.py",
        "pillow.libs/libavif-1.so.16", "pillow-13.0.0.dist-info/METADATA",
        "pillow-13.0.0.dist-info/licenses/LICENSE", "some-1.dist-info/entry_points.txt",
        "botocore/data/s3/2006-03-01/service-2.json.gz", "botocore/data/endpoints.json",
        "botocore/data/rekognition/2016-06-27/service-2.json.gz", "six.py",
    ],
)  # fmt: skip
def test_what_a_function_runs_is_packed(name):
    assert wanted(name)


@pytest.mark.parametrize(
    "name",
    [
        "tornado/test/web_test.py", "numpy/tests/x.py", "PIL/ImageTk.py", "PIL/Image.pyi",
        "PIL/_imagingtk.cpython-313-x86_64-linux-gnu.so",
        "PIL/PcfFontFile.py", "PIL/FontFile.py", "PIL/FliImagePlugin.py",
        "a/__pycache__/x.cpython-313.pyc",
        "pillow-13.0.0.dist-info/RECORD", "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/s3/2006-03-01/examples-1.json", "boto3/examples/s3.rst", "bin/jp.py",
    ],
)  # fmt: skip
def test_what_it_never_runs_is_not(name):
    assert not wanted(name)


def test_of_our_own_modules_those_of_the_command_line_stay_out():
    assert ours("aws_lambda/function.py")
    assert ours("web/app.py")
    assert not any(map(ours, ("cli/main.py", "deploying/package.py", "bench.py", "testing/x.py")))
    assert not ours("__pycache__/service.cpython-313.pyc")


def test_requirements_are_those_of_the_extras_alone():
    declared = [
        "tornado>=6", "tqdm>=4", 'boto3>=1; extra == "s3"',
        'fast>=4; (platform_machine == "x86_64" or sys_platform != "linux") and extra == "fast"',
        'jxl>=1; python_version >= "3.11" and extra == "jxl"',
    ]  # fmt: skip
    assert requirements((), declared) == ["tornado>=6"]
    assert requirements(("s3",), declared) == ["tornado>=6", "boto3>=1"]
    (_, fast, jxl) = requirements(("fast", "jxl"), declared)
    assert fast == 'fast>=4; platform_machine == "x86_64" or sys_platform != "linux"'
    assert jxl == 'jxl>=1; python_version >= "3.11"'
    with pytest.raises(DeployError, match="no such extra: svg; known: fast, jxl, s3"):
        requirements(("svg",), declared)


def test_markers_ask_for_the_target_not_for_this_machine():
    pytest.importorskip("packaging")
    line = 'fast>=4; platform_machine == "x86_64" or sys_platform != "linux"'
    assert _applies(line, Target("x86_64"))
    assert not _applies(line, Target("arm64"))


def test_targets_are_those_of_lambda():
    assert "manylinux_2_28_aarch64" in checked("arm64", "3.13").platforms
    assert "manylinux2014_x86_64" in checked("x86_64", "3.14").platforms
    with pytest.raises(ValueError, match="no such architecture"):
        checked("riscv", "3.13")
    with pytest.raises(ValueError, match="no such runtime"):
        checked("arm64", "2.7")


def test_the_same_files_give_the_same_bytes(tmp_path):
    for name, order in (("one", "ab"), ("two", "ba")):
        for letter in order:
            path = tmp_path / name / "package" / f"{letter}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(letter * 1000)
            path.chmod(0o600 if name == "one" else 0o755)
    made = [pack(tmp_path / name, tmp_path / f"{name}.zip") for name in ("one", "two")]
    assert made[0].sha256 == made[1].sha256
    assert (made[0].files, made[0].unpacked) == (2, 2000)


def test_modules_are_compiled_without_docstrings_but_with_assertions():
    source = b'"""Text."""\ndef f(x):\n    """More."""\n    assert x\n    return x\n'
    code = compiled(source, "/var/task/f.py")
    assert code == compiled(source, "/var/task/f.py")
    assert b"More." not in code
    assert b"AssertionError" in code or b"x" in code


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "dep-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("dep/__init__.py", '"""Doc."""\nNAME = "dep"\n')
        made.writestr("dep/test/test_dep.py", "raise RuntimeError\n")
        made.writestr("dep-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: dep\nVersion: 1\n")
        made.writestr("dep-1.dist-info/RECORD", "")
    return path


def test_a_package_is_made_twice_alike_and_can_be_imported(tmp_path, wheel):
    conf = tmp_path / "thumbor.conf"
    conf.write_text("QUALITY = 70\n")
    recipe = Recipe(Target("x86_64", HERE), added=(conf,))
    said = []
    made = [
        assemble(recipe, [wheel], tmp_path / f"s{each}", tmp_path / f"o{each}", said.append)
        for each in (1, 2)
    ]
    assert made[0].archive.sha256 == made[1].archive.sha256
    assert made[0].compiled
    assert "MB unpacked" in described(made[0])
    assert "packing" in said[-1]
    with zipfile.ZipFile(made[0].archive.path) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "task")
    assert {"dep/__init__.pyc", "thumbor.conf", "dep-1.dist-info/METADATA"} <= names
    assert not {name for name in names if "/test/" in name or name.endswith((".py", "RECORD"))}
    assert {"thumborlike/loaders/s3.pyc", "thumborlike/aws_lambda/function.pyc"} <= names
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import dep, thumborlike.storages.memory as m;"
        "assert m.__file__.startswith(sys.argv[1]), m.__file__; print(dep.NAME)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "task")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "dep\n"


def test_without_that_python_sources_are_packed_and_it_is_said(tmp_path, wheel, monkeypatch):
    monkeypatch.setattr(package, "python_of", lambda _: None)
    said = []
    made = assemble(
        Recipe(Target("x86_64", "3.13")), [wheel], tmp_path / "s", tmp_path / "o", said.append
    )
    assert not made.compiled
    assert any("cold starts take longer" in line for line in said)
    assert "dep/__init__.py" in zipfile.ZipFile(made.archive.path).namelist()


def test_placeholders_of_version_managers_are_no_interpreters(tmp_path, monkeypatch):
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert python_of("3.99") is None
    assert python_of(HERE) == sys.executable


def test_a_missing_file_and_a_failing_pip_are_told(tmp_path, wheel):
    recipe = Recipe(Target("x86_64", HERE), added=(tmp_path / "missing.conf",))
    with pytest.raises(DeployError, match="there is no file"):
        assemble(recipe, [wheel], tmp_path / "s", tmp_path / "o", lambda _: None)
