"""A broker whose accounts may use their own topics only, and the values that it retains."""

from __future__ import annotations

from dataclasses import dataclass

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.checks import slug as file_slug
from shellwright.recipe.tabular import differing, slug


@dataclass(frozen=True)
class Message:
    """What an account sent: nothing in it means that the retained value is to go."""

    user: str
    topic: str
    value: str


class RestrictBrokerTopics(Recipe):
    """The broker's settings, and the values that records have after the messages of a day."""

    needs = (Pattern.of("table", format="csv", condition="clean", shape="records", extent="full"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "awk", "cat", "cut", "grep", "head", "mkdir", "mlr", "mosquitto",
        "mosquitto_passwd", "mosquitto_pub", "mosquitto_sub", "nc", "sed", "sleep", "sort",
        "tr", "uniq", "wc",
    )  # fmt: skip
    packages = ("miller", "mosquitto", "mosquitto-clients", "netcat-openbsd")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("id", "category") or len(set(source.values("id"))) < len(source.rows):
            raise Unsuitable("columns are missing")
        owners = dict(zip(source.values("id"), map(slug, source.values("category")), strict=True))
        users = sorted(set(owners.values()))
        if not 3 <= len(users) <= 9 or any(set(key) & set(" /+#") for key in owners):
            raise Unsuitable("too few or too many accounts")
        key, port = world.theme.key, draw.integer(18_810, 18_890)
        reader, chief = draw.choice(["dashboard", "display"]), draw.choice(["desk", "control"])
        secrets = {name: draw.hex(8) for name in [*users, reader, chief]}
        sent = drawn_messages(key, owners, users, (reader, chief), draw)
        accounts = world.input(draw, ["accounts", "users", "logins"], ".tsv")
        journal = world.input(draw, ["messages", "traffic", "readings"], ".tsv")
        place = world.output(draw, ["broker", "mqtt", "mosquitto"])
        target = world.output(draw, ["levels", "last_values", "retained"], ".csv")
        columns = (Column(source.name("id"), "id"), Column("level", "count"))

        def kept(everything: bool = False, removing: bool = True) -> Table:
            values: dict[str, str] = {}
            for message in sent:
                if everything or may_write(message, key, chief):
                    if message.value:
                        values[message.topic] = message.value
                    elif removing:
                        values.pop(message.topic, None)
            rows = [
                (ident, values[topic])
                for ident, owner in owners.items()
                if (topic := f"{key}/{owner}/{ident}") in values
            ]
            return summary(target, "levels of the records", columns, rows)

        result = kept()
        logins = "".join(f"{name}\t{secret}\n" for name, secret in secrets.items())
        lines = "".join(f"{m.user}\t{m.topic}\t{m.value}\n" for m in sent)
        config = f"""listener {port} 127.0.0.1
allow_anonymous false
password_file {place}/passwords
acl_file {place}/acl
persistence false
log_dest none
"""
        acl = "".join(f"user {name}\ntopic write {key}/{name}/+\n\n" for name in users)
        acl += f"user {reader}\ntopic read {key}/#\n\nuser {chief}\ntopic readwrite {key}/#\n"
        here, there, at = quoted(source.path), quoted(target), quoted(place)
        setup = f"""mkdir -p {at}
cat > {at}/mosquitto.conf <<'CONF'
{config}CONF
cat > {at}/acl <<'ACL'
{acl}ACL
tr '\\t' : < {quoted(accounts)} > {at}/passwords
mosquitto_passwd -U {at}/passwords"""
        head = ",".join(result.header)
        play = f"""mosquitto -c {at}/mosquitto.conf &
until nc -z 127.0.0.1 {port}; do sleep 0.1; done
declare -A secret
while read -r name word; do secret[$name]=$word; done < {quoted(accounts)}
while IFS=$'\\t' read -r name topic value; do
  body=(-m "$value")
  [ -n "$value" ] || body=(-n)
  mosquitto_pub -h 127.0.0.1 -p {port} -u "$name" -P "${{secret[$name]}}" -r \\
    -t "$topic" "${{body[@]}}"
done < {quoted(journal)}
mosquitto_sub -h 127.0.0.1 -p {port} -u {reader} -P "${{secret[{reader}]}}" -t '{key}/+/+' \\
  --retained-only -v -W 1 > /tmp/retained || true
kill %1
mlr --icsv --onidx --ofs ' ' cut -o -f {source.name("id")},{source.name("category")} {here} |
  while read -r ident owner; do
    owner=$(tr 'A-Z' 'a-z' <<< "$owner" | sed 's/[^a-z0-9][^a-z0-9]*/-/g')
    awk -v topic="{key}/$owner/$ident" -v OFS=, -v id="$ident" '$1 == topic {{ print id, $2 }}' \\
      /tmp/retained
  done | sed '1i {head}' > {there}"""
        refused = sum(not may_write(m, key, chief) for m in sent)
        rules = (
            "An account named like a group (in lower case, with hyphens for anything but letters "
            "and "
            f"digits: `{users[0]}` for the {source.name('category')} "
            f"`{next(c for c in source.values('category') if slug(c) == users[0])}`) may publish "
            f"to the topics `{key}/<its own name>/<one more level>` and do nothing else; "
            f"`{reader}` may read everything below `{key}/` and publish nothing; `{chief}` may "
            f"read and publish everything below `{key}/`. Nobody gets in without a password"
        )
        folder = (
            f"`{place}` is to hold `mosquitto.conf` and what that needs; the broker listens on "
            f"`127.0.0.1`, port `{port}`, keeps nothing on disk, and its password file must not "
            "contain passwords in clear"
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(accounts, logins.encode()), Entry(journal, lines.encode())],
            request=[
                f"We get an MQTT broker (mosquitto), with the accounts of `{accounts}` (name and "
                f"password, tab-separated). {rules}. {folder}. Then play yesterday's "
                f"messages through it: `{journal}` has account, topic and value of each, "
                "tab-separated and in order, all of them retained; one without a value removes "
                f"what is retained. Write `{target}`, CSV with the header `{head}`: in the order "
                f"of `{source.path}` each record for which a value is retained at "
                f"`{key}/<group>/<{source.name('id')}>` in the end, with that value. Stop the "
                "broker afterwards.",
                f"Please set up mosquitto for our devices. `{accounts}` names the accounts with "
                f"their passwords (tab-separated). {rules}. {folder}. To see what comes out, send "
                f"the messages in `{journal}` (account, topic, value; tab-separated) one after the "
                "other from the account given, each of them retained, those with an empty value "
                f"as the message that clears a topic. `{target}` then is a CSV with the header "
                f"`{head}` and, in the order of `{source.path}`, a row for every record that has "
                f"a retained value at `{key}/<group>/<{source.name('id')}>`. No broker may be "
                "left running.",
            ],
            steps=[
                look(
                    f"cut -f 1 {quoted(accounts)}; head -n 4 {quoted(journal)}; wc -l "
                    f"{quoted(journal)}; cut -f 1 {quoted(journal)} | sort | uniq -c; "
                    f"grep -c $'\\t$' {quoted(journal)}; head -n 2 {here}",
                    "Which accounts are there, who sent what, and do some messages clear a topic?",
                    "Look at accounts, messages and records.",
                ),
                do(
                    setup,
                    "The rights stand user by user: a pattern with the account's name would let "
                    f"{reader} publish, too.",
                    "Write settings and access list, and hash the passwords.",
                    duration=1.0,
                ),
                do(
                    play,
                    f"{refused} of {len(sent)} messages should be refused, which nobody is told. "
                    f"So I look at what is retained, as {reader}.",
                    "Start the broker, send all messages, collect what is retained, and stop it.",
                    duration=4.0,
                ),
                look(
                    f"wc -l {there}; head -n 4 {there}; cut -d : -f 2 {at}/passwords | cut -c 1-3 "
                    "| sort | uniq -c",
                    f"{len(result.rows)} records with a value are due, and hashes only.",
                    "Count the rows and see that the passwords are hashed.",
                ),
            ],
            checks=[restricted(place, key, port, users, (reader, chief), secrets)],
            wrong=[
                *differing(
                    result,
                    [
                        ("everything got through", kept(everything=True)),
                        ("empty messages change nothing", kept(removing=False)),
                    ],
                ),
                Wrong(
                    "everybody may publish to a topic of his name",
                    command=f"echo 'pattern write {key}/%u/+' >> {at}/acl",
                ),
                Wrong("deeper levels", command=f"sed -i 's,/+$,/#,' {at}/acl"),
                Wrong("devices may read", command=f"sed -i 's/topic write/topic/' {at}/acl"),
                Wrong(
                    "no password needed",
                    command=f"sed -i 's/^allow.*/allow_anonymous true/; /^acl_file/d' "
                    f"{at}/mosquitto.conf",
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"mosquitto_sub -h 127.0.0.1 -p {port} -u {reader} -P "
                    f"{secrets[reader]} -t '#' -W 1",
                    symptom=r"[Rr]efused|Cannot assign requested address",
                    diagnosis="No broker listens yet.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"mosquitto --test-config {at}/mosquitto.conf",
                    symptom=r"Unknown option",
                    diagnosis="There is no such test in this version; the broker has to be started "
                    "with -c.",
                ),
            ],
        )


