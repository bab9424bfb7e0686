"""`python -m thumborlike.cli`, where the script is not on the PATH."""

import sys

from .main import main

sys.exit(main())
