"""What each command of `planmodel` does."""