def may_write(message: Message, key: str, chief: str) -> bool:
    """Whether the account may publish to the topic."""
    if message.user == chief:
        return message.topic.startswith(f"{key}/")
    parts = message.topic.split("/")
    return parts[:-1] == [key, message.user]


def drawn_messages(
    key: str, owners: dict[str, str], users: list[str], others: tuple[str, str], draw: Draw
) -> list[Message]:
    """Messages about a dozen records: proper ones, some from the wrong account, some empty."""
    reader, chief = others
    found = []
    some = draw.sample(list(owners), 16)
    for ident in [*some, *draw.sample(some, 9)]:
        owner = owners[ident]
        found.append(Message(owner, f"{key}/{owner}/{ident}", str(draw.integer(100, 999))))
    for ident in draw.sample(some, 5):
        topic = f"{key}/{owners[ident]}/{ident}"
        wrong = draw.choice([u for u in [*users, reader] if u != owners[ident]])
        found.append(Message(wrong, topic, str(draw.integer(1_000, 1_999))))
    found = draw.shuffled(found)
    for ident in draw.sample(some, 4):
        topic = f"{key}/{owners[ident]}/{ident}"
        found.append(Message(draw.choice([owners[ident], chief, owners[ident]]), topic, ""))
    first = some[0]
    found.append(Message(reader, f"{key}/{owners[first]}/{first}", ""))
    found.append(Message(chief, f"{key}/{owners[first]}/{first}", str(draw.integer(10, 99))))
    found.append(Message(users[0], f"{key}/{users[0]}/{first}/deep", "7"))
    return found


