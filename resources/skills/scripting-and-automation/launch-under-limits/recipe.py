"""A launcher that keeps a batch job within bounds."""

from __future__ import annotations

from dataclasses import dataclass

from shellwright.recipe import (
    Check,
    Draw,
    Mistake,
    Move,
    Pattern,
    Program,
    Recipe,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)

PROBE = """import os, resource, sys
print("nice", os.nice(0), "cpus", sorted(os.sched_getaffinity(0)))
for name in ("NOFILE", "AS", "CORE"):
    print(name, *resource.getrlimit(getattr(resource, f"RLIMIT_{name}")))
print("own session", os.getsid(0) != int(sys.argv[1]))
print("input", len(sys.stdin.read()), "args", sys.argv[2:])
print("complaint", file=sys.stderr)
sys.exit(7)
"""


@dataclass(frozen=True)
class Bounds:
    """What the launcher has to keep a command to."""

    nice: int
    soft: int
    hard: int
    megabytes: int
    seconds: int

    def script(self, name: str) -> str:
        """A launcher that does it."""
        return f"""#!/bin/bash
# {name} LOG COMMAND [ARGUMENT...]: runs a batch job out of everybody's way.
if (( $# < 2 )); then
    echo "usage: {name} LOG COMMAND [ARGUMENT...]" >&2
    exit 64
fi
log=$1
shift
exec setsid --wait nice -n {self.nice} taskset -c 0 \\
    prlimit --nofile={self.soft}:{self.hard} --as={self.megabytes << 20} --core=0 -- \\
    timeout {self.seconds} "$@" < /dev/null >> "$log" 2>&1
"""


class LaunchUnderLimits(Recipe):
    """The launcher keeps any command within its bounds, and the totals were made under it."""

    needs = (Pattern.of("program", condition="working"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "bash", "cat", "chmod", "grep", "head", "mktemp", "nice", "pgrep", "prlimit", "pwdx",
        "rm", "setsid", "sleep", "taskset",
    )  # fmt: skip
    packages = ("procps", "util-linux")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Program)
        if " " in source.path:
            raise Unsuitable("paths with spaces")
        soft = draw.choice([48, 64, 80, 96])
        bounds = Bounds(
            nice=draw.integer(5, 18),
            soft=soft,
            hard=soft * draw.integer(2, 4),
            megabytes=draw.choice([384, 512, 640, 768]),
            seconds=draw.integer(1, 2),
        )
        tool = world.output(draw, ["launch", "run-quietly", "batch-run"], "")
        log = world.output(draw, ["launch", "batch", "job"], ".log")
        result = source.result(world.output(draw, ["totals", "nightly_totals", "sums"], ".csv"))
        name = tool.rpartition("/")[2]
        text = bounds.script(name)
        here, there, it, out = (quoted(p) for p in (source.path, result.path, tool, log))
        given = quoted(source.given.path)
        limits = (
            f"niceness `{bounds.nice}`, only on processor `0`, at most `{bounds.soft}` open files "
            f"(hard limit `{bounds.hard}`), `{bounds.megabytes}` MiB of address space (soft and "
            f"hard limit), no core files, and a time of `{bounds.seconds}` s, after which it "
            "is terminated"
        )
        rest = (
            "The command runs in a session of its own with nothing on its standard input, its "
            "output and errors are appended to `LOG`, and the launcher itself prints nothing, "
            "waits for it and passes its exit code on; `124` means that time was up. With fewer "
            "than two arguments the launcher ends with `64` and says on its standard error how "
            "it is called"
        )

        def spoilt(what: str, old: str, new: str) -> Wrong:
            return Wrong(what, path=tool, content=text.replace(old, new).encode())

        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Our batch jobs slow everybody down. I want a launcher `{tool}`, executable, "
                f"called as `LOG COMMAND [ARGUMENT...]`, that runs any command with {limits}. "
                f"{rest}. Then run `{source.path}` for `{source.given.path}` under it: totals to "
                f"`{result.path}`, log `{log}`. The program prints nothing, so that log has to "
                "be there and be empty.",
                f"Write an executable `{tool}` for jobs that must not get in anybody's way. It "
                f"takes `LOG COMMAND [ARGUMENT...]` and gives the command {limits}. {rest}. Use it "
                f"at once: `{source.path}` with its input `{source.given.path}` has to write "
                f"`{result.path}` with `{log}` as the log, which stays empty, since the program "
                "prints nothing, but has to be there.",
            ],
            steps=[
                look(
                    f"head -n 6 {here}; nice; taskset -p $$; prlimit -p $$ --nofile --as --core",
                    "What holds for a command that nobody restricts?",
                    "See how the program is called, and today's niceness, processors and limits.",
                ),
                look(
                    f"prlimit --nofile={bounds.soft}:{bounds.hard} bash -c 'ulimit -Sn; ulimit -Hn'"
                    f"; nice -n {bounds.nice} nice; setsid --wait bash -c 'exit 7'; "
                    'echo "code $?"',
                    "Each of these is inherited, so they can be chained; does the exit code come "
                    "through a new session?",
                    "Try the links of the chain one by one.",
                ),
                do(
                    f"cat > {it} <<'SCRIPT'\n{text}SCRIPT\nchmod 755 {it}",
                    "One chain and `exec`, with the arguments quoted as they are. `setsid` has to "
                    "wait, or the exit code is lost.",
                    "Write the launcher.",
                    duration=1.0,
                ),
                look(
                    f"at=$(mktemp -d); bash {it} $at/log sleep 30 & sleep 0.4; "
                    "at=$(pgrep -n sleep); prlimit -p $at --nofile --as; taskset -p $at; pwdx $at; "
                    f'wait %1; echo "code $?"',
                    f"A job that takes too long: it should be held to all of this, and end after "
                    f"{bounds.seconds} seconds with 124.",
                    "Watch a sleeping job from the outside, and wait for its end.",
                    duration=bounds.seconds + 0.5,
                ),
                do(
                    f"rm -f {out}; bash {it} {out} {here} {given} {there}",
                    "It does what it should.",
                    "Run the job under it.",
                    duration=0.5,
                ),
                look(
                    f"cat {out}; head -n 4 {there}; grep -c . {there}",
                    "Does the result look complete, and is the log empty?",
                    "Look at the log and the totals.",
                ),
            ],
            checks=[trial(tool, bounds, draw.child("trial")), quiet_run(log)],
            wrong=[
                spoilt("the exit code is lost", "setsid --wait", "setsid --fork"),
                spoilt(
                    "no hard limit of its own", f"{bounds.soft}:{bounds.hard}", f"{bounds.soft}"
                ),
                spoilt("the log is overwritten", '>> "$log"', '> "$log"'),
                spoilt("arguments fall apart", '"$@"', "$*"),
                spoilt("errors are not in the log", " 2>&1", ""),
                spoilt("any processor", "taskset -c 0 \\\n    ", ""),
                Wrong("the launcher cannot be executed", command=f"chmod 644 {it}"),
                Wrong("the job ran without the launcher", command=f"rm {out}"),
                Wrong("a failed run is in the log", command=f"echo 'No such file' >> {out}"),
            ],
            mistakes=[
                Mistake(
                    "requirement",
                    before=2,
                    command=f"prlimit --nofile={bounds.hard}:{bounds.soft} true",
                    symptom=r"soft limit .*cannot|exceed|Invalid argument|hard",
                    diagnosis="The soft limit comes first and cannot be above the hard one.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command="taskset --core 0 true",
                    symptom=r"unrecognized option",
                    diagnosis="A list of processors is given with -c; without it the first "
                    "argument is a mask, in which processor 0 is 1.",
                ),
            ],
        )


