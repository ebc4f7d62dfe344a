"""HTTP: one call, and what its answer means."""
