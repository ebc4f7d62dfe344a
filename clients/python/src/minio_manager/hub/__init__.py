"""For JupyterHub: each server starts with what AWS SDKs and `minio_manager.notebook` need. `setup(c)` in jupyterhub_config.py."""

from .configuration import setup
from .hook import Hook, compose
from .settings import MinioManager

__all__ = ["Hook", "MinioManager", "compose", "setup"]