def quiet_run(log: str) -> Check:
    """The job ran under the launcher, which made the log, and nothing went wrong in it."""
    return shell_prints(
        f"wc -c < {quoted(log)}",
        "0\n",
        about=f"{log} is there, and empty after a run that prints nothing.",
        paths=[log],
        key="size",
    )


def trial(tool: str, bounds: Bounds, draw: Draw) -> Check:
    """A probe finds itself within the bounds, and a job that hangs is ended."""
    odd = draw.choice(["two  words", "a * b", "it's"])
    octets = bounds.megabytes << 20
    it = quoted(tool)
    script = f"""at=$(mktemp -d); trap 'rm -rf "$at"' EXIT; cd "$at"
cat > probe.py <<'END'
{PROBE}END
echo before > 'the log'
sid=$(cut -d ' ' -f 6 /proc/$$/stat)
code=0; echo text | {it} 'the log' python3 probe.py "$sid" {quoted(odd)} '' || code=$?
echo "code $code"; cat 'the log'
code=0; {it} slow bash -c 'echo here; sleep 20; echo never' || code=$?
echo "code $code"; cat slow
for n in 0 1; do
  code=0; if (( n )); then {it} none 2> usage; else {it} 2> usage; fi || code=$?
  echo "code $code $(test -s usage && echo said)"
done; ls"""
    lines = [
        "code 7",
        "before",
        "complaint",
        f"nice {bounds.nice} cpus [0]",
        f"NOFILE {bounds.soft} {bounds.hard}",
        f"AS {octets} {octets}",
        "CORE 0 0",
        "own session True",
        f"input 0 args {[odd, '']}",
        "code 124",
        "here",
        "code 64 said",
        "code 64 said",
        "probe.py",
        "slow",
        "the log",
        "usage",
    ]
    return shell_prints(
        script,
        "".join(f"{line}\n" for line in lines),
        about=f"Commands that {tool} runs are kept within all bounds.",
        paths=[tool],
        key="trial",
        weight=2.0,
    )
