"""CloudFront's function: run with no more than its runtime has, against what Lambda files."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lambda_forms import event_of
from signed_links import KEY, NAMES, OPERATIONS, links, signature
from stack_template import EDGE, edge_code

from thumborlike.aws_lambda.edge import opened
from thumborlike.aws_lambda.events import asked_of
from thumborlike.http.negotiation import accepts, parse_accept

NODE = shutil.which("node")
RUNTIME = Path(__file__).parents[1] / "support" / "edge_runtime.mjs"
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")

LARGEST = 10_240
"""Bytes of a function's code."""

NOT_THERE = (
    "eval(", "Function(", "setTimeout", "setInterval", "require(", "fetch(", "XMLHttpRequest",
    "process.", "class ", "...", "console.",
)  # fmt: skip
"""What the runtime has not, and what costs without end (logs)."""

ACCEPTS = (
    "", "*/*", "image/*", "image/webp", "image/avif", "image/avif,image/webp", "IMAGE/WEBP",
    "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    "image/webp,image/apng,*/*", "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "image/webp;q=0", "image/webp;q=0.0", "image/webp;q=0.001", "image/webp;q=1.0",
    "image/webp;q=1.001", "image/webp;q=2", "image/webp;q=-1", "image/webp;q=abc",
    "image/webp;q=0.1234", "image/webp; q=0.5", "image/webp ;q=0.5", "image/webp;Q=0.5",
    "image/webp;level=1", "image/webp;level=1;q=1", "image/webp;q=0.5;level=1",
    "image/*;q=0", "image/*;q=0,image/webp", "image/webp;q=0,image/*", "image/*,image/avif;q=0",
    "image/avif;q=0,image/webp", "image/avif,image/webp;q=0", "image/webpx", "ximage/webp",
    "image/webp,image/webp;q=0", "image/webp;q=0,image/webp", ",,,image/webp,,", ";q=1",
    "image", "webp", "image/webp image/avif", "*", "*/*;q=0", "application/json",
    "image/jpeg,image/jpg", "image/heif,image/heic", "image/avif;q=1.,image/webp;q=0.",
    "image/webp; q = 0.7", "image/webp;", "\timage/webp\t,\timage/avif\t",
)  # fmt: skip


