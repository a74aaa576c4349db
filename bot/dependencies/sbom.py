"""A bill of materials in CycloneDX 1.6: every pinned package, the trained reader, and what needs what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from bot.dependencies.graph import Key
from bot.dependencies.licenses import cyclonedx
from bot.dependencies.pins import Locked, Pin

_ALGORITHMS = {"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_PROPERTY = "aftercheck:scope"


class Model(msgspec.Struct, frozen=True):
    """The trained reader: what it is built on, and the SHA-256 of its file."""

    name: str
    version: str
    sha256: str
    license: str
    description: str


class Project(msgspec.Struct, frozen=True):
    """This project, the root of the graph."""

    name: str
    version: str
    license: str
    description: str


def purl(pin: Pin) -> str:
    """The package URL of a pin."""
    path = "/".join(quote(part, safe="") for part in pin.name.split("/"))
    return f"pkg:{pin.ecosystem.lower()}/{path}@{quote(pin.version, safe='')}"


def sbom(
    locked: Locked, project: Project, models: Iterable[Model], licenses: Mapping[Key, str], serial: str | None = None
) -> dict[str, Any]:
    """The document, the same for the same input. `serial` is its own number (`urn:uuid:...`), where one is wanted."""
    refs = {pin.key: purl(pin) for pin in locked.pins}
    made = [_model(model) for model in models]
    components = [_component(pin, pin.license or licenses.get(pin.key)) for pin in locked.pins]
    root = f"pkg:generic/{project.name}@{project.version}"
    graph = {root: {*(refs[key] for key in locked.asked), *(model["bom-ref"] for model in made)}}
    graph |= {ref: {refs[needed] for needed in locked.requires.get(key, ())} for key, ref in refs.items()}
    graph |= {model["bom-ref"]: set() for model in made}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        **({"serialNumber": serial} if serial else {}),
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": project.name,
                "version": project.version,
                "description": project.description,
                "licenses": cyclonedx(project.license),
                "purl": root,
            }
        },
        "components": sorted((*components, *made), key=lambda component: component["bom-ref"]),
        "dependencies": [{"ref": ref, "dependsOn": sorted(needed)} for ref, needed in sorted(graph.items())],
    }


def _component(pin: Pin, license: str | None) -> dict[str, Any]:
    group, _, name = pin.name.rpartition("/")
    # A lock has the hashes of every file of a package, for all platforms: each is one that may be installed.
    hashes = [{"alg": _ALGORITHMS[alg], "content": digest} for alg, digest in pin.hashes if alg in _ALGORITHMS]
    return {
        "type": "library",
        "bom-ref": purl(pin),
        **({"group": group} if group else {}),
        "name": name,
        "version": pin.version,
        "scope": "required" if pin.scope == "run" else "excluded",
        **({"hashes": hashes} if hashes else {}),
        **({"licenses": found} if (found := cyclonedx(license)) else {}),
        "purl": purl(pin),
        "properties": [{"name": _PROPERTY, "value": pin.scope}],
    }


def _model(model: Model) -> dict[str, Any]:
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{model.name}@{model.version}",
        "name": model.name,
        "version": model.version,
        "description": model.description,
        "hashes": [{"alg": "SHA-256", "content": model.sha256}],
        "licenses": cyclonedx(model.license),
    }
