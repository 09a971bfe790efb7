"""A real Kubernetes API server without a cluster: etcd from the distribution, kube-apiserver built from its Go module.

Comes in: a folder that keeps what was built. Goes out: a running server and a kubectl that talks to it. No controller runs, so nothing is
scheduled: it accepts or refuses.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crds import go_module

KUBERNETES = "v1.34.2"
_LIBRARIES = KUBERNETES.replace("v1", "v0", 1)
_PATIENCE_S = 90
_TOKEN = "check"  # noqa: S105 - of a server that lives for a minute on loopback

Kubectl = Callable[..., subprocess.CompletedProcess[str]]


def build(cache: Path, say: Callable[[str], None]) -> Path:
    """The kube-apiserver program, built where the cache lacks it (some minutes)."""
    program = cache / f"kube-apiserver-{KUBERNETES}"
    if program.exists():
        return program
    say(f"Building kube-apiserver {KUBERNETES} (once, some minutes) …")
    source = cache / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(go_module(f"k8s.io/kubernetes@{KUBERNETES}", cache), source)
    subprocess.run(["chmod", "-R", "u+w", str(source)], check=True)
    _leave_workspace(source)
    environment = os.environ | {"GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    partial = program.with_suffix(".partial")
    subprocess.run(["go", "build", "-o", str(partial), "./cmd/kube-apiserver"], cwd=source, env=environment, check=True)
    partial.replace(program)
    shutil.rmtree(source)
    return program


def _leave_workspace(source: Path) -> None:
    """The module's own libraries lie in a workspace that the package lacks; they are modules of their own, of the same release."""
    for name in ("go.work", "go.work.sum"):
        (source / name).unlink(missing_ok=True)
    shutil.rmtree(source / "vendor", ignore_errors=True)

    def edit(*options: str) -> str:
        done = subprocess.run(["go", "mod", "edit", *options], cwd=source, check=True, capture_output=True, text=True)
        return done.stdout

    staged = [it["Old"]["Path"] for it in json.loads(edit("-json"))["Replace"] if "staging" in it["New"]["Path"]]
    edit("-dropgodebug=default")
    edit(*(f"-dropreplace={path}" for path in staged), *(f"-require={path}@{_LIBRARIES}" for path in staged))


@contextmanager
def serving(program: Path, folder: Path) -> Iterator[Kubectl]:
    """Runs etcd and the API server in an empty folder; yields a kubectl for them."""
    etcd_port, peer_port, port = _free_ports(3)
    key = folder / "sa.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    (folder / "tokens.csv").write_text(f"{_TOKEN},admin,1,system:masters\n")
    etcd, peer = f"http://127.0.0.1:{etcd_port}", f"http://127.0.0.1:{peer_port}"
    commands = {
        "etcd": [
            *("etcd", "--data-dir", str(folder / "etcd"), "--listen-client-urls", etcd),
            *("--advertise-client-urls", etcd, "--listen-peer-urls", peer),
            *("--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"),
        ],
        "kube-apiserver": [
            *(str(program), f"--etcd-servers={etcd}", f"--cert-dir={folder / 'certificates'}"),
            *(f"--secure-port={port}", "--bind-address=127.0.0.1", f"--token-auth-file={folder / 'tokens.csv'}"),
            *("--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={key}"),
            *(f"--service-account-signing-key-file={key}", "--authorization-mode=RBAC"),
            "--service-cluster-ip-range=10.0.0.0/24",
        ],
    }
    started = []
    try:
        for name, command in commands.items():
            log = (folder / f"{name}.log").open("wb")
            started.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder))
        kubectl = _kubectl(port, folder)
        _wait(kubectl, started, folder)
        yield kubectl
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(30)


def _kubectl(port: int, folder: Path) -> Kubectl:
    options = [f"--server=https://127.0.0.1:{port}", f"--token={_TOKEN}", "--insecure-skip-tls-verify=true"]
    environment = os.environ | {"HOME": str(folder), "KUBECONFIG": os.devnull}

    def kubectl(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["kubectl", *options, *arguments], input=text, capture_output=True, text=True, env=environment
        )

    return kubectl


def _wait(kubectl: Kubectl, started: list[subprocess.Popen[bytes]], folder: Path) -> None:
    end = time.monotonic() + _PATIENCE_S
    while kubectl("get", "--raw", "/readyz").returncode:
        if time.monotonic() > end or any(process.poll() is not None for process in started):
            log = (folder / "kube-apiserver.log").read_text("utf-8", "replace")
            raise SystemExit(f"the API server did not start:\n{log[-3000:]}")
        time.sleep(0.5)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for it in sockets:
            it.bind(("127.0.0.1", 0))
        return [it.getsockname()[1] for it in sockets]
    finally:
        for it in sockets:
            it.close()
