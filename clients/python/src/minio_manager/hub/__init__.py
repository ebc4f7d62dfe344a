"""For JupyterHub: each server starts with what AWS SDKs and `minio_manager.notebook` need. `setup(c)` in jupyterhub_config.py."""

from .hook import Hook, compose
from .settings import MinioManager
from .setup import setup

__all__ = ["Hook", "MinioManager", "compose", "setup"]
