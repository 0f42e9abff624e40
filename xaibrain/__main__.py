"""`python -m xaibrain`."""

from xaibrain.cli import program

program()
