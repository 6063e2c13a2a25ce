"""Where things are."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[4]
BINARIES = Path(os.environ.get("MARSHAL_E2E_BINARIES", REPOSITORY / "target" / "debug"))
MARSHAL = BINARIES / "marshal"
MARSHAL_LOAD = BINARIES / "marshal-load"
SHARED = Path(os.environ.get("MARSHAL_SHARED", REPOSITORY.parent / "shared")).resolve()
CASSETTES = SHARED / "cassettes"
