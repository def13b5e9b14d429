"""Data in files, part by part: read one after another here, or held by the workers of a cluster."""
