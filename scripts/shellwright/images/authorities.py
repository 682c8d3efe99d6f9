"""This machine's own certificate authorities: there while images are built, and not in them.

A build stands on its image through a *ground*, an image with one more layer that holds the bundle
and with variables that name it. Afterwards the layer and the variables are taken out of what was
built. The classic builder has nothing that is mounted for a build alone.
"""

import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import docker
from docker.errors import DockerException
from requests import RequestException

from shellwright.images.building import build_small
from shellwright.sandbox.channel import SandboxError
from shellwright.sandbox.engine import inspect_image

# Where programs are told to find authorities; the first that names a file says which are meant.
VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO")
SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")
PUBLIC = Path("/usr/share/ca-certificates")
INSIDE = "/run/shellwright-authorities.pem"
FILES = {
    INSIDE: None,
    "/etc/apt/apt.conf.d/shellwright-authorities": f'Acquire::https::CaInfo "{INSIDE}";\n'.encode(),
}
CERTIFICATE = re.compile(
    rb"-----BEGIN CERTIFICATE-----\s+(.*?)-----END CERTIFICATE-----", re.DOTALL
)
LOADED = re.compile(r"Loaded image(?: ID)?: (\S+)")


@dataclass(frozen=True)
class Ground:
    """What a build stands on: an image's name or id, and its layers by their diff ids.

    own: those that what is built must not keep
    below: those of the image that was asked for, if there are layers of the ground's own
    """

    image: str
    own: frozenset[str] = frozenset()
    below: frozenset[str] = frozenset()


def own_authorities(
    environment: Mapping[str, str], system: Path = SYSTEM, public: Path = PUBLIC
) -> bytes | None:
    """This machine's bundle of certificate authorities (PEM), if it has one of its own.

    That is a bundle with a certificate that the distribution's package below `public` has not.
    """
    named = [Path(environment[name]) for name in VARIABLES if environment.get(name)]
    bundle = next((path for path in [*named, system] if path.is_file()), None)
    if bundle is None:
        return None
    content = bundle.read_bytes()
    known = [path.read_bytes() for path in public.rglob("*.crt")]
    if not known and bundle == system:
        return None
    return content if _certificates([content]) - _certificates(known) else None


def _certificates(bundles: Iterable[bytes]) -> set[bytes]:
    found = (match for bundle in bundles for match in CERTIFICATE.findall(bundle))
    return {b"".join(match.split()) for match in found}


def ground(
    client: docker.DockerClient,
    image: str,
    log: TextIO,
    *,
    bundle: bytes | None,
    labels: Mapping[str, str] | None = None,
) -> Ground:
    """The ground of a build on an image (its name or id), with labels for the build's containers.

    Raises BuildFailed and SandboxError.
    """
    lines = [f"FROM {image}"]
    lines += [f"LABEL {name}={json.dumps(value)}" for name, value in (labels or {}).items()]
    files: dict[str, bytes] = {}
    if bundle is not None:
        variables = " ".join(f"{name}={INSIDE}" for name in VARIABLES)
        lines += [f"ENV {variables}", "COPY files/ /"]
        files = {f"files{path}": text or bundle for path, text in FILES.items()}
    if len(lines) == 1:
        return Ground(image)
    files["Dockerfile"] = "\n".join([*lines, ""]).encode()
    made = build_small(client, files, log)
    about = inspect_image(client, made)
    if about is None:
        raise SandboxError(f"the engine has lost {made} right after it was built")
    layers = about["RootFS"]["Layers"]
    if bundle is None:
        return Ground(made)
    return Ground(made, frozenset(layers[-1:]), frozenset(layers[:-1]))


