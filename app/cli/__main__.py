"""`python -m app.cli`: the command line."""

import sys

from app.cli.parser import main

sys.exit(main(sys.argv[1:]))
