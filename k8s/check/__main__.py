"""`python k8s/check`: applies every overlay to a real API server, as a dry run; `--schemas` writes the small schemas of the tests anew.

Needs kubectl, Go, and etcd (Debian: etcd-server), and keeps what it fetched and built in the user's cache folder.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import platformdirs
import yaml
from apiserver import KUBERNETES, Kubectl, build, serving
from crds import KINDS, read_crds, sources
from trimming import trimmed

HERE = Path(__file__).parent
OVERLAYS = sorted(path.parent for path in HERE.parent.glob("overlays/*/kustomization.yaml"))
SCHEMAS = HERE.parents[1] / "tests" / "contract" / "k8s-schemas.json"
CACHE = platformdirs.user_cache_path("dateline") / "k8s-check"
NEEDED = {"kubectl": "kubectl", "go": "Go 1.24 or newer", "etcd": "etcd (Debian: etcd-server)", "openssl": "OpenSSL"}


def main(arguments: list[str]) -> int:
    """0 where all is accepted, 1 where something is not."""
    crds = read_crds(CACHE)
    missing = KINDS - {crd["spec"]["names"]["kind"] for crd in crds}
    if missing:
        say(f"No definition of {', '.join(sorted(missing))} in {', '.join(sources())}.")
        return 1
    if "--schemas" in arguments:
        write_schemas(crds)
        return 0
    lacking = [name for program, name in NEEDED.items() if not shutil.which(program)]
    if lacking:
        say(f"Install first: {', '.join(lacking)}.")
        return 1
    with tempfile.TemporaryDirectory() as folder, serving(build(CACHE, say), Path(folder)) as kubectl:
        say(f"Kubernetes {KUBERNETES}, {', '.join(sources())}")
        install(kubectl, crds)
        return 1 if sum([check(kubectl, overlay) for overlay in OVERLAYS]) else 0


def write_schemas(crds: list[dict[str, Any]]) -> None:
    """Writes the schemas of the tests."""
    manifests = [it for overlay in OVERLAYS for it in yaml.safe_load_all(kustomize(overlay))]
    found = {"from": sources(), "schemas": trimmed(crds, manifests)}
    SCHEMAS.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    say(f"Wrote {SCHEMAS}.")


def kustomize(overlay: Path) -> str:
    """The overlay's manifests."""
    return subprocess.run(["kubectl", "kustomize", str(overlay)], check=True, capture_output=True, text=True).stdout


def install(kubectl: Kubectl, crds: list[dict[str, Any]]) -> None:
    """Makes the operators' kinds and our namespace known; a dry run in a namespace needs the namespace."""
    expect(kubectl("apply", "--server-side", "--filename=-", text=yaml.safe_dump_all(crds)))
    names = [f"crd/{crd['metadata']['name']}" for crd in crds]
    expect(kubectl("wait", "--for=condition=Established", "--timeout=60s", *names))
    namespace = (HERE.parent / "base" / "namespace.yaml").read_text("utf-8")
    expect(kubectl("apply", "--server-side", "--filename=-", text=namespace))


def expect(done: subprocess.CompletedProcess[str]) -> None:
    """Ends everything where kubectl failed."""
    if done.returncode:
        raise SystemExit(done.stderr)


def check(kubectl: Kubectl, overlay: Path) -> bool:
    """Prints what became of each manifest of an overlay; True where one was refused or warned about."""
    done = kubectl(
        *("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"), text=kustomize(overlay)
    )
    accepted = done.stdout.splitlines()
    problems = done.stderr.splitlines()
    for line in accepted:
        say(f"  {overlay.name}: {line}")
    for line in problems:
        say(f"  {overlay.name}: PROBLEM {line}")
    say(f"{overlay.name}: {len(accepted)} accepted, {len(problems)} problems")
    return bool(done.returncode or problems)


def say(text: str) -> None:
    """Tells the person at the terminal."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
