"""The calls of the service, by subject, and what they answer."""
