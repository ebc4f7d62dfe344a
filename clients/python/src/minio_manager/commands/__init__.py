"""Programs for a terminal: `lake` and `minio-manager-credentials`."""
