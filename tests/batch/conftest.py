"""The documents that the client's tests make by hand serve here too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "client"))
