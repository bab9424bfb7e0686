"""conf/kubernetes: valid, restricted, and at one with what the server does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fronted import ROOT, ask, free_port, running, until

from thumborlike.settings.reader import examine
from thumborlike.signing import ThumborSigner
from thumborlike.version import VERSION

yaml = pytest.importorskip("yaml", reason="PyYAML is not there: pip install -e '.[conf]'")

FOLDER = ROOT / "conf/kubernetes"
FILES = ("deployment.yaml", "service.yaml", "scaling.yaml", "network.yaml")
SCORE, KUSTOMIZE = shutil.which("kube-score"), shutil.which("kustomize")
MANIFESTS: dict[str, dict[str, Any]] = {
    each["kind"]: each for name in FILES for each in yaml.safe_load_all((FOLDER / name).read_text())
}
POD = MANIFESTS["Deployment"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
ENVIRON = {"SECURITY_KEY": "k" * 40, "WORKERS": "2"}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_each_manifest_fits_the_schema_and_has_no_other_field(kind: str) -> None:
    kubernetes = pytest.importorskip("kubernetes_validate")
    kubernetes.validate(MANIFESTS[kind], kubernetes.latest_version(), strict=True)


@pytest.mark.skipif(not SCORE, reason="kube-score is not there")
def test_nothing_is_found_by_kube_score() -> None:
    assert SCORE
    command = [SCORE, "score", "--exit-one-on-warning", *(str(FOLDER / name) for name in FILES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not KUSTOMIZE, reason="kustomize is not there")
def test_kustomize_puts_them_together() -> None:
    assert KUSTOMIZE
    command = [KUSTOMIZE, "build", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    made = list(yaml.safe_load_all(done.stdout))
    assert {each["kind"] for each in made} == {*MANIFESTS, "ConfigMap"}
    assert f"registry.example.com/thumborlike:{VERSION}" in done.stdout


def test_kustomize_is_given_files_that_exist() -> None:
    base = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    assert set(base["resources"]) == set(FILES)
    (made,) = base["configMapGenerator"]
    assert all((FOLDER / name).is_file() for name in made["files"])
    maps = [each["configMap"]["name"] for each in POD["spec"]["volumes"] if "configMap" in each]
    assert maps == [made["name"]]


def test_all_of_them_mean_the_same_pods_and_port() -> None:
    labels = POD["metadata"]["labels"]
    spec = {kind: each["spec"] for kind, each in MANIFESTS.items()}
    assert spec["Service"]["selector"] == labels
    assert spec["Deployment"]["selector"]["matchLabels"] == labels
    assert spec["PodDisruptionBudget"]["selector"]["matchLabels"] == labels
    assert spec["NetworkPolicy"]["podSelector"]["matchLabels"] == labels
    assert spec["HorizontalPodAutoscaler"]["scaleTargetRef"]["name"] == "thumborlike"
    (port,) = CONTAINER["ports"]
    probes = [each["httpGet"]["port"] for name, each in CONTAINER.items() if name.endswith("Probe")]
    named = [spec["Service"]["ports"][0]["targetPort"], *probes,
             spec["NetworkPolicy"]["ingress"][0]["ports"][0]["port"]]  # fmt: skip
    assert set(named) == {port["name"]}
    assert f"--port={port['containerPort']}" in CONTAINER["args"]
    assert CONTAINER["image"] == f"thumborlike:{VERSION}"


def test_the_pod_is_restricted() -> None:
    pod, container = POD["spec"]["securityContext"], CONTAINER["securityContext"]
    dockerfile = (ROOT / "conf/docker/Dockerfile").read_text()
    assert f"USER {pod['runAsUser']}:{pod['runAsGroup']}" in dockerfile
    assert (pod["runAsNonRoot"], pod["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    assert container["readOnlyRootFilesystem"] is True
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert POD["spec"]["automountServiceAccountToken"] is False


def test_there_is_time_to_leave_and_room_to_write() -> None:
    loaded, findings = examine(FOLDER / "thumbor.conf", environ=ENVIRON)
    assert (findings, loaded.warnings) == ((), ())
    server = loaded.settings.server
    ready = CONTAINER["readinessProbe"]
    seen = ready["periodSeconds"] * ready["failureThreshold"] + ready["timeoutSeconds"]
    leaving = server.max_wait_seconds_before_server_shutdown
    assert seen < leaving
    needed = leaving + server.graceful_shutdown_seconds + 3
    assert needed < POD["spec"]["terminationGracePeriodSeconds"]
    text = (FOLDER / "thumbor.conf").read_text()
    written = [line.split('"')[1] for line in text.splitlines() if "ROOT_PATH" in line]
    mounts = {each["mountPath"] for each in CONTAINER["volumeMounts"]}
    assert written
    assert all(any(path.startswith(f"{mount}/") for mount in mounts) for path in written)


def test_the_server_answers_the_probes_as_it_is_started_there(tmp_path: Path) -> None:
    port, cache = free_port(), tmp_path / "cache"
    conf = tmp_path / "thumbor.conf"
    text = (FOLDER / "thumbor.conf").read_text()
    text = text.replace("/var/lib/thumborlike", str(cache))
    conf.write_text(text.replace("SHUTDOWN = 10", "SHUTDOWN = 0"))
    places = {"--port=8888": f"--port={port}", "--conf=/etc/thumborlike/thumbor.conf": f"-c{conf}"}
    words = [places.get(word, word) for word in CONTAINER["args"]]
    assert len(set(words) - set(CONTAINER["args"])) == len(places)
    assert {each["name"] for each in CONTAINER["env"]} == set(ENVIRON)
    given = {**os.environ, **ENVIRON, "LOADER": "file"}
    given["FILE_LOADER_ROOT_PATH"] = str(ROOT / "tests/pictures")
    command = [sys.executable, "-m", "thumborlike.cli", *words]
    with running(command, port, cwd=tmp_path, env=given) as process:
        for probe in (each for name, each in CONTAINER.items() if name.endswith("Probe")):
            until_well(port, probe["httpGet"]["path"])
        assert ask(port, "/unsafe/40x30/photo.jpg").status == 400
        assert ask(port, signed("40x30/photo.jpg")).status == 200
    assert process.returncode == 0
    assert {each.name for each in tmp_path.iterdir()} == {"cache", "thumbor.conf"}


def signed(path: str) -> str:
    return f"/{ThumborSigner().sign(path, ENVIRON['SECURITY_KEY'])}/{path}"


def until_well(port: int, path: str) -> None:
    until(lambda: ask(port, path).status == 200, f"{path} is not well")
