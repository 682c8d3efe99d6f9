"""Files offered over SFTP to two keys with different rights."""

from __future__ import annotations

import hashlib

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    custom,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.checks import slug
from shellwright.recipe.tabular import differing


class OfferFilesBySftp(Recipe):
    """A server's configuration with two keys, and the list of what one of them sees."""

    needs = (Pattern.of("tree", content="documents", condition=("tidy", "copies")),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "awk", "cat", "cut", "find", "grep", "head", "id", "ls", "mkdir", "nc", "pkill", "rm",
        "scp", "sed", "sftp", "sleep", "sort", "ssh", "ssh-add", "ssh-agent",
        "ssh-keygen", "sshd", "wc",
    )  # fmt: skip
    packages = ("netcat-openbsd", "openssh-client", "openssh-server", "procps")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        files = {f.name: f.content for f in source.files if not f.target}
        if len(files) < len(source.files) or any(set(name) & set(" ,\"'*") for name in files):
            raise Unsuitable("links, or names that have to be quoted")
        if any(name.startswith(".") or "/." in name for name in files):
            raise Unsuitable("hidden files")
        port = draw.integer(2_300, 2_990)
        reader = draw.choice(["partner", "auditor", "press"])
        writer = draw.choice(["office", "scanner", "archive"])
        keeps = draw.chance(0.5)
        denied = "remove,rmdir" if keeps else "remove,rmdir,rename,posix-rename"
        place = world.output(draw, ["sftp", "exchange", "gateway"])
        target = world.output(draw, ["offered", "listing", "what_they_see"], ".csv")
        columns = (Column("path", "path"), Column("bytes", "count"))
        rows = [(name, str(len(files[name]))) for name in byte_sorted(files)]
        result = summary(target, f"files offered to {reader}", columns, rows)
        root, at, there = quoted(source.path), quoted(place), quoted(target)
        config = f"""ListenAddress 127.0.0.1:{port}
HostKey {place}/host_key
PidFile {place}/sshd.pid
AuthorizedKeysFile {place}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthenticationMethods publickey
Subsystem sftp internal-sftp
"""
        client = f"""Host {reader}
    IdentityFile {place}/{reader}
Host {writer}
    IdentityFile {place}/{writer}
Host {reader} {writer}
    HostName 127.0.0.1
    Port {port}
    User $(id -un)
    IdentitiesOnly yes
    BatchMode yes
    StrictHostKeyChecking yes
    UserKnownHostsFile {place}/known_hosts
"""
        make = f"""mkdir -p {at}
cd {at}
for name in host_key {reader} {writer}; do
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$name"
done
cat > sshd_config <<'CONF'
{config}CONF
cat > ssh_config <<CONF
{client}CONF
{{
  echo "restrict,command=\\"internal-sftp -R -d {source.path}\\" $(cat {reader}.pub)"
  echo "restrict,command=\\"internal-sftp -d {source.path} -P {denied}\\" $(cat {writer}.pub)"
}} > authorized_keys
echo "[127.0.0.1]:{port} $(cut -d ' ' -f 1,2 host_key.pub)" > known_hosts"""
        folders = byte_sorted({name.rpartition("/")[0] or "." for name in files})
        asked = "\\n".join(f"ls -ln {folder}" for folder in folders)
        serve = f"""/usr/sbin/sshd -f {at}/sshd_config -E {at}/sshd.log
until nc -z 127.0.0.1 {port}; do sleep 0.1; done
printf '{asked}\\n' | sftp -q -F {at}/ssh_config -b - {reader} |
  awk -v OFS=, '$1 == "sftp>" {{ at = $4 == "." ? "" : $4 "/"; next }}
    $1 ~ /^-/ {{ sub(/.*\\//, "", $9); print at $9, $5 }}' |
  LC_ALL=C sort | sed '1i path,bytes' > {there}
pkill -F {at}/sshd.pid"""
        can = (
            f"`{reader}` may only read; `{writer}` may read and upload, but not remove files or "
            "folders" + ("" if keeps else ", and not rename anything either")
        )
        rest = (
            f"Both begin in `{source.path}` and get SFTP only: no command, no shell, no forwarding "
            "of any kind. Keys are the only way in"
        )
        contents = (
            f"`{place}` is to hold `sshd_config`, `authorized_keys`, `host_key`, the private keys "
            f"`{reader}` and `{writer}` without a passphrase, and `ssh_config` with `known_hosts`, "
            f"so that clients which use that `ssh_config` reach the server as `{reader}` or "
            f"`{writer}` without being asked anything and without a host that is not verified"
        )
        folder = next((f for f in source.folders() if f), "")
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"We want to offer `{source.path}` by SFTP, from an OpenSSH server that runs as "
                f"the ordinary user `agent` on `127.0.0.1` port `{port}`. {contents}. {can}. "
                f"{rest}. Start it once, and put what `{reader}` sees into `{target}`: CSV with "
                "the header `path,bytes`, one row for each file in any folder, the path relative "
                "to the folder in which they begin, in byte order. Stop the server afterwards.",
                f"Please set up an SFTP server for `{source.path}` (OpenSSH, user `agent`, address "
                f"`127.0.0.1`, port `{port}`). Two keys have access. {can}. {rest}. {contents}. To "
                f"show that it works, list every file that `{reader}` gets to see in `{target}`, "
                "CSV with the header `path,bytes`, paths relative to where the session begins and "
                "sorted in byte order. No server may be left running.",
            ],
            steps=[
                look(
                    f"ls {root}; find {root} -type f | wc -l; id -un; "
                    "grep -v '^#' /etc/ssh/sshd_config | grep .",
                    "How large is it, who am I, and what does the system's server allow?",
                    "Look at the folder and at the settings that are in force.",
                ),
                do(
                    make,
                    f"A key for each role, and its rights stand with the key: `-R` for {reader}, a "
                    f"list of denied requests for {writer}.",
                    "Make the keys and write both configurations.",
                    duration=1.0,
                ),
                do(
                    serve,
                    "It has to be started by its absolute path, since it runs itself anew.",
                    f"Start the server, list all folders as {reader}, and stop it.",
                    duration=1.5,
                ),
                look(
                    f"/usr/sbin/sshd -f {at}/sshd_config; sleep 0.5; cd /tmp; echo x > probe; echo "
                    f"'put probe' | sftp -q -F {at}/ssh_config -b - "
                    f'{reader}; echo "put $?"; ssh -F {at}/ssh_config {reader} id; scp -q -F '
                    f"{at}/ssh_config probe {writer}:; echo 'rm probe' | sftp -q -F "
                    f'{at}/ssh_config -b - {writer}; echo "rm $?"; rm {root}/probe probe; '
                    f"pkill -F {at}/sshd.pid",
                    f"{reader} must fail to upload and to run a command; {writer} must be able to "
                    "upload and fail to remove.",
                    "Start the server again, try what is allowed and what is not, and stop it.",
                    duration=1.5,
                ),
                look(
                    f'eval "$(ssh-agent -s)" > /dev/null; ssh-add -q {at}/{writer}; ssh-add -l; '
                    f"ssh-agent -k > /dev/null; wc -l {there}; head -n 3 {there}",
                    "Is every file on the list, under a header?",
                    "See that the key loads, and count the listing.",
                ),
            ],
            checks=[restricts(place, source, files, (reader, writer), port, keeps)],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "names without their folders",
                            result.with_rows((n.rpartition("/")[2], b) for n, b in rows),
                        ),
                        (
                            "one folder only",
                            result.with_rows(r for r in rows if not r[0].startswith(f"{folder}/")),
                        ),
                    ],
                ),
                Wrong("forwarding works", command=f"sed -i 's/restrict,//' {at}/authorized_keys"),
                Wrong("both may write", command=f"sed -i 's/ -R//' {at}/authorized_keys"),
                Wrong("removing works", command=f"sed -i 's/ -P [a-z,-]*//' {at}/authorized_keys"),
                Wrong(
                    "passwords work, too",
                    command="sed -i -e 's/^Pass.*/PasswordAuthentication yes/' "
                    f"-e /^AuthenticationM/d {at}/sshd_config",
                ),
                Wrong("the host is unknown", command=f"rm {at}/known_hosts"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"sshd -f {at}/sshd_config",
                    symptom=r"absolute path",
                    diagnosis="It has to be started as /usr/sbin/sshd, because it starts itself "
                    "again for every connection.",
                ),
                Mistake(
                    "requirement",
                    before=2,
                    command=f"chmod 644 {at}/{writer}; ssh-keygen -y -f {at}/{writer}",
                    symptom=r"UNPROTECTED PRIVATE KEY FILE|too open",
                    diagnosis="A private key must not be readable by others.",
                    recovery=f"chmod 600 {at}/{writer}",
                ),
            ],
        )


