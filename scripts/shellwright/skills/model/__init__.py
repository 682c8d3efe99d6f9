"""What a model says of skills and scenarios: verdicts, sketches, judgements, vectors."""
