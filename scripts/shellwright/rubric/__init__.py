"""The judge of the rubric gate: whether a task's instruction and its tests agree.

It is a package beside `verify`, though its verdict is one of that stage's gates: a changed prompt
asks the model again and runs no container again.
"""
