"""What our manifests use of the operators' definitions, as small JSON Schemas: so that every test run can check the manifests' form.

Comes in: definitions and manifests. Goes out: for each kind a closed schema of the fields that the manifests use, with the types, choices and
required fields that the operator asks for. Descriptions and all else are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_KEPT = ("type", "enum", "pattern", "minimum", "maximum", "x-kubernetes-int-or-string", "required")


def trimmed(crds: Iterable[dict[str, Any]], manifests: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The schemas, by "apiVersion kind"."""
    found: dict[str, dict[str, Any]] = {}
    manifests = list(manifests)
    for crd in crds:
        for version in crd["spec"]["versions"]:
            api = f"{crd['spec']['group']}/{version['name']}"
            kind = crd["spec"]["names"]["kind"]
            used = [it for it in manifests if (it["apiVersion"], it["kind"]) == (api, kind)]
            if used:
                schema = dict(version["schema"]["openAPIV3Schema"])
                schema["properties"] = schema["properties"] | {"metadata": {"type": "object"}}
                found[f"{api} {kind}"] = _trim(schema, used)
    return found


def _trim(schema: dict[str, Any], values: list[Any]) -> dict[str, Any]:
    kept = {key: schema[key] for key in _KEPT if key in schema}
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    if "properties" in schema:
        names = sorted({name for value in values for name in value} & schema["properties"].keys())
        kept["properties"] = {
            name: _trim(schema["properties"][name], [value[name] for value in values if name in value])
            for name in names
        }
        kept["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
        kept["required"] = [name for name in kept.get("required", ()) if name in names]
    elif isinstance(schema.get("additionalProperties"), dict):
        inner = [value[name] for value in values for name in value]
        kept["additionalProperties"] = _trim(schema["additionalProperties"], inner)
    elif "items" in schema:
        kept["items"] = _trim(schema["items"], [item for value in values for item in value])
    return kept
