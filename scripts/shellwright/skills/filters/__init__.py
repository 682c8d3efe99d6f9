"""Which skills are of use: done on Linux, a piece of work, safe, and verifiable."""
