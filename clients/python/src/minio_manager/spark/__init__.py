"""Spark sessions that reach the lake: `configure(SparkSession.builder).getOrCreate()`."""

from .configure import configure
from .running import accept_settings

__all__ = ["accept_settings", "configure"]
