"""`python -m planmodel.cli` is the command where no script was installed."""

import sys

from planmodel.cli import main

sys.exit(main())
