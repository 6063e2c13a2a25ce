"""Where things are."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[4]
BINARIES = Path(os.environ.get("MARSHAL_E2E_BINARIES", REPOSITORY / "target" / "debug"))
MARSHAL = BINARIES / "marshal"
MARSHAL_LOAD = BINARIES / "marshal-load"
SHARED = Path(os.environ.get("MARSHAL_SHARED", REPOSITORY.parent / "shared")).resolve()
CASSETTES = SHARED / "cassettes"
# Clients that want other versions of what the tests themselves use live apart from them.
FRAMEWORKS = Path(os.environ.get("MARSHAL_E2E_FRAMEWORKS", REPOSITORY / "target" / "e2e" / "frameworks"))
NODE_CLIENTS = Path(os.environ.get("MARSHAL_E2E_NODE", Path(__file__).resolve().parents[1] / "node"))
