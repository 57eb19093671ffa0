#!/usr/bin/env python
"""Run a management command; DJANGO_SETTINGS_MODULE chooses the process, dev by default."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pushportal.settings.dev")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A wrong setting is the operator's to mend: a sentence helps, a traceback does not.
        # The status is not 1, by which commands such as `audit verify` say what they found.
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        # What was committed stays, and what was not leaves nothing behind.
        sys.stderr.write("\nStopped. Run the command again to go on.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
