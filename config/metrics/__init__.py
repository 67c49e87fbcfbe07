"""What Prometheus reads: each process tells of itself, and any web process of the whole.

`chat/measures.py` holds what the chat counts; here is what only the composition root sees.
"""
