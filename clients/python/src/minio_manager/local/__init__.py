"""What is kept on this machine: the login and cached sessions, for their owner only."""
