"""What a release is made of, as CycloneDX: what runs, and, apart, what it was built with."""

import base64
import datetime
import hashlib
import importlib.metadata
import json
import platform
import re
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from build import page, setup_env, vendor
from flash import micropython_image, site

if TYPE_CHECKING:
    from flash.micropython_image import Firmware

    from .commit import Commit

ROOT = Path(setup_env.ROOT)
_LICENCES = LicenseFactory()
_MIT = "MIT"
# Of packages that only bring the text.
_BY_TEXT = {"littlefs-python": "BSD-3-Clause", "rich-click": _MIT}


def runtime(version: str, commit: "Commit", stocks: "Iterable[Firmware]") -> str:
    """JSON of all that runs: on a device, and in the browser that flashes it."""
    parts = list(map(_micropython, stocks)) or [_component(
        "micropython", micropython_image.RELEASE.rpartition("v")[2], _MIT,
        kind=ComponentType.FIRMWARE)]
    for project, archive, sha256, _ in vendor.PACKAGES:
        found = re.fullmatch(re.escape(project) + r"-(.+)\.tar\.gz", archive)
        assert found
        parts.append(_component(project, found[1], _MIT, "pypi", [
            HashType(alg=HashAlgorithm.SHA_256, content=sha256)], where="application"))
    on_device, in_browser = _closure(page.packages()), _closure(site.packages())
    for name in sorted(on_device | in_browser):
        where = [word for word, names in (("page", on_device), ("flashing site", in_browser))
                 if name in names]
        parts.append(_npm(name, ", ".join(where)))
    return _bom("microhan", version, commit, parts)


def tools(version: str, commit: "Commit") -> str:
    """JSON of what builds and tests it on a PC; none of it reaches a device."""
    pins = re.findall(r"(?m)^([\w.-]+)==(\S+)$", (ROOT / "requirements.txt").read_text())
    parts = [_component(name, number, _licence_of(name), "pypi") for name, number in pins]
    parts.append(_component("python", ".".join(platform.python_version_tuple()[:2]),
                            "Python-2.0", kind=ComponentType.PLATFORM))
    parts += [_npm(name) for name in sorted(set(_lock()) - _closure(page.packages())
                                            - _closure(site.packages()))]
    return _bom("microhan-host-tools", version, commit, parts)


def _bom(name, version, commit, parts):
    """The same for the same commit: no time of now, no random number."""
    main = _component(name, version, _MIT, kind=ComponentType.FIRMWARE)
    bom = Bom(components=parts,
              serial_number=uuid.uuid5(uuid.NAMESPACE_OID, f"{name} {version} {commit.id}"))
    bom.metadata.component = main
    bom.metadata.timestamp = datetime.datetime.fromtimestamp(commit.seconds, datetime.UTC)
    bom.metadata.properties.add(Property(name="microhan:commit", value=commit.id))
    bom.register_dependency(main, parts)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(
        indent=1) + "\n"


def _component(name, version, licence, index="", hashes=(), where="", ref="",
               kind=ComponentType.LIBRARY):
    group, _, plain = name.rpartition("/")
    return Component(
        name=plain, group=group or None, version=version, type=kind, hashes=hashes,
        # by itself it would be a random one
        bom_ref=ref or f"{index or 'part'}:{name}@{version}",
        purl=PackageURL(index, group or None, plain, version) if index else None,
        licenses=[_LICENCES.make_from_string(licence)] if licence else (),
        properties=[Property(name="microhan:part", value=where)] if where else ())


def _micropython(stock):
    digest = HashType(alg=HashAlgorithm.SHA_256,
                      content=hashlib.sha256(stock.content).hexdigest())
    number = stock.version.text.removeprefix("v")
    return _component("micropython", number, _MIT, hashes=[digest], where=stock.board.words,
                      ref=f"part:micropython-{stock.board.chip}@{number}",
                      kind=ComponentType.FIRMWARE)


def _lock():
    """{name: what package-lock.json says of it}, with the newest path last."""
    told = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return {path.rpartition("node_modules/")[2]: one for path, one in told.items() if path}


def _closure(names):
    """The packages, and all that they depend on."""
    lock, found, left = _lock(), set(), list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += lock[name].get("dependencies", ())
    return found


def _npm(name, where=""):
    told = _lock()[name]
    kind, _, digest = told.get("integrity", "").partition("-")
    hashes = [HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())
              ] if kind == "sha512" else []
    return _component(name, told["version"], told.get("license", "").strip("()"), "npm", hashes,
                      where)


def _licence_of(package):
    """What a Python package says of its licence, in a word or two."""
    told = importlib.metadata.metadata(package)
    plain = told.get("License-Expression") or told.get("License") or ""
    if plain and len(plain) < 60 and "\n" not in plain:
        return plain
    words = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier", ())
             if line.startswith("License ::")]
    return _BY_TEXT.get(package) or " AND ".join(words)
