"""What several tests share: where things lie, experiments, films watched without being rendered."""

from __future__ import annotations

from pathlib import Path

__all__ = ["EXPERIMENTS", "ROOT"]

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENTS = ROOT / "assets" / "experiments"
