"""PostgreSQL's advisory locks are numbers that the whole database shares; all of ours stand here, so that no two meet.

The numbers stay as they are: two versions of Modelport may use a database at the same time.
"""

# Held by the one process that migrates.
MIGRATING = 7_165_021
# Held by whoever writes the shipped catalogue.
SEEDING = 7_165_022
# Shared by every connection of a portal; a restore wants it alone.
IN_USE = 7_165_023
# Held by whoever makes this installation's own row.
INSTALLING = 7_165_024
