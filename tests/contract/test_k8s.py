"""The Kubernetes manifests: of the form that Kubernetes and the operators take, and of one mind with the code.

Each overlay is built with kustomize and checked offline: Kubernetes' own kinds by its schemas (kubernetes-validate), the operators' by what
`python k8s/check --schemas` took from their definitions. `make k8s-check` asks a real API server. Nothing here runs a pod.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from fastapi.routing import APIRoute

from pipeline import __version__
from pipeline.desk.api import router as desk_api
from pipeline.settings import SETTINGS, Settings, load_settings
from pipeline.stack.packages import version_of
from pipeline.streams import CONSUMES, STREAMS, group_of

ROOT = Path(__file__).parent.parent.parent
K8S = ROOT / "k8s"
OPERATORS = json.loads((Path(__file__).parent / "k8s-schemas.json").read_text("utf-8"))["schemas"]
KUBERNETES = "1.30"
"""The oldest release that the README promises; what was stable then stays."""
OUR_IMAGE = f"dateline/dateline:{__version__}"

Manifest = dict[str, Any]


@pytest.fixture(scope="module", params=["dev", "prod"])
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    """All objects of an overlay."""
    return build(f"overlays/{request.param}")


@cache
def build(folder: str) -> list[Manifest]:
    """What kustomize makes of a folder of k8s/. Without kustomize the tests are skipped, in CI they fail."""
    command = next(
        (words for words in (["kubectl", "kustomize"], ["kustomize", "build"]) if shutil.which(words[0])), None
    )
    if command is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("neither kubectl nor kustomize is here")
    done = subprocess.run([*command, str(K8S / folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return [it for it in yaml.safe_load_all(done.stdout) if it]


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    return [it for it in manifests if it["kind"] in kinds]


def named(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    return {it["metadata"]["name"]: it for it in of_kind(manifests, kind)}


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Our own pod templates, by component."""
    for it in of_kind(manifests, "Deployment", "Job", "CronJob"):
        spec = it["spec"]["jobTemplate"]["spec"] if it["kind"] == "CronJob" else it["spec"]
        yield it["metadata"]["labels"]["app.kubernetes.io/component"], spec["template"]


def container_of(pod: Manifest) -> Manifest:
    (container,) = pod["spec"]["containers"]
    return container


