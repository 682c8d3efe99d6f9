"""Blueprints: what each task will be about, before anybody writes it."""