def restricted(
    place: str,
    key: str,
    port: int,
    users: list[str],
    others: tuple[str, str],
    secrets: dict[str, str],
) -> Check:
    """Accounts can do what they may and nothing else."""
    reader, chief = others
    one, two, *_ = users
    log = [
        (one, f"{key}/{one}/probe", "a"),
        (one, f"{key}/{two}/probe", "b"),
        (one, f"{key}/{one}/probe/deep", "c"),
        (two, f"{key}/{two}/probe2", "d"),
        (two, "probe", "e"),
        (reader, f"{key}/{reader}/probe", "f"),
        (reader, f"{key}/{one}/probe", "g"),
        (chief, f"{key}/any/thing/probe", "h"),
        (chief, "other/probe", "i"),
    ]
    sends = "".join(
        f"mosquitto_pub -h 127.0.0.1 -p {port} -u {user} -P {secrets[user]} -r -t {topic} -m "
        f"{value}\n"
        for user, topic, value in log
    )
    script = f"""set -uo pipefail
export LC_ALL=C
at=$(mktemp -d); cd "$at"
mosquitto -c {quoted(place)}/mosquitto.conf > log 2>&1 &
broker=$!
trap 'kill $broker; rm -rf "$at"' EXIT
for _ in $(seq 50); do nc -z 127.0.0.1 {port} && break; sleep 0.1; done
exec 2> errors
{sends}for name in {reader} {chief} {one}; do
  declare secret
  case $name in
    {reader}) secret={secrets[reader]} ;; {chief}) secret={secrets[chief]} ;;
    {one}) secret={secrets[one]} ;;
  esac
  mosquitto_sub -h 127.0.0.1 -p {port} -u $name -P $secret -t '#' -v \\
    --retained-only -W 1 > $name.txt &
  subs+=($!)
done
wait "${{subs[@]}}"
for name in {reader} {chief} {one}; do echo $name; grep probe $name.txt | sort; done
mosquitto_pub -h 127.0.0.1 -p {port} -r -t {key}/{one}/x -m x; echo "anonymous $?"
mosquitto_pub -h 127.0.0.1 -p {port} -u {chief} -P wrong -r -t {key}/{one}/x -m x; echo "wrong $?"
cat {quoted(place)}/* | grep -c -e {secrets[chief]} -e {secrets[one]}"""
    seen = [f"{key}/any/thing/probe h", f"{key}/{one}/probe a", f"{key}/{two}/probe2 d"]
    lines = [reader, *sorted(seen), chief, *sorted(seen), one, "anonymous 5", "wrong 5", "0"]
    expected = f"{file_slug(place)}.rights.txt"
    return custom(
        "command_prints",
        about=f"The broker in {place} lets accounts do what they may and nothing else.",
        paths=[place],
        weight=2.0,
        files={expected: "".join(f"{line}\n" for line in lines).encode()},
        argv=["bash", "-c", f"{script} || true"],
        expected=expected,
        cwd="/",
        timeout=45,
    )
