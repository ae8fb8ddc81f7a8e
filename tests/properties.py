"""How properties are tried: in the suite with the same examples each time, by hand with new ones."""

import os

from hypothesis import Phase

IS_SEARCH = bool(os.environ.get("SEARCH"))

# For examples that take a database and seconds each: making a failing one smaller tries hundreds of others, and may
# take longer than a whole run of the suite.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
if os.environ.get("SHRINK"):
    PHASES.append(Phase.shrink)
