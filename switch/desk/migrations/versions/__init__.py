"""The steps, the first release's tables first."""
