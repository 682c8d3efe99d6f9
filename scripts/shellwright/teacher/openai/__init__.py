"""The teacher that asks a model, through any endpoint that speaks the OpenAI chat protocol.

`rewrite` and `backcheck` decide what a model may contribute to a task; `client` pays for the calls,
keeps every answer and counts the money. `structured` asks for JSON and `embeddings` for vectors;
the skills and the graph use those two as well. Nothing is imported here, because the `openai`
library takes a second to load and most builds never call a model.
"""
