"""The container image and compose.yaml: what can be known without Docker. That names fit each other and the code, and that limits are set."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from itertools import pairwise
from json import loads
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
import yaml
from dockerfile_parse import DockerfileParser

from pipeline.cli import cli
from pipeline.desk.api import router as desk_api
from pipeline.health import STILL_SECONDS, Health, serve_health
from pipeline.settings import SETTINGS
from pipeline.stack.packages import version_of

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: it for name, it in SERVICES.items() if it["image"].startswith("dateline/")}
ONE_SHOT = {name for name, it in SERVICES.items() if it["restart"].startswith("on-failure")}


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with what follows them."""
    parser = DockerfileParser(path=str(tmp_path_factory.mktemp("image")))
    parser.content = (DEPLOY / "Dockerfile").read_text()
    return [(it["instruction"], it["value"]) for it in parser.structure if it["instruction"] != "COMMENT"]


def values(dockerfile: list[tuple[str, str]], instruction: str) -> list[str]:
    return [value for name, value in dockerfile if name == instruction]


# --- the image ---------------------------------------------------------------------------------------------------------


def test_image_is_made_of_files_that_are_there_and_in_the_context(dockerfile: list[tuple[str, str]]) -> None:
    allowed = {
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = {
        source
        for value in values(dockerfile, "COPY")
        if not value.startswith("--from")
        for source in value.split()[:-1]
    }
    assert copied == allowed
    assert all((ROOT / source).exists() for source in copied)


def test_image_has_all_that_the_wheel_is_made_of(dockerfile: list[tuple[str, str]]) -> None:
    copied = {source for value in values(dockerfile, "COPY") for source in value.split()[:-1]}
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*hatch["packages"], *hatch["force-include"], *PROJECT["license-files"], PROJECT["readme"]} <= copied


def test_image_runs_dateline_as_nobody_in_particular(dockerfile: list[tuple[str, str]]) -> None:
    last = dockerfile[max(index for index, (name, _) in enumerate(dockerfile) if name == "FROM") :]
    assert values(last, "USER") == ["10001:10001"]
    assert values(last, "ENTRYPOINT") == ['["dateline"]']
    assert not values(dockerfile, "ADD")


def test_image_brings_the_model_of_languages_unpacked(dockerfile: list[tuple[str, str]], tmp_path: Path) -> None:
    (cache,) = re.findall(r"XDG_CACHE_HOME=(\S+)", " ".join(values(dockerfile, "ENV")))
    ((found, code),) = re.findall(r'XDG_CACHE_HOME=(\S+) \S+/python -c "(.*)"', "\n".join(values(dockerfile, "RUN")))
    assert found == cache
    assert any(value.endswith("/opt/dateline /opt/dateline") for value in values(dockerfile, "COPY"))
    assert cache.startswith("/opt/dateline/")
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert [file.suffix for file in (tmp_path / "dateline").iterdir()] == [".npz"]


def test_image_stands_on_one_named_base(dockerfile: list[tuple[str, str]]) -> None:
    bases = {value.split()[0] for value in values(dockerfile, "FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[1-3]-slim", bases.pop())


def test_healthchecks_ask_the_ports_that_are_served(dockerfile: list[tuple[str, str]]) -> None:
    image = dict(re.findall(r"(DATELINE_\w+)=(\S+)", " ".join(values(dockerfile, "ENV"))))
    (asked,) = values(dockerfile, "HEALTHCHECK")
    assert f"127.0.0.1:{image['DATELINE_METRICS_PORT']}/live" in asked
    for name in ("read", "keep", "notify"):
        port = SERVICES[name]["environment"]["DATELINE_METRICS_PORT"]
        assert f"127.0.0.1:{port}/live" in SERVICES[name]["healthcheck"]["test"][-1]
        assert str(port) == image["DATELINE_METRICS_PORT"]
    desk = SERVICES["desk"]
    assert f"127.0.0.1:{desk['environment']['DATELINE_DESK_PORT']}/healthz" in desk["healthcheck"]["test"][-1]
    assert "/healthz" in {getattr(route, "path", "") for route in desk_api.routes}


def test_healthcheck_tells_a_worker_that_hangs_from_one_that_works() -> None:
    clock = [0.0]
    port = serve_health("127.0.0.1", 0, Health(now=lambda: clock[0]))
    check = SERVICES["keep"]["healthcheck"]["test"][-1].replace(":9464/", f":{port}/")
    assert subprocess.run([sys.executable, "-c", check], check=False, capture_output=True).returncode == 0
    clock[0] += STILL_SECONDS + 1
    assert subprocess.run([sys.executable, "-c", check], check=False, capture_output=True).returncode == 1


# --- pins --------------------------------------------------------------------------------------------------------------


def pins(path: Path) -> dict[str, str]:
    """Names (as the index compares them) and versions."""
    found = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;\\]+)", path.read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_image_has_the_versions_that_are_tested(name: str) -> None:
    """Renewed by `make lock`."""
    tested = pins(ROOT / "constraints.txt")
    ours = pins(DEPLOY / name)
    tools = {"hatchling", "setuptools", "tomlkit", "trove-classifiers"}  # make wheels, and are in none
    assert {it: version for it, version in ours.items() if it not in tools} == {
        it: tested.get(it) for it in ours if it not in tools
    }


