"""Whole messages in `tests/golden/explain`, composed from documented formats, and what is to be read out of them.

`STAYSUB_GOLDEN=write pytest tests/unit/test_trace_explain.py` writes the expected documents anew: read the difference.
Real mail may be put into `tests/golden/explain/private`, which git ignores.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.admission.data import load_rules
from monitor.trace.explain import as_document, explain

GOLDEN = Path(__file__).parents[1] / "golden" / "explain"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize("path", sorted(GOLDEN.rglob("*.eml")), ids=lambda path: path.stem)
def test_a_message_is_explained_as_its_golden_file_says(path):
    document = json.loads(json.dumps(as_document(explain(path.read_bytes(), load_rules(), now=NOW))))
    expected = path.with_suffix(".json")
    if os.environ.get("STAYSUB_GOLDEN") == "write":
        expected.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert document == json.loads(expected.read_text(encoding="utf-8"))