def restricts(
    place: str,
    tree: Tree,
    files: dict[str, bytes],
    names: tuple[str, str],
    port: int,
    keeps: bool,
) -> Check:
    """The server gives each key its rights and no more."""
    reader, writer = names
    some = byte_sorted(files)[:: max(1, len(files) // 5)]
    gets = "".join(f"get {name} got{n}\n" for n, name in enumerate(some))
    at = quoted(place)
    script = f"""set -uo pipefail
export LC_ALL=C
at=$(mktemp -d); cd "$at"; umask 077
root={quoted(tree.path)}
/usr/sbin/sshd -D -f {at}/sshd_config -o PidFile="$at/pid" -E "$at/log" &
server=$!
trap 'kill $server; rm -rf "$at" "$root/probe.new" "$root/moved.new"' EXIT
for _ in $(seq 50); do nc -z 127.0.0.1 {port} && break; sleep 0.1; done
echo probe > probe.new
all=()
for name in {reader} {writer}; do
  timeout 20 ssh -F {at}/ssh_config $name echo hello > ran.$name 2> log2 < /dev/null & all+=($!)
  timeout 20 ssh -F {at}/ssh_config -W 127.0.0.1:{port} $name > fwd.$name 2> log3 < /dev/null &
  all+=($!)
done
timeout 20 ssh -F {at}/ssh_config -o PreferredAuthentications=none {writer} > methods 2>&1 \
  < /dev/null & all+=($!)
timeout 20 sftp -q -F {at}/ssh_config -b - {reader} > said 2>&1 <<'END' || true
{gets}-put probe.new
-rm {some[0]}
END
cat got* | sha256sum
[ -e "$root/probe.new" ] && echo could put
[ -e "$root/{some[0]}" ] || echo could remove
timeout 20 sftp -q -F {at}/ssh_config -b - {writer} > said 2>&1 <<'END' || true
put probe.new
get probe.new back
-rm probe.new
-rename probe.new moved.new
END
cat back "$root"/*.new
ls "$root" | grep '[.]new$'
wait "${{all[@]}}" || true
grep -h hello ran.* || true
head -q -c 3 fwd.*
grep -o '(.*)' methods || true"""
    content = b"".join(files[name] for name in some)
    lines = [f"{hashlib.sha256(content).hexdigest()}  -", "probe", "probe"]
    lines += ["probe.new" if not keeps else "moved.new", "(publickey)"]
    expected = f"{slug(place)}.rights.txt"
    return custom(
        "command_prints",
        about=f"The server in {place} gives both keys their rights and no more.",
        paths=[place],
        weight=2.0,
        files={expected: "".join(f"{line}\n" for line in lines).encode()},
        argv=["bash", "-c", script],
        expected=expected,
        cwd="/",
        timeout=45,
    )
