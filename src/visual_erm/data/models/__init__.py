"""Pairs by models, for users who have some: one writes mistakes into a source, one copies a picture
and makes its own, one says what differs.

    models = Models({"editor": read_pool(["http://127.0.0.1:8000/v1#a/model"], "editor")}, replies)
    build(recipe, folder, engine=engine(models), routes=models.routes)

The parts: `pool` (which model is asked), `replies` (what was answered, so that nothing is paid
twice), `asking` (the two together), `prompts` (what is asked), `labels` (what is believed),
`routes` (from a seed to its pairs).
"""

from visual_erm.data.models.asking import Models, Role
from visual_erm.data.models.pool import read_pool
from visual_erm.data.models.replies import Replies
from visual_erm.data.models.routes import engine

__all__ = ["Models", "Replies", "Role", "engine", "read_pool"]
