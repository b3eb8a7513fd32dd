"""GitLab's side of it: the operations on self-hosted models and feature settings."""