def _add(tar: tarfile.TarFile, name: str, content: Any, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size = size
    tar.addfile(member, content)


def without(
    client: docker.DockerClient, image: str, grounds: Iterable[Ground], scratch: Path
) -> str:
    """The id of an image like the one that was built on some grounds, but without what is theirs.

    `image`, an id, is removed if it is another one. `scratch` is a folder with room for the image
    twice. Raises SandboxError.
    """
    grounds = list(grounds)
    own = frozenset[str]().union(*(each.own for each in grounds))
    below = frozenset[str]().union(*(each.below for each in grounds))
    if not own:
        return image
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=scratch) as saved:
            for chunk in client.api.get_image(image):
                saved.write(chunk)
            # Most engines take the layers that they have from where they are. The rest get all.
            made = _load(client, saved, own, below, scratch) or _load(
                client, saved, own, frozenset(), scratch
            )
        if made is None:
            raise SandboxError(f"the engine does not load {image} without a layer")
        client.api.remove_image(image, force=True)
    except (DockerException, RequestException, tarfile.TarError) as error:
        raise SandboxError(f"cannot take a layer out of {image}: {error}") from error
    return made


def _load(
    client: docker.DockerClient,
    saved: Any,
    own: frozenset[str],
    there: frozenset[str],
    scratch: Path,
) -> str | None:
    """Loads a saved image without the layers `own`; returns its id, or None if that fails.

    The content of the layers `there` is not sent.
    """
    with tempfile.TemporaryFile(dir=scratch) as changed:
        saved.seek(0)
        _rewrite(saved, changed, own, there)
        changed.seek(0)
        lines = client.api.load_image(changed)  # type: ignore[no-untyped-call]
        found = LOADED.search("".join(str(line.get("stream", "")) for line in lines))
    return found[1] if found else None


def _rewrite(saved: Any, changed: Any, own: frozenset[str], there: frozenset[str]) -> None:
    """Copies a saved image without some layers, and without the content of others."""
    with tarfile.open(fileobj=saved) as old, tarfile.open(fileobj=changed, mode="w") as new:
        manifest = json.load(_file(old, "manifest.json"))[0]
        config = json.load(_file(old, manifest["Config"]))
        layers = zip(manifest["Layers"], config["rootfs"]["diff_ids"], strict=True)
        kept = [(name, layer) for name, layer in layers if layer not in own]
        text = json.dumps(_cleared(config, own)).encode()
        file = f"{hashlib.sha256(text).hexdigest()}.json"
        names = [f"{place}/layer.tar" for place in range(len(kept))]
        about = [{"Config": file, "RepoTags": None, "Layers": names}]
        for name, content in ((file, text), ("manifest.json", json.dumps(about).encode())):
            _add(new, name, io.BytesIO(content), len(content))
        for name, (source, layer) in zip(names, kept, strict=True):
            if layer in there:
                continue
            content = _file(old, source)
            size = content.seek(0, os.SEEK_END)
            content.seek(0)
            _add(new, name, content, size)


def _file(tar: tarfile.TarFile, name: str) -> Any:
    file = tar.extractfile(name)
    if file is None:
        raise tarfile.ReadError(f"{name} is no file")
    return file


def _cleared(config: dict[str, Any], layers: frozenset[str]) -> dict[str, Any]:
    """An image's configuration without some layers and without the ground's variables."""
    diffs = iter(config["rootfs"]["diff_ids"])
    history = []
    for entry in config["history"]:
        if entry.get("empty_layer"):
            dropped = f"={INSIDE}" in entry.get("created_by", "")
        else:
            dropped = next(diffs) in layers
        if not dropped:
            history.append(entry)
    ours = {f"{name}={INSIDE}" for name in VARIABLES}
    settings = dict(config["config"])
    settings["Env"] = [text for text in settings.get("Env") or [] if text not in ours]
    settings.pop("Image", None)
    kept = [layer for layer in config["rootfs"]["diff_ids"] if layer not in layers]
    # What the engine notes of its last step is left out: its variables are in there, too.
    rest = {name: config[name] for name in config if name not in ("container", "container_config")}
    return {
        **rest,
        "config": settings,
        "history": history,
        "rootfs": {**config["rootfs"], "diff_ids": kept},
    }
