"""actionlint judges the workflows that users copy."""
import pathlib
import subprocess
import sys

# What it must find, or it has not looked: an expression that somebody else can write code into.
OPEN = """on: pull_request_target
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.event.pull_request.title }}
"""


def lint(workspace):
    """A line for each problem."""
    workflows = sorted(str(it) for it in (workspace / "examples/github").glob("*.yml"))
    if "untrusted" not in run(["-"], OPEN):
        return ["actionlint finds nothing in an open workflow"]
    return [line for line in run(workflows).splitlines() if line]


def run(arguments, text=None):
    program = pathlib.Path(sys.executable).with_name("actionlint")
    command = [program, "-no-color", "-oneline", "-shellcheck=", "-pyflakes=", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    # 1: problems were found. Anything else is one of its own.
    return done.stdout if done.returncode in (0, 1) else f"actionlint: {done.stderr}"
