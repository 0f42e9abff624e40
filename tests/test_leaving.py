"""The program ends as soon as it is done, and nothing that was to be told of its end is left out."""

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from xaibrain import cli

class Last:
    def __del__(self):
        print("taken apart")

kept = Last()

def main():
    atexit.register(print, "told")
    ThreadPoolExecutor(1).submit(lambda: (time.sleep(0.2), print("worked")))
    sys.stdout.write("said, ")
    {ends}

cli.main = main
cli.program()
"""


@pytest.mark.parametrize(
    ("ends", "code", "said"),
    [
        ("sys.exit(3)", 3, "said, worked\ntold\n"),
        ("sys.exit()", 0, "said, worked\ntold\n"),
        ("sys.exit('why')", 1, "said, worked\ntold\ntaken apart\n"),
        ("raise ValueError('why')", 1, "said, worked\ntold\ntaken apart\n"),
        ("sys.stdout.close(); sys.exit(3)", 3, ""),
    ],
)
def test_who_asked_is_told_and_nothing_is_taken_apart(ends, code, said):
    program = PROGRAM.format(ends=ends)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout if said else "") == (code, said)


def test_a_whole_command_leaves_with_its_code_and_all_that_it_said(tmp_path):
    for words, code in ((["methods"], 2), (["explainers"], 0), (["explainers", "nothing"], 2)):
        command = [sys.executable, "-m", "xaibrain", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        assert (done.stderr if code else done.stdout).endswith("\n")