def environment(container: Manifest, manifests: list[Manifest]) -> dict[str, str]:
    """The variables of a container, as Kubernetes would set them."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        found |= named(manifests, "ConfigMap")[source["configMapRef"]["name"]]["data"]
    return found | {it["name"]: it["value"] for it in container["env"]}


def files_of(pod: Manifest, manifests: list[Manifest]) -> set[str]:
    """The files that a container finds, from Secrets and ConfigMaps; a folder of a whole Secret stands for itself."""
    volumes = {it["name"]: it for it in pod["spec"]["volumes"]}
    found = set()
    for mount in container_of(pod)["volumeMounts"]:
        volume, path = volumes[mount["name"]], mount["mountPath"]
        found.add(path)
        for source in volume.get("projected", {}).get("sources", ()):
            found |= {f"{path}/{item['path']}" for item in source["secret"]["items"]}
        if "configMap" in volume:
            data = named(manifests, "ConfigMap")[volume["configMap"]["name"]].get("data", {})
            found |= {f"{path}/{key}" for key in data}
    return found


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    """Whether a label selector takes in a pod with these labels."""
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return exact and all(labels.get(it["key"]) in it["values"] for it in selector.get("matchExpressions", ()))


# --- form --------------------------------------------------------------------------------------------------------------


def refusal(manifest: Manifest) -> str | None:
    """Why a manifest has not the form of its kind; a kind that nobody knows has none."""
    try:
        if schema := OPERATORS.get(f"{manifest['apiVersion']} {manifest['kind']}"):
            jsonschema.Draft202012Validator(schema).validate(manifest)
        else:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
        return str(error)
    except kubernetes_validate.SchemaNotFoundError:
        return "unknown kind"
    return None


def test_every_manifest_has_the_form_of_its_kind(manifests: list[Manifest]) -> None:
    wrong = {f"{it['kind']} {it['metadata']['name']}": why for it in manifests if (why := refusal(it))}
    assert not wrong


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Deployment", "spec/template/spec/containers/0/readyProbe", {}),
        ("Deployment", "spec/replicas", "two"),
        ("NetworkPolicy", "spec/ingres", []),
        ("KafkaTopic", "spec/partition", 3),
        ("KafkaUser", "spec/authentication/type", "scram"),
        ("KafkaUser", "spec/authorization/acls/0/operations/0", "Reed"),
        ("Kafka", "spec/kafka/listeners/0/tls", "yes"),
        ("Elasticsearch", "spec/nodeSet", []),
        ("ScaledObject", "spec/maxReplicas", 3),
        ("KafkaTopic", "kind", "KafkaTopics"),
        ("KafkaTopic", "apiVersion", "kafka.strimzi.io/v1beta2"),
    ],
)
def test_a_wrong_manifest_is_refused(kind: str, path: str, value: Any) -> None:
    manifest = copy.deepcopy(of_kind(build("overlays/prod"), kind)[0])
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = manifest
    for step in way:
        place = place[step]
    place[last] = value
    assert refusal(manifest)


# --- our pods ----------------------------------------------------------------------------------------------------------


def test_every_variable_is_a_setting_and_has_its_form(manifests: list[Manifest]) -> None:
    for component, pod in pods(manifests):
        variables = environment(container_of(pod), manifests)
        assert variables.keys() - {setting.variable for setting in SETTINGS} == {"HOME"}, component
        load_settings(variables)


def test_what_settings_and_arguments_name_is_there(manifests: list[Manifest]) -> None:
    """Certificates and passwords of the servers that a pod has a user for, and files of ours."""
    for component, pod in pods(manifests):
        container = container_of(pod)
        variables, files = environment(container, manifests), files_of(pod, manifests)
        needed = {it for it in container["args"] if it.startswith("/")}
        for variable in variables:
            server = re.match(r"(DATELINE_[A-Z]+)_(?:CA|\w+_FILE)$", variable)
            if variable in ("DATELINE_CHANNELS", "DATELINE_HOME", "HOME") or (
                server and (f"{server[1]}_USER" in variables or server[1] == "DATELINE_DESK")
            ):
                needed.add(variables[variable])
        if {"keep", "notify", "desk"} & {component}:
            needed.add(variables["DATELINE_RULES"])
        assert needed <= files, component


def test_images_and_jobs_are_of_this_version(manifests: list[Manifest]) -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"]
    assert {container_of(pod)["image"] for _, pod in pods(manifests)} == {OUR_IMAGE}
    assert OUR_IMAGE in {it["image"] for it in compose.values()}
    for job in named(manifests, "Job"):
        assert job.endswith("-" + __version__.replace(".", "-"))
    for it in of_kind(manifests, "Elasticsearch", "Kibana"):
        assert it["spec"]["version"] == version_of("elasticsearch")
        assert f"{it['kind'].lower()}:{it['spec']['version']}" in compose[it["kind"].lower()]["image"]


def test_pods_run_as_the_image_does_and_without_rights(manifests: list[Manifest]) -> None:
    """What the Pod Security Standard `restricted` asks for, a read-only root, no token, and limits."""
    uid = re.search(r"^USER (\d+)", (ROOT / "deploy" / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert uid
    accounts = named(manifests, "ServiceAccount")
    for component, pod in pods(manifests):
        spec, container = pod["spec"], container_of(pod)
        assert spec["securityContext"]["runAsNonRoot"], component
        assert spec["securityContext"]["runAsUser"] == int(uid[1])
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["serviceAccountName"] == component
        assert accounts[component]["automountServiceAccountToken"] is False
        assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys() == {"cpu", "memory"}
        assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]
    assert not of_kind(manifests, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")


def test_ports_are_those_of_the_settings(manifests: list[Manifest]) -> None:
    for component, pod in pods(manifests):
        container = container_of(pod)
        variables = environment(container, manifests)
        for port in container.get("ports", ()):
            if port["name"] == "metrics":
                assert port["containerPort"] == int(variables["DATELINE_METRICS_PORT"])
            elif component == "desk":
                assert port["containerPort"] == int(variables["DATELINE_DESK_PORT"])
            else:
                feeds = yaml.safe_load((K8S / "components" / "feeds" / "example.yaml").read_text("utf-8"))
                assert feeds["listen"] == f"0.0.0.0:{port['containerPort']}"


def test_probes_ask_a_port_that_is_there_and_a_path_that_answers(manifests: list[Manifest]) -> None:
    """That a worker answers so is shown by `tests/services/test_role_alone.py`."""
    answered = {"desk": {route.path for route in desk_api.routes if isinstance(route, APIRoute)}, "feeds": {"/metrics"}}
    for component, pod in pods(manifests):
        container = container_of(pod)
        probes = [
            container[it]["httpGet"] for it in ("startupProbe", "livenessProbe", "readinessProbe") if it in container
        ]
        assert len(probes) == (0 if container["args"][0] in ("setup", "kibana", "prune", "lists") else 3), component
        for probe in probes:
            assert probe["port"] in {port["name"] for port in container["ports"]}
            assert probe["path"] in answered.get(component, {"/live", "/ready"})


def test_services_budgets_and_policies_find_their_pods(manifests: list[Manifest]) -> None:
    ours = [pod for _, pod in pods(manifests)]

    def ports_of(selector: Manifest) -> list[str]:
        found = [pod for pod in ours if selects(selector, pod["metadata"]["labels"])]
        assert found, selector
        return [port["name"] for pod in found for port in container_of(pod).get("ports", ())]

    for it in of_kind(manifests, "Service"):
        assert {port["targetPort"] for port in it["spec"]["ports"]} <= {
            *ports_of({"matchLabels": it["spec"]["selector"]})
        }
    for it in of_kind(manifests, "PodDisruptionBudget"):
        ports_of(it["spec"]["selector"])
    for it in of_kind(manifests, "PodMonitor"):
        assert {end["port"] for end in it["spec"]["podMetricsEndpoints"]} <= {*ports_of(it["spec"]["selector"])}
    for it in of_kind(manifests, "NetworkPolicy"):
        if it["spec"]["podSelector"].get("matchLabels", {}).keys() & {"app.kubernetes.io/name"}:
            asked = {port["port"] for rule in it["spec"].get("ingress", ()) for port in rule["ports"]}
            assert asked <= {*ports_of(it["spec"]["podSelector"])}


def test_pods_reach_what_they_have_users_for_and_no_more(manifests: list[Manifest]) -> None:
    def reached(labels: dict[str, str]) -> set[str]:
        rules = [it for it in of_kind(manifests, "NetworkPolicy") if "Egress" in it["spec"]["policyTypes"]]
        return {it["metadata"]["name"] for it in rules if selects(it["spec"]["podSelector"], labels)}

    for component, pod in pods(manifests):
        variables = environment(container_of(pod), manifests)
        wanted = {"default-deny", "dns"}
        wanted |= {
            f"to-{server}"
            for server in ("kafka", "elasticsearch", "kibana")
            if f"DATELINE_{server.upper()}_USER" in variables
        }
        wanted |= {"to-outside"} if component in ("notify", "lists", "feeds") else set()
        assert reached(pod["metadata"]["labels"]) == wanted, component


# --- the servers -------------------------------------------------------------------------------------------------------


def test_streams_are_those_of_the_code(manifests: list[Manifest]) -> None:
    topics = named(manifests, "KafkaTopic")
    (pool,) = of_kind(manifests, "KafkaNodePool")
    settings = named(manifests, "Kafka")["dateline"]["spec"]["kafka"]["config"]
    partitions = int(environment(container_of(dict(pods(manifests))["setup"]), manifests)["DATELINE_PARTITIONS"])
    assert topics.keys() == {stream.name for stream in STREAMS}
    for stream in STREAMS:
        spec = topics[stream.name]["spec"]
        wanted = {key: value for key, value in stream.config().items() if key != "min.insync.replicas"}
        assert {key: str(value) for key, value in spec["config"].items()} == wanted
        assert spec["partitions"] == (stream.partitions or partitions)
        assert spec["replicas"] == settings["default.replication.factor"] == pool["spec"]["replicas"]
    assert settings["min.insync.replicas"] == max(1, pool["spec"]["replicas"] - 1)


def test_users_of_kafka_may_do_what_deploy_says(manifests: list[Manifest]) -> None:
    """`tests/services/test_secure.py` shows that it is enough; here the operator makes the streams, and scaling has a user more."""
    shipped = yaml.safe_load((ROOT / "deploy" / "security" / "acls.yml").read_text("utf-8"))
    users = named(manifests, "KafkaUser")
    assert users.keys() - {"dateline-scaler"} == shipped.keys()
    for name, rights in shipped.items():
        wanted = {
            (kind, resource, operation)
            for kind in ("topic", "group")
            for resource, operations in rights.get(f"{kind}s", {}).items()
            for operation in {"Describe", *operations} - {"Create"}
        }
        assert granted(users[name]) == wanted, name
    for user in users.values():
        for kind, name, _ in granted(user):
            known = (
                {stream.name for stream in STREAMS}
                if kind == "topic"
                else {group_of(it, Settings()) for it in CONSUMES}
            )
            assert name in known


def granted(user: Manifest) -> set[tuple[str, str, str]]:
    """What a KafkaUser may do: kind, name, operation."""
    rules = user["spec"]["authorization"]["acls"]
    assert all(it["resource"]["patternType"] == "literal" for it in rules)
    return {
        (it["resource"]["type"], it["resource"]["name"], operation) for it in rules for operation in it["operations"]
    }


def test_scaling_follows_the_groups_of_the_code() -> None:
    manifests = build("overlays/prod")
    topics, deployments = named(manifests, "KafkaTopic"), named(manifests, "Deployment")
    kafka = named(manifests, "Kafka")["dateline"]
    scaled = named(manifests, "ScaledObject")
    assert scaled.keys() == {"read", "keep"}
    for role, it in scaled.items():
        (trigger,) = it["spec"]["triggers"]
        stream = CONSUMES[role].name
        assert trigger["metadata"]["consumerGroup"] == group_of(role, Settings())
        assert trigger["metadata"]["topic"] == stream
        assert trigger["metadata"]["bootstrapServers"] == (
            f"dateline-kafka-bootstrap.dateline.svc:{kafka['spec']['kafka']['listeners'][0]['port']}"
        )
        assert it["spec"]["maxReplicaCount"] == topics[stream]["spec"]["partitions"]
        assert it["spec"]["minReplicaCount"] == 1
        assert it["spec"]["scaleTargetRef"] == {"name": role}
        assert "replicas" not in deployments[role]["spec"], "each apply would undo the scaling"


def test_users_of_elasticsearch_are_those_that_pods_log_in_as(manifests: list[Manifest]) -> None:
    (cluster,) = of_kind(manifests, "Elasticsearch")
    users = {
        variables[name]
        for _, pod in pods(manifests)
        for variables in [environment(container_of(pod), manifests)]
        for name in ("DATELINE_ELASTICSEARCH_USER", "DATELINE_KIBANA_USER")
        if name in variables
    }
    secrets = {it["secretName"] for it in cluster["spec"]["auth"]["fileRealm"]}
    assert {f"dateline-elasticsearch-{user.removeprefix('dateline-')}" for user in users} == secrets


def test_roles_of_elasticsearch_are_those_of_deploy() -> None:
    shipped = yaml.safe_load((ROOT / "deploy" / "security" / "roles.yml").read_text("utf-8"))
    ours = yaml.safe_load((K8S / "components" / "elasticsearch" / "roles.yml").read_text("utf-8"))
    assert ours == shipped


# --- secrets -----------------------------------------------------------------------------------------------------------


def test_every_secret_is_an_operators_or_in_the_readme(manifests: list[Manifest]) -> None:
    """Manifests hold no secret; those that people make stand in the README with their keys."""
    table = re.findall(
        r"^\| `([a-z-]+)` \| ((?:`[\w.-]+`(?:, )?)+)", (K8S / "README.md").read_text("utf-8"), re.MULTILINE
    )
    known = {name: {*re.findall(r"`([\w.-]+)`", keys)} for name, keys in table}
    known |= {name: {"password"} for name in named(manifests, "KafkaUser")}
    known |= {
        f"dateline-{of}": {"ca.crt"} for of in ("cluster-ca-cert", "es-http-certs-public", "kb-http-certs-public")
    }
    known |= {name: {*it["data"]} for name, it in named(manifests, "Secret").items()}
    for name, keys in wanted_secrets(manifests):
        assert name in known, f"nobody makes the Secret {name}"
        assert keys <= known[name], name
    assert named(manifests, "Secret").keys() == {"dateline-elasticsearch-roles"}


def wanted_secrets(manifests: list[Manifest]) -> Iterator[tuple[str, set[str]]]:
    """The Secrets that something refers to, with the keys that it names."""
    for _, pod in pods(manifests):
        for volume in pod["spec"]["volumes"]:
            for source in volume.get("projected", {}).get("sources", ()):
                yield source["secret"]["name"], {item["key"] for item in source["secret"]["items"]}
            if "secret" in volume:
                yield volume["secret"]["secretName"], set()
    for it in of_kind(manifests, "TriggerAuthentication"):
        for reference in it["spec"]["secretTargetRef"]:
            yield reference["name"], {reference["key"]}
    for it in of_kind(manifests, "Elasticsearch"):
        for reference in it["spec"]["auth"]["fileRealm"]:
            yield reference["secretName"], {"username", "password", "roles"}
        for reference in it["spec"]["auth"]["roles"]:
            yield reference["secretName"], {"roles.yml"}
    for it in of_kind(manifests, "Ingress"):
        for entry in it["spec"]["tls"]:
            yield entry["secretName"], {"tls.crt", "tls.key"}
