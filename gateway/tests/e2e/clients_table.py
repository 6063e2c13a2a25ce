"""Writes docs/clients.md anew from the last run of test_clients.py: python gateway/tests/e2e/clients_table.py"""

import json

from harness.table import DOCUMENT, SEEN, write

if __name__ == "__main__":
    write(json.loads(SEEN.read_text()))
    print(f"wrote {DOCUMENT}")
