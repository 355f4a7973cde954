#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tmd export`: what it writes for other systems, read back by other programs than the one that wrote it.
Where mender-artifact is not installed that part is left out, by name: exit status 77.
usage: export_test.py TMD SCHEMA MODELGEN"""
import copy
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import cbor
from fleet_folder import make_fleet
from json_schema import faults
from openssl_word import verify_es256


def read(path, mode="rb"):
    with open(path, mode) as file:
        return file.read()


class Release:
    def __init__(self, tmd, folder):
        self.tmd, self.folder = tmd, folder
        self.patches, self.target = make_fleet(tmd, folder)
        self.key, self.public_key = folder + "/private.pem", folder + "/public.pem"
        self.run("keygen", self.key, "--public", self.public_key)
        self.manifest = json.loads(read(self.patches + "/manifest.json"))
        self.names = [patch["file"] for patch in self.manifest["patches"]]

    def run(self, *arguments, status=0):
        done = subprocess.run([self.tmd, *arguments], capture_output=True, text=True)
        assert done.returncode == status, (arguments, done)
        return done.stdout + done.stderr

    def export(self, kind, *options, patches=None):
        output = "%s/%s" % (self.folder, kind)
        printed = self.run("export", kind, patches or self.patches, "-o", output, "--name", "gesture", *options)
        return output, printed


def base_of(patch):
    return patch["base"]["sha256"] if patch["base"]["bytes"] else "nothing"


def mender(release):
    """mender-artifact reads what each depends on and provides, and gives the patch back."""
    if shutil.which("mender-artifact") is None:
        assert "install mender-artifact" in release.run("export", "mender", release.patches, "-o",
                                                        release.folder + "/none", "--device-type", "x", status=3)
        return False
    output, printed = release.export("mender", "--device-type", "sensor-v2", "--key", release.key)
    for patch in release.manifest["patches"]:
        artifact = os.path.join(output, patch["file"].replace(".tmd", ".mender"))
        shown = subprocess.run(["mender-artifact", "read", "--key", release.public_key, artifact], check=True,
                               capture_output=True, text=True).stdout
        assert "[sensor-v2]" in re.search("Compatible devices: (.*)", shown).group(1), shown
        assert re.search(r"Type:\s+tmd-model", shown), shown
        depends = re.search(r"Depends:(.*?)\n\s*(Clears|Metadata|Updates)", shown, re.S).group(1)
        assert "tmd.model: " + base_of(patch) in depends, shown
        assert "tmd.model: " + release.manifest["target"]["sha256"] in shown, shown
        assert "signed and verified correctly" in shown, shown
        subprocess.run(["mender-artifact", "validate", "--key", release.public_key, artifact], check=True,
                       capture_output=True)
        with tempfile.TemporaryDirectory() as folder:
            for archive in ("../artifact", "data/0000.tar.gz"):
                path = artifact if archive == "../artifact" else os.path.join(folder, archive)
                subprocess.run(["tar", "-xf", path, "-C", folder], check=True)
            assert read(os.path.join(folder, patch["file"])) == read(os.path.join(release.patches, patch["file"]))
    assert "of a patch of" in printed, printed
    print(printed.strip().splitlines()[-1].replace(release.folder, ""))
    return True


def hawkbit(release, schema):
    output, _ = release.export("hawkbit")
    document = json.loads(read(output + "/hawkbit.json"))
    assert faults(schema, document) == [], faults(schema, document)
    modules = {(m["name"], m["version"]): m for m in document["softwareModules"]}
    sets = {(s["name"], s["version"]): s for s in document["distributionSets"]}
    assert len(modules) == len(sets) == len(document["targetFilters"]) == len(release.names)
    # From a device's attribute through filter and set to the bytes.
    for patch in release.manifest["patches"]:
        wanted = "attribute.tmd_model==" + base_of(patch)
        found = [f["autoAssignDS"] for f in document["targetFilters"] if f["query"] == wanted]
        assert len(found) == 1, wanted
        [module] = sets[found[0]["name"], found[0]["version"]]["modules"]
        [artifact] = modules[module["name"], module["version"]]["artifacts"]
        data = read(os.path.join(output, artifact["filename"]))
        assert hashlib.sha256(data).hexdigest() == artifact["hashes"]["sha256"] == patch["sha256"]
        assert len(data) == artifact["size"]
    # The schema is one that can say no.
    for damage in (lambda d: d.pop("targetFilters"), lambda d: d["softwareModules"][0]["artifacts"].clear(),
                   lambda d: d["targetFilters"][0].update(query="attribute.tmd_model==*"),
                   lambda d: d["distributionSets"][0].update(other=1)):
        damaged = copy.deepcopy(document)
        damage(damaged)
        assert faults(schema, damaged), "the schema takes anything"


def suit(release):
    output, printed = release.export("suit", "--key", release.key, "--sequence", "7")
    target = release.manifest["target"]
    for patch in release.manifest["patches"]:
        data = read(os.path.join(output, patch["file"].replace(".tmd", ".suit")))
        envelope = cbor.read(data)
        assert envelope.number == 107 and list(envelope.value) == [2, 3, "#patch"], envelope.value.keys()
        payload = read(os.path.join(release.patches, patch["file"]))
        assert envelope.value["#patch"] == payload
        digest, signature = map(cbor.read, cbor.read(envelope.value[2]))
        encoded = cbor.read(envelope.value[2])[0]
        assert digest == [-16, hashlib.sha256(cbor.write(envelope.value[3])).digest()]
        assert signature.number == 18 and signature.value[2] is None
        protected, unprotected, _, value = signature.value
        assert cbor.read(protected) == {1: -7} and len(unprotected[4]) == 4
        message = cbor.write(["Signature1", protected, b"", encoded])
        assert verify_es256(release.public_key, message, value, release.folder)
        assert not verify_es256(release.public_key, message + b"x", value, release.folder)
        manifest = cbor.read(envelope.value[3])
        assert list(manifest) == [1, 2, 3, 7, 20] and manifest[1] == 1 and manifest[2] == 7
        assert cbor.read(manifest[3]) == {2: [[b"model"], [b"patch"]]}

        def image(model):
            return {3: cbor.write([-16, bytes.fromhex(model["sha256"])]), 14: model["bytes"]}
        assert cbor.read(manifest[7]) == [12, 0, 20, image(target), 3, 15]
        commands = [12, 1, 20, {**image(patch), 21: "#patch"}, 21, 15, 3, 15]
        if patch["base"]["bytes"]:
            commands = [12, 0, 20, image(patch["base"]), 3, 15] + commands
        assert cbor.read(manifest[20]) == commands, cbor.read(manifest[20])
        assert len(data) - len(payload) < 420, len(data) - len(payload)
    # With Ed25519 the same, and OpenSSL's word on it.
    key, public_key = release.folder + "/ed.pem", release.folder + "/ed_public.pem"
    release.run("keygen", key, "--type", "ed25519", "--public", public_key)
    output, _ = release.export("suit", "--key", key, "--sequence", "8", "--key-id", "models")
    data = read(os.path.join(output, release.names[0].replace(".tmd", ".suit")))
    encoded, signature = cbor.read(cbor.read(data).value[2])
    protected, unprotected, _, value = cbor.read(signature).value
    assert cbor.read(protected) == {1: -8} and unprotected == {4: b"models"}
    for name, part in (("message", cbor.write(["Signature1", protected, b"", encoded])), ("signature", value)):
        with open(os.path.join(release.folder, name), "wb") as file:
            file.write(part)
    subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public_key, "-rawin", "-in",
                    release.folder + "/message", "-sigfile", release.folder + "/signature"], check=True,
                   capture_output=True)
    print(printed.strip().splitlines()[0])


def record(release):
    signed = release.folder + "/signed"
    release.run("sign", release.patches, "--key", release.key, "-o", signed)
    manifest = json.loads(read(signed + "/manifest.json"))
    output, _ = release.export("record", "--dataset", "s3://train/2026-10", "--dataset", "field \"A\"", "--bases",
                               release.folder + "/bases", "--target", release.target, patches=signed)

    def blob(descriptor):
        data = read(os.path.join(output, "blobs", *descriptor["digest"].split(":")))
        assert descriptor["digest"] == "sha256:" + hashlib.sha256(data).hexdigest() and descriptor["size"] == len(data)
        return data
    assert json.loads(read(output + "/oci-layout")) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads(read(output + "/index.json"))
    assert index["schemaVersion"] == 2
    [top] = index["manifests"]
    image = json.loads(blob(top))
    assert image["schemaVersion"] == 2 and image["mediaType"] == top["mediaType"]
    written = json.loads(blob(image["config"]))
    assert written == json.loads(read(output + "/release.json"))
    digest = hashlib.sha256(read(release.target)).hexdigest()
    assert written["model"]["sha256"] == manifest["target"]["sha256"] == digest
    assert written["parents"] == [p["base"]["sha256"] for p in manifest["patches"] if p["base"]["bytes"]]
    assert written["datasets"] == ["s3://train/2026-10", "field \"A\""]
    assert len(image["layers"]) == len(written["patches"]) == len(manifest["patches"])
    for layer, patch, made in zip(image["layers"], written["patches"], manifest["patches"]):
        assert hashlib.sha256(blob(layer)).hexdigest() == patch["sha256"] == made["sha256"]
        assert layer["annotations"]["tinymldelta.base"] == base_of(made)
        assert layer["annotations"]["org.opencontainers.image.title"] == made["file"]
        assert patch["signature"]["algorithm"] == "ES256" and len(patch["signature"]["key_id"]) == 8
        assert patch["check"] is None, "noise is no model that could be checked"
    # The same release, the same bytes.
    first = {name: read(os.path.join(path, name)) for path, _, names in os.walk(output) for name in names}
    release.export("record", "--dataset", "s3://train/2026-10", "--dataset", "field \"A\"", patches=signed)
    assert first == {name: read(os.path.join(path, name)) for path, _, names in os.walk(output) for name in names}
    version = json.loads(read(output + "/model-version.json"))
    tags = {tag["key"]: tag["value"] for tag in version["tags"]}
    assert version["name"] == "gesture" and all(isinstance(value, str) for value in tags.values())
    assert tags["tmd.sha256"] == manifest["target"]["sha256"] and json.loads(tags["tmd.parents"]) == written["parents"]


def verdicts(tmd, modelgen, folder):
    """Of models that describe themselves the record has what `tmd check` says."""
    models = folder + "/models"
    subprocess.run([modelgen, "--quick", "--out", models], check=True, capture_output=True)
    names = sorted(name for name in os.listdir(models) if name.endswith(".tflite"))
    os.mkdir(folder + "/fleet")
    for name in names[:-1]:
        shutil.copy(os.path.join(models, name), folder + "/fleet")
    target = os.path.join(models, names[-1])

    def run(*arguments):
        return subprocess.run([tmd, *arguments], capture_output=True, text=True)
    assert run("diff", "--quick", "--bases", folder + "/fleet", target, "-o", folder + "/fleet-patches").returncode == 0
    done = run("export", "record", folder + "/fleet-patches", "-o", folder + "/fleet-record",
               "--bases", folder + "/fleet", "--target", target)
    assert done.returncode == 0, done
    checked = 0
    for patch in json.loads(read(folder + "/fleet-record/release.json"))["patches"]:
        if patch["base"] is None:
            assert patch["check"] is None
            continue
        base = os.path.join(folder, "fleet", patch["base"]["names"][0])
        said = json.loads(run("check", base, target, "--json").stdout)
        assert patch["check"]["verdict"] == said["verdict"], (patch, said)
        assert patch["check"]["reasons"] == [reason["kind"] for reason in said["reasons"]], (patch, said)
        checked += 1
    assert checked > 0, names
    # Another target than that of the patches is refused.
    wrong = run("export", "record", folder + "/fleet-patches", "-o", folder + "/none", "--bases", folder + "/fleet",
                "--target", os.path.join(models, names[0]))
    assert wrong.returncode == 3 and "is not the target of" in wrong.stderr, wrong


def costs(tmd, docs):
    """The table of docs/fleets.md is what its command prints, to a tenth: a better codec is no reason to fail."""
    command = [sys.executable, docs + "/fleet_costs.py", tmd]
    printed = subprocess.run(command, check=True, capture_output=True, text=True)
    rows = {line.split(" | ")[0]: line for line in read(docs + "/fleets.md", "r").splitlines() if line.startswith("| ")}

    def numbers(line):
        return [int(word.replace(",", "")) for word in re.findall(r"[\d,]+(?= \|)", line)]
    lines = printed.stdout.splitlines()
    assert len(lines) == 5, lines
    for line in lines:
        for now, said in zip(numbers(line), numbers(rows[line.split(" | ")[0]]), strict=True):
            assert abs(now - said) <= said / 10, (line, rows[line.split(" | ")[0]])


def usage(release):
    for arguments in (["mender"], ["suit", "--key", release.key], ["suit", "--sequence", "1"],
                      ["hawkbit", "--key", "x"],
                      ["suit", "--sequence", "1", "--key", release.key, "--prepare", release.folder + "/x"],
                      ["suit", "--sequence", "1", "--attach", release.folder],
                      ["suit", "--sequence", "1", "--key", release.key, "--public-key", release.public_key],
                      ["mender", "--device-type", "x", "--prepare", release.folder + "/x"],
                      ["record", "--bases", release.folder], ["record", "--sequence", "1"], ["uptane"]):
        release.run("export", arguments[0], release.patches, "-o", release.folder + "/none", *arguments[1:], status=2)
    # A patch that is not the manifest's is not exported.
    damaged = release.folder + "/damaged"
    shutil.copytree(release.patches, damaged)
    with open(os.path.join(damaged, release.names[0]), "ab") as file:
        file.write(b"x")
    for kind, options in (("hawkbit", []), ("record", []), ("suit", ["--key", release.key, "--sequence", "1"])):
        printed = release.run("export", kind, damaged, "-o", release.folder + "/none", *options, status=3)
        assert "is not the patch that its manifest describes" in printed, printed


def hostile(release):
    """A manifest that comes from elsewhere leads nowhere else, and says of a patch what that says of itself."""
    def refused(words, change):
        folder = release.folder + "/hostile"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(release.patches, folder)
        manifest = json.loads(read(folder + "/manifest.json"))
        change(manifest)
        with open(folder + "/manifest.json", "w") as file:
            json.dump(manifest, file)
        before = sorted(os.listdir(release.folder))
        for arguments in (["publish", folder, release.folder + "/hostile-tree", "--channel", "stable"],
                          ["sign", folder, "--key", release.key, "-o", release.folder + "/hostile-signed"],
                          ["sign", folder, "--prepare", release.folder + "/hostile-prepared"],
                          ["export", "hawkbit", folder, "-o", release.folder + "/hostile-out"],
                          ["export", "record", folder, "-o", release.folder + "/hostile-out"],
                          ["export", "suit", folder, "-o", release.folder + "/hostile-out", "--key", release.key,
                           "--sequence", "1"],
                          ["export", "mender", folder, "-o", release.folder + "/hostile-out", "--device-type", "x"]):
            assert re.search(words, release.run(*arguments, status=3)), arguments
            assert sorted(os.listdir(release.folder)) == before, arguments
    for path in ("../private.pem", "/etc/passwd", "..", ""):
        refused("is no name of a patch in this folder", lambda m: m["patches"][0].update(file=path))
    refused("has not 64 hexadecimal digits",
            lambda m: m["patches"][0]["base"].update(sha256="../../../../evil" + "a" * 48))
    refused("has not 64 hexadecimal digits", lambda m: m["target"].update(sha256="x" * 64))
    other = "says other things of itself than its manifest does"
    refused(other, lambda m: m["patches"][0]["base"].update(sha256="0" * 64))
    refused(other, lambda m: m["patches"][0]["base"].update(bytes=1))
    refused(other, lambda m: m["patches"][0].update(identity="00000000"))
    refused(other, lambda m: m["target"].update(sha256="0" * 64))
    # What a device without a model takes: its base is the last.
    refused(other, lambda m: m["patches"][-1]["base"].update(sha256="0" * 64))
    for patches in (None, {}, 7):
        refused("its patches are no list", lambda m: m.update(patches=patches))
    refused("no patch is listed there", lambda m: m.update(patches=[]))
    refused("this is no manifest", lambda m: m["patches"].append(7))
    refused("this is no manifest", lambda m: m["patches"][0].update(bytes=-1))


def main():
    tmd = os.path.abspath(sys.argv[1])
    schema = json.loads(read(sys.argv[2]))
    with tempfile.TemporaryDirectory() as folder:
        release = Release(tmd, folder)
        hawkbit(release, schema)
        suit(release)
        record(release)
        usage(release)
        hostile(release)
        verdicts(tmd, os.path.abspath(sys.argv[3]), folder)
        if not mender(release):
            print("mender-artifact is not installed: its artifacts were not made")
            return 77
        costs(tmd, os.path.dirname(os.path.abspath(sys.argv[2])))
    print("read back: Mender, hawkBit, SUIT, OCI")
    return 0


if __name__ == "__main__":
    sys.exit(main())
