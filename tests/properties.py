"""How properties are tried whose examples each take a database and seconds: in the suite they are not made smaller."""

import os

from hypothesis import Phase

# Making a failing example smaller tries hundreds of others and may take longer than a whole run of the suite.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
if os.environ.get("SHRINK"):
    PHASES.append(Phase.shrink)
