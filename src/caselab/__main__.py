"""`python -m caselab` is the command `caselab`."""

from caselab.cli import main

main()
