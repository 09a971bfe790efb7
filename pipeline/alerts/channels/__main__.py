"""Prints the JSON Schema of the channels file: ``python -m pipeline.alerts.channels > schemas/channels.json``."""

from __future__ import annotations

import json
import sys

from pipeline.alerts.channels import CHANNEL_TYPES
from pipeline.alerts.channels.config import schema

sys.stdout.write(json.dumps(schema(CHANNEL_TYPES), indent=2, ensure_ascii=False) + "\n")