class Edge:
    """Functions of CloudFront, on many events each."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, requests, store=None, **parameters):
        file = self.folder / "edge.mjs"
        file.write_text(edge_code(**parameters), encoding="utf-8")
        lines = "".join(json.dumps({"request": each}) + "\n" for each in requests)
        done = subprocess.run(
            [NODE, "--experimental-vm-modules", "--no-warnings", str(RUNTIME), str(file),
             json.dumps({"key": KEY} if store is None else store)],
            input=lines, capture_output=True, text=True, timeout=60, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(requests)
        return answers


@pytest.fixture
def edge(tmp_path):
    return Edge(tmp_path)


def asking(path, accept=None, query=None):
    headers = {"host": {"value": "d.cloudfront.net"}}
    if accept is not None:
        headers["accept"] = {"value": accept}
    return {"method": "GET", "uri": path, "querystring": query or {}, "headers": headers}


def signed_paths():
    """Two hundred signed paths, of all names, spellings and operations."""
    good = [link for link in links() if re.match(r"/[\w-]{27}=/", link)]
    good = [link for link in good if signature(link[30:]) == link[1:29]]
    more = [f"{operation}{number}/{name}" for number, name in enumerate(NAMES, 1)
            for operation in OPERATIONS]  # fmt: skip
    more = [each.replace(" ", "%20").replace("日本", "%E6%97%A5") for each in more]
    found = [*good, *(f"/{signature(each)}/{each}" for each in more)]
    return list(dict.fromkeys(found))[:200]


def tampered(paths):
    """Each of them with one thing changed: the signature, the operation, the name."""
    made = []
    for number, path in enumerate(paths):
        sign, rest = path[1:29], path[30:]
        swapped = "B" if sign[number % 27] != "B" else "C"
        made.append(
            (
                f"/{sign[: number % 27]}{swapped}{sign[number % 27 + 1 :]}/{rest}",
                f"/{sign}/1x1/{rest}",
                f"/{sign}/{rest}x",
                f"/{sign[:-2]}=/{rest}",
                f"/{signature(rest, 'another key')}/{rest}",
                f"/{rest}",
            )[number % 6]
        )
    return made


def test_its_size_and_words_are_those_of_the_runtime():
    code = EDGE.read_text(encoding="utf-8")
    assert len(code.encode()) <= LARGEST
    assert not [each for each in NOT_THERE if each in code]
    assert re.findall(r"import \w+ from '(\w+)'", code) == ["cloudfront", "crypto"]


@needs_node
def test_the_runtime_of_the_tests_has_no_more_than_cloudfronts(edge, monkeypatch):
    for text in ("setTimeout(x, 1)", "process.exit()", "fetch('x')", "eval('1')",
                 "crypto.createHash('sha512')", "crypto.randomBytes(1)"):  # fmt: skip
        code = edge_code().replace("const request = event.request;", f"{text}; const request = 1;")
        monkeypatch.setitem(globals(), "edge_code", lambda code=code, **_: code)
        (answer,) = edge([asking("/unsafe/a.jpg")])
        assert "thrown" in answer, text


@needs_node
def test_what_is_signed_passes_and_what_is_tampered_with_does_not(edge):
    good = signed_paths()
    bad = tampered(good)
    assert len(good) == len(bad) == 200
    assert not set(good) & set(bad)
    answers = edge([asking(path) for path in good + bad])
    for path, answer in zip(good, answers[:200], strict=True):
        assert answer["headers"]["x-original-path"]["value"] == path
    for path, answer in zip(bad, answers[200:], strict=True):
        assert answer.get("statusCode") == 400, path
        assert "uri" not in answer


@needs_node
def test_keys_are_those_that_the_function_files_results_under(edge):
    for path in signed_paths():
        assert len(path) > 30
    accepts_ = ("image/avif,image/webp", "image/webp", "*/*")
    paths = [(path, accepts_[number % 3]) for number, path in enumerate(signed_paths())]
    answers = edge([asking(path, accept) for path, accept in paths])
    for (path, accept), answer in zip(paths, answers, strict=True):
        headers = {name: each["value"] for name, each in answer["headers"].items()}
        headers["accept"] = "whatever"
        for form in ("url-oac", "rest"):
            found = opened(asked_of(event_of(form, answer["uri"], headers=headers)))
            assert found.key == answer["uri"][1:]
            assert found.asked.request.path == path
            letter = {"image/avif,image/webp": "a", "image/webp": "w", "*/*": "o"}[accept]
            digest = hashlib.sha256(path[1:].encode()).hexdigest()
            assert found.key == f"r/{letter}/{digest}"


@needs_node
def test_accept_becomes_one_of_three_as_the_server_reads_it(edge):
    assert len(ACCEPTS) >= 50
    path = signed_paths()[0]
    answers = edge([asking(path, accept) for accept in ACCEPTS])
    for accept, answer in zip(ACCEPTS, answers, strict=True):
        ranges = parse_accept(accept)
        webp, avif = accepts(ranges, "webp"), accepts(ranges, "avif")
        expected = ("a" if avif else "w") if webp else "o"
        assert answer["uri"].split("/")[2] == expected, accept


@needs_node
def test_several_headers_and_none(edge):
    path = signed_paths()[0]
    several = asking(path, "image/avif")
    several["headers"]["accept"]["multiValue"] = [{"value": "image/avif"}, {"value": "image/webp"}]
    answers = edge([several, asking(path)])
    assert [each["uri"].split("/")[2] for each in answers] == ["a", "o"]


@needs_node
@pytest.mark.parametrize(("formats", "letter"), [("off", "o"), ("webp", "w"), ("avif", "a")])
def test_formats_that_are_off_make_no_variants(edge, formats, letter):
    answers = edge([asking(signed_paths()[0], "image/avif,image/webp")], AutoFormats=formats)
    assert answers[0]["uri"].startswith(f"/r/{letter}/")


@needs_node
def test_unsafe_only_when_allowed(edge):
    paths = [asking(each) for each in ("/unsafe/20x20/a.jpg", "/unsafe", "/unsafex/a.jpg")]
    assert [each.get("statusCode") for each in edge(paths)] == [400, 400, 400]
    allowed = edge(paths, AllowUnsafeUrl="Yes")
    assert [each.get("statusCode") for each in allowed] == [None, None, 400]


@needs_node
def test_without_a_key_the_function_decides(edge):
    bad = tampered(signed_paths())[:5]
    answers = edge([asking(each) for each in [*bad, "/unsafe/a.jpg"]], store={})
    assert [each.get("statusCode") for each in answers] == [None] * 5 + [400]
    assert all(answer["uri"].startswith("/r/o/") for answer in answers[:5])


@needs_node
def test_spellings_of_a_signature_have_keys_of_their_own(edge):
    path = signed_paths()[3]
    spelled = path.replace("=", "%3D", 1)
    first, second, third = edge(
        [asking(path), asking(spelled), asking(path.replace("=", "%3d", 1))]
    )
    assert first["uri"] != second["uri"]
    assert third["statusCode"] == 400


@needs_node
def test_a_query_is_dropped_but_for_links_that_have_one(edge):
    query = {
        "v": {"value": "1"}, "width": {"value": "20"}, "format": {
            "value": "png", "multiValue": [{"value": "png"}, {"value": "webp"}],
        }, "signature": {"value": "00ff"},
    }  # fmt: skip
    (plain,) = edge([asking(signed_paths()[0], query=query)])
    assert "?" not in plain["headers"]["x-original-path"]["value"]
    assert plain["querystring"] == {}
    (kept, other) = edge([asking("/photo.jpg", query=query), asking("/photo.jpg")], Links="sih")
    address = kept["headers"]["x-original-path"]["value"]
    assert address == "/photo.jpg?format=webp&signature=00ff&width=20"
    assert kept["uri"] == "/r/o/" + hashlib.sha256(address[1:].encode()).hexdigest()
    headers = {name: each["value"] for name, each in kept["headers"].items()}
    found = opened(asked_of(event_of("url-oac", kept["uri"], headers=headers)))
    assert (found.asked.request.path, found.asked.request.query) == tuple(address.split("?"))
    assert other["headers"]["x-original-path"]["value"] == "/photo.jpg"


@needs_node
def test_links_of_version_3_need_no_signature(edge):
    (answer,) = edge([asking("/300x200/photo.jpg")], Links="sih3")
    assert answer["uri"].startswith("/r/o/")


@needs_node
def test_health_is_asked_of_the_function_itself(edge):
    for path in ("/healthcheck", "/readiness"):
        (answer,) = edge([asking(path, query={"x": {"value": "1"}})])
        assert (answer["uri"], answer["querystring"]) == (path, {})


@needs_node
@pytest.mark.parametrize("path", ["/", "//", "/unsafe/", "/=", "/%", "/" + "x" * 8000, "/é/ü"])
def test_nothing_makes_it_fail(edge, path):
    (answer,) = edge([asking(path, "image/webp")])
    assert "thrown" not in answer
    assert answer.get("statusCode") == 400