def test_every_dependency_is_pinned_to_its_bytes() -> None:
    text = (DEPLOY / "requirements.txt").read_text()
    wanted = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=! ]", it)[0]).lower() for it in PROJECT["dependencies"]}
    assert wanted <= pins(DEPLOY / "requirements.txt").keys()
    starts = [it.start() for it in re.finditer(r"^[\w.-]+(?:\[[\w,]+\])?==", text, re.MULTILINE)]
    assert all("--hash=sha256:" in text[start:end] for start, end in pairwise([*starts, len(text)]))
    assert "://" not in text


# --- compose -----------------------------------------------------------------------------------------------------------


def test_compose_file_follows_the_specification() -> None:
    package = find_spec("check_jsonschema")
    assert package is not None
    assert package.origin is not None
    schema = Path(package.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.Draft7Validator(loads(schema.read_text())).validate(COMPOSE)


def test_compose_reads_what_the_example_of_its_secrets_names() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    example = (DEPLOY / ".env.example").read_text()
    wanted = set(re.findall(r"\$\{(\w+):\?", text))
    optional = set(re.findall(r"\$\{(\w+):-", text))
    assert wanted == set(re.findall(r"^(\w+)=$", example, re.MULTILINE)), "a secret without a value of its own"
    assert optional - {"KAFKA_CLUSTER_ID"} == set(re.findall(r"^#?(\w+)=.+$", example, re.MULTILINE))
    assert not re.search(r"\$\{\w+\}", text), "an unset variable would be an empty value"


def test_processes_get_only_settings_that_there_are() -> None:
    known = {setting.variable for setting in SETTINGS}
    for name, service in OURS.items():
        assert service["environment"].keys() <= known, name


@pytest.mark.parametrize("name", OURS)
def test_processes_run_commands_that_there_are(name: str) -> None:
    arguments = [
        str(DEPLOY / "feeds.example.yaml") if it.endswith("feeds.yaml") else it for it in OURS[name]["command"]
    ]
    command: click.Command = cli
    while isinstance(command, click.Group):
        _, found, arguments = command.resolve_command(click.Context(command), arguments)
        assert found is not None
        command = found
    command.make_context(name, arguments)


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_bounded(name: str) -> None:
    service = SERVICES[name]
    assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys()
    assert service["logging"]["options"]["max-size"], "logs that fill the disk"
    assert service["restart"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["cap_drop"] == ["ALL"]
    assert all(re.match(r"127\.0\.0\.1:", port) for port in service.get("ports", [])), "reachable from elsewhere"
    tag = service["image"].partition(":")[2]
    assert re.search(r"\d+\.\d+", tag), "not pinned"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_write_nothing_but_their_home_and_tmp(name: str) -> None:
    service = OURS[name]
    assert service["read_only"]
    assert [it.partition(":")[0] for it in service["tmpfs"]] == ["/tmp", "/var/lib/dateline"]
    assert all(it.endswith(":ro") for it in service["volumes"])
    assert service["stop_grace_period"] == "60s"


@pytest.mark.parametrize("role", ["read", "keep"])
def test_what_reads_wire_text_reaches_nothing_outside(role: str) -> None:
    assert SERVICES[role]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_services_wait_for_what_they_need() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "test" in SERVICES[needed]["healthcheck"], f"{name} waits for {needed} for ever"
            else:
                assert needed in ONE_SHOT, f"{name} waits for {needed} for ever"


def test_mounted_files_are_there() -> None:
    for name, service in SERVICES.items():
        for mount in service.get("volumes", []):
            source = mount.partition(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists(), f"{name}: {source}"
            else:
                assert source in COMPOSE["volumes"], f"{name}: {source}"


def test_versions_are_those_that_tests_run() -> None:
    tags = {name: it["image"].partition(":")[2] for name, it in SERVICES.items()}
    assert tags["kafka"] == version_of("kafka_2.13")
    assert tags["elasticsearch"] == tags["kibana"] == tags["accounts"] == version_of("elasticsearch")
    assert {tags[name] for name in OURS} == {PROJECT["version"]}
    assert f"--tag dateline/dateline:{PROJECT['version']} " in (DEPLOY / "Dockerfile").read_text()


def test_users_of_elasticsearch_are_made_with_roles_that_there_are() -> None:
    script = (DEPLOY / "elasticsearch" / "accounts.sh").read_text()
    made = {
        user: (password, role)
        for user, password, role in re.findall(r'^user (\S+) "\$(\w+)" (\S+)$', script, re.MULTILINE)
    }
    roles = yaml.safe_load((DEPLOY / "security" / "roles.yml").read_text()).keys() | {
        "kibana_admin",
        "remote_monitoring_collector",
    }
    assert {role for _, role in made.values()} <= roles
    assert {password for password, _ in made.values()} < SERVICES["accounts"]["environment"].keys()
    used = {it["environment"].get("DATELINE_ELASTICSEARCH_USER") for it in OURS.values()}
    used |= {SERVICES["elasticsearch-exporter"]["environment"]["ES_USERNAME"]}
    used |= {SERVICES["kibana-setup"]["environment"]["DATELINE_KIBANA_USER"]}
    assert used <= made.keys()


def test_scripts_are_well_formed() -> None:
    bash = shutil.which("bash")
    assert bash
    for script in DEPLOY.rglob("*.sh"):
        subprocess.run([bash, "-n", str(script)], check=True)
