"""`python -m xaibrain`."""

from xaibrain.cli import main

main()
