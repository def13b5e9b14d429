"""Speed, measured as ratios in one run: ``python -m bench``. None of this is a test."""
